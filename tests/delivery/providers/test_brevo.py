"""Brevo's own: a key for each call, kept before it leaves, and what its templates would do to a letter."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery.transports.brevo import BrevoTransport
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState

from ..conftest import make_edition
from .conftest import Way, compose, people
from .stand_in import Reply


@pytest.fixture
def way(serve: Callable[[str], Way]) -> Way:
    return serve("brevo")


def deliver(transport: BrevoTransport, *messages: Any) -> list[Any]:
    async def run() -> list[Any]:
        try:
            return list(await transport.deliver(messages))
        finally:
            await transport.close()

    return asyncio.run(run())


def test_each_person_is_called_for_under_a_key_of_their_own(way: Way) -> None:
    deliver(way.transport(), *compose(*people(3)))
    assert len({call["headers"]["idempotencyKey"] for call in way.stand_in.calls}) == 3


def test_a_call_repeated_after_a_lost_answer_is_the_same_to_the_byte(way: Way) -> None:
    way.stand_in.faults = ["drop after", "drop after"]
    (outcome,) = deliver(way.transport(), *compose(*people(1)))
    assert outcome.state is DeliveryState.ACCEPTED
    assert "duplicate_parameter" in outcome.reply
    assert len(way.stand_in.raw) == 3
    assert len(set(way.stand_in.raw)) == 1
    assert way.stand_in.copies() == {"p001@example.org": 1}


def test_answers_that_stay_lost_end_as_unknown(way: Way) -> None:
    way.stand_in.faults = ["drop"] * 10
    (outcome,) = deliver(way.transport(), *compose(*people(1)))
    assert outcome.state is DeliveryState.UNKNOWN
    assert len(way.stand_in.raw) == 4


def test_a_refusal_after_a_lost_answer_is_not_taken_for_the_end_of_the_first_call(way: Way) -> None:
    way.stand_in.faults = ["drop", Reply(400, {"code": "invalid_parameter", "message": "email is not valid in to"})]
    (outcome,) = deliver(way.transport(), *compose(*people(1)))
    assert outcome.state is DeliveryState.UNKNOWN


def test_a_key_that_is_known_though_it_was_never_used_is_unknown(way: Way) -> None:
    way.stand_in.faults = [Reply(400, {"code": "duplicate_parameter", "message": "used already"})]
    (outcome,) = deliver(way.transport(), *compose(*people(1)))
    assert outcome.state is DeliveryState.UNKNOWN


def test_no_credits_stop_the_run(way: Way) -> None:
    way.stand_in.faults = [Reply(400, {"code": "not_enough_credits", "message": "0 credits left"})]
    with pytest.raises(StoppedError, match="0 credits left"):
        deliver(way.transport(), *compose(*people(1)))


def test_calls_rest_when_the_provider_says_that_none_is_left(way: Way) -> None:
    used_up = {"x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": "1"}
    way.stand_in.faults = [Reply(201, {"messageId": "<1@relay.example>"}, used_up)]
    deliver(way.transport(), *compose(*people(2)))
    first, second = way.stand_in.called_at
    assert second - first >= 1.0


def test_its_own_reset_is_kept_when_there_is_no_retry_after(way: Way) -> None:
    way.stand_in.faults = [Reply(429, {"code": "too_many_requests"}, {"x-sib-ratelimit-reset": "1"})]
    deliver(way.transport(), *compose(*people(1)))
    first, second = way.stand_in.called_at
    assert 1.0 <= second - first < 1.4


def test_letters_without_html_and_long_sender_names_are_refused(way: Way) -> None:
    transport = way.transport()
    (plain,) = compose(*people(1), edition=make_edition(images=(), html=""))
    assert "without HTML" in (transport.refuse(plain) or "")
    edition = make_edition(images=())
    (long,) = compose(*people(1), edition=replace(edition, sender=replace(edition.sender, name="R" * 71)))
    assert "70" in (transport.refuse(long) or "")
    (good,) = compose(*people(1))
    assert transport.refuse(good) is None

"""Postmark's own: what its server and stream would do to a letter, codes inside a batch."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Outcome

from ..conftest import PIXEL, Post, count, make_edition
from .conftest import Way, compose, people
from .stand_in import Reply

OK = {"ErrorCode": 0, "Message": "OK", "MessageID": "n-1"}


@pytest.fixture
def way(serve: Callable[[str], Way]) -> Way:
    return serve("postmark")


def deliver(way: Way, *messages: Any) -> list[Outcome]:
    async def run() -> list[Outcome]:
        transport = way.transport()
        try:
            return list(await transport.deliver(messages))
        finally:
            await transport.close()

    return asyncio.run(run())


def test_letters_go_over_the_broadcast_stream_or_the_one_that_is_named(way: Way) -> None:
    deliver(way, *compose(*people(1)))
    way.stand_in.streams["lettres"] = "None"
    way.settings = replace(way.settings, stream="lettres")
    deliver(way, *compose(*people(1)))
    assert [call[0]["MessageStream"] for call in way.stand_in.calls] == ["broadcast", "lettres"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"TrackOpens": True}, "tracks who opens"), ({"DeliveryType": "Sandbox"}, "delivers nothing")],
)
def test_a_server_that_would_change_or_keep_letters_stops_the_run(way: Way, change: Any, words: str) -> None:
    way.stand_in.server.update(change)
    with pytest.raises(StoppedError, match=words):
        deliver(way, *compose(*people(1)))
    assert way.stand_in.raw == []


def test_a_stream_that_would_add_its_own_link_stops_the_run(way: Way) -> None:
    way.stand_in.streams["broadcast"] = "Postmark"
    with pytest.raises(StoppedError, match="unsubscribe link of its own"):
        deliver(way, *compose(*people(1)))
    assert way.stand_in.raw == []


def test_an_unknown_stream_is_told_by_its_name(way: Way) -> None:
    way.settings = replace(way.settings, stream="letres/x")
    with pytest.raises(StoppedError, match="no message stream 'letres/x'"):
        deliver(way, *compose(*people(1)))


def test_the_message_id_is_kept_and_an_image_arrives(way: Way) -> None:
    (message,) = compose(*people(1), edition=make_edition())
    deliver(way, message)
    (one,) = way.stand_in.arrived
    assert one.headers["Message-ID"] == message.message_id
    assert one.images == {"logo": PIXEL}


@pytest.mark.parametrize(
    ("code", "words"),
    [(405, "Not allowed to send"), (401, "Sender signature not confirmed"), (412, "Account is pending approval")],
)
def test_troubles_with_the_account_stop_the_run(way: Way, code: int, words: str) -> None:
    way.stand_in.faults = [Reply(200, [{"ErrorCode": code, "Message": words}] * 2)]
    with pytest.raises(StoppedError, match=words):
        deliver(way, *compose(*people(2)))


def test_credits_that_end_in_the_middle_leave_the_others_pending(way: Way) -> None:
    way.stand_in.faults = [Reply(200, [OK, {"ErrorCode": 405, "Message": "Not allowed to send"}])]
    outcomes = deliver(way, *compose(*people(2)))
    assert [outcome.state for outcome in outcomes] == [DeliveryState.ACCEPTED, DeliveryState.PENDING]


@pytest.mark.parametrize(
    ("code", "words", "state"),
    [
        (406, "inactive recipient", "refused"),
        (300, "Invalid 'To' address: 'x'.", "refused"),
        (300, "Invalid metadata content.", "refused"),
        (429, "Rate limit exceeded", "deferred"),
        (100, "Maintenance", "deferred"),
    ],
)
def test_codes_inside_a_batch_settle_that_person(way: Way, code: int, words: str, state: str) -> None:
    way.stand_in.faults = [Reply(200, [OK, {"ErrorCode": code, "Message": words}])]
    outcomes = deliver(way, *compose(*people(2)))
    assert [outcome.state.value for outcome in outcomes] == ["accepted", state]
    assert outcomes[1].reply == words


def test_a_letter_that_is_wrong_for_all_stops_the_run(way: Way) -> None:
    way.stand_in.faults = [Reply(200, [{"ErrorCode": 300, "Message": "Invalid 'From' address."}] * 2)]
    with pytest.raises(StoppedError, match="Invalid 'From'"):
        deliver(way, *compose(*people(2)))


def test_a_mailing_goes_through_in_one_call(post: Post, way: Way) -> None:
    post.transport = way.settings
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 10
    assert len(way.stand_in.calls) == 1
    row = post.reply_to("p001@example.org")
    assert (row["transport"], row["code"], row["reply"]) == ("envois", 200, "b7bc2f4a-0001")


def test_a_fallback_takes_over_when_the_account_is_closed(post: Post, way: Way) -> None:
    post.workspace.configuration.transports["boite"] = post.transport  # type: ignore[index] # a dict in this test
    post.transport = replace(way.settings, fallback="boite")
    way.stand_in.faults = [Reply(401, {"ErrorCode": 10, "Message": "Bad token"})]
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 10
    assert way.stand_in.arrived == []

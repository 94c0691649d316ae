"""Mailjet's own: verdicts one by one, images, its limits."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Outcome

from ..conftest import PIXEL, Post, count, make_edition
from .conftest import Way, compose, people
from .stand_in import Reply


@pytest.fixture
def way(serve: Callable[[str], Way]) -> Way:
    return serve("mailjet")


def deliver(way: Way, *messages: Any) -> list[Outcome]:
    async def run() -> list[Outcome]:
        transport = way.transport()
        try:
            return list(await transport.deliver(messages))
        finally:
            await transport.close()

    return asyncio.run(run())


def error(status: int, code: str, words: str, *related: str) -> dict[str, Any]:
    one = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": words, "ErrorRelatedTo": list(related)}
    return {"Status": "error", "Errors": [one]}


def success(number: int) -> dict[str, Any]:
    return {"Status": "success", "To": [{"Email": "x@example.org", "MessageID": number}]}


def test_a_call_answered_400_still_tells_who_was_taken(way: Way) -> None:
    way.stand_in.bad = {"p001@example.org", "p003@example.org"}
    outcomes = deliver(way, *compose(*people(3)))
    assert [outcome.state.value for outcome in outcomes] == ["refused", "accepted", "refused"]
    assert "mj-0013" in outcomes[0].reply
    assert outcomes[1].reply == "1000"


def test_an_image_inside_the_message_arrives_under_its_name(way: Way) -> None:
    deliver(way, *compose(*people(1), edition=make_edition()))
    assert way.stand_in.arrived[0].images == {"logo": PIXEL}


def test_our_message_id_travels_as_custom_id(way: Way) -> None:
    (message,) = compose(*people(1))
    deliver(way, message)
    assert way.stand_in.calls[0]["Messages"][0]["CustomID"] == message.message_id


def test_a_sender_who_is_not_allowed_stops_the_run(way: Way) -> None:
    refused = error(403, "send-0008", "lettre@rtes.example is not an authorized sender", "From.Email")
    way.stand_in.faults = [Reply(400, {"Messages": [refused, refused]})]
    with pytest.raises(StoppedError, match="not an authorized sender"):
        deliver(way, *compose(*people(2)))


def test_an_account_that_fails_in_the_middle_leaves_the_others_pending(way: Way) -> None:
    refused = error(401, "mj-0001", "This API key is suspended")
    way.stand_in.faults = [Reply(400, {"Messages": [success(7), refused]})]
    outcomes = deliver(way, *compose(*people(2)))
    assert [outcome.state for outcome in outcomes] == [DeliveryState.ACCEPTED, DeliveryState.PENDING]


def test_a_failure_of_one_message_inside_is_unknown_for_it_alone(way: Way) -> None:
    way.stand_in.faults = [Reply(500, {"Messages": [success(7), error(500, "mj-9999", "Internal error")]})]
    outcomes = deliver(way, *compose(*people(2)))
    assert [outcome.state for outcome in outcomes] == [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN]


def test_an_answer_with_too_few_verdicts_is_unknown_for_all(way: Way) -> None:
    way.stand_in.faults = [Reply(200, {"Messages": [success(7)]})]
    outcomes = deliver(way, *compose(*people(2)))
    assert [outcome.state for outcome in outcomes] == [DeliveryState.UNKNOWN] * 2


def test_a_call_refused_as_a_whole_is_divided_until_the_one_at_fault_is_found(way: Way) -> None:
    whole = Reply(400, {"ErrorCode": "mj-0002", "StatusCode": 400, "ErrorMessage": "Malformed JSON"})
    # All four; the first two are taken; the last two; the third is taken; the fourth.
    way.stand_in.faults = [whole, None, whole, None, whole]
    outcomes = deliver(way, *compose(*people(4)))
    assert [outcome.state.value for outcome in outcomes] == ["accepted", "accepted", "accepted", "refused"]
    assert "Malformed JSON" in outcomes[3].reply
    assert len(way.stand_in.arrived) == 3


def test_large_letters_go_in_more_calls_than_one(way: Way) -> None:
    edition = make_edition(images=())
    large = replace(edition, html=edition.html + "x" * 5_000_000)
    assert [o.state.value for o in deliver(way, *compose(*people(3), edition=large))] == ["accepted"] * 3
    assert [len(call["Messages"]) for call in way.stand_in.calls] == [2, 1]


def test_a_subject_that_is_too_long_is_refused_before_sending(way: Way) -> None:
    (message,) = compose(*people(1), edition=make_edition(images=(), subject="é" * 256))
    assert "255" in (way.transport().refuse(message) or "")
    with pytest.raises(StoppedError, match="255"):
        deliver(way, message)
    assert way.stand_in.raw == []


def test_the_public_key_is_missed_in_words(way: Way) -> None:
    way.settings = replace(way.settings, username="")
    with pytest.raises(WorkspaceError, match="public key"):
        way.transport()


def test_a_mailing_goes_through_to_the_last_person(post: Post, way: Way) -> None:
    post.transport = way.settings
    way.stand_in.bad = {"p004@example.org"}
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 9
    assert post.states()["p004@example.org"] == "refused"
    assert way.stand_in.copies() == {f"p{n:03d}@example.org": 1 for n in range(1, 11) if n != 4}

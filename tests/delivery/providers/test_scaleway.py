"""Scaleway's own: its project, what is too short or too large for it, errors by their type."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery.transports.scaleway import URL, ScalewayTransport
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Outcome

from ..conftest import Post, count, make_edition
from .conftest import Way, compose, people
from .stand_in import Reply


@pytest.fixture
def way(serve: Callable[[str], Way]) -> Way:
    return serve("scaleway")


def deliver(way: Way, *messages: Any) -> list[Outcome]:
    async def run() -> list[Outcome]:
        transport = way.transport()
        try:
            return [one for message in messages for one in await transport.deliver([message])]
        finally:
            await transport.close()

    return asyncio.run(run())


def invalid(name: str, words: str) -> Reply:
    detail = {"argument_name": name, "reason": "format", "help_message": words}
    return Reply(400, {"type": "invalid_arguments", "message": "invalid argument(s)", "details": [detail]})


def test_our_message_id_travels_in_a_field_and_scaleways_number_is_kept(way: Way) -> None:
    (message,) = compose(*people(1))
    (outcome,) = deliver(way, message)
    assert way.stand_in.arrived[0].headers["X-Rtesmail-Message-ID"] == message.message_id
    assert outcome.reply == "00000000-0000-0000-0000-000000000001"


def test_the_project_is_missed_in_words(way: Way) -> None:
    way.settings = replace(way.settings, username="")
    with pytest.raises(WorkspaceError, match="ID of its Scaleway project"):
        way.transport()


def test_a_project_that_is_not_this_keys_stops_the_run(way: Way) -> None:
    way.settings = replace(way.settings, username="another")
    with pytest.raises(StoppedError, match="permissions_denied"):
        deliver(way, *compose(*people(1)))


def test_paris_is_asked_unless_another_address_is_named(way: Way) -> None:
    assert ScalewayTransport(replace(way.settings, api_url=""))._account.url == URL == "https://api.scaleway.com"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": "Avril 25 "}, "no subject of fewer than 10"),
        ({"text": "Bonjour.\n"}, "no text of fewer than 10"),
        ({"html": "<p>x</p>\n"}, "no HTML of fewer than 10"),
        ({"html": "x" * 2_000_001}, "2 MB"),
    ],
)
def test_what_scaleway_would_turn_away_is_refused_before_sending(way: Way, changes: Any, words: str) -> None:
    (message,) = compose(*people(1), edition=make_edition(images=(), **changes))
    assert words in (way.transport().refuse(message) or "")
    with pytest.raises(StoppedError, match=words):
        deliver(way, message)
    assert way.stand_in.raw == []


def test_a_letter_with_images_inside_is_refused_before_sending(way: Way) -> None:
    (message,) = compose(*people(1), edition=make_edition())
    assert "no images inside" in (way.transport().refuse(message) or "")
    with pytest.raises(StoppedError, match="no images inside"):
        deliver(way, message)
    assert way.stand_in.raw == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, "quotas_exceeded"),
        (412, "precondition_failed"),
        (409, "transient_state"),
        (423, "locked"),
        (404, "not_found"),
    ],
)
def test_what_would_be_the_same_for_everybody_stops_the_run_whenever_it_comes(way: Way, status: int, kind: str) -> None:
    way.stand_in.faults = [None, Reply(status, {"type": kind, "message": "the domain cannot send"})]
    with pytest.raises(StoppedError, match=f"{kind} the domain cannot send"):
        deliver(way, *compose(*people(3)))
    assert len(way.stand_in.raw) == 2


@pytest.mark.parametrize("name", ["to", "to.0.email", "to[0].email"])
def test_an_address_that_scaleway_calls_invalid_is_that_persons_own(way: Way, name: str) -> None:
    way.stand_in.faults = [invalid(name, "wrongly formatted")]
    outcomes = deliver(way, *compose(*people(2)))
    assert [outcome.state.value for outcome in outcomes] == ["refused", "accepted"]
    assert outcomes[0].reply == f"invalid_arguments invalid argument(s); {name} wrongly formatted"


def test_a_sender_that_scaleway_calls_invalid_stops_the_run(way: Way) -> None:
    way.stand_in.faults = [invalid("from.email", "Invalid email from address")]
    with pytest.raises(StoppedError, match="Invalid email from address"):
        deliver(way, *compose(*people(2)))


@pytest.mark.parametrize("content", [{"emails": []}, {"emails": [{"id": "a"}, {"id": "b"}]}, {"emails": 3}, []])
def test_an_answer_without_this_persons_number_is_unknown(way: Way, content: Any) -> None:
    way.stand_in.faults = [Reply(200, content)]
    assert [outcome.state for outcome in deliver(way, *compose(*people(1)))] == [DeliveryState.UNKNOWN]


def test_a_mailing_goes_through_to_the_last_person(post: Post, way: Way) -> None:
    post.edition = make_edition(images=())
    post.approve()
    post.transport = way.settings
    way.stand_in.bad = {"p004@example.org"}
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 9
    assert post.states()["p004@example.org"] == "refused"
    assert way.stand_in.copies() == {f"p{n:03d}@example.org": 1 for n in range(1, 11) if n != 4}

"""Mailgun's own: our very bytes, one address a call, no links but ours."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.transports.mailgun import URL, MailgunTransport, _form
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Outcome

from ..conftest import PIXEL, Post, count, make_edition
from .conftest import Way, compose, people
from .mailgun_stand_in import MailgunStandIn
from .stand_in import Reply


@pytest.fixture
def way(serve: Callable[[str], Way]) -> Way:
    return serve("mailgun")


def deliver(way: Way, *messages: Any, **changes: Any) -> list[Outcome]:
    async def run() -> list[Outcome]:
        transport = way.transport(**changes)
        try:
            return [one for message in messages for one in await transport.deliver([message])]
        finally:
            await transport.close()

    return asyncio.run(run())


def test_what_mailgun_gets_is_the_message_to_the_byte(way: Way) -> None:
    (message,) = compose(*people(1), edition=make_edition())
    deliver(way, message)
    (call,) = way.stand_in.calls
    assert call["message"] == [message.content]
    (one,) = way.stand_in.arrived
    assert one.images == {"logo": PIXEL}
    assert one.headers["Message-ID"] == message.message_id


@given(
    st.binary(max_size=400),
    st.dictionaries(
        st.sampled_from(["to", "o:tracking", "v:x"]), st.text(st.characters(max_codepoint=126), min_size=1)
    ),
)
def test_a_form_gives_back_whatever_stands_in_it(content: bytes, fields: dict[str, str]) -> None:
    fields = {name: value.replace("\r", " ").replace("\n", " ") for name, value in fields.items()}
    headers = {"Content-Type": 'multipart/form-data; boundary="rtesmail-1f"'}
    found = MailgunStandIn().read(_form(fields, content, "rtesmail-1f"), headers)
    assert found == {**{name: [value.encode()] for name, value in fields.items()}, "message": [content]}


def test_each_call_has_one_address_without_a_name(way: Way) -> None:
    deliver(way, *compose(*people(3)))
    assert [call["to"] for call in way.stand_in.calls] == [[f"p00{n}@example.org".encode()] for n in (1, 2, 3)]


def test_our_message_id_travels_as_a_variable_and_comes_back_as_the_number(way: Way) -> None:
    (message,) = compose(*people(1))
    (outcome,) = deliver(way, message)
    assert way.stand_in.calls[0]["v:message-id"] == [message.message_id.strip("<>").encode()]
    assert outcome.reply == message.message_id


def test_the_region_in_the_eu_is_asked_unless_another_is_named(way: Way) -> None:
    assert URL == "https://api.eu.mailgun.net"
    assert MailgunTransport(replace(way.settings, api_url=""))._account.url == URL


def test_a_domain_of_its_own_can_be_named(way: Way) -> None:
    way.settings = replace(way.settings, stream="mg.rtes.example")
    with pytest.raises(
        StoppedError, match=r"does not know the domain mg\.rtes\.example at http://127.*api\.mailgun\.net"
    ):
        deliver(way, *compose(*people(1)))
    way.stand_in.is_sending_key = True
    way.stand_in.path = "/v3/mg.rtes.example/messages.mime"
    assert [one.state.value for one in deliver(way, *compose(*people(1)))] == ["accepted"]


def test_a_domain_that_would_add_its_own_link_stops_the_run(way: Way) -> None:
    way.stand_in.tracking["unsubscribe"] = {"active": True, "html_footer": "<a>…</a>", "text_footer": "…"}
    with pytest.raises(StoppedError, match="unsubscribe link of its own"):
        deliver(way, *compose(*people(1)))
    assert way.stand_in.raw == []


def test_a_key_that_may_only_send_sends(way: Way) -> None:
    way.stand_in.is_sending_key = True
    assert [one.state.value for one in deliver(way, *compose(*people(2)))] == ["accepted"] * 2


@pytest.mark.parametrize("mark", ["%recipient%", "%recipient.Name%", "%unsubscribe_url%", "%tag_unsubscribe_url%"])
def test_what_mailgun_would_fill_in_is_refused_before_sending(way: Way, mark: str) -> None:
    edition = make_edition(images=(), html=f'<p><a href="{mark}">x</a></p>\n')
    (message,) = compose(*people(1), edition=edition)
    assert mark in (way.transport().refuse(message) or "")
    assert [one.state.value for one in deliver(way, message)] == ["refused"]
    assert way.stand_in.raw == []


def test_a_letter_that_is_too_large_is_refused_before_sending(way: Way) -> None:
    edition = make_edition(images=())
    (message,) = compose(*people(1), edition=replace(edition, html=edition.html + "x" * 25_000_000))
    assert "25 MB" in (way.transport().refuse(message) or "")
    with pytest.raises(StoppedError, match="25 MB"):
        deliver(way, message)
    assert way.stand_in.raw == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Invalid private key"),
        (420, "Domain rtes.example is not allowed to send: recipient limit exceeded, try again after 07:00:31 UTC"),
        (403, "Domain rtes.example is not allowed to send: Please activate your account"),
        (402, "Payment required"),
    ],
)
def test_what_would_be_the_same_for_everybody_stops_the_run_whenever_it_comes(
    way: Way, status: int, words: str
) -> None:
    way.stand_in.faults = [None, Reply(status, {"message": words})]
    with pytest.raises(StoppedError, match=words):
        deliver(way, *compose(*people(3)))
    assert len(way.stand_in.raw) == 2


def test_a_mailing_goes_through_to_the_last_person(post: Post, way: Way) -> None:
    post.transport = way.settings
    way.stand_in.bad = {"p004@example.org"}
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 9
    assert post.states()["p004@example.org"] == "refused"
    assert way.stand_in.copies() == {f"p{n:03d}@example.org": 1 for n in range(1, 11) if n != 4}

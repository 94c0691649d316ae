"""What every provider promises, whatever its API: one copy each, exactly what was approved, and known ends."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery.transports.http.calls import Patience
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import SigningKey
from rtesmail.rendering.slots import SlotValues, fill_html, fill_text

from ..conftest import free_port, make_edition
from .conftest import QUICK, Way, compose, people
from .stand_in import KEY, Reply

HOSTILE = "@@name@@ %recipient.email% %NAME% ]]> \"q\" 'a' <b>&amp; 🌻 {name} [[x]] \\ \u200b"


def deliver(way: Way, messages: list[Message], transport: Any = None) -> list[Outcome]:
    """Hand messages over as the engine does, in batches."""
    transport = transport or way.transport()

    async def run() -> list[Outcome]:
        found: list[Outcome] = []
        try:
            for first in range(0, len(messages), transport.batch_size):
                found += await transport.deliver(messages[first : first + transport.batch_size])
        finally:
            await transport.close()
        return found

    return asyncio.run(run())


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state.value for outcome in outcomes]


def test_each_person_gets_one_copy_and_sees_no_other_address(way: Way) -> None:
    messages = compose(*people(60))
    outcomes = deliver(way, messages)
    assert states(outcomes) == ["accepted"] * 60
    assert [outcome.delivery for outcome in outcomes] == list(range(1, 61))
    assert way.stand_in.copies() == {f"p{number:03d}@example.org": 1 for number in range(1, 61)}
    for one in way.stand_in.arrived:
        shown = repr((one.html, one.text, one.headers, one.name, one.subject))
        others = {f"p{number:03d}@example.org" for number in range(1, 61)} - {one.address}
        assert not any(other in shown for other in others)


def test_what_arrives_is_what_was_approved_filled_for_this_person(way: Way) -> None:
    # Mailgun's own variables are refused, also in the letter.
    hostile = HOSTILE.replace("%recipient.email%", "") if way.name == "mailgun" else HOSTILE
    edition = make_edition(images=(), html=f"<!doctype html><p>@@name@@ — {hostile}</p>\n<style>a{{b:c}}</style>\n")
    edition = replace(
        edition, text=f"Bonjour @@name@@,\n\n{hostile}\n.\n\n   fin  \n", subject="L’été, « ça » vient 🌻"
    )
    person = replace(people(1)[0], name='Anne "Nan" d’Été, <vice-présidente>', organisation="{ville}")
    deliver(way, compose(person, edition=edition))
    (one,) = way.stand_in.arrived
    values = SlotValues(person.email, person.name, person.organisation, "", "")
    assert one.html == fill_html(edition.html, values)
    assert one.text == fill_text(edition.text, values)
    assert one.subject == edition.subject
    assert one.sender == "lettre@rtes.example"
    assert one.reply_to == "contact@rtes.example"


def test_every_field_of_the_letter_arrives(way: Way) -> None:
    deliver(way, compose(people(1)[0]))
    (one,) = way.stand_in.arrived
    assert one.headers["List-Unsubscribe"].startswith("<https://lettre.rtes.example/u/")
    assert one.headers["List-Unsubscribe"].endswith(">")
    assert ", <mailto:stop@rtes.example?" in one.headers["List-Unsubscribe"]
    assert one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert one.headers["List-Help"] == "<mailto:c@rtes.example>"
    assert one.headers["List-Archive"] == "<https://lettre.rtes.example/lettres/>"
    assert one.headers["Precedence"] == "list"
    assert one.headers["Content-Language"] == "fr"
    assert one.headers["Feedback-ID"].count(":") == 3
    # Mailjet writes a List-Id of its own; docs/reference/providers.md says so.
    assert ("List-Id" in one.headers) == (way.name != "mailjet")


def test_the_unsubscribe_links_are_each_persons_own(way: Way) -> None:
    deliver(way, compose(*people(3)))
    assert len({one.headers["List-Unsubscribe"] for one in way.stand_in.arrived}) == 3


def test_one_refused_person_holds_up_nobody(way: Way) -> None:
    way.stand_in.bad.add("p002@example.org")
    outcomes = deliver(way, compose(*people(4)))
    assert states(outcomes) == ["accepted", "refused", "accepted", "accepted"]
    assert outcomes[1].reply
    assert "p002@example.org" not in way.stand_in.copies()


def test_a_bad_address_at_the_head_of_the_list_stops_nothing(way: Way) -> None:
    way.stand_in.bad.add("p001@example.org")
    assert states(deliver(way, compose(*people(2)))) == ["refused", "accepted"]


@pytest.mark.parametrize(
    ("provider", "mark"),
    [
        ("brevo", "{{ contact.EMAIL }}"),
        ("mailjet", "[[data:email]]"),
        ("postmark", "{{{ pm:unsubscribe }}}"),
        ("mailgun", "%recipient.email%"),
    ],
)
def test_a_person_whose_name_the_provider_would_read_as_a_template_is_refused_alone(
    serve: Callable[[str], Way], provider: str, mark: str
) -> None:
    way = serve(provider)
    hostile, other = people(2)
    outcomes = deliver(way, compose(other, replace(hostile, name=mark)))
    assert states(outcomes) == ["accepted", "refused"]
    assert outcomes[1].reply.startswith(way.name.capitalize())
    assert way.stand_in.copies() == {"p002@example.org": 1}


def test_templates_of_other_providers_pass_as_they_are(way: Way) -> None:
    marks = {
        "brevo": "[[data:email]] %recipient.email%",
        "mailjet": "{{ var:x }} {% if %} %recipient.email%",
        "postmark": "{{ x }} [[data:email]] %recipient.email%",
        "mailgun": "{{ x }} {% if %} [[data:email]] {{{ pm:unsubscribe }}} 100 % recipients 5% unsubscribe_url%",
        "scaleway": "{{ x }} {% if %} [[data:email]] {{{ pm:unsubscribe }}} %recipient.email%",
        "ses": "{{ x }} {% if %} [[data:email]] {{{ pm:unsubscribe }}} %recipient.email%",
    }
    text = marks[way.name]
    edition = make_edition(images=(), html=f"<p>{text}</p>\n", text=f"{text}\n")
    assert states(deliver(way, compose(people(1)[0], edition=edition))) == ["accepted"]
    (one,) = way.stand_in.arrived
    assert (one.html, one.text) == (edition.html, edition.text)


def test_an_address_with_foreign_letters_is_refused_with_the_reason(way: Way) -> None:
    (message,) = compose(replace(people(1)[0], email="élise@example.org"))
    (outcome,) = deliver(way, [message])
    assert outcome.state is DeliveryState.REFUSED
    assert "before the @" in outcome.reply
    assert way.stand_in.arrived == []


@pytest.mark.parametrize("name", ['x" <autre@example.net>, "y', "a, autre@example.net", "\\", "Ann (x)", "🌻" * 40])
def test_no_name_can_add_a_recipient(way: Way, name: str) -> None:
    deliver(way, compose(replace(people(1)[0], name=name)))
    assert way.stand_in.copies() == {"p001@example.org": 1}


def test_a_bad_key_stops_the_run_and_is_shown_nowhere(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = way.transport()
    monkeypatch.setattr(way.stand_in, "is_allowed", lambda headers: False)
    with pytest.raises(StoppedError) as stopped:
        deliver(way, compose(*people(2)), transport)
    told = f"{stopped.value} {stopped.value.hint} {transport!r} {vars(transport)!r}"
    assert KEY not in told
    assert "PROVIDER_KEY" in told
    assert "envois" in told
    assert way.stand_in.arrived == []


def test_a_server_that_is_not_there_stops_the_run_with_nothing_left(way: Way) -> None:
    way.settings = replace(way.settings, api_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StoppedError, match="Connection refused"):
        deliver(way, compose(*people(2)))


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_the_provider_asks_for_is_kept(way: Way, status: int) -> None:
    way.stand_in.faults = [Reply(status, {}, {"Retry-After": "1"})]
    assert states(deliver(way, compose(people(1)[0]))) == ["accepted"]
    first, second = way.stand_in.called_at
    assert 1.0 <= second - first < 1.4


def test_a_pause_that_is_too_long_puts_people_off(way: Way) -> None:
    way.stand_in.faults = [Reply(429, {}, {"Retry-After": "3600"})]
    (outcome,) = deliver(way, compose(people(1)[0]))
    assert (outcome.state, outcome.code) == (DeliveryState.DEFERRED, 429)
    assert way.stand_in.arrived == []


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_that_may_come_after_the_sending_is_unknown(way: Way, status: int) -> None:
    way.stand_in.faults = [Reply(status, b"<html>oh")]
    (outcome,) = deliver(way, compose(people(1)[0]))
    assert (outcome.state, outcome.code) == (DeliveryState.UNKNOWN, status)
    assert len(way.stand_in.raw) == 1


def test_a_success_that_says_nothing_is_unknown(way: Way) -> None:
    way.stand_in.faults = [Reply(200, b"<html>Please log in to this network</html>")]
    (outcome,) = deliver(way, compose(people(1)[0]))
    assert outcome.state is DeliveryState.UNKNOWN


@pytest.mark.parametrize("status", [301, 404])
def test_a_wrong_address_of_the_api_stops_the_run(way: Way, status: int) -> None:
    way.stand_in.faults = [Reply(status, {}, {"Location": "http://127.0.0.1:9/"})]
    with pytest.raises(StoppedError, match=str(status)):
        deliver(way, compose(people(1)[0]))


def test_a_letter_that_nobody_can_get_stops_the_run_instead_of_refusing_everybody(way: Way) -> None:
    words = {"code": "invalid_parameter", "message": "no", "ErrorMessage": "no", "Message": "no", "ErrorCode": 402}
    way.stand_in.faults = [Reply(400, words)] * 5
    with pytest.raises(StoppedError, match="no"):
        deliver(way, compose(*people(2)))
    assert way.stand_in.arrived == []


@pytest.mark.parametrize("fault", ["hang", "hang after", "drop", "drop after"])
def test_a_lost_answer_never_makes_a_second_copy(way: Way, fault: str) -> None:
    way.stand_in.faults = [fault]
    outcomes = deliver(way, compose(*people(1)))
    copies = way.stand_in.copies().get("p001@example.org", 0)
    assert copies <= 1
    if way.name == "brevo":
        # Its key lets the very same call be repeated: what became of it is known.
        assert states(outcomes) == ["accepted"]
        assert copies == 1
        assert len(set(way.stand_in.raw)) == 1
    else:
        assert states(outcomes) == ["unknown"]
        assert len(way.stand_in.raw) == 1


def test_cutting_returns_at_once_and_knows_what_it_does_not_know(way: Way) -> None:
    way.stand_in.faults = ["hang"]
    transport = way.transport(patience=replace(QUICK, answer=30.0))

    async def run() -> list[Outcome]:
        handing = asyncio.create_task(transport.deliver(compose(*people(1))))
        while not way.stand_in.raw:
            await asyncio.sleep(0.01)
        transport.abort()
        # Long before the answer would have been given up.
        async with asyncio.timeout(10.0):
            outcomes = await handing
            await transport.close()
        return list(outcomes)

    assert states(asyncio.run(run())) == ["unknown"]


def test_what_was_not_begun_when_everything_was_cut_is_pending(way: Way) -> None:
    transport = way.transport()
    transport.abort()
    assert states(deliver(way, compose(*people(2)), transport)) == ["pending", "pending"]
    assert way.stand_in.raw == []


def test_a_pause_does_not_keep_a_run_from_being_cut(way: Way) -> None:
    way.stand_in.faults = [Reply(429, {}, {"Retry-After": "30"})]
    transport = way.transport(patience=replace(QUICK, asked=60.0))

    async def run() -> list[Outcome]:
        handing = asyncio.create_task(transport.deliver(compose(*people(1))))
        while not way.stand_in.raw:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        transport.abort()
        return list(await asyncio.wait_for(handing, 0.5))

    assert states(asyncio.run(run()))[0] in ("pending", "deferred")
    assert way.stand_in.arrived == []


def test_calls_go_side_by_side(way: Way) -> None:
    way.settings = replace(way.settings, connections=4)
    transport = way.transport(patience=replace(QUICK, answer=30.0))

    async def run() -> None:
        await transport.deliver(compose(*people(1)))
        way.stand_in.faults = [1.0] * 4
        await asyncio.gather(*(transport.deliver(compose(*people(1, first=number))) for number in range(2, 6)))
        await transport.close()

    assert transport.connections == 4
    asyncio.run(run())
    assert way.stand_in.most_at_once == 4


@pytest.mark.parametrize("provider", ["brevo", "mailjet", "postmark", "mailgun"])
def test_the_sandbox_delivers_nothing(serve: Callable[[str], Way], provider: str) -> None:
    way = serve(provider)
    outcomes = deliver(way, compose(*people(2)), way.transport(sandbox=True))
    assert states(outcomes) == ["accepted"] * 2
    assert len(way.stand_in.raw) >= 1
    assert way.stand_in.arrived == []


@pytest.mark.parametrize(
    ("wish", "value"),
    [("envelope_sender", "r@rtes.example"), ("verp", True), ("dkim", (SigningKey("d.example", "s", Path("s.pem")),))],
)
def test_what_only_our_own_server_can_do_is_refused_before_sending(way: Way, wish: str, value: Any) -> None:
    way.settings = replace(way.settings, **{wish: value})
    with pytest.raises(WorkspaceError, match=wish):
        way.transport()


def test_a_missing_key_is_told_with_the_place_where_it_belongs(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVIDER_KEY")
    with pytest.raises(WorkspaceError, match="PROVIDER_KEY"):
        way.transport()


def test_a_key_with_a_line_end_is_told_and_not_shown(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_KEY", f"{KEY}\nX-Other: 1")
    with pytest.raises(WorkspaceError, match="PROVIDER_KEY") as told:
        way.transport()
    assert KEY not in f"{told.value} {told.value.hint}"


def test_a_login_in_netrc_goes_to_no_provider(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert states(deliver(way, compose(*people(1)))) == ["accepted"]


def test_patience_is_what_the_providers_want_by_default() -> None:
    assert (Patience().connect, Patience().answer, Patience().asked) == (10.0, 60.0, 60.0)

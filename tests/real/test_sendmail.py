"""Postfix's own sendmail takes a mailing into its queue, and each message lands once in its Maildir."""

import email
import email.policy
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.delivery.transports.registry import build_transport
from rtesmail.model.errors import UnusableTransportError
from rtesmail.model.mailing import DeliveryState, MailingState, Message, Outcome
from rtesmail.store.opening import open_store

from .dkim_judge import Judge
from .house import EVERYBODY, PEOPLE, make_house, send_to_all
from .postfix_server import Postfix


def test_postfixs_sendmail_takes_a_signed_mailing_each_exactly_once(
    tmp_path: Path, postfix: Postfix, judge: Judge
) -> None:
    workspace, edition = make_house(tmp_path / "house")
    way = replace(postfix.local_transport(), envelope_sender="retours@rtes.example", verp=True, dkim=judge.keys)
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, way)
    replies = {row[0] for row in store.conn.execute("SELECT reply FROM deliveries")}
    store.conn.close()
    assert (report.totals.of(DeliveryState.ACCEPTED), report.mailing.state) == (PEOPLE, MailingState.FINISHED)
    assert replies == {"taken over by sendmail"}

    contents = [file.read_bytes() for file in postfix.wait_for(PEOPLE)]
    messages = [email.message_from_bytes(content, policy=email.policy.default) for content in contents]
    assert Counter(message["X-Original-To"] for message in messages) == dict.fromkeys(EVERYBODY, 1), postfix.log()
    assert len({message["Return-Path"] for message in messages}) == PEOPLE
    assert all(message["Return-Path"].startswith("<retours+") for message in messages)
    for content, message in zip(contents, messages, strict=True):
        assert judge.dkimpy(content) == [True, True]
        body = message.get_body(("plain",))
        assert body is not None
        number = int(message["To"].addresses[0].username[1:])
        assert body.get_content() == f"Bonjour Zoé <n° {number}>,\n.\n..\nÀ bientôt !\n"


@pytest.mark.parametrize("address", ["-t@lecteurs.example", "--@lecteurs.example", "élise@lecteurs.example"])
def test_odd_addresses_are_addresses_to_postfixs_sendmail(postfix: Postfix, address: str) -> None:
    assert hand_over(postfix, address).state is DeliveryState.ACCEPTED
    (file,) = postfix.wait_for(1)
    assert file.read_bytes().splitlines()[1].decode() == f"X-Original-To: {address}"


def test_what_was_accepted_while_postfix_stood_still_is_delivered_when_it_runs_again(postfix: Postfix) -> None:
    postfix.stop()
    outcome = hand_over(postfix, EVERYBODY[0])
    assert outcome.state is DeliveryState.ACCEPTED
    assert postfix.messages() == []
    postfix.start()
    assert len(postfix.wait_for(1)) == 1


def test_postfixs_sendmail_without_its_settings_stops_the_run_which_goes_on_later(
    tmp_path: Path, postfix: Postfix
) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    way = postfix.local_transport()
    # Postfix calls every trouble with its settings one that passes (EX_TEMPFAIL).
    with pytest.raises(UnusableTransportError, match=r"failures in a row.* code 75: .*main\.cf"):
        send_to_all(store, workspace, edition, replace(way, command=(*way.command[:-1], str(tmp_path))))
    states = {row[0] for row in store.conn.execute("SELECT state FROM deliveries")}
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    report = send_to_all(store, workspace, edition, way, now=lambda: in_an_hour)
    store.conn.close()
    assert states == {"deferred", "pending"}
    assert report.totals.of(DeliveryState.ACCEPTED) == PEOPLE
    reached = [file.read_bytes().splitlines()[1].decode() for file in postfix.wait_for(PEOPLE)]
    assert sorted(reached) == [f"X-Original-To: {address}" for address in EVERYBODY]


def hand_over(postfix: Postfix, address: str) -> Outcome:
    import asyncio

    content = f"From: <lettre@rtes.example>\r\nTo: <{address}>\r\nSubject: x\r\n\r\nx\r\n".encode()
    message = Message(1, "retours@rtes.example", address, content, "<1.ab@rtes.example>")
    (outcome,) = asyncio.run(build_transport(postfix.local_transport()).deliver([message]))
    return outcome

"""A real Postfix takes a mailing over verified STARTTLS, and each message lands once in its Maildir."""

import email
import email.policy
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.delivery.sending import send_mailing
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.store.opening import open_store

from .house import EVERYBODY, PEOPLE, make_house, send_to_all
from .postfix_server import BAD_ADDRESS, Postfix


def test_postfix_takes_a_mailing_of_thirty_each_exactly_once(tmp_path: Path, postfix: Postfix) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, postfix.transport())
    replies = [row[0] for row in store.conn.execute("SELECT reply FROM deliveries")]
    store.conn.close()
    assert (report.totals.of(DeliveryState.ACCEPTED), report.mailing.state) == (PEOPLE, MailingState.FINISHED)
    assert all("queued as" in reply for reply in replies)

    files = postfix.wait_for(PEOPLE)
    messages = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    reached = Counter(message["X-Original-To"] or message["Delivered-To"] for message in messages)
    assert reached == dict.fromkeys(EVERYBODY, 1), postfix.log()
    assert len({message["Message-ID"] for message in messages}) == PEOPLE
    for message in messages:
        body = message.get_body(("plain",))
        assert body is not None
        number = int(message["To"].addresses[0].username[1:])
        assert body.get_content().replace("\r\n", "\n") == f"Bonjour Zoé <n° {number}>,\n.\n..\nÀ bientôt !\n"
        page = message.get_body(("html",))
        assert page is not None
        assert f"Bonjour Zoé &lt;n° {number}&gt;" in page.get_content()
    assert "TLS connection established" in postfix.log()


def test_postfix_refuses_one_address_and_the_others_are_served(tmp_path: Path, postfix: Postfix) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    store.conn.execute("UPDATE subscribers SET email = ?, email_key = ? WHERE id = 7", (BAD_ADDRESS, BAD_ADDRESS))
    report = send_to_all(store, workspace, edition, postfix.transport())
    row = store.conn.execute("SELECT * FROM deliveries WHERE state = 'refused'").fetchone()
    store.conn.close()
    assert report.totals.of(DeliveryState.ACCEPTED) == PEOPLE - 1
    assert (row["email"], row["code"], row["enhanced"]) == (BAD_ADDRESS, 554, "5.7.1")
    assert len(postfix.wait_for(PEOPLE - 1)) == PEOPLE - 1


def test_postfix_with_an_unknown_authority_gets_nothing(tmp_path: Path, postfix: Postfix) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    with pytest.raises(StoppedError, match="cannot be trusted"):
        send_mailing(
            store,
            workspace,
            issue_id=edition.issue,
            edition=edition,
            list_name="abonnes",
            transport=replace(postfix.transport(), ca_file=None),
            now=lambda: datetime.now(UTC),
        )
    store.conn.close()
    assert postfix.messages() == []

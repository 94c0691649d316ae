"""A real Exim takes a mailing over TLS with a login, and from its own sendmail; its own files tell who got what."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlite_utils import Database

from rtesmail.delivery.transports.registry import build_transport
from rtesmail.model.errors import UnusableTransportError
from rtesmail.model.mailing import DeliveryState, MailingState, Message, Outcome
from rtesmail.model.publication import TransportSettings
from rtesmail.model.security import Security
from rtesmail.store.opening import open_store

from .dkim_judge import BOTH_PASS, Judge
from .exim_server import BAD_ADDRESS, MECHANISMS, PASSWORD, Exim
from .house import EVERYBODY, PEOPLE, make_house, send_to_all

BOTH = pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXIM_PASSWORD", PASSWORD)


def require_one_each(exim: Exim, store: Database, judge: Judge) -> None:
    """Hold Exim's files against the ledger: one for each person, under their own return address, signatures intact."""
    files = exim.wait_for(PEOPLE)
    contents = [file.read_bytes() for file in files]
    messages = [email.message_from_bytes(content, policy=email.policy.default) for content in contents]
    ids = {row["email"]: row["id"] for row in store.conn.execute("SELECT id, email FROM deliveries")}
    assert sorted(message["Envelope-to"] for message in messages) == EVERYBODY, exim.log()
    for message in messages:
        person = message["Envelope-to"]
        assert message["To"].addresses[0].addr_spec == person
        assert message["Return-path"].startswith(f"<retours+{ids[person]}-")
        assert message["Message-ID"].startswith(f"<{ids[person]}.")
        assert text_of(message) == f"Bonjour Zoé <n° {int(person[1:3])}>,\n.\n..\nÀ bientôt !\n"
    assert [judge.dkimpy(content) for content in contents] == [[True, True]] * PEOPLE
    assert judge.opendkim(files[0]) == BOTH_PASS


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def returning(way: TransportSettings, judge: Judge) -> TransportSettings:
    """Have each delivery signed and under a return address of its own."""
    return replace(way, envelope_sender="retours@rtes.example", verp=True, dkim=judge.keys)


@BOTH
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_exim_takes_a_mailing_over_tls_with_a_login_each_exactly_once(
    tmp_path: Path, exim: Exim, judge: Judge, security: Security
) -> None:
    workspace, edition = make_house(tmp_path / "house")
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, returning(exim.transport(security), judge))
    assert (report.totals.of(DeliveryState.ACCEPTED), report.mailing.state) == (PEOPLE, MailingState.FINISHED)
    require_one_each(exim, store, judge)
    store.conn.close()
    arrivals = [line for line in exim.log().splitlines() if " <= " in line]
    assert len(arrivals) == PEOPLE
    assert all(" P=esmtpsa X=TLS" in line and " A=login:lettre " in line for line in arrivals)


@BOTH
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_stops_the_run_and_with_the_right_one_everybody_gets_it(
    tmp_path: Path, exim: Exim, judge: Judge, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, edition = make_house(tmp_path / "house")
    store = open_store(workspace.database)
    way = returning(exim.transport(security), judge)
    monkeypatch.setenv("EXIM_PASSWORD", "faux-mot-de-passe")
    with pytest.raises(UnusableTransportError, match=r"refuses the login of lettre: 535 Incorrect") as stopped:
        send_to_all(store, workspace, edition, way)
    assert "faux" not in f"{stopped.value} {stopped.value.hint}"
    rows = [tuple(row) for row in store.conn.execute("SELECT state, count(*) FROM deliveries GROUP BY state")]
    assert rows == [("pending", PEOPLE)]
    assert exim.messages() == []

    monkeypatch.setenv("EXIM_PASSWORD", PASSWORD)
    report = send_to_all(store, workspace, edition, way)
    assert (report.resumed, report.sent_now, report.mailing.state) == (True, PEOPLE, MailingState.FINISHED)
    require_one_each(exim, store, judge)
    store.conn.close()


def test_exim_refuses_one_address_and_the_others_are_served(tmp_path: Path, exim: Exim) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    store.conn.execute("UPDATE subscribers SET email = ?, email_key = ? WHERE id = 7", (BAD_ADDRESS, BAD_ADDRESS))
    report = send_to_all(store, workspace, edition, exim.transport(Security.STARTTLS))
    row = store.conn.execute("SELECT * FROM deliveries WHERE state = 'refused'").fetchone()
    store.conn.close()
    assert report.totals.of(DeliveryState.ACCEPTED) == PEOPLE - 1
    assert (row["email"], row["code"], row["enhanced"]) == (BAD_ADDRESS, 550, "5.1.1")
    assert len(exim.wait_for(PEOPLE - 1)) == PEOPLE - 1


def test_exims_sendmail_takes_a_signed_mailing_each_exactly_once(tmp_path: Path, exim: Exim, judge: Judge) -> None:
    workspace, edition = make_house(tmp_path / "house")
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, returning(exim.local_transport(), judge))
    assert report.totals.of(DeliveryState.ACCEPTED) == PEOPLE
    require_one_each(exim, store, judge)
    store.conn.close()


@pytest.mark.parametrize("address", ["-t@lecteurs.example", "--@lecteurs.example", "élise@lecteurs.example"])
def test_odd_addresses_are_addresses_to_exims_sendmail(exim: Exim, address: str) -> None:
    assert hand_over(exim.local_transport(), address).state is DeliveryState.ACCEPTED
    (file,) = exim.wait_for(1)
    assert file.read_bytes().splitlines()[1].decode() == f"Envelope-to: {address}"


def test_exims_sendmail_without_its_settings_leaves_a_message_unknown(tmp_path: Path, exim: Exim) -> None:
    way = exim.local_transport()
    outcome = hand_over(replace(way, command=(*way.command[:-1], str(tmp_path / "absent"))), EVERYBODY[0])
    assert outcome.state is DeliveryState.UNKNOWN
    assert "with the code 1: " in outcome.reply


def hand_over(way: TransportSettings, address: str) -> Outcome:
    import asyncio

    content = f"From: <lettre@rtes.example>\r\nTo: <{address}>\r\nSubject: x\r\n\r\nx\r\n".encode()
    message = Message(1, "retours@rtes.example", address, content, "<1.ab@rtes.example>")
    (outcome,) = asyncio.run(build_transport(way).deliver([message]))
    return outcome

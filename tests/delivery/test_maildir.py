"""A Maildir as the way out: what any mail reader finds in it, each message once."""

import asyncio
import mailbox
import sqlite3
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.delivery.proofs import send_proof
from rtesmail.delivery.resolving import Decision, decide
from rtesmail.delivery.transports.registry import build_transport
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportKind, TransportSettings
from rtesmail.store.opening import open_store

from .conftest import Post, count


@pytest.fixture
def filed(post: Post, tmp_path: Path) -> tuple[Post, Path]:
    """The small house, sending into a Maildir that is not there yet."""
    folder = tmp_path / "boites" / "lettres"
    post.transport = TransportSettings("boite", TransportKind.MAILDIR, folder=folder, envelope_sender="r@rtes.example")
    return post, folder


def read(folder: Path) -> mailbox.Maildir:
    return mailbox.Maildir(folder, create=False)


def recipients(folder: Path) -> list[str]:
    return sorted(message["Delivered-To"] for message in read(folder))


EVERYBODY = [f"p{number:03d}@example.org" for number in range(1, 11)]


def test_a_reader_finds_each_persons_letter_unread_and_under_its_envelope(filed: tuple[Post, Path]) -> None:
    post, folder = filed
    assert count(post.send(), DeliveryState.ACCEPTED) == 10
    assert recipients(folder) == EVERYBODY
    for message in read(folder):
        assert message.get_subdir() == "new"
        assert message.get_flags() == ""
        assert message["Return-Path"] == "<r@rtes.example>"
        assert message["Delivered-To"] in message["To"]
    assert list((folder / "tmp").iterdir()) == []


def test_a_file_is_as_mail_servers_write_it_and_for_its_owner_only(filed: tuple[Post, Path]) -> None:
    post, folder = filed
    post.send(limit=1)
    (file,) = (folder / "new").iterdir()
    content = file.read_bytes()
    assert content.startswith(b"Return-Path: <r@rtes.example>\nDelivered-To: p001@example.org\nFrom: ")
    assert b"\r" not in content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [stat.S_IMODE((folder / place).stat().st_mode) for place in ("", "tmp", "new", "cur")] == [0o700] * 4
    # After a colon stand flags, after a comma Dovecot's sizes; a first dot hides a file, a slash leads elsewhere.
    assert not set(file.name) & set(":/, \\")
    assert not file.name.startswith(".")


def test_a_letter_filed_again_after_a_crash_lies_there_once(filed: tuple[Post, Path], tmp_path: Path) -> None:
    post, folder = filed
    post.send(limit=1)
    # The database as a crash leaves it: three letters are filed, and the ledger only knows that they were begun.
    (tmp_path / "crashed").mkdir()
    with sqlite3.connect(tmp_path / "crashed" / "rtesmail.db") as copy:
        post.store.conn.backup(copy)
        copy.execute("UPDATE deliveries SET state = 'sending', attempts = 1 WHERE id IN (2, 3, 4)")
    copy.close()
    post.send(limit=3)
    before = {file.name: file.read_bytes() for file in (folder / "new").iterdir()}
    assert len(before) == 4

    post.store.conn.close()
    post.store = open_store(tmp_path / "crashed" / "rtesmail.db")
    assert post.send().recovered_unknown == 3
    again = Decision(DeliveryState.UNKNOWN, DeliveryState.PENDING, "Une Relectrice")
    assert decide(post.store, post.workspace, post.edition.issue, "abonnes", again, post.watch)[1] == 3
    post.watch.move(hours=1)
    assert count(post.send(), DeliveryState.ACCEPTED) == 10
    assert recipients(folder) == EVERYBODY
    assert {name: (folder / "new" / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("flags", [":2,", ":2,S", ",S=4020:2,RS", ""])
def test_a_letter_that_was_read_meanwhile_does_not_come_again(filed: tuple[Post, Path], flags: str) -> None:
    post, folder = filed
    message = Message(1, "r@rtes.example", "p001@example.org", b"Subject: x\r\n\r\nx\r\n", "<1.ab12@rtes.example>")

    def deliver() -> Outcome:
        return asyncio.run(build_transport(post.transport).deliver([message]))[0]

    assert deliver().reply.startswith("filed as")
    (file,) = (folder / "new").iterdir()
    file.rename(folder / "cur" / f"{file.name}{flags}")
    again = deliver()
    assert (again.state, again.reply) == (DeliveryState.ACCEPTED, f"was there already as {file.name}")
    assert recipients(folder) == ["p001@example.org"]


def test_proofs_and_other_mailings_lie_beside_each_other(filed: tuple[Post, Path]) -> None:
    post, folder = filed
    for _again in range(2):
        send_proof(post.workspace, post.edition, ["a@rtes.example", "b@rtes.example"], post.transport, post.watch)
    assert len(read(folder)) == 4
    post.send()
    post.edition = replace(post.edition, subject="Autre chose", issue="2025-05-mensuelle")
    post.approve()
    post.send()
    assert len(read(folder)) == 24


def test_what_a_dead_run_left_in_tmp_is_no_letter_and_stops_nothing(filed: tuple[Post, Path]) -> None:
    post, folder = filed
    (folder / "tmp").mkdir(parents=True)
    (folder / "tmp" / "1.abc.rtes.example.4711").write_bytes(b"half a let")
    post.send()
    assert recipients(folder) == EVERYBODY


def test_a_folder_that_takes_nothing_stops_the_run_with_everybody_waiting(filed: tuple[Post, Path]) -> None:
    post, folder = filed
    folder.mkdir(parents=True)
    (folder / "new").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoppedError, match="cannot be written to") as stopped:
        post.send()
    assert str(folder) in str(stopped.value)
    assert set(post.states().values()) == {"pending"}
    (folder / "new").unlink()
    post.send()
    assert recipients(folder) == EVERYBODY
    assert list((folder / "tmp").iterdir()) == []

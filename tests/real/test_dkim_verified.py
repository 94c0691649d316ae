"""Signed mailings through a real Postfix, and the shipped issues, judged by OpenDKIM and dkimpy."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.messages.composing import Composer, Heading
from rtesmail.delivery.signing.signatures import DkimSigner
from rtesmail.delivery.tokens import LinkMaker
from rtesmail.model.mailing import DeliveryState, Message, Recipient
from rtesmail.model.publication import SigningKey
from rtesmail.rendering.edition import render_edition
from rtesmail.store.opening import open_store

from .dkim_judge import BOTH_FAIL, BOTH_PASS, Judge
from .house import PEOPLE, make_house, send_to_all
from .postfix_server import Postfix

ISSUES = ("2023-10-invitation-edenn", "2024-11-invitation-gard", "2025-04-mensuelle", "2025-t2-trimestrielle")


def deliver(root: Path, postfix: Postfix, keys: Sequence[SigningKey]) -> list[Path]:
    """Send the mailing of thirty, signed; give the files in the mailbox."""
    workspace, edition = make_house(root / "house")
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, replace(postfix.transport(), dkim=tuple(keys)))
    store.conn.close()
    assert report.totals.of(DeliveryState.ACCEPTED) == PEOPLE
    return postfix.wait_for(PEOPLE)


def test_what_postfix_delivers_still_verifies(tmp_path: Path, postfix: Postfix, judge: Judge) -> None:
    files = deliver(tmp_path, postfix, judge.keys)
    assert len(files) == PEOPLE
    for file in files:
        content = file.read_bytes()
        assert content.startswith((b"Return-Path:", b"X-Original-To:")), "this has not passed through Postfix"
        assert judge.dkimpy(content) == [True, True]
    assert [judge.opendkim(file) for file in files] == [BOTH_PASS] * PEOPLE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</body>", b"</bodi>"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"/u/", b"/v/"),
        (b"\r\nSubject: ", b"\r\nFrom: <autre@example.net>\r\nSubject: "),
        (b"\r\nSubject: ", b"\r\nReply-To: <autre@example.net>\r\nSubject: "),
    ],
)
def test_opendkim_refuses_what_was_changed_on_the_way(
    demo_workspace: Path, judge: Judge, old: bytes, new: bytes
) -> None:
    content = signed(demo_workspace, "2025-04-mensuelle", judge.signer())
    message = judge.folder / "changed.eml"
    message.write_bytes(content)
    assert judge.opendkim(message) == BOTH_PASS
    assert old in content
    message.write_bytes(content.replace(old, new, 1))
    assert judge.opendkim(message) == BOTH_FAIL


@pytest.mark.parametrize("issue_id", ISSUES)
def test_each_shipped_issue_verifies(demo_workspace: Path, judge: Judge, issue_id: str) -> None:
    content = signed(demo_workspace, issue_id, judge.signer())
    message = judge.folder / "letter.eml"
    message.write_bytes(content)
    assert judge.dkimpy(content) == [True, True]
    assert judge.opendkim(message) == BOTH_PASS


def signed(root: Path, issue_id: str, signer: DkimSigner) -> bytes:
    """Give one reader's letter of a shipped issue as it leaves."""
    workspace = load_workspace(root)
    edition = render_edition(workspace, load_issue(workspace, issue_id).issue)
    links = LinkMaker(
        secret=b"0123456789abcdef0123456789abcdef",
        public_url="https://lettre.rtes.example",
        mailbox="stop@rtes.example",
        list_name="demo",
    )
    now = datetime.now(UTC)
    reader = Recipient(7, 42, "zoe@example.org", "Zoé Exemple", "Ville de l’Exemple")
    letter = Composer(edition, Heading("RTES", "demo", "", "seed"), links).compose(reader, now)
    assert isinstance(letter, Message)
    return signer.sign(letter.content, now) + letter.content

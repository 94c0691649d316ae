"""Signed mailings through a real Postfix, and the shipped issues, judged by OpenDKIM and dkimpy with no network."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.composing import Composer, Heading
from rtesmail.delivery.signing import DkimSigner, load_signer
from rtesmail.delivery.signing_keys import KeyKind, dns_record, make_keys
from rtesmail.delivery.tokens import LinkMaker
from rtesmail.model.mailing import DeliveryState, Message, Recipient
from rtesmail.model.publication import SigningKey
from rtesmail.rendering.edition import render_edition
from rtesmail.store.opening import open_store

from .test_postfix import PEOPLE, Postfix, make_house, postfix, send_to_all, transport_to

__all__ = ["postfix"]

ISSUES = ("2023-10-invitation-edenn", "2024-11-invitation-gard", "2025-04-mensuelle", "2025-t2-trimestrielle")
PATH = f"{os.environ['PATH']}:/usr/sbin"
SETTINGS = """
Mode v
Syslog no
AuthservID judge.example
AlwaysAddARHeader yes
TestDNSData {dns}
"""


@dataclass
class Judge:
    """OpenDKIM and dkimpy, with DNS as `rtesmail dkim new` says that it should be."""

    folder: Path
    keys: tuple[SigningKey, ...]

    def __post_init__(self) -> None:
        assert shutil.which("opendkim", path=PATH), "these tests need OpenDKIM: apt-get install opendkim"
        self.records = {record.name: record.value for record in map(dns_record, self.keys)}
        dns, self.settings = self.folder / "dns", self.folder / "opendkim.conf"
        dns.write_text("".join(f"{name} {value}\n" for name, value in self.records.items()))
        self.settings.write_text(SETTINGS.format(dns=dns))

    def signer(self) -> DkimSigner:
        signer = load_signer(self.keys)
        assert signer is not None
        return signer

    def opendkim(self, message: Path) -> dict[str, str]:
        """What OpenDKIM says of each signature, by its algorithm."""
        done = subprocess.run(
            ["opendkim", "-x", str(self.settings), "-vv", "-t", str(message)],
            env={**os.environ, "PATH": PATH},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        verdicts = re.findall(r"dkim=(\w+)[^;]*header\.a=([\w-]+)", done.stdout)
        assert verdicts, done.stdout + done.stderr
        return {algorithm: verdict for verdict, algorithm in verdicts}

    def dkimpy(self, content: bytes) -> list[bool]:
        def answer(name: bytes, timeout: int = 5) -> bytes:
            return self.records[name.decode().removesuffix(".")].encode()

        return [dkim.DKIM(content).verify(idx=index, dnsfunc=answer) for index in range(len(self.keys))]


BOTH_PASS = {"rsa-sha256": "pass", "ed25519-sha256": "pass"}
BOTH_FAIL = {"rsa-sha256": "fail", "ed25519-sha256": "fail"}


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    keys = make_keys("rtes.example", "m202504", (KeyKind.RSA, KeyKind.ED25519), tmp_path / "dkim")
    return Judge(tmp_path, keys)


def deliver(root: Path, postfix: Postfix, keys: Sequence[SigningKey]) -> list[Path]:
    """Send the mailing of thirty, signed; give the files in the mailbox."""
    workspace, edition = make_house(root / "house")
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, replace(transport_to(postfix), dkim=tuple(keys)))
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

"""A workspace with a database and people in it, an approved edition, and mail servers that misbehave on order."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace
from sqlite_utils import Database

from rtesmail.delivery.approvals import approve
from rtesmail.delivery.sending import SendReport, send_mailing
from rtesmail.model.conditions import Condition
from rtesmail.model.edition import Edition, EditionImage, Variant
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import (
    Configuration,
    Identity,
    Sender,
    Theme,
    TransportKind,
    TransportSettings,
    Workspace,
)
from rtesmail.store.opening import open_store

START = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
ISSUE = "2025-04-mensuelle"
PIXEL = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00"


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **step: float) -> None:
        self.moment += timedelta(**step)


def make_edition(**changes: Any) -> Edition:
    edition = Edition(
        issue=ISSUE,
        publication="mensuelle",
        language="fr",
        sender=Sender("RTES", "lettre@rtes.example", "contact@rtes.example"),
        subject="Avril 2025 : l’économie solidaire",
        preheader="Les rendez-vous",
        html='<!doctype html><p>Bonjour @@name@@ (@@email@@)</p><a href="@@unsubscribe_url@@">Partir</a>\n',
        text="Bonjour @@name@@,\n\nÀ bientôt.\n@@unsubscribe_url@@\n",
        images=(EditionImage("logo", "image/gif", PIXEL),),
    )
    return replace(edition, **changes)


REGION = Condition(levels=("région",))
OCCITANIE = Condition(regions=("Occitanie",))


def make_conditional_edition(**changes: Any) -> Edition:
    """Give an edition with a block for régions, one for Occitanie, and the logo in the former alone."""
    plain = make_edition()
    blocks = ('<p>Pour les régions</p><img src="cid:logo" alt="">', "<p>En Occitanie</p>")
    lines = ("Pour les régions.\n", "En Occitanie.\n")

    def shown(text: str, pieces: tuple[str, str], key: str) -> str:
        return text + "".join(piece for piece, digit in zip(pieces, key, strict=True) if digit == "1")

    variants = tuple(
        Variant(key, shown(plain.html, blocks, key), shown(plain.text, lines, key)) for key in ("00", "10", "01", "11")
    )
    conditional = replace(plain, html=variants[-1].html, text=variants[-1].text, conditions=(REGION, OCCITANIE))
    return replace(conditional, variants=variants, **changes)


def make_workspace(root: Path, **identity: str) -> Workspace:
    known = {"name": "RTES", "full_name": "Réseau", "contact": "c@rtes.example", "unsubscribe": "stop@rtes.example"}
    configuration = Configuration(
        identity=Identity(**{**known, **identity}),
        theme=Theme({}, {}, "serif", "sans-serif"),
        publications={},
        transports={},
    )
    (root / "lists").mkdir(parents=True, exist_ok=True)
    return Workspace(root, configuration)


def add_people(store: Database, count: int, *, list_name: str = "abonnes", start: int = 1) -> None:
    """Put numbered people on a list, made at need."""
    connection: sqlite3.Connection = store.conn
    moment = "2025-01-01T00:00:00.000+00:00"
    connection.execute("BEGIN")
    connection.execute("INSERT OR IGNORE INTO lists (name, created_at) VALUES (?, ?)", (list_name, moment))
    (number,) = connection.execute("SELECT id FROM lists WHERE name = ?", (list_name,)).fetchone()
    for index in range(start, start + count):
        address = f"p{index:03d}@example.org"
        connection.execute(
            "INSERT OR IGNORE INTO subscribers (email, email_key, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
            (address, address, f"Personne {index}", moment, moment),
        )
        (person,) = connection.execute("SELECT id FROM subscribers WHERE email_key = ?", (address,)).fetchone()
        connection.execute("INSERT INTO memberships VALUES (?, ?, ?)", (number, person, moment))
    connection.execute("COMMIT")


def suppress(store: Database, address: str, reason: str = "unsubscribed") -> None:
    store.conn.execute(
        "INSERT INTO suppressions VALUES (?, ?, 'test', '2025-01-02T00:00:00.000+00:00')", (address, reason)
    )


@dataclass
class Post:
    """A whole small house: database, people, edition, and the way to send."""

    workspace: Workspace
    store: Database
    edition: Edition
    transport: TransportSettings
    watch: Watch = field(default_factory=Watch)

    def approve(self) -> None:
        approve(self.store, self.edition, by="Une Relectrice", now=self.watch())

    def send(self, **changes: Any) -> SendReport:
        asked: dict[str, Any] = {
            "issue_id": self.edition.issue,
            "edition": self.edition,
            "list_name": "abonnes",
            "transport": self.transport,
            "now": self.watch,
            **changes,
        }
        return send_mailing(self.store, self.workspace, **asked)

    def states(self) -> dict[str, str]:
        """Each person's state, by address; of the newest mailing that has them."""
        rows = self.store.conn.execute("SELECT email, state FROM deliveries ORDER BY id")
        return {row["email"]: row["state"] for row in rows}

    def reply_to(self, address: str) -> sqlite3.Row:
        row: sqlite3.Row = self.store.conn.execute("SELECT * FROM deliveries WHERE email = ?", (address,)).fetchone()
        return row


def count(report: SendReport, state: DeliveryState) -> int:
    return report.totals.of(state)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Ten people, an approved edition, and a folder as the way out."""
    workspace = make_workspace(tmp_path, public_url="https://lettre.rtes.example")
    store = open_store(workspace.database)
    add_people(store, 10)
    transport = TransportSettings("boite", TransportKind.OUTBOX, folder=tmp_path / "outbox")
    house = Post(workspace, store, make_edition(), transport)
    house.approve()
    yield house
    store.conn.close()


class _Session(SMTP):
    """An SMTP session that drops the line where its script says so."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - its name is given
        script: Script = self.event_handler
        recipients = self.envelope.rcpt_tos
        if script.wants("drop before the dot", recipients):
            self.transport.close()
            return
        if script.wants("drop in the middle", recipients):
            await self.push("354 go on")
            await self._reader.readexactly(1000)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


@dataclass
class Script:
    """What a server does for each recipient: `behaviour[address] = [what for the 1st time, what for the 2nd, …]`.

    An SMTP reply as text is given to RCPT, or to the final dot when it begins with `dot `; `drop before the dot`,
    `drop in the middle`, `drop after the dot`, `slow`, `hang` do what they say; one that is used up means `250`.
    """

    behaviour: dict[str, list[str]] = field(default_factory=dict)
    sender_reply: str = ""
    received: list[tuple[str, bytes]] = field(default_factory=list)
    senders: dict[str, str] = field(default_factory=dict)
    stored_then_dropped: list[str] = field(default_factory=list)
    sessions: int = 0
    before_storing: Callable[[str], None] | None = None

    def wants(self, what: str, recipients: list[str]) -> bool:
        waiting = self.behaviour.get(recipients[0], []) if recipients else []
        if waiting and waiting[0] == what:
            waiting.pop(0)
            return True
        return False

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - its name is given
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - its name is given
        waiting = self.behaviour.get(address, [])
        if waiting and waiting[0][:1].isdigit():
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - its name is given
        import asyncio

        address = envelope.rcpt_tos[0]
        waiting = self.behaviour.get(address, [])
        if waiting and waiting[0].startswith("dot "):
            return waiting.pop(0).removeprefix("dot ")
        if self.wants("slow", [address]):
            await asyncio.sleep(1.0)
        if self.wants("hang", [address]):
            await asyncio.sleep(60)
        if self.before_storing is not None:
            self.before_storing(address)
        self.received.append((address, envelope.original_content))
        self.senders[address] = envelope.mail_from
        if self.wants("drop after the dot", [address]):
            self.stored_then_dropped.append(address)
            server.transport.close()
            await asyncio.sleep(0.05)
        return "250 2.0.0 Queued"

    def copies(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for address, _content in self.received:
            found[address] = found.get(address, 0) + 1
        return found


class _Scripted(Controller):
    def factory(self) -> SMTP:
        self.handler.sessions += 1
        return _Session(self.handler, hostname="scripted.example", enable_SMTPUTF8=False, data_size_limit=None)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Served:
    script: Script
    settings: TransportSettings


@pytest.fixture
def served() -> Iterator[Served]:
    """A real aiosmtpd on loopback that follows a script."""
    script, port = Script(), free_port()
    controller = _Scripted(script, hostname="127.0.0.1", port=port)
    controller.start()
    # Starting, aiosmtpd connects to itself once.
    script.sessions = 0
    yield Served(script, TransportSettings("smtp", TransportKind.SMTP, host="127.0.0.1", port=port, connections=3))
    controller.stop()


@pytest.fixture
def mailed(post: Post, served: Served) -> tuple[Post, Script]:
    """The small house, sending over SMTP to the scripted server."""
    post.transport = served.settings
    return post, served.script

"""A house to be shaken: a database with people and an approved edition, and processes that send from it."""

import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rtesmail.delivery.approvals import approve
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Sender
from rtesmail.store.opening import open_store

from .sender import ISSUE, LIST, workspace_in
from .sinks import Sink

MOMENT = "2025-01-01T00:00:00.000+00:00"
EDITION = Edition(
    issue=ISSUE,
    publication="mensuelle",
    language="fr",
    sender=Sender("RTES", "lettre@rtes.example", "contact@rtes.example"),
    subject="Avril 2025 : l’économie solidaire",
    preheader="",
    html="<!doctype html><p>Bonjour @@name@@</p>\n.\n" + "<p>Les collectivités avancent.</p>\n" * 200,
    text="Bonjour @@name@@,\n.\n..\nÀ bientôt.\n@@unsubscribe_url@@\n",
)
_NUMBERS = itertools.count()
RESUMABLE = (0, 5, 6)
"""The exit codes of a run that went well, stopped with words, or met refusals."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: the signal that killed it) and what it said."""

    code: int
    words: str
    trace: str


class Zygote:
    """The program that forks senders."""

    def __init__(self) -> None:
        program = [sys.executable, str(Path(__file__).with_name("sender.py"))]
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


class Process:
    """One sender."""

    def __init__(self, zygote: Zygote, job: dict[str, Any]) -> None:
        self._zygote, self._said = zygote, Path(job["said"])
        self.pid: int = zygote.ask({"start": job})
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            self._code = self._zygote.ask({"look": self.pid})
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> Ended:
        self.send_signal(signal.SIGKILL)
        return self.wait()

    def wait(self, seconds: float = 120.0) -> Ended:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            assert time.monotonic() < deadline, f"a sender does not end: {self._said.read_text(encoding='utf-8')}"
            time.sleep(0.002)
        trace = self._said.with_suffix(".trace")
        words = self._said.read_text(encoding="utf-8")
        assert "Traceback" not in words, words
        return Ended(code, words, trace.read_text(encoding="utf-8") if trace.exists() else "")


@dataclass
class House:
    """A workspace in a folder, `people` on its list; `said_no` are those who left while it was shaken.

    `logs` is where its processes write what they say.
    """

    root: Path
    logs: Path
    zygote: Zygote
    people: int
    connections: int = 4
    said_no: set[str] = field(default_factory=set)

    @property
    def database(self) -> Path:
        return workspace_in(self.root).database

    def build(self) -> "House":
        (self.root / "lists").mkdir(parents=True)
        self.move_clock(0)
        store = open_store(self.database)
        approve(store, EDITION, by="Une Relectrice", now=datetime.now(UTC))
        people = [(n, address_of(n), address_of(n), name_of(n), MOMENT, MOMENT) for n in range(1, self.people + 1)]
        store.conn.execute("BEGIN")
        store.conn.execute("INSERT INTO lists VALUES (1, ?, ?)", (LIST, MOMENT))
        store.conn.executemany(
            "INSERT INTO subscribers (id, email, email_key, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
            people,
        )
        store.conn.executemany(
            "INSERT INTO memberships VALUES (1, ?, ?)", [(n, MOMENT) for n in range(1, self.people + 1)]
        )
        store.conn.execute("COMMIT")
        store.conn.close()
        return self

    def copied_to(self, root: Path) -> "House":
        """Give the same house, as it stands, in another folder."""
        shutil.copytree(self.root, root)
        return replace(self, root=root, said_no=set(self.said_no))

    def start(self, port: int, do: str = "send", **job: Any) -> Process:
        said = self.logs / f"said-{next(_NUMBERS)}"
        said.touch()
        known = {"do": do, "root": str(self.root), "port": port, "connections": self.connections, "said": str(said)}
        return Process(self.zygote, {**known, **job})

    def run(self, port: int, do: str = "send", **job: Any) -> Ended:
        return self.start(port, do, **job).wait()

    def finish(self, port: int) -> None:
        """Send again, as a person or cron does, until nobody waits; a day passes between two runs."""
        for day in range(1, 9):
            ended = self.run(port)
            assert ended.code in RESUMABLE, ended.words
            if self.mailing_state() != "sending":
                return
            self.move_clock(day * 86_400)
        raise AssertionError(f"somebody waits for ever: {self.states()}")

    def move_clock(self, seconds: float) -> None:
        (self.root / "clock").write_text(str(seconds))

    def say_no(self, number: int) -> None:
        """A person leaves, over a connection of their own."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute(
                "INSERT INTO suppressions VALUES (?, 'unsubscribed', 'test', ?)", (address_of(number), MOMENT)
            )
        self.said_no.add(address_of(number))

    def mailing_state(self) -> str:
        return str(self.ask("SELECT state FROM mailings ORDER BY id DESC LIMIT 1")[0][0])

    def states(self) -> Counter[str]:
        return Counter(state for (state,) in self.ask("SELECT state FROM deliveries"))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return connection.execute(sql).fetchall()


def wait_for(sink: Sink, number: int, process: Process) -> None:
    """Wait until a server has so many messages, of a run that must still be on its way."""
    while sink.count() < number:
        assert process.poll() is None, "the run was over too early"
        time.sleep(0.002)


def address_of(number: int) -> str:
    return f"p{number:04d}@example.org"


def name_of(number: int) -> str:
    return f"Zoé <n° {number}>"

"""Real public pages on a loopback port, over a copy of the demo workspace with people and a real mail server."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
import requests
import uvicorn
from sqlite_utils import Database

from rtesmail.audience.imports import import_file
from rtesmail.audience.suppression import suppress
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.catcher import Catcher
from rtesmail.delivery.tokens import Purpose, load_secret, sign
from rtesmail.model.publication import Workspace
from rtesmail.privacy.erasure import erase_person
from rtesmail.store.opening import open_store
from rtesmail.web.public.app import make_public_app, server_configuration

START = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
PEOPLE = "email;nom\nines@ville.example;Inès\nomar@ville.example;Omar\n"


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **step: float) -> None:
        self.moment += timedelta(**step)


@dataclass
class Doors:
    """A running server: its workspace, where it answers, its clock and the mail server that it writes through."""

    workspace: Workspace
    port: int
    watch: Watch
    mail: Catcher
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.url + path, headers=headers, timeout=30, allow_redirects=False)

    def post(self, path: str, data: object = None, **headers: str) -> requests.Response:
        return self.session.post(
            self.url + path,
            data=data,
            headers=headers,
            timeout=30,
            allow_redirects=False,  # type: ignore[arg-type]
        )

    def token(self, person: int, purpose: Purpose = Purpose.UNSUBSCRIBE, list_name: str = "mensuelle") -> str:
        return sign(load_secret(self.workspace), purpose, person, list_name)

    @contextmanager
    def store(self) -> Iterator[Database]:
        store = open_store(self.workspace.database)
        try:
            yield store
        finally:
            store.conn.close()

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self.store() as store:
            return [tuple(row) for row in store.execute(sql, values).fetchall()]

    def say_goodbye(self, email: str, reason: str) -> None:
        """Have an address written to no more, for any reason there is."""
        with self.store() as store:
            if reason == "erased":
                suppress(store, email, "unsubscribed", source="before", now=self.watch())
                erase_person(store, self.workspace, email, by="Anne", now=self.watch)
            else:
                suppress(store, email, reason, source="before", now=self.watch())

    def status(self, person: int) -> object:
        return self.rows("SELECT status FROM subscribers WHERE id = ?", person)[0][0]

    def lists(self, person: int) -> set[object]:
        sql = "SELECT lists.name FROM memberships JOIN lists ON lists.id = list_id WHERE subscriber_id = ?"
        return {row[0] for row in self.rows(sql, person)}

    def dump(self) -> str:
        """Everything that the database holds, to see whether anything changed."""
        with self.store() as store:
            return "\n".join(store.conn.iterdump())

    def letters(self, count: int) -> list[str]:
        """The links of the confirmations received, once there are so many."""
        end = time.monotonic() + 20
        while len(self.mail.messages()) < count and time.monotonic() < end:
            time.sleep(0.02)
        found = []
        for path in self.mail.messages():
            message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            body = message.get_body(("plain",))
            assert body is not None
            link = re.search(r"https://lettre\.rtes\.example(/c/\S+)", body.get_content())
            assert link is not None
            found.append(link[1])
        assert len(found) == count
        return found


Opener = Callable[..., "Doors"]


@pytest.fixture
def open_doors(demo_workspace: Path, tmp_path: Path) -> Iterator[Opener]:
    """Open the doors, with changes to `rtesmail.toml` as (old, new) texts."""
    running: list[tuple[uvicorn.Server, threading.Thread, socket.socket, Catcher]] = []

    def open_(*changes: tuple[str, str]) -> Doors:
        mail = Catcher(tmp_path / f"mail{len(running)}")
        mail.__enter__()
        path = demo_workspace / "rtesmail.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in (("port = 2525", f"port = {mail.port}"), *changes):
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        workspace = load_workspace(demo_workspace)
        store = open_store(workspace.database)
        for name in ("mensuelle", "invites"):
            people = tmp_path / "people.csv"
            people.write_text(PEOPLE, encoding="utf-8")
            import_file(store, people, name, now=START, rejected_folder=tmp_path / "rejected", dry_run=False)
        store.conn.close()
        watch = Watch(START + timedelta(days=1))
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = uvicorn.Server(server_configuration(make_public_app(workspace, watch)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread, listener, mail))
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        assert server.started, "the doors did not open"
        return Doors(workspace, listener.getsockname()[1], watch, mail)

    yield open_
    for server, thread, listener, mail in running:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
        mail.__exit__(None, None, None)


@pytest.fixture
def doors(open_doors: Opener) -> Doors:
    return open_doors()

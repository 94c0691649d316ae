"""A workspace that has sent its letter, and `rtesmail feedback read` in it."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from rtesmail.delivery.verp import VerpMaker

from .dovecot_server import PASSWORD, USER, Dovecot

ROOT = Path(__file__).parents[2]


class ReadingHouse:
    """A workspace that has sent its letter, and the mailbox where things come back."""

    def __init__(self, root: Path, server: Dovecot) -> None:
        self.root, self.server = root, server
        self.secret = (root / "lists" / "secret.key").read_bytes().strip()
        self.settings = {
            "kind": "imap",
            "host": "localhost",
            "port": server.tls_port,
            "username": USER,
            "password_env": "MAILBOX_PASSWORD",
            "ca_file": str(server.ca_file),
            "transport": "boite",
        }

    def read(self, *arguments: str, code: int = 0, tables: str = "", **settings: object) -> Any:
        """Run the command with these settings and expect an exit code; give what it says, as JSON if asked."""
        done = self.started(*arguments, tables=tables, **settings)
        said, complained = done.communicate(timeout=60)
        assert done.returncode == code, f"exit {done.returncode}\n{said}\n{complained}"
        assert PASSWORD not in said + complained
        assert "Traceback" not in complained or "--debug" in arguments
        return json.loads(said) if "--json" in arguments else said + complained

    def started(self, *arguments: str, tables: str = "", **settings: object) -> "subprocess.Popen[str]":
        written = {name: value for name, value in {**self.settings, **settings}.items() if value is not None}
        # In TOML as in JSON.
        lines = [f"{name} = {json.dumps(value)}" for name, value in written.items()]
        base = (ROOT / "rtesmail.toml").read_text("utf-8")
        text = "\n".join([base, "[mailboxes.retours]", *lines, tables])
        (self.root / "rtesmail.toml").write_text(text + "\n", "utf-8")
        debug = [word for word in arguments if word == "--debug"]
        rest = [word for word in arguments if word != "--debug"]
        return subprocess.Popen(
            [sys.executable, "-m", "rtesmail", *debug, "feedback", "read", *rest],
            cwd=self.root,
            env={"MAILBOX_PASSWORD": PASSWORD, **os.environ, "LANGUAGE": "en"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.root / "lists" / "rtesmail.db") as store:
            return store.execute(sql).fetchall()

    def bounce(self, delivery: int) -> tuple[str, bytes]:
        """Give whom a delivery went to, and the bounce of it."""
        email = str(self.query(f"SELECT email FROM deliveries WHERE id = {delivery:d}")[0][0])
        to = VerpMaker(self.secret, "retours@rtes.example").address_of(delivery)
        head = f"From: MAILER-DAEMON@mx.example\nTo: {to}\nSubject: Undelivered mail\n\n"
        return email, f"{head}<{email}>: 550 5.1.1 User unknown\n".encode()

    def forwarded(self) -> list[bytes]:
        """Give what was handed on to the contact address."""
        files = (self.root / "out" / "outbox").rglob("*.eml")
        return [raw for raw in (file.read_bytes() for file in sorted(files)) if b"\r\nX-Rtesmail-Forwarded:" in raw]

    def suppressed(self) -> dict[str, str]:
        return dict(self.query("SELECT email_key, reason FROM suppressions"))

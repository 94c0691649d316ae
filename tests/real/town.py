"""A house that writes and the people whom it writes to, each side with a mail server, all on this machine.

rtesmail ──► Postfix of rtes.example ──► Postfix of lecteurs.example ──► Dovecot (LMTP, Sieve, quota)
                 ▲      │ LMTP                                            │
    answers, bounces    └───────► Dovecot: retours@, contact@  ◄── IMAP ──┴── everybody reads by IMAP
"""

import imaplib
import json
import os
import shutil
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from .dovecot_server import PASSWORD
from .fronts import HOST, Front, Pages, put
from .ports import free_port
from .readers_dovecot import ReadersDovecot
from .relaying_postfix import RelayingPostfix

ROOT = Path(__file__).parents[2]
RETURNS, CONTACT, LETTER = "retours@rtes.example", "contact@rtes.example", "lettre@rtes.example"
# The addresses that a letter names besides: its sender's, and the one for leaving by mail.
ALIASES = ("desinscription@rtes.example", LETTER)
MAILBOX = """
[mailboxes.retours]
kind = "imap"
host = "localhost"
port = {port}
ca_file = "{ca_file}"
username = "{user}"
password_env = "MAILBOX_PASSWORD"
"""


class Town:
    """Starts all of it in one folder; `readers` have mailboxes at lecteurs.example, and nobody else there has one."""

    def __init__(self, readers: tuple[str, ...]) -> None:
        for program, package in (
            ("/usr/sbin/postfix", "postfix"),
            ("/usr/sbin/dovecot", "dovecot-imapd"),
            ("/usr/lib/dovecot/lmtp", "dovecot-lmtpd"),
            ("/usr/lib/dovecot/modules/lib90_sieve_plugin.so", "dovecot-sieve"),
            ("/usr/sbin/nginx", "nginx"),
            ("/usr/bin/caddy", "caddy"),
            ("/usr/bin/curl", "curl"),
        ):
            assert Path(program).exists(), f"install {package}: apt-get install {package}"
        assert os.geteuid() == 0, "Postfix's master needs root: run this test as root (in CI it does)"
        # Not in pytest's folders, which are for their owner only.
        self.root = Path(tempfile.mkdtemp(prefix="rtesmail-town-"))
        self.root.chmod(0o755)
        for name in ("ours", "theirs", "mailboxes", "workspace"):
            (self.root / name).mkdir()
        self.readers, self.workspace = readers, self.root / "workspace"
        self.ours = RelayingPostfix(self.root / "ours", "rtes.example", port=free_port())
        self.theirs = RelayingPostfix(self.root / "theirs", "lecteurs.example", port=free_port())
        users = (RETURNS, CONTACT, *readers)
        self.mailboxes = ReadersDovecot(self.root / "mailboxes", users, submission_port=self.theirs.port)
        self._make_workspace()
        self.pages = Pages(self.workspace)
        self.fronts = {name: Front(self.root / name, name, self.pages.port) for name in ("nginx", "caddy")}

    def _make_workspace(self) -> None:
        """Copy the shipped workspace and tell it of these servers, in the words of the guides."""
        text = (ROOT / "rtesmail.toml").read_text(encoding="utf-8")
        text = put(text, 'public_url = "https://lettre.rtes.example"', f'public_url = "https://{HOST}"')
        text = put(text, "port = 2525", f'port = {self.ours.port}\nenvelope_sender = "{RETURNS}"\nverp = true')
        mailbox = MAILBOX.format(port=self.mailboxes.tls_port, ca_file=self.mailboxes.ca_file, user=RETURNS)
        (self.workspace / "rtesmail.toml").write_text(text + mailbox, encoding="utf-8")
        shutil.copytree(ROOT / "issues", self.workspace / "issues")
        (self.workspace / "lists").mkdir()

    def start(self) -> None:
        self.mailboxes.start()
        lmtp = self.mailboxes.lmtp_port
        aliases = dict.fromkeys(ALIASES, RETURNS)
        self.theirs.start(self.readers, aliases={}, lmtp_port=lmtp, other=self.ours)
        self.ours.start((RETURNS, CONTACT), aliases=aliases, lmtp_port=lmtp, other=self.theirs)

    def open_doors(self) -> None:
        """Open the public pages and both web servers before them."""
        self.pages.start()
        for front in self.fronts.values():
            front.start()

    def remove(self) -> None:
        for server in (*self.fronts.values(), self.pages, self.ours, self.theirs, self.mailboxes):
            server.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def rtesmail(self, *words: str, code: int = 0) -> str:
        """Run a command as staff do; give what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "rtesmail", *words],
            cwd=self.workspace,
            env={**os.environ, "LANGUAGE": "en", "COLUMNS": "100", "MAILBOX_PASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.log()}"
        return done.stdout

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.rtesmail(*words, "--json", code=code))

    def post(self, message: Message, sender: str, to: str) -> None:
        """Have a reader, or their provider, send a message by their own mail server."""
        with smtplib.SMTP("127.0.0.1", self.theirs.port, timeout=30) as server:
            server.send_message(message, sender, [to])

    def read(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Give all messages of a folder, read by IMAP as any mail program does."""
        context = ssl.create_default_context(cafile=str(self.mailboxes.ca_file))
        with imaplib.IMAP4_SSL("localhost", self.mailboxes.tls_port, ssl_context=context, timeout=30) as line:
            line.authenticate("PLAIN", lambda _: f"\0{user}\0{PASSWORD}".encode())
            found, count = line.select(f'"{folder}"', readonly=True)
            # A folder that is not there yet has nothing in it either.
            if found != "OK" or count == [b"0"]:
                return []
            _found, parts = line.fetch("1:*", "(BODY.PEEK[])")
        return [part[1] for part in parts if isinstance(part, tuple)]

    def letters(self, user: str) -> list[EmailMessage]:
        """Give the letters of the house in a reader's mailbox."""
        messages = [message_from_bytes(raw, policy=policy.default) for raw in self.read(user)]
        return [message for message in messages if "Feedback-ID" in message]

    def wait(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait, at most half a minute, until something is so."""
        deadline = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < deadline, f"waited in vain until {what}\n{self.log()}"
            time.sleep(0.2)

    def wait_for_returns(self, number: int) -> None:
        self.wait(f"{number} messages have come back", lambda: len(self.read(RETURNS)) >= number)

    def wait_until_all_is_delivered(self) -> None:
        # What bounces at theirs comes over to ours.
        servers = (self.ours, self.theirs, self.ours)
        self.wait("no mail is on its way", lambda: all(server.is_idle() for server in servers))

    def log(self) -> str:
        """Give the ends of the servers' logs."""
        return "\n".join(server.log()[-4000:] for server in (self.ours, self.theirs, self.mailboxes))

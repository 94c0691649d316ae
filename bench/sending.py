"""Senders side by side against the same sink, in rounds."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from house import ISSUE, LIST, build_house, edition, make_keys, workspace_in
from results import Row
from sinks import sink

from rtesmail.delivery.sending import composer_of
from rtesmail.model.mailing import Mailing, MailingState, Message, Recipient
from rtesmail.model.publication import TransportKind, TransportSettings

CONNECTIONS = 8
ROUNDS = 3
PEERS = Path(__file__).parent / "peers"
LIMIT = "smtp-source -s 8"


@dataclass(frozen=True)
class Sender:
    """A program and how many messages it sends in a round; `run` gives messages a second."""

    name: str
    number: int
    run: Callable[[int, int], float]


class Bench:
    """The files that all senders need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sample = folder / "sample.eml"
        self.html = folder / "sample.html"
        self._made = 0
        message = self._message()
        self.sample.write_bytes(message)
        self.size = len(message)
        self.html.write_text(edition().html, encoding="utf-8")

    def senders(self) -> list[Sender]:
        """Give every sender, the limit first."""
        return [
            Sender(LIMIT, 10_000, self._smtp_source),
            Sender("rtesmail", 10_000, lambda port, number: self._rtesmail(port, number)),
            Sender("rtesmail, Ed25519", 10_000, lambda port, number: self._rtesmail(port, number, "ed25519")),
            Sender("rtesmail, RSA-2048", 10_000, lambda port, number: self._rtesmail(port, number, "rsa")),
            Sender("aiosmtplib, bytes encoded before", 3_000, self._aiosmtplib),
            Sender("nodemailer, pooled, raw bytes", 2_000, lambda port, n: self._nodemailer(port, n, "raw")),
            Sender("nodemailer, pooled, HTML per person", 1_000, lambda port, n: self._nodemailer(port, n, "html")),
            Sender("smtplib, EmailMessage per person", 300, self._smtplib),
        ]

    def _message(self) -> bytes:
        nothing = TransportSettings("", TransportKind.OUTBOX)
        mailing = Mailing(0, ISSUE, LIST, MailingState.SCHEDULED, datetime.now(UTC))
        composer = composer_of(workspace_in(self.folder), edition(), mailing, nothing)
        person = Recipient(1, 1, "p0000001@example.org", "Personne 1", "Commune")
        made = composer.compose(person, datetime.now(UTC))
        assert isinstance(made, Message)
        return made.content

    def _rtesmail(self, port: int, number: int, *keys: str) -> float:
        self._made += 1
        root = self.folder / f"house{self._made}"
        build_house(root, number)
        make_keys(root)
        said = _output([sys.executable, PEERS / "send_rtesmail.py", root, str(port), str(CONNECTIONS), *keys]).split()
        shutil.rmtree(root)
        if int(said[1]) != number:
            raise SystemExit(f"rtesmail sent {said[1]} messages instead of {number}")
        return number / float(said[0])

    def _smtp_source(self, port: int, number: int) -> float:
        begun = time.perf_counter()
        sizes = ["-s", str(CONNECTIONS), "-l", str(self.size), "-m", str(number)]
        envelope = ["-f", "lettre@rtes.example", "-t", "p@example.org"]
        _output(["smtp-source", *sizes, *envelope, f"127.0.0.1:{port}"])
        return number / (time.perf_counter() - begun)

    def _aiosmtplib(self, port: int, number: int) -> float:
        said = _output(
            [sys.executable, PEERS / "send_aiosmtplib.py", self.sample, str(port), str(CONNECTIONS), str(number)]
        )
        return number / float(said)

    def _nodemailer(self, port: int, number: int, shape: str) -> float:
        file = self.sample if shape == "raw" else self.html
        command = ["node", PEERS / "send_nodemailer.mjs", file, str(port), str(CONNECTIONS), str(number), shape]
        return number / float(_output(command))

    def _smtplib(self, port: int, number: int) -> float:
        return number / float(_output([sys.executable, PEERS / "send_smtplib.py", self.html, str(port), str(number)]))


def measure() -> list[Row]:
    """Run all senders in rounds and give their rows."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        senders = Bench(Path(folder)).senders()
        for sender in senders:
            sender.run(port, max(100, sender.number // 20))
        rates: dict[str, list[float]] = {sender.name: [] for sender in senders}
        for _round in range(ROUNDS):
            for sender in senders:
                rates[sender.name].append(sender.run(port, sender.number))
    limits = rates[LIMIT]
    rows = []
    for sender in senders:
        ratios = [rate / limit for rate, limit in zip(rates[sender.name], limits, strict=True)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        rate = statistics.median(rates[sender.name])
        rows.append(Row(f"sending: {sender.name}", rate, "messages/s", LIMIT, statistics.median(ratios), spread))
    return rows


def _output(command: list[str | Path]) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout

"""Postfix's smtp-sink, which misbehaves on order, and what it has kept of each message."""

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType

_RCPT = re.compile(rb"^X-Rcpt-Args: <([^>]*)>", re.MULTILINE)
# The last field of smtp-sink's own: everything after it is the message as received.
_OWN_FIELDS = re.compile(rb"\A.*?^Received: [^\n]*\n(?:[ \t][^\n]*\n)*", re.MULTILINE | re.DOTALL)
_LISTENING, _ESTABLISHED, _CLOSE_WAIT = "0A", "01", "08"


@dataclass(frozen=True)
class Copy:
    """One message that a server has kept: to whom its envelope was, and its bytes with CRLF line ends."""

    address: str
    content: bytes

    @property
    def message_id(self) -> str:
        return str(BytesHeaderParser().parsebytes(self.content)["Message-ID"])


class Sink:
    """A server on loopback while used as a context; each message it was given whole becomes a file.

    `keeps_its_no` tells that it says no after the final dot: what it kept then, it has not taken.
    """

    def __init__(self, folder: Path, *options: str, port: int = 0, keeps_its_no: bool = False) -> None:
        self.folder, self.port, self.keeps_its_no = folder, port or _free_port(), keeps_its_no
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Sink":
        program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "install Postfix: apt-get install postfix"
        self.folder.mkdir(parents=True, exist_ok=True)
        # Root is asked for a user; its own is one that may write to pytest's folders.
        user = ["-u", "root"] if os.geteuid() == 0 else []
        where = ["-d", f"{self.folder}/%H%M%S.", f"127.0.0.1:{self.port}", "1000"]
        self._process = subprocess.Popen([program, *user, *self._options, *where], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not _states(self.port, _LISTENING):
            assert time.monotonic() < deadline, "smtp-sink does not listen"
            time.sleep(0.002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.settle()
            self.die()

    def die(self) -> None:
        """End at once, as a crashed server does; what it was being given is no message."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None
        for file in self.folder.iterdir():
            if not file.read_bytes().endswith(b"--\n\n"):
                file.unlink()

    def settle(self) -> None:
        """Wait until it has read everything that dead clients had sent."""
        deadline = time.monotonic() + 20
        while self._process is not None:
            if self._process.poll() is not None:
                self.die()
                return
            if not _states(self.port, _ESTABLISHED, _CLOSE_WAIT):
                return
            assert time.monotonic() < deadline, "a connection to smtp-sink stays open"
            time.sleep(0.002)

    def count(self) -> int:
        """Count the messages it has, or is being given."""
        return sum(1 for _file in self.folder.iterdir())

    def copies(self) -> list[Copy]:
        """Read what it has kept."""
        return [_read(file) for file in sorted(self.folder.iterdir())]


def _read(file: Path) -> Copy:
    dump = file.read_bytes()
    own = _OWN_FIELDS.match(dump)
    recipient = _RCPT.search(dump)
    assert own, dump[:500]
    assert recipient, dump[:500]
    # A dump ends with an empty line of its own.
    content = dump[own.end() :].removesuffix(b"\n").replace(b"\n", b"\r\n")
    return Copy(recipient[1].decode(), content)


def _states(port: int, *states: str) -> bool:
    """Tell whether a socket of this port on loopback is in one of the kernel's states."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _number, local, _remote, state = line.split()[:4]
        if state in states and int(local.rsplit(":", 1)[1], 16) == port:
            return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

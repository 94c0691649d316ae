"""Small real programs that take the place of sendmail: they read their options as POSIX says and file what they get."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from rtesmail.model.publication import TransportKind, TransportSettings

PROGRAM = """#!{python} -SE
import getopt, json, os, signal, subprocess, sys, time

root = {root!r}
options, recipients = getopt.getopt(sys.argv[1:], "if:")
with open(os.path.join(root, "started"), "a") as log:
    log.write(json.dumps([os.getpid(), sys.argv[1:]]) + "\\n")
try:
    with open(os.path.join(root, "orders", recipients[0])) as order:
        exec(order.read())
except FileNotFoundError:
    pass
content = sys.stdin.buffer.read()
filed = os.path.join(root, "arrived", str(os.getpid()))
with open(filed + ".part", "wb") as file:
    file.write(json.dumps([dict(options)["-f"], *recipients]).encode() + b"\\n" + content)
os.rename(filed + ".part", filed)
exec(globals().get("afterwards", ""))
"""


@dataclass(frozen=True)
class Filed:
    """What a program was given: both sides of the envelope, and the bytes on its standard input."""

    sender: str
    recipients: list[str]
    content: bytes


class FakeSendmail:
    """A program in a folder that does as ordered for a recipient, and otherwise files the message and ends well."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("orders", "arrived"):
            (root / name).mkdir(parents=True)
        self.program = root / "sendmail"
        self.program.write_text(PROGRAM.format(python=sys.executable, root=str(root)), encoding="utf-8")
        self.program.chmod(0o755)
        self.settings = TransportSettings("local", TransportKind.SENDMAIL, command=(str(self.program),), connections=3)

    def order(self, recipient: str, code: str) -> None:
        """Have it run some Python before it reads; what is in `afterwards` once the message is filed."""
        (self.root / "orders" / recipient).write_text(code, encoding="utf-8")

    def arrived(self) -> list[Filed]:
        """Give what was filed whole."""
        found = []
        for file in sorted((self.root / "arrived").iterdir()):
            if file.suffix != ".part":
                envelope, _line, content = file.read_bytes().partition(b"\n")
                sender, *recipients = json.loads(envelope)
                found.append(Filed(sender, recipients, content))
        return found

    def started(self) -> list[tuple[int, list[str]]]:
        """Give the number and the arguments of each process, in order."""
        log = self.root / "started"
        return [tuple(json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []


def is_running(number: int) -> bool:
    """Tell whether a process is there and no zombie."""
    return _state_and_group(number)[0] not in ("", "Z")


def members_of_group(leader: int) -> list[int]:
    """Give the running processes of a group."""
    numbers = [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]
    return [number for number in numbers if _state_and_group(number)[1] == str(leader) and is_running(number)]


def _state_and_group(number: int) -> tuple[str, str]:
    try:
        state, _parent, group, *_rest = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (ProcessLookupError, FileNotFoundError):
        return "", ""
    return state, group

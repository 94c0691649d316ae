"""Where messages lie: files of one message, mbox files, Maildir folders, folders of all of these.

Whatever the file, a message is read up to `parts.MOST_BYTES`; a file of any length is read in pieces.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from rtesmail.feedback.parts import MOST_BYTES
from rtesmail.model.system_words import system_words

# The first line of a message in an mbox file (RFC 4155): sender, then a date as asctime writes it.
_BEGINS = re.compile(rb"From \S.{0,300}?\d\d:\d\d(?::\d\d)?\b.{0,60}\d{4}\s*$")
_PIECE = 65_536


class StoredMessage(Struct, frozen=True):
    """One message: the file it lies in, its number there (from 1), its bytes, `trouble` when they cannot be read."""

    path: Path
    number: int
    content: bytes
    trouble: str = ""


def stored_messages(path: Path) -> Iterator[StoredMessage]:
    """Give every message of a file or folder, folders in the order of names; `path` exists."""
    for file in _files(path) if path.is_dir() else (path,):
        try:
            with file.open("rb") as opened:
                yield from _messages(file, opened)
        except OSError as error:
            yield StoredMessage(file, 1, b"", system_words(error))


def _files(folder: Path) -> Iterator[Path]:
    """Give the plain files below a folder; of a Maildir, only what is delivered, not what it keeps for itself."""
    for root, folders, files in os.walk(folder):
        here = Path(root)
        if _is_maildir(here):
            # Sub-mailboxes of a Maildir begin with a dot.
            folders[:] = sorted({"cur", "new"} | {name for name in folders if _is_maildir(here / name)})
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") or _is_maildir(here / name))
        for name in sorted(files):
            if not name.startswith(".") and _is_plain(here / name):
                yield here / name


def _is_maildir(folder: Path) -> bool:
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _is_plain(file: Path) -> bool:
    """A pipe or a device in the folder would keep us waiting."""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except OSError:
        # A link that leads nowhere, or a folder that may not be entered: reading says why.
        return True


def _messages(path: Path, file: BinaryIO) -> Iterator[StoredMessage]:
    first = file.readline(_PIECE)
    if not _BEGINS.match(first):
        yield StoredMessage(path, 1, first + file.read(MOST_BYTES - len(first)))
        return
    number, size = 1, 0
    kept: list[bytes] = []
    was_blank, was_whole = False, True
    while line := file.readline(_PIECE):
        if was_whole and was_blank and _BEGINS.match(line):
            yield StoredMessage(path, number, b"".join(kept))
            number, size, kept = number + 1, 0, []
        elif size < MOST_BYTES:
            # A line that begins with From has got a sign before it (mboxrd).
            kept.append(line[1:] if re.match(rb">+From ", line) else line)
            size += len(line)
        was_blank, was_whole = line in (b"\n", b"\r\n"), line.endswith(b"\n")
    yield StoredMessage(path, number, b"".join(kept))

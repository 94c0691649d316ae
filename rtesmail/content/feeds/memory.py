"""What `pull` remembers: which draft was made of which entry, so that none is made twice and nobody's words are lost.

A text file beside the snippets, one entry a line, that is shared as they are.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from gettext import gettext as _
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

from rtesmail.content.replacing import replace_file
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.publication import Workspace
from rtesmail.model.system_words import system_words

NAME = "pulled.json"
# Not translated: the file must not depend on who runs the command.
_ABOUT = "Written by `rtesmail pull`: what it made drafts of. Keep it with the snippets."
_VERSION = 1
_T = TypeVar("_T")


class Row(Struct):
    """One entry that became a draft.

    `made` is the digest of the file as it was written, by which a person's changes are seen; `next` that of a file
    which is about to be written, for a run that dies in between. `source` is the digest of what the feed said.
    """

    keys: tuple[str, ...]
    feed: str
    draft: str
    made: str
    source: str
    next: str = ""


class Visit(Struct, frozen=True):
    """What a site said the last time that all of a feed was dealt with, and under which settings it was."""

    etag: str = ""
    modified: str = ""
    settings: str = ""


class Memory(Struct):
    """All rows, found by each of their keys, and the last visit of each feed."""

    rows: list[Row] = field(default_factory=list)
    visits: dict[str, Visit] = field(default_factory=dict)
    _by_key: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self._index(row)

    def _index(self, row: Row) -> None:
        for key in row.keys:
            self._by_key.setdefault(key, row)

    def find(self, keys: Iterable[str]) -> Row | None:
        """Give the row that has one of these names, the best name first."""
        return next((self._by_key[key] for key in keys if key in self._by_key), None)

    def add(self, row: Row) -> None:
        """Remember one more."""
        self.rows.append(row)
        self._index(row)

    def also_called(self, row: Row, keys: Iterable[str]) -> None:
        """Remember further names of a row: a page that moved, an event that began to repeat."""
        row.keys = tuple(dict.fromkeys((*row.keys, *(key for key in keys if key not in self._by_key))))
        self._index(row)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder of issues, which the kernel lets go when its holder dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise WorkspaceError(
            _("{path} cannot be read: {reason}.").format(path=folder, reason=system_words(error))
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoppedError(
                _("Another process is pulling feeds into this workspace."), hint=_("Wait until it has ended.")
            ) from error
        yield
    finally:
        os.close(handle)


def digest_of(text: str) -> str:
    """Give a file's digest; how an editor ends lines changes nothing."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def read_memory(workspace: Workspace) -> Memory:
    """Read the workspace's memory; none yet is an empty one.

    Raises:
        WorkspaceError: it cannot be read, and without it drafts would be made twice.
    """
    path = workspace.issues / NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Memory()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error
    try:
        values = json.loads(text)
        if values["version"] != _VERSION:
            raise _unreadable(path)
        visits = {str(name): Visit(**_texts(visit)) for name, visit in values["feeds"].items()}
        return Memory([_row(row) for row in values["entries"]], visits)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(path) from error


def _row(values: Mapping[str, object]) -> Row:
    keys = values["keys"]
    if not isinstance(keys, list):
        raise TypeError
    texts = _texts({name: value for name, value in values.items() if name != "keys"})
    return Row(keys=tuple(map(str, keys)), **texts)


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: _of(str, value) for name, value in values.items()}


def _of(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _unreadable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        _("{path} cannot be read: it says which drafts were pulled, and from where.").format(path=path),
        hint=_(
            "Take its last good copy. Without the file everything is pulled anew, but for pages that a snippet names."
        ),
    )


def write_memory(workspace: Workspace, memory: Memory) -> None:
    """Write it at once, when it says something new; the old file is whole until then.

    Raises:
        WorkspaceError: it cannot be written.
    """
    feeds = {name: _said(asdict_of(visit)) for name, visit in sorted(memory.visits.items())}
    rows = [
        json.dumps({"keys": list(row.keys), **_said(asdict_of(row))}, ensure_ascii=False)
        for row in sorted(memory.rows, key=lambda row: (row.feed, row.keys))
    ]
    head = json.dumps({"about": _ABOUT, "version": _VERSION, "feeds": feeds}, ensure_ascii=False, indent=1)
    body = ",\n".join(f"  {row}" for row in rows)
    text = head.removesuffix("\n}") + f',\n "entries": [\n{body}\n ]\n}}\n'
    path = workspace.issues / NAME
    with suppress(OSError):
        if path.read_bytes() == text.encode():
            return
    replace_file(path, text)


def asdict_of(value: Row | Visit) -> dict[str, str]:
    """Give the texts of a row or a visit by name."""
    found = {name: getattr(value, name) for name in value.__struct_fields__}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _said(values: Mapping[str, str]) -> dict[str, str]:
    """Leave out what is empty and may be."""
    return {name: text for name, text in values.items() if text or name in ("feed", "draft", "made", "source")}

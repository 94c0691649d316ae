"""`issue.toml` as assembly sees it: what it wrote last time, what a person made of it, and writing it anew."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.content.places import read_toml
from rtesmail.model.errors import ContentError, WorkspaceError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AoT, Array


@dataclass(frozen=True, slots=True)
class SectionState:
    """One `[[sections]]` table: its snippets in order, and a person's `pin` and `exclude`."""

    snippets: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueState:
    """What stands in an `issue.toml`; everything empty when there is none yet."""

    publication: str = ""
    send_at: datetime | None = None
    day: date | None = None
    sections: Mapping[str, SectionState] = field(default_factory=dict)
    assembled_as_of: datetime | None = None
    assembled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[str]:
        """Every snippet that stands in the issue."""
        return frozenset(i for section in self.sections.values() for i in section.snippets)


@dataclass(frozen=True, slots=True)
class Writing:
    """What assembly wants to stand in the file. The texts are proposals: what a person wrote stays.

    `by_rule` is kept under `[assembled]`, to tell a person's changes from assembly's own the next time.
    """

    publication: str
    number: str
    title: str
    day: date
    send_at: datetime
    as_of: datetime
    subject: str
    preheader: str
    sections: Mapping[str, tuple[str, ...]]
    by_rule: Mapping[str, tuple[str, ...]]


def read_issue_state(path: Path, shown: Path) -> IssueState:
    """Read `issue.toml`; a file that is not there is an empty state.

    Raises:
        ContentError: it is there and is not TOML.
    """
    if not path.exists():
        return IssueState()
    values, _lines, findings = read_toml(path, shown)
    if findings:
        raise ContentError(_("{path} cannot be read.").format(path=shown), findings)
    sections = {}
    for table in _list(values.get("sections")):
        if isinstance(table, Mapping) and isinstance(table.get("id"), str):
            sections[table["id"]] = SectionState(
                _texts(table.get("snippets")), _texts(table.get("pin")), _texts(table.get("exclude"))
            )
    assembled = values.get("assembled")
    written = assembled if isinstance(assembled, Mapping) else {}
    lists = written.get("sections")
    day = values.get("date")
    return IssueState(
        publication=str(values.get("publication", "")),
        send_at=_moment(values.get("send_at")),
        day=day if isinstance(day, date) and not isinstance(day, datetime) else None,
        sections=sections,
        assembled_as_of=_moment(written.get("as_of")),
        assembled={k: _texts(v) for k, v in lists.items()} if isinstance(lists, Mapping) else {},
    )


def write_issue(path: Path, writing: Writing) -> bool:
    """Write `issue.toml`, keeping comments, texts and hand-made keys; say whether anything changed.

    The new file replaces the old one at once: a full disk or a kill leaves the old one whole.
    """
    import tomlkit

    old = path.read_text(encoding="utf-8") if path.exists() else ""
    document = tomlkit.parse(old)
    proposals = {
        "publication": writing.publication,
        "number": writing.number,
        "title": writing.title,
        "date": writing.day,
        "send_at": writing.send_at,
        "subject": writing.subject,
        "preheader": writing.preheader,
    }
    for key, value in proposals.items():
        if key not in document or key in ("date", "send_at"):
            document[key] = value
    _write_sections(document, writing)
    record = tomlkit.table()
    # Not translated: the file must not depend on who runs the command.
    record.comment("written by `rtesmail assemble`, so that it knows your changes from its own")
    record["as_of"] = writing.as_of
    lists = tomlkit.table()
    for name, ids in writing.by_rule.items():
        lists[name] = _array(ids)
    record["sections"] = lists
    document["assembled"] = record
    new = tomlkit.dumps(document)
    if new == old:
        return False
    _replace(path, new)
    return True


def _write_sections(document: "TOMLDocument", writing: Writing) -> None:
    """Put the lists into the file's own tables, which keep their comments, pins and place; add the new ones."""
    import tomlkit

    tables = document.get("sections")
    if tables is None:
        tables = tomlkit.aot()
    known = {str(table["id"]): table for table in tables if "id" in table}
    for name, ids in writing.sections.items():
        if name not in known:
            table = tomlkit.table()
            table["id"] = name
            table["snippets"] = _array(ids)
            table.add(tomlkit.nl())
            tables.insert(_position(name, list(writing.sections), tables), table)
        elif _texts(known[name].get("snippets")) != ids:
            known[name]["snippets"] = _array(ids)
    for name, table in known.items():
        if name not in writing.sections:
            if table.get("pin") or table.get("exclude"):
                table["snippets"] = _array(())
            else:
                del tables[[str(t.get("id", "")) for t in tables].index(name)]
    document["sections"] = tables


def _position(name: str, order: list[str], tables: "AoT") -> int:
    """Give where a new section goes: before the first one that the publication puts after it."""
    later = set(order[order.index(name) + 1 :])
    return next((n for n, table in enumerate(tables) if str(table.get("id", "")) in later), len(tables))


def _array(ids: tuple[str, ...]) -> "Array":
    import tomlkit

    array = tomlkit.array()
    array.extend(ids)
    return array.multiline(len(ids) > 1)


def _replace(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".issue-", suffix=".toml")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise WorkspaceError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error),
            hint=_("Check the folder's permissions and that the disk is not full; the old file is as it was."),
        ) from error


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _moment(value: object) -> datetime | None:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else None

"""Writing `issue.toml`: only what assembly decided changes, a person's words, comments and order stay."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.content.issue_state import IssueState, Memory
from rtesmail.content.lists import list_text
from rtesmail.content.replacing import replace_file
from rtesmail.model.errors import WorkspaceError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AoT, Array, Table

# Not translated: the file must not depend on who runs the command.
_REMARK = "written by `rtesmail assemble`, so that it knows your changes from its own"


class Writing(Struct, frozen=True):
    """What assembly wants to stand in the file; what a person wrote by hand stays all the same.

    `texts` are the proposals for title, subject and preheader. `sections` are the lists in reading order;
    `memory` is kept under `[assembled]`, to tell a person's changes from assembly's own the next time.
    """

    publication: str
    number: str
    day: date
    send_at: datetime
    as_of: datetime
    texts: Mapping[str, str]
    sections: Mapping[str, tuple[str, ...]]
    memory: Memory


def write_issue(path: Path, state: IssueState, writing: Writing) -> bool:
    """Write `issue.toml`; say whether anything changed. `state` is what stood in the file.

    The new file replaces the old one at once: a full disk or a kill leaves the old one whole.

    Raises:
        WorkspaceError: it cannot be written, or not without losing something of a person's.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    old = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n") if path.exists() else ""
    try:
        document = tomlkit.parse(old)
        _write_head(document, state, writing)
        _write_sections(document, state, writing)
        _write_memory(document, state, writing)
        new = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise _unwritable(path) from error
    if new == old:
        return False
    if not _says(new, writing):
        raise _unwritable(path)
    replace_file(path, new)
    return True


def _write_head(document: "TOMLDocument", state: IssueState, writing: Writing) -> None:
    for key, value in (("publication", writing.publication), ("number", writing.number)):
        if key not in state.written:
            document[key] = value
    if not state.is_by_hand("title") and state.texts.get("title") != writing.texts["title"]:
        document["title"] = writing.texts["title"]
    if not state.is_date_by_hand and state.day != writing.day:
        document["date"] = writing.day
    if not state.is_send_at_by_hand and state.send_at != writing.send_at:
        document["send_at"] = writing.send_at
    for key in ("subject", "preheader"):
        if not state.is_by_hand(key) and state.texts.get(key) != writing.texts[key]:
            document[key] = writing.texts[key]


def _write_sections(document: "TOMLDocument", state: IssueState, writing: Writing) -> None:
    """Put the lists into the file's own tables, which keep their comments, pins and place; add the new ones."""
    import tomlkit
    from tomlkit.items import AoT

    tables = document.get("sections")
    if not isinstance(tables, AoT):
        # `sections = []` says nothing; anything more is not ours to take apart.
        if tables:
            raise WorkspaceError(
                _("The sections of this issue are written on one line."),
                hint=_("Write each section as a table of its own: [[sections]]"),
            )
        document.pop("sections", None)
        tables = tomlkit.aot()
    known = {str(table["id"]): table for table in tables}
    for name, table in known.items():
        if name not in writing.sections:
            _empty(tables, table, name, state)
        elif state.sections[name].snippets != writing.sections[name]:
            table["snippets"] = _array(writing.sections[name], table.get("snippets"))
    for name, ids in writing.sections.items():
        if name not in known:
            table = tomlkit.table()
            table["id"] = name
            table["snippets"] = _array(ids)
            position = _position(name, list(writing.sections), tables)
            if position < len(tables):
                table.add(tomlkit.nl())
            tables.insert(position, table)
    if "sections" not in document and writing.sections:
        document["sections"] = tables


def _empty(tables: "AoT", table: "Table", name: str, state: IssueState) -> None:
    """Take an empty section out, unless a person's words stand in its table."""
    section = state.sections[name]
    has_own_words = bool(section.pin or section.exclude or set(table) - {"id", "snippets"} or "#" in table.as_string())
    if not has_own_words:
        del tables[next(n for n, other in enumerate(tables) if other is table or other.get("id") == name)]
    elif section.snippets:
        table["snippets"] = _array((), table.get("snippets"))


def _position(name: str, order: list[str], tables: "AoT") -> int:
    """Give where a new section goes: before the first one that the publication puts after it."""
    later = set(order[order.index(name) + 1 :])
    return next((n for n, table in enumerate(tables) if str(table.get("id", "")) in later), len(tables))


def _write_memory(document: "TOMLDocument", state: IssueState, writing: Writing) -> None:
    import tomlkit
    from tomlkit.items import Table

    if not isinstance(document.get("assembled"), Table):
        record = tomlkit.table()
        record.comment(_REMARK)
        document["assembled"] = record
    record = document["assembled"]
    assert isinstance(record, Table)
    if state.memory.as_of != writing.as_of or "as_of" not in record:
        record["as_of"] = writing.as_of
    own: dict[str, str | date] = {key: text for key, text in writing.texts.items() if not state.is_by_hand(key)}
    if not state.is_date_by_hand and writing.day != writing.as_of.date():
        own["date"] = writing.day
    for key in ("date", *writing.texts):
        if key not in own:
            record.pop(key, None)
        elif record.get(key) != own[key]:
            record[key] = own[key]
    if not writing.memory.taken_out:
        record.pop("taken_out", None)
    elif state.memory.taken_out != writing.memory.taken_out:
        record["taken_out"] = _array(writing.memory.taken_out)
    _write_lists(record, "sections", state.memory.sections, writing.memory.sections)
    if not writing.memory.by_hand:
        record.pop("by_hand", None)
    else:
        _write_lists(record, "by_hand", state.memory.by_hand, writing.memory.by_hand)


def _write_lists(
    record: "Table", key: str, former: Mapping[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]]
) -> None:
    import tomlkit
    from tomlkit.items import Table

    if not isinstance(record.get(key), Table):
        record[key] = tomlkit.table()
    lists = record[key]
    assert isinstance(lists, Table)
    for name in [name for name in lists if name not in wanted]:
        del lists[name]
    for name, ids in wanted.items():
        if former.get(name) != ids:
            lists[name] = _array(ids)


def _array(ids: tuple[str, ...], old: object = None) -> "Array":
    """Make a list of ids, with the comments that stood in the old one."""
    import tomlkit
    from tomlkit.items import Array

    text = list_text(ids, old.as_string() if isinstance(old, Array) else "")
    made = tomlkit.parse(f"list = {text}\n")["list"]
    assert isinstance(made, Array)
    return made


def _says(text: str, writing: Writing) -> bool:
    """Read the new text back: it must be TOML, with exactly the lists decided."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    lists = {table["id"]: tuple(table.get("snippets", ())) for table in values.get("sections", ())}
    record = {name: tuple(ids) for name, ids in values["assembled"]["sections"].items()}
    is_whole = {name: ids for name, ids in lists.items() if ids} == dict(writing.sections)
    return is_whole and record == dict(writing.memory.sections)


def _unwritable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        _("{path} is written in a way that cannot be changed without losing something.").format(path=path),
        hint=_("Write each section as a table of its own, [[sections]], with id and snippets on lines of their own."),
    )

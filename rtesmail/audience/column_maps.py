"""Which heading of a file stands for what: proposed, confirmed by a person, and kept in a file beside the lists."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.audience.columns import Column, as_attribute, find_columns
from rtesmail.audience.segments.fields import ATTRIBUTES
from rtesmail.audience.values import one_line
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.people import folded
from rtesmail.model.quoting import quoted

LEFT_ASIDE = ""
_OURS = frozenset({"reason", "raison", "status", "statut"})
"""Headings that rtesmail's own files have besides: nobody is asked about them."""


class SavedMap(Struct, frozen=True):
    """What the file of a list says: a column for each heading, LEFT_ASIDE for none; `is_confirmed` by a person."""

    columns: Mapping[str, str]
    is_confirmed: bool = True


class Heading(Struct, frozen=True):
    """One heading of a file.

    `column` is what it stands for, a column's name or `attributes.NAME`, LEFT_ASIDE when it is left aside;
    `is_settled` when nobody need be asked.
    """

    text: str
    position: int
    column: str
    is_settled: bool


class ColumnMap(Struct, frozen=True):
    """What each heading of a file stands for."""

    headings: tuple[Heading, ...]

    @property
    def columns(self) -> dict[Column, int]:
        """Where each column stands."""
        known = tuple(Column)
        return {Column(heading.column): heading.position for heading in self.headings if heading.column in known}

    @property
    def attributes(self) -> dict[str, int]:
        """Where each free attribute stands, by `attributes.NAME`."""
        return {heading.column: heading.position for heading in self.headings if as_attribute(heading.column)}

    @property
    def unused(self) -> tuple[str, ...]:
        """The headings that are left aside."""
        return tuple(heading.text for heading in self.headings if not heading.column)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The headings that a person should decide about."""
        return tuple(heading.text for heading in self.headings if not heading.is_settled)


def propose_map(headings: Sequence[str], saved: SavedMap | None = None) -> ColumnMap:
    """Say what each heading stands for: what the list's file says of it, else what its words say.

    Nobody need be asked about a heading of which a confirmed file speaks, nor about one that rtesmail knows.
    """
    columns = saved.columns if saved else {}
    said = {_compared(heading): as_attribute(column) or column for heading, column in columns.items()}
    # Of a column that the list's file gives to one of these headings, no other is proposed.
    claimed = {said[_compared(heading)] for heading in headings if _compared(heading) in said}
    known = {position: column for column, position in find_columns(headings).items()}
    is_confirmed = saved is not None and saved.is_confirmed
    found: list[Heading] = []
    taken: set[str] = set()
    for position, typed in enumerate(headings):
        text = one_line(typed)
        if not text:
            continue
        is_said = _compared(text) in said
        column = said[_compared(text)] if is_said else known.get(position) or as_attribute(text)
        if not is_said and column in claimed:
            column = LEFT_ASIDE
        is_free = column != LEFT_ASIDE and column not in taken
        if is_free:
            taken.add(column)
        is_settled = (is_said and is_confirmed) or folded(text) in _OURS or (is_free and not is_said)
        found.append(Heading(text, position, column if is_free else LEFT_ASIDE, is_settled))
    return ColumnMap(tuple(found))


def knowing(saved: SavedMap | None) -> Callable[[Sequence[str]], int]:
    """Give what counts how many headings of a row are understood, by the file of a list or by rtesmail."""

    def count(headings: Sequence[str]) -> int:
        proposed = propose_map(headings, saved)
        return len(proposed.columns) + len(proposed.attributes)

    return count


def map_path(folder: Path, list_name: str) -> Path:
    """Where the map of a list is kept: the list's name, with `-` for what a file's name should not hold."""
    plain = re.sub(r"[^\w .+-]", "-", list_name).strip(" .")
    if plain != list_name or len(plain.encode()) > 150:
        plain = f"{plain[:35]}-{hashlib.sha256(list_name.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return folder / f"{plain}.columns.toml"


def load_map(path: Path) -> SavedMap | None:
    """Read the map of a list; None when there is none yet.

    Raises:
        WorkspaceError: the file cannot be read, or names a column that there is not.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    columns = content.get("columns", {})
    if not isinstance(columns, dict):
        raise _unusable(path, _("[columns] must be a table"))
    known = [LEFT_ASIDE, *Column]
    for heading, column in columns.items():
        if column not in known and not (isinstance(column, str) and as_attribute(column)):
            raise _unusable(
                path, _("“{heading}” is given the column {column}").format(heading=heading, column=quoted(column))
            )
    return SavedMap(columns, content.get("confirmed") is True)


def save_map(path: Path, proposed: ColumnMap, saved: SavedMap | None, *, list_name: str, is_confirmed: bool) -> None:
    """Keep what the headings of a file stand for, with what was known of others.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    import tomlkit

    columns = dict(saved.columns) if saved else {}
    spelled = {_compared(heading): heading for heading in columns}
    for heading in proposed.headings:
        if folded(heading.text) not in _OURS:
            columns[spelled.get(_compared(heading.text), heading.text)] = heading.column
    document = tomlkit.document()
    for line in (
        _("Which heading of a spreadsheet stands for what, for the list “{list}”.").format(list=list_name),
        _('Known columns: {names}; "" leaves a heading aside.').format(names=_known_names()),
    ):
        document.add(tomlkit.comment(line))
    document.add("confirmed", tomlkit.item(is_confirmed))
    table = tomlkit.table()
    for text, column in columns.items():
        table.add(tomlkit.key([text]) if "." not in text else tomlkit.items.SingleKey(text), str(column))
    document.add("columns", table)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tomlkit.dumps(document), encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error),
            hint=_("Check that the folder can be written to and that the disk is not full."),
        ) from error


def _known_names() -> str:
    name = _("NAME")
    return ", ".join((*Column, f"{ATTRIBUTES}.{name}"))


def _compared(heading: str) -> str:
    return folded(heading) or heading.strip()


def _unusable(path: Path, reason: str) -> WorkspaceError:
    return WorkspaceError(
        _("{path} cannot be used: {reason}.").format(path=path, reason=reason),
        hint=_("Mend it, or delete it to have a new one proposed. Known columns: {names}.").format(
            names=_known_names()
        ),
    )

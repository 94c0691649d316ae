"""Workbooks of Excel and LibreOffice, read by a process of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from gettext import gettext as _
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from rtesmail.audience.headings import find_headings
from rtesmail.audience.sheets import Sheet, SheetRow
from rtesmail.model.errors import WorkspaceError

_Counter = Callable[[Sequence[str]], int]


class WorkbookRows(Struct):
    """The rows below the headings; each time they are gone through, the workbook is read anew."""

    path: Path
    name: str
    last_heading_line: int
    has_ended: bool = False

    def __iter__(self) -> Iterator[SheetRow]:
        with _reading(self.path) as (_sheets, asking, telling):
            asking.write(json.dumps(self.name) + "\n")
            asking.close()
            for said in telling:
                row = json.loads(said)
                if row is None:
                    self.has_ended = True
                    return
                if row[0] > self.last_heading_line:
                    yield SheetRow(row[0], tuple(row[1]))
        raise _damaged(self.path)

    @property
    def fraction(self) -> float:
        """A workbook does not tell beforehand how many rows it has."""
        return float(self.has_ended)


class _Beginning(Struct, frozen=True):
    """How a sheet of a workbook begins."""

    name: str
    is_hidden: bool
    rows: tuple[SheetRow, ...]


def open_workbook(path: Path, wanted: str, count_known: _Counter) -> Sheet:
    """Open the sheet called `wanted`, or the one sheet of a workbook that has people in it.

    Raises:
        WorkspaceError: the workbook is damaged, too large or protected, has no such sheet, or several could be meant.
    """
    with _reading(path) as (told, _asking, _telling):
        sheets = [
            _Beginning(each["name"], each["is_hidden"], tuple(SheetRow(n, tuple(cells)) for n, cells in each["rows"]))
            for each in told
        ]
    chosen = _named(path, sheets, wanted) if wanted else _only_one(path, sheets, count_known)
    found = find_headings(chosen.rows, count_known)
    if found is None:
        raise WorkspaceError(
            _("The sheet “{sheet}” of {path} is empty.").format(sheet=chosen.name, path=path),
            hint=_("The first row gives the columns' names, each following row one person."),
        )
    return Sheet(
        path,
        found.cells,
        WorkbookRows(path, chosen.name, found.last_line),
        line=found.line,
        passed_over=found.passed_over,
        name=chosen.name,
        other_sheets=tuple(sheet.name for sheet in sheets if sheet is not chosen),
        hidden_sheets=tuple(sheet.name for sheet in sheets if sheet.is_hidden),
    )


def _named(path: Path, sheets: Sequence[_Beginning], wanted: str) -> _Beginning:
    for sheet in sheets:
        if sheet.name == wanted:
            return sheet
    raise WorkspaceError(
        _("{path} has no sheet “{sheet}”.").format(path=path, sheet=wanted),
        hint=_("Its sheets are: {names}.").format(names=_names(sheets)),
    )


def _only_one(path: Path, sheets: Sequence[_Beginning], count_known: _Counter) -> _Beginning:
    filled = [sheet for sheet in sheets if sheet.rows]
    candidates = [sheet for sheet in filled if not sheet.is_hidden] or filled
    if not candidates:
        raise WorkspaceError(
            _("{path} is empty.").format(path=path),
            hint=_("The first row gives the columns' names, each following row one person."),
        )
    with_people = [sheet for sheet in candidates if _has_addresses(sheet)] or candidates
    if len(with_people) > 1:
        raise WorkspaceError(
            _("{path} has several sheets that may be meant: {names}.").format(path=path, names=_names(with_people)),
            hint=_("Say which one: --sheet “{sheet}”").format(sheet=with_people[0].name),
        )
    return with_people[0]


def _has_addresses(sheet: _Beginning) -> bool:
    return any("@" in cell for row in sheet.rows for cell in row.cells)


def _names(sheets: Sequence[_Beginning]) -> str:
    return ", ".join(
        _("{sheet} (hidden)").format(sheet=sheet.name) if sheet.is_hidden else sheet.name for sheet in sheets
    )


@contextmanager
def _reading(path: Path) -> Iterator[tuple[list[dict[str, Any]], IO[str], IO[str]]]:
    """Start the process; give what it says of the sheets, the way to ask it and the way it tells."""
    # -P: no file of the folder in which the command runs is taken for a module.
    command = [sys.executable, "-P", "-m", "rtesmail.audience.workbook_process", str(path.absolute())]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline() or "{}")
            if said.get("trouble") == "password":
                raise WorkspaceError(
                    _("{path} is protected by a password.").format(path=path),
                    hint=_("Open it and save it without a password, then import it."),
                )
            if "sheets" not in said:
                raise _damaged(path)
            yield said["sheets"], process.stdin, process.stdout
        finally:
            process.kill()


def _damaged(path: Path) -> WorkspaceError:
    return WorkspaceError(
        _("{path} cannot be read as a workbook: it is damaged, too large, or of another kind.").format(path=path),
        hint=_("Open it in a spreadsheet and save it as “CSV UTF-8”."),
    )

"""The people of a list in a file that a spreadsheet opens, runs nothing of, and that can be imported again."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.audience.columns import ALL_FIELDS, FIELDS, ORGANISATION_FIELDS, Column, heading
from rtesmail.audience.descriptions import attributes_of
from rtesmail.audience.plain_cells import as_plain_cell, is_formula_like
from rtesmail.audience.segments.fields import ATTRIBUTES
from rtesmail.audience.subscribers import audience_of
from rtesmail.audience.wishes import MOST_LINES, paper_letters
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.people import Subscriber
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    from sqlite_utils import Database

MOST_ROWS_OF_A_SHEET = 1_048_576
"""Microsoft, "Excel specifications and limits"."""
LAST_COLUMN = 16_383
"""The same, counted from 0."""

Cells = tuple[str, ...]


def export_list(store: "Database", list_name: str, path: Path) -> int:
    """Write the people of a list who can be written to now; give how many. The name's end says the format.

    Who said no is left out: a file travels, and somebody may write to all that is in it.

    Raises:
        WorkspaceError: there is no such list, the file is there already, cannot be written, or has another format.
    """
    return _write(path, lambda: _rows(store, audience_of(store, list_name), _attribute_names(store, list_name)))


def export_paper(store: "Database", path: Path) -> int:
    """Write where the letters on paper go, a row for each with the lines of its envelope; give how many.

    Raises:
        WorkspaceError: as `export_list`.
    """
    return _write(path, lambda: _envelopes(paper_letters(store)))


def _write(path: Path, rows: Callable[[], Iterable[Cells]]) -> int:
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise WorkspaceError(
            _("{path} ends neither with .csv nor with .xlsx.").format(path=path),
            hint=_("For instance: {name}").format(name=path.with_suffix(".xlsx").name or "readers.xlsx"),
        )
    if path.exists() or path.is_symlink():
        raise WorkspaceError(
            _("{path} exists already and is left as it is.").format(path=path), hint=_("Give another name.")
        )
    cells = rows()
    # A file that is there is whole: it gets its name when it is written.
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            count = write(part, cells)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WorkspaceError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=system_words(error)),
            hint=_("Check that the folder can be written to and that the disk is not full."),
        ) from error
    return count


def _rows(store: "Database", people: Iterable[Subscriber], names: Sequence[str]) -> Iterator[Cells]:
    yield tuple(map(heading, (Column.EMAIL, *ALL_FIELDS, *(f"{ATTRIBUTES}.{name}" for name in names))))
    asked = ", ".join(ORGANISATION_FIELDS)
    houses = {row["id"]: tuple(row)[1:] for row in store.execute(f"SELECT id, {asked} FROM organisations")}
    unknown = ("",) * len(ORGANISATION_FIELDS)
    for person in people:
        own = (_as_text(getattr(person, field)) for field in FIELDS)
        attributes = attributes_of(store, person.id) if names else {}
        house = houses.get(person.organisation_id, unknown)
        yield (person.email, *own, *house, *(attributes.get(name, "") for name in names))


def _attribute_names(store: "Database", list_name: str) -> tuple[str, ...]:
    """Every free attribute that somebody on the list has."""
    rows = store.execute(
        """SELECT DISTINCT a.name FROM lists JOIN memberships m ON m.list_id = lists.id
        JOIN subscriber_attributes a ON a.subscriber_id = m.subscriber_id WHERE lists.name = ? ORDER BY a.name""",
        (list_name,),
    )
    return tuple(str(row["name"]) for row in rows)


def _envelopes(addresses: Iterable[Cells]) -> Iterator[Cells]:
    yield tuple(_("line {n}").format(n=number) for number in range(1, MOST_LINES + 1))
    for lines in addresses:
        yield (*lines, *[""] * (MOST_LINES - len(lines)))


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return "; ".join(map(str, value))
    return str(value)


def _write_csv(path: Path, rows: Iterable[Cells]) -> int:
    """Semicolons, as French spreadsheets want them; with a BOM, for they guess another encoding without it."""
    count = -1
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for cells in rows:
            writer.writerow(map(as_plain_cell, cells))
            count += 1
    return count


def _write_xlsx(path: Path, rows: Iterable[Cells]) -> int:
    """Every cell is text: codes keep their zeros, and what begins like a formula has Excel's own mark for text."""
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    count = -1
    workbook = Workbook(path, {"constant_memory": True})
    # The same people give the same file.
    workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
    bold = workbook.add_format({"bold": True, "num_format": "@"})
    text = workbook.add_format({"num_format": "@"})
    marked = workbook.add_format({"num_format": "@", "quote_prefix": True})
    sheet = workbook.add_worksheet()
    sheet.set_column(0, LAST_COLUMN, 28, text)
    sheet.freeze_panes(1, 0)
    for number, cells in enumerate(rows):
        if number == MOST_ROWS_OF_A_SHEET:
            raise WorkspaceError(
                _("A sheet holds {n} rows, and there are more people than that.").format(n=MOST_ROWS_OF_A_SHEET),
                hint=_("Export them as .csv."),
            )
        for place, cell in enumerate(cells):
            look = bold if number == 0 else marked if is_formula_like(cell) else text
            sheet.write_string(number, place, cell, look)
        count += 1
    try:
        workbook.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error
    return count

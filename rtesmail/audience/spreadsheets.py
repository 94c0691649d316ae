"""CSV files as people's spreadsheets write them: encoding and delimiter found, each row with its line."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.errors import WorkspaceError

DELIMITERS = (";", ",", "\t")

# What makes a spreadsheet calculate a cell or run what it names, full-width forms included (OWASP, "CSV Injection").
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_NOT_TEXT = {b"PK\x03\x04": "Excel/LibreOffice", b"\xd0\xcf\x11\xe0": "Excel 97", b"%PDF": "PDF"}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its first line in the file, counted from 1, and its cells as typed, without a mark for plain text."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its headings, then its rows, blank ones left out."""

    path: Path
    encoding: str
    delimiter: str
    headings: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(path: Path, count_known: Callable[[tuple[str, ...]], int]) -> Sheet:
    """Read a CSV file: UTF-8 (with or without BOM), UTF-16 with BOM or Windows-1252; `;`, `,` or tab.

    `count_known` tells how many headings of a list are understood: the delimiter that makes most sense of the
    first row is the one taken.

    Raises:
        WorkspaceError: the file is missing, empty, no text, or a quotation mark in it never closes.
    """
    text, encoding = _decode(path, _read_bytes(path))
    text, declared, skipped = _take_declared_delimiter(text.removeprefix("\ufeff"))
    delimiter = declared or _find_delimiter(path, text, count_known)
    rows = _read_rows(path, text, delimiter, skipped)
    first = next(rows, None)
    if first is None:
        raise WorkspaceError(
            _("{path} is empty.").format(path=path),
            hint=_("The first row gives the columns' names, each following row one person."),
        )
    return Sheet(path, encoding, delimiter, first.cells, tuple(rows))


def as_plain_cell(cell: str) -> str:
    """Mark a cell as text with the apostrophe that spreadsheets know, where they would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.startswith(_FORMULA_SIGNS, 1) else cell


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise WorkspaceError(
            _("There is no file {path}.").format(path=path),
            hint=_("Check the spelling and the folder you are in."),
        ) from error
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error),
            hint=_("Give a CSV file that you may read."),
        ) from error


def _decode(path: Path, content: bytes) -> tuple[str, str]:
    for mark, name in _NOT_TEXT.items():
        if content.startswith(mark):
            raise WorkspaceError(
                _("{path} is a {format} file, not CSV.").format(path=path, format=name),
                hint=_("Open it and save it as “CSV UTF-8”."),
            )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = [("utf-16", "UTF-16")]
    elif content.startswith(b"\xef\xbb\xbf"):
        candidates = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")]
    else:
        candidates = [("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]
    for codec, name in candidates:
        try:
            return content.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise WorkspaceError(
        _("{path} is neither UTF-8 nor Windows-1252 text.").format(path=path),
        hint=_("Open it in a spreadsheet and save it as “CSV UTF-8”."),
    )


def _take_declared_delimiter(text: str) -> tuple[str, str, int]:
    """Excel writes `sep=;` on a line of its own, before the headings."""
    line, end, rest = text.partition("\n")
    declared = line.strip().lower().removeprefix("sep=") if line.lower().startswith("sep=") else ""
    if line.lower().startswith("sep=\t"):
        declared = "\t"
    return (rest, declared, 1) if declared in DELIMITERS and end else (text, "", 0)


def _find_delimiter(path: Path, text: str, count_known: Callable[[tuple[str, ...]], int]) -> str:
    def sense(delimiter: str) -> tuple[int, int]:
        try:
            first = next(_read_rows(path, text, delimiter, 0), None)
        except WorkspaceError:
            return (-1, 0)
        # Without any row, the file holds nothing but this delimiter.
        return (count_known(first.cells), len(first.cells)) if first else (0, len(text))

    return max(DELIMITERS, key=sense)


class _Lines:
    """The lines of a text, knowing whether its end was asked for: inside a row, that is a quotation left open."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.is_over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        if not line:
            self.is_over = True
            raise StopIteration
        return line


def _read_rows(path: Path, text: str, delimiter: str, skipped: int) -> Iterator[SheetRow]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # In practice a cell of more than 131,072 characters: it swallowed the rows after it.
            raise _never_closed(path, line) from error
        if cells is None:
            return
        if lines.is_over:
            raise _never_closed(path, line)
        if any(cell.strip() for cell in cells):
            yield SheetRow(line, tuple(map(_unmarked, cells)))


def _never_closed(path: Path, line: int) -> WorkspaceError:
    return WorkspaceError(
        _("{path}: a quotation mark opened in the row of line {line} never closes.").format(path=path, line=line),
        hint=_("Close it, or double it where it is meant as a character. Nothing was imported."),
    )

"""CSV files as people's spreadsheets write them: encoding and delimiter found, rows read one by one."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from gettext import gettext as _
from itertools import dropwhile, islice
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from rtesmail.audience.encodings import Encoding, find_encoding
from rtesmail.audience.headings import HEADINGS_WITHIN, Headings, find_headings
from rtesmail.audience.plain_cells import without_marks
from rtesmail.audience.sheets import Sheet, SheetRow
from rtesmail.model.errors import WorkspaceError

DELIMITERS = (";", ",", "\t")

_HEAD = 1 << 16


class CsvRows(Struct):
    """The rows below the headings; each time it is gone through, the file is read anew."""

    path: Path
    encoding: Encoding
    delimiter: str
    skipped_lines: int
    last_heading_line: int = 0
    _file: BinaryIO | None = None

    def __iter__(self) -> Iterator[SheetRow]:
        with self.path.open("rb") as file, io.TextIOWrapper(file, encoding=self.encoding.codec, newline="") as text:
            self._file = file
            for _number in range(self.skipped_lines):
                text.readline()
            rows = _read_rows(self.path, text, self.delimiter, self.skipped_lines)
            yield from dropwhile(lambda row: row.line <= self.last_heading_line, rows)

    @property
    def fraction(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        if self._file is None:
            return 0.0
        return 1.0 if self._file.closed else self._file.tell() / max(1, self.path.stat().st_size)


def open_csv(path: Path, count_known: Callable[[Sequence[str]], int]) -> Sheet:
    """Open a CSV file: UTF-8, UTF-16, Windows-1252 or MacRoman; `;`, `,` or tab.

    `count_known` tells how many headings of a list are understood: the delimiter that makes most sense of the
    first rows is the one taken.

    Raises:
        WorkspaceError: the file is empty, no text, or a quotation mark in it never closes.
        OSError: the file cannot be read.
    """
    encoding = find_encoding(path)
    with path.open(encoding=encoding.codec, newline="") as file:
        head = file.read(_HEAD)
    head, declared, skipped = _take_declared_delimiter(head.removeprefix("\ufeff"))
    delimiter = declared or _find_delimiter(path, head, count_known)
    rows = CsvRows(path, encoding, delimiter, skipped)
    found = find_headings(list(islice(rows, HEADINGS_WITHIN)), count_known)
    if found is None:
        raise WorkspaceError(
            _("{path} is empty.").format(path=path),
            hint=_("The first row gives the columns' names, each following row one person."),
        )
    rows.last_heading_line = found.last_line
    return _sheet(path, rows, found)


def _sheet(path: Path, rows: CsvRows, found: Headings) -> Sheet:
    return Sheet(
        path,
        found.cells,
        rows,
        line=found.line,
        passed_over=found.passed_over,
        encoding=rows.encoding.name,
        is_encoding_certain=rows.encoding.is_certain,
        delimiter=rows.delimiter,
    )


def _take_declared_delimiter(text: str) -> tuple[str, str, int]:
    """Excel writes `sep=;` on a line of its own, before the headings."""
    line, end, rest = text.partition("\n")
    declared = line.strip().lower().removeprefix("sep=") if line.lower().startswith("sep=") else ""
    if line.lower().startswith("sep=\t"):
        declared = "\t"
    return (rest, declared, 1) if declared in DELIMITERS and end else (text, "", 0)


def _find_delimiter(path: Path, head: str, count_known: Callable[[Sequence[str]], int]) -> str:
    def sense(delimiter: str) -> tuple[int, int]:
        rows = list(_first_rows(path, head, delimiter))
        # Without any row, the file holds nothing but this delimiter.
        if not rows:
            return (0, len(head) if delimiter in head else -1)
        known = max(count_known(row.cells) for row in rows)
        return (known, len(rows[0].cells))

    return max(DELIMITERS, key=sense)


def _first_rows(path: Path, head: str, delimiter: str) -> Iterator[SheetRow]:
    """The rows of a piece that may break off in the middle of one."""
    try:
        yield from islice(_read_rows(path, io.StringIO(head, newline=""), delimiter, 0), HEADINGS_WITHIN)
    except WorkspaceError:
        return


def _read_rows(path: Path, text: io.TextIOBase, delimiter: str, skipped: int) -> Iterator[SheetRow]:
    is_over = False

    def lines() -> Iterator[str]:
        nonlocal is_over
        yield from text
        # Asked for inside a row, the end is that of a quotation left open.
        is_over = True

    reader = csv.reader(lines(), delimiter=delimiter)
    line = skipped + 1
    try:
        for cells in reader:
            if is_over:
                raise _never_closed(path, line)
            if "".join(cells).strip():
                yield SheetRow(line, without_marks(cells))
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        # In practice a cell of more than 131,072 characters: it swallowed the rows after it.
        raise _never_closed(path, line) from error


def _never_closed(path: Path, line: int) -> WorkspaceError:
    return WorkspaceError(
        _("{path}: a quotation mark opened in the row of line {line} never closes.").format(path=path, line=line),
        hint=_("Close it, or double it where it is meant as a character. Nothing was imported."),
    )

"""A spreadsheet as an import sees it, whatever its format."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct


class SheetRow(NamedTuple):
    """One row: its first line in the file (its number in a workbook), from 1, and its cells, without marks for text."""

    line: int
    cells: Sequence[str]


class SheetRows(Protocol):
    """The rows below the headings, blank ones left out; each time they are gone through, they are read anew."""

    def __iter__(self) -> Iterator[SheetRow]: ...

    @property
    def fraction(self) -> float:
        """How much has been read, from 0 to 1."""
        ...


class Sheet(Struct, frozen=True):
    """A file opened: its headings, which stand in row `line`, and its rows.

    `passed_over` are the rows above the headings. A CSV file has an encoding and a delimiter; a workbook has the name
    of the sheet that is read, those of its `other_sheets`, and which of all are hidden.
    """

    path: Path
    headings: tuple[str, ...]
    rows: SheetRows
    line: int = 1
    passed_over: tuple[SheetRow, ...] = ()
    encoding: str = ""
    is_encoding_certain: bool = True
    delimiter: str = ""
    name: str = ""
    other_sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()

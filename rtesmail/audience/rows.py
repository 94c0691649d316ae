"""What a row of a spreadsheet says of a person."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from gettext import ngettext
from operator import itemgetter

from msgspec import Struct

from rtesmail.audience.addresses import InvalidAddress, parse_address, plain_key
from rtesmail.audience.columns import ALL_FIELDS, Column
from rtesmail.audience.descriptions import ADDRESS_AMONG
from rtesmail.audience.sheets import SheetRow
from rtesmail.audience.values import (
    LONGEST_VALUE,
    is_read_closer,
    needs_no_note,
    one_line,
    read_text,
    read_value,
    shown,
)
from rtesmail.model.quoting import joined

_BRACKETED = re.compile(r"^(?P<name>[^<>]*)<(?P<address>[^<>]*)>$")
_BETWEEN_ADDRESSES = re.compile(r"[;,/\s]+")
_QUOTES = "\"'“”‘’«»‹›\N{NO-BREAK SPACE} "
_AROUND_ADDRESSES = _QUOTES + "<>()[]"
_ENDS = ".,;: "

Values = tuple[str, ...]
"""What a row says in each of ALL_FIELDS, then in each attribute; empty where it says nothing."""


class Entry(Struct, frozen=True):
    """A row understood; `notes` tell what was set right."""

    line: int
    email: str
    key: str
    values: Values
    notes: str = ""


class RejectedRow(Struct, frozen=True):
    """A row that cannot be used: the heading of the cell at fault (empty for the whole row), what it holds, and why."""

    row: SheetRow
    column: str
    email: str
    reason: str


class RowReader:
    """Reads the rows under headings, given where each column and each free attribute (`attributes.NAME`) stands."""

    def __init__(
        self,
        headings: Sequence[str],
        columns: Mapping[Column, int],
        *,
        attributes: Mapping[str, int] | None = None,
        delimiter: str = "",
    ) -> None:
        self._headings = headings
        self._columns = columns
        self.attributes: Mapping[str, int] = attributes or {}
        self._width = len(headings)
        self._delimiter = delimiter
        self._email = columns[Column.EMAIL]
        # An absent column is read from an empty cell that is put behind the last.
        places = [columns.get(Column(field), self._width) for field in ALL_FIELDS]
        self._values = itemgetter(*(*places, *self.attributes.values(), self._width))
        self._closer = tuple(
            (place, column)
            for place, column in enumerate(map(Column, ALL_FIELDS))
            if column in columns and is_read_closer(column)
        )
        self._has_first_names = Column.FIRST_NAME in columns

    def read(self, row: SheetRow) -> Entry | RejectedRow:
        """Read a row, whatever it holds."""
        cells = row.cells
        typed = _cell(cells, self._email)
        fault = _find_misalignment(cells, self._width, self._delimiter)
        if fault:
            return RejectedRow(row, "", shown(typed), fault)
        notes: list[str] = []
        if len(cells) < self._width:
            missing = self._width - len(cells)
            note = ngettext("{n} cell is missing at the end", "{n} cells are missing at the end", missing)
            notes.append(note.format(n=missing))
        text, name_beside = _unwrap_email(typed, notes)
        try:
            address = parse_address(text)
        except InvalidAddress as error:
            reason = _("several addresses in one cell: give each its own row") if _is_several(text) else error.reason
            return RejectedRow(row, one_line(self._headings[self._email]), shown(typed), reason)
        for column in self._columns:
            if column is not Column.EMAIL and ADDRESS_AMONG.search(other := _cell(cells, self._columns[column])):
                reason = _("an address stands here: has the row slipped, or are there two people in it?")
                return RejectedRow(row, one_line(self._headings[self._columns[column]]), shown(other), reason)
        values = self._read_values(cells, name_beside, notes)
        return Entry(row.line, address.email, address.key, values, joined(notes))

    def read_plain(self, row: SheetRow) -> tuple[str, str, Values] | None:
        """Give address, key and values of a row in which nothing needs a closer look; None for any other.

        It says what `read` says, about four times as fast: nearly all rows of a large file are like that.
        """
        cells = row.cells
        text = "|".join(cells)
        if (
            len(cells) != self._width
            or len(text) > LONGEST_VALUE
            or text.count("@") != 1
            or not text.isprintable()
            or "  " in text
            or " |" in text
            or "| " in text
            or text[0] == " "
            or text[-1] == " "
            or not (text.isascii() or unicodedata.is_normalized("NFC", text))
        ):
            return None
        email = cells[self._email]
        key = plain_key(email)
        if key is None:
            return None
        values: Values = self._values((*cells, ""))[:-1]
        for place, column in self._closer:
            if not needs_no_note(column, values[place]):
                return None
        if self._has_first_names:
            return email, key, self._with_first_name(cells, values)
        return email, key, values

    def _with_first_name(self, cells: Sequence[str], values: Values) -> Values:
        first, place = cells[self._columns[Column.FIRST_NAME]], ALL_FIELDS.index(Column.NAME)
        name = f"{first} {values[place]}".strip()
        return (*values[:place], name, *values[place + 1 :])

    def _read_values(self, cells: Sequence[str], name_beside: str, notes: list[str]) -> Values:
        def text_of(column: Column) -> str:
            position = self._columns.get(column)
            return "" if position is None else read_text(_cell(cells, position), column, notes)

        first_name = text_of(Column.FIRST_NAME)
        values = {field: text_of(Column(field)) for field in ALL_FIELDS}
        names = " ".join(filter(None, (first_name, values[Column.NAME])))
        values[Column.NAME] = names or read_text(name_beside, Column.NAME, notes)
        read = (read_value(Column(field), value, notes) for field, value in values.items())
        others = (read_text(_cell(cells, place), name, notes) for name, place in self.attributes.items())
        return (*read, *others)


def _find_misalignment(cells: Sequence[str], width: int, delimiter: str) -> str:
    """Say why the cells do not stand under their headings; empty when they do."""
    if any(cell.strip() for cell in cells[width:]):
        surplus = len(cells) - width
        return ngettext(
            "{n} cell more than there are headings: put quotation marks around a cell that holds “{delimiter}”",
            "{n} cells more than there are headings: put quotation marks around a cell that holds “{delimiter}”",
            surplus,
        ).format(n=surplus, delimiter=_("tab") if delimiter == "\t" else delimiter)
    if delimiter and any(_swallowed_rows(cell, delimiter) for cell in cells):
        return _("a cell holds other rows: a quotation mark was opened there and closed further down")
    return ""


def _swallowed_rows(cell: str, delimiter: str) -> bool:
    """A cell with a whole row after a line break: two quotation marks far apart made one cell of many."""
    return "\n" in cell and any(delimiter in line and "@" in line for line in cell.splitlines()[1:])


def _unwrap_email(typed: str, notes: list[str]) -> tuple[str, str]:
    """Take the address out of `Name <address>`, `mailto:address`, quotation marks and stops; give it and the name."""
    text, name = typed.strip(), ""
    if bracketed := _BRACKETED.match(text.rstrip(_ENDS)):
        text, name = bracketed["address"].strip(), bracketed["name"].strip(_QUOTES)
        notes.append(_("the address was taken out of “{cell}”").format(cell=shown(typed)))
    if text.lower().startswith("mailto:"):
        text = text[len("mailto:") :].partition("?")[0]
        notes.append(_("“mailto:” was taken off the address"))
    bare = text.strip(_AROUND_ADDRESSES).rstrip(_ENDS).rstrip(_AROUND_ADDRESSES)
    if bare != text and not _is_several(text):
        notes.append(_("signs around the address were taken off: “{cell}”").format(cell=shown(typed)))
        text = bare
    return text, name


def _is_several(text: str) -> bool:
    return sum("@" in piece for piece in _BETWEEN_ADDRESSES.split(text)) > 1


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""

"""What a row of a spreadsheet says of a person."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from gettext import gettext as _
from gettext import ngettext
from operator import itemgetter

from rtesmail.audience.addresses import InvalidAddress, parse_address, plain_key
from rtesmail.audience.columns import FIELDS, Column, label
from rtesmail.audience.repairs import is_repaired, repaired
from rtesmail.audience.sheets import SheetRow
from rtesmail.model.content import Level
from rtesmail.model.people import folded

LONGEST_VALUE = 250
"""Characters of a name, organisation, role or region: more is a paragraph in the wrong column."""
LONGEST_SHOWN = 80

# French law's own word for an intercommunalité.
_OTHER_LEVEL_NAMES = {"epci": Level.INTERCOMMUNALITE}

_BRACKETED = re.compile(r"^(?P<name>[^<>]*)<(?P<address>[^<>]*)>$")
_ADDRESS_AMONG = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_BETWEEN_ADDRESSES = re.compile(r"[;,/\s]+")
_QUOTES = "\"'“”‘’«»‹›\N{NO-BREAK SPACE} "
_AROUND_ADDRESSES = _QUOTES + "<>()[]"
_ENDS = ".,;: "
# Marks that set or override the direction of reading (Unicode UAX #9): a name could be made to read as another.
_DIRECTIONS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

Values = tuple[str, ...]
"""What a row says in each of FIELDS; empty where it says nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row understood; `notes` tell what was set right."""

    line: int
    email: str
    key: str
    values: Values
    notes: str = ""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used: the heading of the cell at fault (empty for the whole row), what it holds, and why."""

    row: SheetRow
    column: str
    email: str
    reason: str


class RowReader:
    """Reads the rows under headings, given where each column stands."""

    def __init__(self, headings: Sequence[str], columns: Mapping[Column, int], *, delimiter: str = "") -> None:
        self._headings = headings
        self._columns = columns
        self._width = len(headings)
        self._delimiter = delimiter
        self._email = columns[Column.EMAIL]
        # An absent column is read from an empty cell that is put behind the last.
        self._values = itemgetter(*(columns.get(Column(field), self._width) for field in FIELDS), self._width)
        self._closer = tuple(
            (place, column)
            for place, column in enumerate(map(Column, FIELDS))
            if column in columns and (column in _READERS or is_repaired(column))
        )
        self._has_first_names = Column.FIRST_NAME in columns

    def read(self, row: SheetRow) -> Entry | RejectedRow:
        """Read a row, whatever it holds."""
        cells = row.cells
        typed = _cell(cells, self._email)
        fault = _find_misalignment(cells, self._width, self._delimiter)
        if fault:
            return RejectedRow(row, "", _shown(typed), fault)
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
            return RejectedRow(row, one_line(self._headings[self._email]), _shown(typed), reason)
        for column in self._columns:
            if column is not Column.EMAIL and _ADDRESS_AMONG.search(other := _cell(cells, self._columns[column])):
                reason = _("an address stands here: has the row slipped, or are there two people in it?")
                return RejectedRow(row, one_line(self._headings[self._columns[column]]), _shown(other), reason)
        values = self._read_values(cells, name_beside, notes)
        return Entry(row.line, address.email, address.key, values, "; ".join(notes))

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
            if not _needs_no_note(column, values[place]):
                return None
        if self._has_first_names:
            return email, key, self._with_first_name(cells, values)
        return email, key, values

    def _with_first_name(self, cells: Sequence[str], values: Values) -> Values:
        first, place = cells[self._columns[Column.FIRST_NAME]], FIELDS.index(Column.NAME)
        name = f"{first} {values[place]}".strip()
        return (*values[:place], name, *values[place + 1 :])

    def _read_values(self, cells: Sequence[str], name_beside: str, notes: list[str]) -> Values:
        def text_of(column: Column) -> str:
            position = self._columns.get(column)
            return "" if position is None else _read_text(_cell(cells, position), column, notes)

        first_name = text_of(Column.FIRST_NAME)
        values = {field: text_of(Column(field)) for field in FIELDS}
        names = " ".join(filter(None, (first_name, values[Column.NAME])))
        values[Column.NAME] = names or _read_text(name_beside, Column.NAME, notes)
        return tuple(_read_value(Column(field), value, notes) for field, value in values.items())


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
        notes.append(_("the address was taken out of “{cell}”").format(cell=_shown(typed)))
    if text.lower().startswith("mailto:"):
        text = text[len("mailto:") :].partition("?")[0]
        notes.append(_("“mailto:” was taken off the address"))
    bare = text.strip(_AROUND_ADDRESSES).rstrip(_ENDS).rstrip(_AROUND_ADDRESSES)
    if bare != text and not _is_several(text):
        notes.append(_("signs around the address were taken off: “{cell}”").format(cell=_shown(typed)))
        text = bare
    return text, name


def _is_several(text: str) -> bool:
    return sum("@" in piece for piece in _BETWEEN_ADDRESSES.split(text)) > 1


def _read_text(typed: str, column: Column, notes: list[str]) -> str:
    """Give a cell on one line; what would forge a mail header or turn the reading direction is taken out."""
    text = one_line(typed)
    if not typed.isprintable() and any(_is_control(character) for character in typed.strip()):
        notes.append(_("line breaks or control characters were taken out of {what}").format(what=label(column)))
    if len(text) <= LONGEST_VALUE:
        return text
    notes.append(
        _("{what} is {n} characters long and was left out (at most {most})").format(
            what=label(column), n=len(text), most=LONGEST_VALUE
        )
    )
    return ""


@lru_cache(maxsize=4_096)
def _needs_no_note(column: Column, value: str) -> bool:
    """Is a value that stands on one line what such a column keeps?"""
    return _read_value(column, value, []) == value


def _read_value(column: Column, text: str, notes: list[str]) -> str:
    """Give what such a column makes of a text on one line."""
    read = _READERS.get(column)
    return repaired(column, read(text, notes) if read else text, notes)


def _read_level(text: str, notes: list[str]) -> str:
    if not text:
        return ""
    level = _find_level(text)
    if level is not None:
        return level.value
    notes.append(
        _("the level “{level}” was left out: it is none of {known}").format(
            level=text, known=", ".join(level.value for level in Level)
        )
    )
    return ""


_READERS: Mapping[Column, Callable[[str, list[str]], str]] = {Column.LEVEL: _read_level}
"""How a column that holds more than a text is read: from the text and the row's notes to what is kept."""


@lru_cache(maxsize=256)
def _find_level(text: str) -> Level | None:
    names = {folded(level.value): level for level in Level} | _OTHER_LEVEL_NAMES
    bare = folded(text)
    return names.get(bare) or names.get(bare.removesuffix("s"))


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""


def _shown(text: str) -> str:
    """Give a cell on one line, short enough to be shown."""
    line = one_line(text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[: LONGEST_SHOWN - 1]}…"


def one_line(text: str) -> str:
    """Give a cell without line breaks, control characters and marks of direction."""
    if text.isprintable() and "  " not in text:
        return unicodedata.normalize("NFC", text.strip())
    spaced = "".join(" " if _is_control(character) else character for character in text)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def _is_control(character: str) -> bool:
    """Control characters, line and paragraph separators, marks of direction, lone surrogates."""
    if character.isprintable():
        return False
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") or character in _DIRECTIONS

"""Which column of a spreadsheet holds what, and what a row says of a person."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from gettext import gettext as _
from gettext import ngettext

from rtesmail.audience.addresses import Address, InvalidAddress, parse_address
from rtesmail.audience.spreadsheets import SheetRow
from rtesmail.model.content import Level
from rtesmail.model.people import folded

LONGEST_VALUE = 250
"""Characters of a name, organisation, role or region: more is a paragraph in the wrong column."""


class Column(StrEnum):
    """What a column can hold."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    ORGANISATION = "organisation"
    ROLE = "role"
    LEVEL = "level"
    REGION = "region"


# Headings as `folded` leaves them: no accents, capitals, spaces or signs.
_HEADINGS: Mapping[Column, re.Pattern[str]] = {
    Column.EMAIL: re.compile(
        r"(e?mails?|mel|courriels?|adresse?(e?mail|mel|courriel|electronique))(pro(fessionnel(le)?)?)?|(e?mail)address"
    ),
    Column.NAME: re.compile(
        r"noms?|nomcomplet|nom(et)?prenom|prenom(et)?nom|nomdefamille|((full|last|family|sur)?name)"
    ),
    Column.FIRST_NAME: re.compile(r"prenoms?|(first|given)name"),
    Column.ORGANISATION: re.compile(r"organi[sz]ation|(nomdela|nomdel)?(organisme|structure|collectivite)"),
    Column.ROLE: re.compile(r"fonctions?|role|poste|jobtitle"),
    Column.LEVEL: re.compile(r"niveau(decollectivite)?|level"),
    Column.REGION: re.compile(r"region"),
}
# French law's own word for an intercommunalité.
_OTHER_LEVEL_NAMES = {"epci": Level.INTERCOMMUNALITE}

_BRACKETED = re.compile(r"^(?P<name>[^<>]*)<(?P<address>[^<>]*)>$")
_BETWEEN_ADDRESSES = re.compile(r"[;,/\s]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row understood. Empty texts stand for what the row does not say; `notes` tell what was set right."""

    address: Address
    name: str = ""
    organisation: str = ""
    role: str = ""
    level: str = ""
    region: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used; `email` is what its cell holds, `reason` says why in plain words."""

    email: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row with what was understood of it, or why it cannot be used."""

    row: SheetRow
    outcome: Entry | RejectedRow


def count_known(headings: Sequence[str]) -> int:
    """How many of these headings are understood."""
    return len(find_columns(headings))


def find_columns(headings: Sequence[str]) -> dict[Column, int]:
    """Where each column stands; the first one wins where two headings mean the same."""
    found: dict[Column, int] = {}
    for position, heading in enumerate(headings):
        bare = folded(heading)
        for column, pattern in _HEADINGS.items():
            if pattern.fullmatch(bare):
                found.setdefault(column, position)
    return found


def read_row(row: SheetRow, columns: Mapping[Column, int], *, width: int, delimiter: str) -> ReadRow:
    """Read a row under headings that are `width` cells wide."""
    typed = _cell(row.cells, columns[Column.EMAIL])
    fault = _find_misalignment(row.cells, width, delimiter)
    if fault:
        return ReadRow(row, RejectedRow(_one_line(typed), fault))
    notes: list[str] = []
    if len(row.cells) < width:
        missing = width - len(row.cells)
        note = ngettext("{n} cell is missing at the end", "{n} cells are missing at the end", missing)
        notes.append(note.format(n=missing))
    text, name_beside = _unwrap_email(typed, notes)
    try:
        address = parse_address(text)
    except InvalidAddress as error:
        reason = _("several addresses in one cell: give each its own row") if _is_several(text) else error.reason
        return ReadRow(row, RejectedRow(_one_line(typed), reason))
    return ReadRow(row, _read_entry(row.cells, columns, address, name_beside, notes))


def _find_misalignment(cells: Sequence[str], width: int, delimiter: str) -> str:
    """Say why the cells do not stand under their headings; empty when they do."""
    if any(cell.strip() for cell in cells[width:]):
        surplus = len(cells) - width
        return ngettext(
            "{n} cell more than there are headings: put quotation marks around a cell that holds “{delimiter}”",
            "{n} cells more than there are headings: put quotation marks around a cell that holds “{delimiter}”",
            surplus,
        ).format(n=surplus, delimiter=_("tab") if delimiter == "\t" else delimiter)
    if any(_swallowed_rows(cell, delimiter) for cell in cells):
        return _("a cell holds other rows: a quotation mark was opened there and closed further down")
    return ""


def _swallowed_rows(cell: str, delimiter: str) -> bool:
    """A cell with a whole row after a line break: two quotation marks far apart made one cell of many."""
    return "\n" in cell and any(delimiter in line and "@" in line for line in cell.splitlines()[1:])


def _unwrap_email(typed: str, notes: list[str]) -> tuple[str, str]:
    """Take the address out of `Name <address>` and `mailto:address`; give it and the name."""
    text, name = typed.strip(), ""
    if bracketed := _BRACKETED.match(text):
        text, name = bracketed["address"].strip(), bracketed["name"].strip().strip("\"'").strip()
        notes.append(_("the address was taken out of “{cell}”").format(cell=_one_line(typed)))
    if text.lower().startswith("mailto:"):
        text = text[len("mailto:") :].partition("?")[0]
        notes.append(_("“mailto:” was taken off the address"))
    return text, name


def _is_several(text: str) -> bool:
    return sum("@" in piece for piece in _BETWEEN_ADDRESSES.split(text)) > 1


def _read_entry(
    cells: Sequence[str], columns: Mapping[Column, int], address: Address, name_beside: str, notes: list[str]
) -> Entry:
    def text_of(column: Column) -> str:
        position = columns.get(column)
        return "" if position is None else _read_text(_cell(cells, position), column, notes)

    names = (text_of(Column.FIRST_NAME), text_of(Column.NAME))
    return Entry(
        address=address,
        name=" ".join(name for name in names if name) or _read_text(name_beside, Column.NAME, notes),
        organisation=text_of(Column.ORGANISATION),
        role=text_of(Column.ROLE),
        level=_read_level(text_of(Column.LEVEL), notes),
        region=text_of(Column.REGION),
        notes=tuple(notes),
    )


def _read_text(typed: str, column: Column, notes: list[str]) -> str:
    """Give a cell on one line; what would forge a mail header or turn the reading direction is taken out."""
    text = _one_line(typed)
    if not typed.isprintable() and any(_is_control(character) for character in typed.strip()):
        notes.append(_("line breaks or control characters were taken out of {what}").format(what=_label(column)))
    if len(text) <= LONGEST_VALUE:
        return text
    notes.append(
        _("{what} is {n} characters long and was left out (at most {most})").format(
            what=_label(column), n=len(text), most=LONGEST_VALUE
        )
    )
    return ""


def _label(column: Column) -> str:
    """Name a column in a sentence; asked for only when needed, for gettext looks for its catalogue at each call."""
    match column:
        case Column.EMAIL:
            return _("the address")
        case Column.NAME:
            return _("the name")
        case Column.FIRST_NAME:
            return _("the first name")
        case Column.ORGANISATION:
            return _("the organisation")
        case Column.ROLE:
            return _("the role")
        case Column.LEVEL:
            return _("the level")
        case Column.REGION:
            return _("the region")


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


@lru_cache(maxsize=256)
def _find_level(text: str) -> Level | None:
    names = {folded(level.value): level for level in Level} | _OTHER_LEVEL_NAMES
    bare = folded(text)
    return names.get(bare) or names.get(bare.removesuffix("s"))


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""


def _one_line(text: str) -> str:
    if text.isprintable() and "  " not in text:
        return unicodedata.normalize("NFC", text.strip())
    spaced = "".join(" " if _is_control(character) else character for character in text)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def _is_control(character: str) -> bool:
    """Control characters, line and paragraph separators, marks that override the direction, lone surrogates."""
    if character.isprintable():
        return False
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") or character in "\u202a\u202b\u202d\u202e"

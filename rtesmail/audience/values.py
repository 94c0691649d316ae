"""What a cell says under its heading: a text on one line, a code, a day; what it cannot be is left out and told."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from gettext import gettext as _

from rtesmail.audience.columns import Column, label
from rtesmail.audience.descriptions import BadFieldError, read_day, read_language, read_roles
from rtesmail.audience.repairs import is_repaired, repaired
from rtesmail.audience.segments.spellings import ROLE_SEPARATOR
from rtesmail.model.content import Level
from rtesmail.model.organisations import OrganisationKind, find_kind
from rtesmail.model.people import folded
from rtesmail.model.territories import departement_code, insee_code, siren_number

LONGEST_VALUE = 250
"""Characters of a name, organisation, role or region: more is a paragraph in the wrong column."""
LONGEST_ROLES = 2_500
"""Characters of the cell of further roles, which may be several."""
LONGEST_SHOWN = 80

# French law's own word for an intercommunalité.
_OTHER_LEVEL_NAMES = {"epci": Level.INTERCOMMUNALITE}

# Marks that set or override the direction of reading (Unicode UAX #9): a name could be made to read as another.
_DIRECTIONS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_BREAK = re.compile(r"\s*[\r\n]+\s*")


def read_text(typed: str, column: str, notes: list[str]) -> str:
    """Give a cell on one line; what would forge a mail header or turn the reading direction is taken out."""
    if column == Column.OTHER_ROLES:
        # One role a line is how spreadsheets put several in a cell.
        typed = _LINE_BREAK.sub(f"{ROLE_SEPARATOR} ", typed.strip())
    text = one_line(typed)
    if not typed.isprintable() and any(_is_control(character) for character in typed.strip()):
        notes.append(_("line breaks or control characters were taken out of {what}").format(what=label(column)))
    most = LONGEST_ROLES if column == Column.OTHER_ROLES else LONGEST_VALUE
    if len(text) <= most:
        return text
    notes.append(
        _("{what} is {n} characters long and was left out (at most {most})").format(
            what=label(column), n=len(text), most=most
        )
    )
    return ""


def read_value(column: Column, text: str, notes: list[str]) -> str:
    """Give what such a column makes of a text on one line; nothing, with a note, when it can make nothing of it."""
    text = repaired(column, text, notes)
    reader = _READERS.get(column)
    if reader is None or not text:
        return text
    read, why = reader
    value = read(text)
    if not value:
        notes.append(_("{what} “{text}” was left out: {why}").format(what=label(column), text=shown(text), why=why()))
    return value


@lru_cache(maxsize=4_096)
def needs_no_note(column: Column, value: str) -> bool:
    """Is a value that stands on one line what such a column keeps?"""
    return read_value(column, value, []) == value


def is_read_closer(column: Column) -> bool:
    """Is this a column that holds more than a text?"""
    return column in _READERS or is_repaired(column)


def one_line(text: str) -> str:
    """Give a cell without line breaks, control characters and marks of direction."""
    if text.isprintable() and "  " not in text:
        return unicodedata.normalize("NFC", text.strip())
    spaced = "".join(" " if _is_control(character) else character for character in text)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def shown(text: str) -> str:
    """Give a cell on one line, short enough to be shown."""
    line = one_line(text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[: LONGEST_SHOWN - 1]}…"


def _is_control(character: str) -> bool:
    """Control characters, line and paragraph separators, marks of direction, lone surrogates."""
    if character.isprintable():
        return False
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") or character in _DIRECTIONS


@lru_cache(maxsize=256)
def _level(text: str) -> str:
    names = {folded(level.value): level for level in Level} | _OTHER_LEVEL_NAMES
    bare = folded(text)
    level = names.get(bare) or names.get(bare.removesuffix("s"))
    return level.value if level else ""


def _kind(text: str) -> str:
    kind = find_kind(text)
    return kind.value if kind else ""


def _roles(text: str) -> str:
    try:
        return ROLE_SEPARATOR.join(read_roles(text))
    except BadFieldError:
        return ""


def _language(text: str) -> str:
    try:
        return read_language(text)
    except BadFieldError:
        return ""


def _day(text: str) -> str:
    try:
        day = read_day(text)
    except BadFieldError:
        return ""
    return day.isoformat() if day else ""


# How a column that holds more than a text is read, empty when it cannot be; and why it then could not.
_READERS: Mapping[Column, tuple[Callable[[str], str], Callable[[], str]]] = {
    Column.LEVEL: (_level, lambda: _("it is none of {known}").format(known=", ".join(Level))),
    Column.OTHER_ROLES: (_roles, lambda: _("a role has {most} characters at most").format(most=LONGEST_VALUE)),
    Column.DEPARTEMENT: (departement_code, lambda: _("no département has this code, such as 01, 2A or 971")),
    Column.LANGUAGE: (_language, lambda: _("it is no language, such as fr or en")),
    Column.MANDATE_END: (_day, lambda: _("it is no day, such as 22/03/2026 or 2026-03-22")),
    Column.KIND: (_kind, lambda: _("it is none of {known}").format(known=", ".join(OrganisationKind))),
    Column.SIREN: (siren_number, lambda: _("a SIREN has nine digits, the last of which checks the others")),
    Column.INSEE: (insee_code, lambda: _("no commune has this code, such as 01004 or 2A004")),
}

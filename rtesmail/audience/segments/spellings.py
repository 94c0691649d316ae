"""How the people here write a value: every spelling that means the same, so that SQLite compares whole texts only."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from gettext import gettext as _

from rtesmail.audience.segments.fields import ATTRIBUTES, Field
from rtesmail.audience.segments.syntax import Number, Value
from rtesmail.audience.storable import storable
from rtesmail.model.people import folded
from rtesmail.model.suggestions import one_of

ROLE_SEPARATOR = ";"

_NO_END = b""
"""To SQLite every text is smaller than bytes."""

# From one value to the next in an index: as many steps as there are values, however many people.
_LEAPS = """
WITH RECURSIVE leaps (value) AS (
  SELECT MIN({column}) FROM {table} WHERE {condition}
  UNION ALL
  SELECT (SELECT MIN({column}) FROM {table} WHERE {condition} AND {column} > leaps.value) FROM leaps
  WHERE leaps.value IS NOT NULL
) SELECT value FROM leaps WHERE value IS NOT NULL
"""


def is_same(field: Field, stored: str, wanted: str) -> bool:
    """Do two texts mean the same for this field? Where the wanted one has no letter or digit, only itself does."""
    key = field.key_of(wanted)
    return field.key_of(stored) == key if key else stored == wanted


def spellings(connection: sqlite3.Connection, field: Field, wanted: str) -> tuple[str, ...]:
    """Every text in the field's own column that means `wanted`."""
    if not wanted:
        return ("",)
    if field.key_of is folded and folded(wanted):
        return tuple(sorted(_walk(connection, field.column, folded(wanted))))
    found = _values(connection, "subscribers", field.column, f"{field.column} <> ''")
    if field.column == "other_roles":
        return tuple(v for v in found if any(is_same(field, role, wanted) for role in v.split(ROLE_SEPARATOR)))
    return tuple(value for value in found if is_same(field, value, wanted))


def _walk(connection: sqlite3.Connection, column: str, key: str) -> Iterator[str]:
    """Give every text of a column that `folded` makes the key, letter by letter through the column's index.

    What is folded of a text's beginning is the beginning of what is folded of the text: where the key goes on
    otherwise, nothing behind is looked at, however many thousand there are.
    """
    least = f"SELECT MIN({column}) FROM subscribers WHERE {column} <> '' AND {column} >= ? AND {column} < ?"
    beginnings: list[tuple[str, str | bytes]] = [("", _NO_END)]
    while beginnings:
        beginning, end = beginnings.pop()
        first: str | None = f"{beginning}\0"
        while first and (text := connection.execute(least, (first, end)).fetchone()[0]) is not None:
            start = str(text)[: len(beginning) + 1]
            first = _next_after(start)
            if key.startswith(folded(start)):
                if text == start and folded(start) == key:
                    yield start
                beginnings.append((start, first or end))


def _next_after(text: str) -> str | None:
    """Give what is greater than all that begins with a text, and no greater than need be; None when nothing is."""
    last = ord(text[-1]) + 1
    if last > sys.maxunicode:
        return None
    # The numbers of half characters are no text.
    return text[:-1] + chr(0xE000 if 0xD800 <= last <= 0xDFFF else last)


def attribute_name(field: str) -> str:
    """Give the name of an attribute as the database has it: capitals and doubled spaces do not count."""
    return storable(" ".join(field.removeprefix(f"{ATTRIBUTES}.").casefold().split()))


def attribute_values(connection: sqlite3.Connection, name: str, is_wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """Every value of an attribute that is wanted."""
    found = _values(connection, "subscriber_attributes", "value", "name = :name", name=name)
    return tuple(value for value in found if is_wanted(value))


def meets(stored: str, sign: str, wanted: Value) -> bool:
    """Does the value of an attribute, empty when there is none, stand so to the wanted one?

    Against a number, what reads as no number is unequal to it, and neither less nor more.
    """
    if not isinstance(wanted, Number):
        is_equal = folded(stored) == folded(str(wanted)) if folded(str(wanted)) else stored == str(wanted)
        return is_equal is (sign == "==")
    number, other = as_number(stored), float(wanted.text)
    if number is None:
        return sign == "!="
    return {
        "==": number == other,
        "!=": number != other,
        "<": number < other,
        "<=": number <= other,
        ">": number > other,
        ">=": number >= other,
    }[sign]


def as_number(text: str) -> float | None:
    """Read a number as people write it, `3 500` or `12,5`; None when it is none."""
    bare = "".join(text.split()).replace(",", ".", 1)
    digits = bare.removeprefix("-").replace(".", "", 1)
    return float(bare) if digits.isascii() and digits.isdecimal() else None


def note_unknown(connection: sqlite3.Connection, field: Field, wanted: str) -> str:
    """Say that nobody has this value, and which one was likely meant."""
    known = list(_values(connection, "subscribers", field.column, f"{field.column} <> ''"))
    if field.column == "other_roles":
        known += _values(connection, "subscribers", "role", "role <> ''")
    said = _("Nobody here has “{value}” as {field}.").format(value=wanted, field=field.named)
    return f"{said} {one_of(wanted, dict.fromkeys(known))}".strip()


def _values(connection: sqlite3.Connection, table: str, column: str, condition: str, **values: str) -> tuple[str, ...]:
    statement = _LEAPS.format(table=table, column=column, condition=condition)
    return tuple(str(row[0]) for row in connection.execute(statement, values))

"""People whom another table names: the members of a list, those who have some values of an attribute."""

import json
import sqlite3
from collections.abc import Callable
from gettext import gettext as _

from msgspec import Struct

from rtesmail.audience.segments.fields import FieldKind, find_field
from rtesmail.audience.segments.spellings import attribute_name, attribute_values, meets
from rtesmail.audience.segments.statements import Sql, among
from rtesmail.audience.segments.syntax import Comparison, Node, Not, OneOf, OnList, Value
from rtesmail.audience.storable import storable
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.suggestions import one_of

FEW = 20_000
"""People who are looked up faster all at once than person by person."""


class Source(Struct, frozen=True):
    """Rows of `table` for which `condition` holds: each leads to another person, by `subscriber_id`."""

    table: str
    condition: Sql

    @property
    def ids(self) -> Sql:
        """Everybody's number, as `id`."""
        return Sql(f"SELECT subscriber_id AS id FROM {self.table} WHERE {self.condition.text}", self.condition.values)

    @property
    def is_among(self) -> Sql:
        """Ask whether it has a person, all of whom are looked up before the first question."""
        return Sql(f"subscribers.id IN ({self.ids.text})", self.ids.values)

    @property
    def has(self) -> Sql:
        """Ask whether it has a person, who alone is looked up."""
        ids = self.ids
        return Sql(f"EXISTS ({ids.text} AND {self.table}.subscriber_id = subscribers.id)", ids.values)

    def is_long(self, connection: sqlite3.Connection) -> bool:
        """Does it have more than a few people?"""
        return self.size(connection, at_most=FEW) == FEW

    def size(self, connection: sqlite3.Connection, *, at_most: int = -1) -> int:
        """Count its people, whether they can be written to or not; no further than `at_most`."""
        ids = self.ids
        bounded = f"{ids.text} LIMIT ?" if at_most >= 0 else ids.text
        values = (*ids.values, at_most) if at_most >= 0 else ids.values
        return int(connection.execute(f"SELECT COUNT(*) FROM ({bounded})", values).fetchone()[0])

    def as_map(self, connection: sqlite3.Connection) -> bytes:
        """Give a byte for each number up to the last one's, 1 where it has the person of this number."""
        ids = self.ids
        # One text of all the numbers arrives sooner than a million rows.
        (text,) = connection.execute(f"SELECT json_group_array(id) FROM ({ids.text})", ids.values).fetchone()
        numbers = json.loads(text)
        there = bytearray(max(numbers, default=0) + 1)
        for number in numbers:
            there[number] = 1
        return bytes(there)


class Belonging(Struct, frozen=True):
    """Whether a source must have a person, or must not; no source has nobody."""

    source: Source | None
    holds: bool

    @property
    def denied(self) -> "Belonging":
        return Belonging(self.source, not self.holds)


def belonging(connection: sqlite3.Connection, node: Node) -> Belonging | None:
    """Give what a node asks of a list or of an attribute; None when it asks for something else.

    Raises:
        WorkspaceError: there is no list of the name that it asks for.
    """
    match node:
        case Not(condition):
            inner = belonging(connection, condition)
            return inner.denied if inner else None
        case OnList(list_name):
            return Belonging(Source("memberships", Sql("list_id = ?", (_list_number(connection, list_name),))), True)
        case Comparison(name, "==" | "!=" as sign, "") if is_attribute(name):
            return Belonging(Source("subscriber_attributes", _named(name)), sign == "!=")
        case Comparison(name, sign, value) if is_attribute(name):
            return _of_attribute(connection, name, _wanted(sign, (value,)))
        case OneOf(name, values) if is_attribute(name):
            return _of_attribute(connection, name, _wanted("==", values))
        case _:
            return None


def is_attribute(name: str) -> bool:
    """Does this name a free attribute?"""
    found = find_field(name)
    return found is not None and found.kind is FieldKind.ATTRIBUTE


def _wanted(sign: str, values: tuple[Value, ...]) -> Callable[[str], bool]:
    wanted = tuple(storable(value) if isinstance(value, str) else value for value in values)
    return lambda stored: any(meets(stored, sign, one) for one in wanted)


def _of_attribute(connection: sqlite3.Connection, name: str, is_wanted: Callable[[str], bool]) -> Belonging:
    """Ask for who has a wanted value; where who has none is wanted too, for who does not have an unwanted one."""
    holds = not is_wanted("")
    found = attribute_values(connection, attribute_name(name), lambda stored: is_wanted(stored) is holds)
    if not found:
        return Belonging(None, holds)
    named, having = _named(name), among("value", found)
    condition = Sql(f"{named.text} AND {having.text}", (*named.values, *having.values))
    return Belonging(Source("subscriber_attributes", condition), holds)


def _named(name: str) -> Sql:
    return Sql("name = ?", (attribute_name(name),))


def _list_number(connection: sqlite3.Connection, list_name: str) -> int:
    row = connection.execute("SELECT id FROM lists WHERE name = ?", (storable(list_name),)).fetchone()
    if row is None:
        names = [str(r[0]) for r in connection.execute("SELECT name FROM lists ORDER BY name")]
        raise WorkspaceError(
            _("There is no list “{name}”.").format(name=list_name),
            hint=one_of(list_name, names) or _("See them: rtesmail lists"),
        )
    return int(row[0])

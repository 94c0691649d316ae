"""An expression as SQL with parameters: nothing that a person wrote is part of the statement."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from gettext import gettext as _

from rtesmail.audience.segments.fields import FIELDS, Field, FieldKind, find_field
from rtesmail.audience.segments.spellings import (
    attribute_name,
    attribute_values,
    meets,
    note_unknown,
    spellings,
)
from rtesmail.audience.segments.syntax import (
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Node,
    Not,
    OneOf,
    OnList,
    Today,
    Value,
)
from rtesmail.audience.storable import storable
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.suggestions import one_of

_MOST_IN_A_LIST = 200
"""Values written one by one into a statement; more travel as one JSON text."""

_FEW = 20_000
"""Members of a list that are looked up faster all at once than person by person."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition on a row of `subscribers`, with a value for each `?` of it."""

    text: str
    values: tuple[str | int | bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of a table that lead to people, each to another: those whose `column` is `value`."""

    table: str
    column: str
    value: str | int

    @property
    def joined(self) -> str:
        """What to read people from. The order is ours: SQLite would begin with the subscribers."""
        return (
            f"{self.table} CROSS JOIN subscribers"
            f" ON subscribers.id = {self.table}.subscriber_id AND {self.table}.{self.column} = ?"
        )

    @property
    def counting(self) -> str:
        return f"SELECT COUNT(*) FROM {self.table} WHERE {self.column} = ?"


@dataclass
class Compiler:
    """Makes conditions of expressions, for a database as it is now.

    `today` is the day that `today` means. `for_some` makes the condition for finding a few people soon rather than
    for counting them all, `for_walking` for asking each of very many. `notes` tell afterwards which values nobody has.
    """

    connection: sqlite3.Connection
    today: date
    for_some: bool = False
    for_walking: bool = False
    notes: list[str] = field(default_factory=list)
    # A plus sign keeps SQLite from an index on what follows, which it would take for better than it is.
    _plus: str = ""

    def compile(self, node: Node) -> Sql:
        """Give the condition.

        Raises:
            WorkspaceError: there is no list of a name that the expression asks for.
        """
        match node:
            case AllOf(conditions):
                return self._all_of(conditions)
            case AnyOf(conditions):
                return _joined([self.compile(c) for c in conditions], "OR")
            case Not(condition):
                inner = self.compile(condition)
                return Sql(f"NOT ({inner.text})", inner.values)
            case OnList(list_name):
                return self._on_list(list_name)
            case Among(value, name):
                return self._has_role(FIELDS[name], value)
            case OneOf(name, values):
                return self._one_of(name, values)
            case Comparison(name, "!=", value):
                equal = self._equal(name, value)
                return Sql(f"NOT ({equal.text})", equal.values)
            case Comparison(name, "==", value):
                return self._equal(name, value)
            case Comparison(name, sign, value):
                return self._ordered(name, sign, value)

    def source_of(self, node: Node) -> Source | None:
        """Give what to read people from, each once, instead of asking each whether the node holds; None where that
        finds them no sooner.

        Raises:
            WorkspaceError: there is no list of a name that the expression asks for.
        """
        match node:
            case OnList(list_name):
                number = self._list_number(list_name)
                if self._is_long(number):
                    return Source("memberships", "list_id", number)
            case Comparison(name, "!=", "") if self.is_attribute(name):
                return Source("subscriber_attributes", "name", attribute_name(name))
        return None

    @staticmethod
    def is_attribute(name: str) -> bool:
        """Does this name a free attribute?"""
        return _field(name).kind is FieldKind.ATTRIBUTE

    def _all_of(self, conditions: tuple[Node, ...]) -> Sql:
        """Let SQLite begin with the people of a list or of an attribute, when one is asked for."""
        before = self._plus
        if any(self._is_narrow(condition) for condition in conditions):
            self._plus = "+"
        parts = [self.compile(condition) for condition in conditions]
        self._plus = before
        return _joined(parts, "AND")

    def _is_narrow(self, condition: Node) -> bool:
        match condition:
            case OnList(list_name):
                return not self._is_long(self._list_number(list_name))
            case Comparison(name, sign, value) if sign != "!=":
                return self.is_attribute(name) and value != ""
            case _:
                return False

    def _column(self, asked: Field) -> str:
        return f"{self._plus}subscribers.{asked.column}"

    def _equal(self, name: str, value: Value) -> Sql:
        asked = _field(name)
        if asked.kind is FieldKind.ATTRIBUTE:
            return self._attribute(name, "==", value)
        if asked.kind is FieldKind.DAY:
            return Sql(f"{self._column(asked)} = ?", (self._day(value),))
        if asked.is_of_organisation:
            return self._of_organisation(asked, _key(asked, str(value)))
        return self._one_of(name, (value,))

    def _one_of(self, name: str, values: tuple[Value, ...]) -> Sql:
        asked = _field(name)
        if asked.kind is not FieldKind.WORD or asked.is_of_organisation:
            return _joined([self._equal(name, value) for value in values], "OR")
        texts = [storable(str(value)) for value in values]
        wanted = [[_key(asked, text)] if asked.is_normal else self._spellings(asked, text) for text in texts]
        return self._among(asked, list(dict.fromkeys(word for words in wanted for word in words)))

    def _among(self, asked: Field, values: Sequence[str]) -> Sql:
        """Ask for the values of a column; where few people are wanted, in words that let its own index be used."""
        among = _in(self._column(asked), values)
        is_sparse = self.for_some or asked.name == "organisation"
        if not is_sparse or asked.is_normal or not values or "" in values:
            return among
        return Sql(f"({among.text} AND subscribers.{asked.column} <> '')", among.values)

    def _ordered(self, name: str, sign: str, value: Value) -> Sql:
        asked = _field(name)
        if asked.kind is FieldKind.ATTRIBUTE:
            return self._attribute(name, sign, value)
        column = self._column(asked)
        return Sql(f"({column} <> '' AND {column} {sign} ?)", (self._day(value),))

    def _of_organisation(self, asked: Field, key: str) -> Sql:
        if self.for_walking:
            return self._mapped(asked, key)
        # Who has no organisation has NULL there, and NOT NULL would be neither true nor false.
        column = f"{self._plus}subscribers.organisation_id"
        among = f"{column} IN (SELECT id FROM organisations WHERE {asked.column} = ?)"
        return Sql(f"({column} IS {'NOT NULL AND' if key else 'NULL OR'} {among})", (key,))

    def _mapped(self, asked: Field, key: str) -> Sql:
        """Ask by a byte for each organisation, and the first for none: sooner than looking up each person's."""
        rows = self.connection.execute(f"SELECT id FROM organisations WHERE {asked.column} = ?", (key,)).fetchall()
        wanted = {row[0] for row in rows} | (set() if key else {0})
        there = bytes(number in wanted for number in range(max(wanted, default=0) + 1))
        return Sql("substr(?, ifnull(subscribers.organisation_id, 0) + 1, 1) = x'01'", (there,))

    def _day(self, value: Value) -> str:
        if isinstance(value, Today):
            return self.today.isoformat()
        return value.isoformat() if isinstance(value, date) else ""

    def _spellings(self, asked: Field, text: str) -> tuple[str, ...]:
        found = spellings(self.connection, asked, text)
        if not found and text.strip():
            self.notes.append(note_unknown(self.connection, asked, text))
        return found

    def _has_role(self, asked: Field, value: str) -> Sql:
        text = storable(value)
        if not text.strip():
            return Sql("(subscribers.role = '' AND subscribers.other_roles = '')")
        first = spellings(self.connection, FIELDS["role"], text)
        others = spellings(self.connection, asked, text)
        if not first and not others:
            self.notes.append(note_unknown(self.connection, asked, text))
        parts = [self._among(FIELDS["role"], first)]
        if others:
            parts.append(self._among(asked, others))
        return _joined(parts, "OR")

    def _attribute(self, name: str, sign: str, value: Value) -> Sql:
        wanted = storable(value) if isinstance(value, str) else value
        key = attribute_name(name)
        found = attribute_values(self.connection, key, lambda stored: meets(stored, sign, wanted))
        among = _in("value", found)
        having = Sql(
            f"subscribers.id IN (SELECT subscriber_id FROM subscriber_attributes WHERE name = ? AND {among.text})",
            (key, *among.values),
        )
        if not meets("", sign, wanted):
            return having if found else _NOBODY
        without = Sql(_WITHOUT_SOON if self.for_some or self.for_walking else _WITHOUT, (key,))
        return _joined([having, without], "OR") if found else without

    def _on_list(self, list_name: str) -> Sql:
        number = self._list_number(list_name)
        if (self.for_some or self.for_walking) and self._is_long(number):
            return Sql(
                "EXISTS (SELECT 1 FROM memberships WHERE list_id = ? AND subscriber_id = subscribers.id)", (number,)
            )
        return Sql("subscribers.id IN (SELECT subscriber_id FROM memberships WHERE list_id = ?)", (number,))

    def _list_number(self, list_name: str) -> int:
        row = self.connection.execute("SELECT id FROM lists WHERE name = ?", (storable(list_name),)).fetchone()
        if row is None:
            names = [str(r[0]) for r in self.connection.execute("SELECT name FROM lists ORDER BY name")]
            raise WorkspaceError(
                _("There is no list “{name}”.").format(name=list_name),
                hint=one_of(list_name, names) or _("See them: rtesmail lists"),
            )
        return int(row[0])

    def _is_long(self, list_id: int) -> bool:
        counted = self.connection.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM memberships WHERE list_id = ? LIMIT ?)", (list_id, _FEW)
        )
        return int(counted.fetchone()[0]) == _FEW


_NOBODY = Sql("0")
_WITHOUT = "subscribers.id NOT IN (SELECT subscriber_id FROM subscriber_attributes WHERE name = ?)"
_WITHOUT_SOON = """NOT EXISTS (SELECT 1 FROM subscriber_attributes AS had
WHERE had.subscriber_id = subscribers.id AND had.name = ?)"""


def _field(name: str) -> Field:
    found = find_field(name)
    if found is None:
        raise ValueError(f"no field {name}")
    return found


def _key(asked: Field, text: str) -> str:
    return storable(asked.key_of(text)) if text.strip() else ""


def _in(column: str, values: Sequence[str]) -> Sql:
    if not values:
        return _NOBODY
    if len(values) > _MOST_IN_A_LIST:
        return Sql(f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(list(values)),))
    test = "= ?" if len(values) == 1 else f"IN ({', '.join('?' * len(values))})"
    return Sql(f"{column} {test}", tuple(values))


def _joined(parts: Sequence[Sql], word: str) -> Sql:
    """Join conditions as a tree that is as flat as can be: SQLite refuses what is deeper than 1,000."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    one, other = _joined(parts[:half], word), _joined(parts[half:], word)
    return Sql(f"({one.text} {word} {other.text})", one.values + other.values)

"""An expression as SQL with parameters: nothing that a person wrote is part of the statement."""

import sqlite3
from collections.abc import Sequence
from datetime import date
from enum import Enum, auto

from msgspec import Struct, field

from rtesmail.audience.segments.fields import FIELDS, Field, FieldKind, find_field
from rtesmail.audience.segments.sources import FEW, Belonging, Source, belonging
from rtesmail.audience.segments.spellings import note_unknown, spellings
from rtesmail.audience.segments.statements import EVERYBODY, NOBODY, Sql, among, joined
from rtesmail.audience.segments.syntax import AllOf, Among, AnyOf, Comparison, Node, Not, OneOf, Today, Value
from rtesmail.audience.storable import storable


class Way(Enum):
    """What a condition is made for: which way it is soonest known who is on a list, or has an attribute."""

    AT_ONCE = auto()
    """Any statement."""
    SOON = auto()
    """Finding a few people."""
    ONE_BY_ONE = auto()
    """Asking very many, in the order of their numbers."""
    MAPPED = auto()
    """Asking everybody, in any order."""


class Compiler(Struct):
    """Makes conditions of expressions, for a database as it is now, within one transaction.

    `today` is the day that `today` means. `notes` tell afterwards which values nobody has.
    """

    connection: sqlite3.Connection
    today: date
    way: Way = Way.AT_ONCE
    notes: list[str] = field(default_factory=list)
    # A plus sign keeps SQLite from an index on what follows, which it would take for better than it is.
    _plus: str = ""
    _belongings: dict[Node, Belonging | None] = field(default_factory=dict)
    _maps: dict[Source | tuple[Field, str], bytes] = field(default_factory=dict)

    def compile(self, node: Node) -> Sql:
        """Give the condition.

        Raises:
            WorkspaceError: there is no list of a name that the expression asks for.
        """
        asked = self.belonging(node)
        if asked is not None:
            return self.ask(asked)
        match node:
            case AllOf(conditions):
                return self._all_of(conditions)
            case AnyOf(conditions):
                return joined([self.compile(c) for c in conditions], "OR")
            case Not(condition):
                return self.compile(condition).denied
            case Among(value, name):
                return self._has_role(FIELDS[name], value)
            case OneOf(name, values):
                return self._one_of(name, values)
            case Comparison(name, "!=", value):
                return self._unequal(name, value)
            case Comparison(name, "==", value):
                return self._equal(name, value)
            case Comparison(name, sign, value):
                return self._ordered(name, sign, value)
            case _:
                raise TypeError(node)

    def belonging(self, node: Node) -> Belonging | None:
        """Give what a node asks of a list or of an attribute; None when it asks for something else.

        Raises:
            WorkspaceError: there is no list of the name that it asks for.
        """
        if node not in self._belongings:
            self._belongings[node] = belonging(self.connection, node)
        return self._belongings[node]

    def ask(self, asked: Belonging) -> Sql:
        """Give the condition that a source has a person, or has not."""
        source = asked.source
        if source is None:
            return NOBODY if asked.holds else EVERYBODY
        if self.way is Way.MAPPED:
            has = self._is_on_map(source)
        elif self.way is Way.ONE_BY_ONE or (self.way is Way.SOON and source.is_long(self.connection)):
            has = source.has
        else:
            has = source.is_among
        return has if asked.holds else has.denied

    def _is_on_map(self, source: Source) -> Sql:
        if source not in self._maps:
            self._maps[source] = source.as_map(self.connection)
        return _marked("subscribers.id", self._maps[source])

    def _all_of(self, conditions: tuple[Node, ...]) -> Sql:
        """Let SQLite begin with the people of a list or of an attribute, when one is asked for."""
        before = self._plus
        if any(self._is_narrow(condition) for condition in conditions):
            self._plus = "+"
        parts = [self.compile(condition) for condition in conditions]
        self._plus = before
        return joined(parts, "AND")

    def _is_narrow(self, condition: Node) -> bool:
        asked = self.belonging(condition)
        return asked is not None and asked.holds and not (asked.source and asked.source.is_long(self.connection))

    def _column(self, asked: Field) -> str:
        return f"{self._plus}subscribers.{asked.column}"

    def _equal(self, name: str, value: Value) -> Sql:
        asked = _field(name)
        if asked.kind is FieldKind.DAY:
            return self._among(asked, (self._day(value),))
        if asked.is_of_organisation:
            return self._of_organisation(asked, _key(asked, str(value)))
        return self._one_of(name, (value,))

    def _unequal(self, name: str, value: Value) -> Sql:
        asked = _field(name)
        if asked.is_of_organisation and value == "" and self.way is Way.SOON:
            column = f"{self._plus}subscribers.organisation_id"
            theirs = f"SELECT id FROM organisations WHERE {asked.column} <> ''"
            return Sql(f"({column} IS NOT NULL AND {column} IN ({theirs}))")
        return self._equal(name, value).denied

    def _one_of(self, name: str, values: tuple[Value, ...]) -> Sql:
        asked = _field(name)
        if asked.kind is not FieldKind.WORD or asked.is_of_organisation:
            return joined([self._equal(name, value) for value in values], "OR")
        texts = [storable(str(value)) for value in values]
        wanted = [[_key(asked, text)] if asked.is_normal else self._spellings(asked, text) for text in texts]
        return self._among(asked, list(dict.fromkeys(word for words in wanted for word in words)))

    def _among(self, asked: Field, values: Sequence[str]) -> Sql:
        if self.way is Way.SOON and tuple(values) == ("",):
            # Without a parameter, so that SQLite can use an index of who has none.
            return Sql(f"{self._column(asked)} = ''")
        test = among(self._column(asked), values)
        return (
            test if "" in values or not self._leads_to_few(asked, among(asked.column, values)) else _sparse(asked, test)
        )

    def _ordered(self, name: str, sign: str, value: Value) -> Sql:
        asked, day = _field(name), (self._day(value),)
        if self._leads_to_few(asked, Sql(f"{asked.column} {sign} ?", day)):
            return _sparse(asked, Sql(f"{self._column(asked)} {sign} ?", day))
        column = f"+subscribers.{asked.column}"
        return Sql(f"({column} <> '' AND {column} {sign} ?)", day)

    def _leads_to_few(self, asked: Field, test: Sql) -> bool:
        """Are people sooner found by the field's own index than by looking through the one of many fields?"""
        if self.way is not Way.SOON or not asked.has_index:
            return asked.name == "organisation"
        found = f"SELECT 1 FROM subscribers WHERE {test.text} AND {asked.column} <> '' LIMIT {FEW}"
        (number,) = self.connection.execute(f"SELECT COUNT(*) FROM ({found})", test.values).fetchone()
        return int(number) < FEW

    def _of_organisation(self, asked: Field, key: str) -> Sql:
        if self.way in (Way.ONE_BY_ONE, Way.MAPPED):
            return self._mapped(asked, key)
        # Who has no organisation has NULL there, and NOT NULL would be neither true nor false.
        column = f"{self._plus}subscribers.organisation_id"
        is_theirs = f"{column} IN (SELECT id FROM organisations WHERE {asked.column} = ?)"
        return Sql(f"({column} IS {'NOT NULL AND' if key else 'NULL OR'} {is_theirs})", (key,))

    def _mapped(self, asked: Field, key: str) -> Sql:
        """Ask by a byte for each organisation, and the first for none: sooner than looking up each person's."""
        there = self._maps.get((asked, key))
        if there is None:
            rows = self.connection.execute(f"SELECT id FROM organisations WHERE {asked.column} = ?", (key,)).fetchall()
            wanted = {row[0] for row in rows} | (set() if key else {0})
            there = bytes(number in wanted for number in range(max(wanted, default=0) + 1))
            self._maps[asked, key] = there
        return _marked("ifnull(subscribers.organisation_id, 0)", there)

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
        return joined(parts, "OR")


def _sparse(asked: Field, test: Sql) -> Sql:
    """Say it in words that let SQLite use the field's own index, which has no empty values."""
    return Sql(f"({test.text} AND subscribers.{asked.column} <> '')", test.values)


def _field(name: str) -> Field:
    found = find_field(name)
    if found is None:
        raise ValueError(f"no field {name}")
    return found


def _key(asked: Field, text: str) -> str:
    return storable(asked.key_of(text)) if text.strip() else ""


def _marked(number: str, there: bytes) -> Sql:
    """Ask by a byte for each number, 1 where it is wanted: sooner than looking anything up."""
    return Sql(f"substr(?, {number} + 1, 1) = x'01'", (there,))

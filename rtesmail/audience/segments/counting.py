"""Counting a segment so that no condition makes SQLite look somebody up whom another way finds at once.

A million people are too many to ask each what another table knows: whether a list has them, or a value of an attribute.
Where few meet what is asked of their own row, only they are asked; else the shortest list that is wanted is walked
through, in its order; else everybody is asked, by a map of each list. Of lists alone no person's row is read: who
cannot be written to is counted apart. Who is *not* on a list, or has no such attribute, are the others less those who
are; who meets one of several conditions, everybody less those who meet none.
"""

import json
from collections.abc import Sequence
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.audience.segments.queries import Compiler, Way
from rtesmail.audience.segments.shapes import (
    WHOLE_ROWS,
    Every,
    asks_elsewhere,
    denied,
    rows_of,
    sort_every,
    together,
    without_not,
)
from rtesmail.audience.segments.sources import Belonging, Source
from rtesmail.audience.segments.statements import EVERYBODY, Sql, joined
from rtesmail.audience.segments.syntax import AllOf, AnyOf, Node

_EVERYBODY = Sql("SELECT id FROM subscribers")

# SQLite would choose an index of everybody.
_CLOSED = Sql("SELECT id FROM subscribers INDEXED BY subscribers_closed WHERE status <> 'active'")

# Who says no also has a status, so that of the people with a suppression few are active or none.
_HELD_BACK = """SELECT subscribers.id FROM suppressions
CROSS JOIN subscribers ON subscribers.email_key = suppressions.email_key AND subscribers.status = 'active'
WHERE NOT EXISTS (SELECT 1 FROM subscribers AS closed INDEXED BY subscribers_closed
  WHERE closed.status <> 'active' AND closed.email_key = suppressions.email_key)"""
_OF_THESE = (
    "SELECT COUNT(*) FROM subscribers WHERE subscribers.id IN (SELECT value FROM json_each(?)) AND ({condition})"
)

_SAMPLE = 1000
"""People asked to tell how many of all meet a condition."""

_FEW = 0.15
"""The part of everybody that is found by an index, each person then asked for the rest."""

_SOME = 0.45
"""The part of everybody that is asked one by one sooner than a map of a list is made."""


def count_people(compiler: Compiler, node: Node) -> int:
    """Count who can be written to, in the transaction of the compiler's connection.

    Raises:
        WorkspaceError: there is no list of a name that the expression asks for.
    """
    active = _Counting(compiler).of(without_not(node))
    held_back = [row[0] for row in compiler.connection.execute(_HELD_BACK)]
    if not held_back:
        return active
    condition = replace(compiler, way=Way.ONE_BY_ONE).compile(node)
    values = (json.dumps(held_back), *condition.values)
    return active - _ask(compiler, _OF_THESE.format(condition=condition.text), values)


class _Counting(Struct, frozen=True):
    """Counts active people, whether their address is suppressed or not."""

    compiler: Compiler

    def of(self, node: Node) -> int:
        """Count for whom the node holds, whose `not` stands before single questions only."""
        if not asks_elsewhere(self.compiler, node):
            return self._asked(Way.AT_ONCE, node, rows_of(node))
        if not isinstance(node, AnyOf):
            return self._every(sort_every(self.compiler, node))
        for place, one in enumerate(node.conditions):
            rest = AnyOf(node.conditions[:place] + node.conditions[place + 1 :])
            other = rest.conditions[0] if len(rest.conditions) == 1 else rest
            if self._is_wanted(one) and (self._is_wanted(other) or self._is_short(one)):
                return self.of(one) + self.of(other) - self.of(AllOf((one, other)))
        return self._everybody() - self.of(denied(node))

    def _is_wanted(self, node: Node) -> bool:
        asked = self.compiler.belonging(node)
        return asked is not None and asked.holds

    def _is_short(self, node: Node) -> bool:
        asked = self.compiler.belonging(node)
        return asked is not None and not (asked.source and asked.source.is_long(self.compiler.connection))

    def _every(self, every: Every) -> int:
        if not every.rest:
            return self._belonging(every.belongings)
        met = self._part_that_meets(together(every.rest))
        if met < _FEW:
            return self._asked(Way.SOON, every.node, rows_of(every.node))
        walked = self._shortest([asked for asked in every.belongings if asked.holds])
        if walked:
            return self._asked(Way.ONE_BY_ONE, every.without(walked), _walking(walked), *walked.ids.values)
        if met < _SOME and not any(asks_elsewhere(self.compiler, node) for node in every.rest):
            return self._asked(Way.ONE_BY_ONE, every.node, WHOLE_ROWS)
        return self._asked(Way.MAPPED, every.node, rows_of(every.node))

    def _belonging(self, every: Sequence[Belonging]) -> int:
        """Count who is in all the sources that are wanted, and in none that is not."""
        wanted = [asked for asked in every if asked.holds]
        unwanted = [asked.denied for asked in every if not asked.holds]
        if len(unwanted) == 1:
            return self._belonging(wanted) - self._belonging([*wanted, *unwanted])
        if len(unwanted) == 2 and not wanted:
            return self._everybody() - sum(self._belonging([one]) for one in unwanted) + self._belonging(unwanted)
        if any(asked.source is None for asked in wanted):
            return 0
        first = self._shortest(wanted)
        if first is None:
            return self._among(_EVERYBODY, self._all(Way.MAPPED, every))
        others = self._all(Way.ONE_BY_ONE, [asked for asked in every if asked != Belonging(first, holds=True)])
        if first.is_long(self.compiler.connection):
            return self._among(first.ids, others, first.has)
        # Fewer than those who cannot be written to: each one's own row says it sooner.
        return self._active(others, _walking(first), *first.ids.values)

    def _everybody(self) -> int:
        return self._among(_EVERYBODY, EVERYBODY)

    def _among(self, numbers: Sql, condition: Sql, are_these: Sql = EVERYBODY) -> int:
        """Count of these people who meet the condition and can be written to, without reading a row."""
        closed = Sql(f"{are_these.text} AND {condition.text}", (*are_these.values, *condition.values))
        return self._of_numbers(numbers, condition) - self._of_numbers(_CLOSED, closed)

    def _of_numbers(self, numbers: Sql, condition: Sql) -> int:
        statement = f"SELECT COUNT(*) FROM ({numbers.text}) AS subscribers WHERE {condition.text}"
        return _ask(self.compiler, statement, (*numbers.values, *condition.values))

    def _all(self, way: Way, every: Sequence[Belonging]) -> Sql:
        compiler = replace(self.compiler, way=way)
        return joined([compiler.ask(asked) for asked in every], "AND") if every else EVERYBODY

    def _shortest(self, wanted: Sequence[Belonging]) -> Source | None:
        """Give what there is least of to walk through; None where nothing is wanted."""
        sources = [asked.source for asked in wanted if asked.source]
        if len(sources) < 2:
            return sources[0] if sources else None
        return min(sources, key=lambda source: source.size(self.compiler.connection))

    def _part_that_meets(self, node: Node) -> float:
        """Estimate, by asking some, the part of all people who meet a condition."""
        (last,) = self.compiler.connection.execute("SELECT ifnull(max(id), 0) FROM subscribers").fetchone()
        # At random, the same ones each time: what stands in the data at equal steps would deceive equal steps.
        some = json.dumps(Random(0).sample(range(1, last + 1), min(last, _SAMPLE)))
        condition = replace(self.compiler, way=Way.ONE_BY_ONE).compile(node)
        met = _ask(self.compiler, _OF_THESE.format(condition=condition.text), (some, *condition.values))
        # Numbers of people who were erased lead to nobody.
        there = _ask(self.compiler, _OF_THESE.format(condition="1"), (some,))
        return met / there if there else 0

    def _asked(self, way: Way, node: Node, source: str, *before: str | int | bytes) -> int:
        """Count the active people of a source for whom the node holds."""
        return self._active(replace(self.compiler, way=way).compile(node), source, *before)

    def _active(self, condition: Sql, source: str, *before: str | int | bytes) -> int:
        statement = f"SELECT COUNT(*) FROM {source} WHERE subscribers.status = 'active' AND {condition.text}"
        return _ask(self.compiler, statement, (*before, *condition.values))


def _walking(source: Source) -> str:
    return f"({source.ids.text}) AS walked CROSS JOIN subscribers ON subscribers.id = walked.id"


def _ask(compiler: Compiler, statement: str, values: Sequence[str | int | bytes]) -> int:
    return int(compiler.connection.execute(statement, tuple(values)).fetchone()[0])

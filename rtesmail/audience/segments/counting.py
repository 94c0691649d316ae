"""Counting a segment so that no condition makes SQLite look somebody up whom another way finds at once.

A million people are too many to ask one by one whether a long list has them: its members are walked through instead,
in their order, unless few people meet the other conditions. Where nothing is walked, who is *not* on it, or has no such
attribute, are the others less those who are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from rtesmail.audience.segments.queries import Compiler, Source, Sql
from rtesmail.audience.segments.syntax import AllOf, Comparison, Node, Not, OnList

_ACTIVE = "SELECT COUNT(*) FROM {source} WHERE subscribers.status = 'active' AND {condition}"

# Who says no also has a status, so that of the people with a suppression few are active or none.
_HELD_BACK = """SELECT subscribers.id FROM suppressions
CROSS JOIN subscribers ON subscribers.email_key = suppressions.email_key WHERE subscribers.status = 'active'"""
_OF_THESE = (
    "SELECT COUNT(*) FROM subscribers WHERE subscribers.id IN (SELECT value FROM json_each(?)) AND ({condition})"
)

_SAMPLE = 1000
"""People asked to tell how many of all meet a condition."""

_FEW = 0.15
"""The part of them that is few."""


def count_people(compiler: Compiler, node: Node, condition: Sql) -> int:
    """Count who can be written to, in the transaction of the compiler's connection; `condition` is the node's own."""
    active = _Counting(compiler, node, condition).active()
    held_back = [row[0] for row in compiler.connection.execute(_HELD_BACK)]
    if not held_back:
        return active
    values = (json.dumps(held_back), *condition.values)
    return active - _ask(compiler, _OF_THESE.format(condition=condition.text), values)


@dataclass(frozen=True, slots=True)
class _Counting:
    compiler: Compiler
    node: Node
    condition: Sql

    def active(self) -> int:
        """Count the active people for whom the node holds."""
        terms = tuple(map(_plain, self.node.conditions if isinstance(self.node, AllOf) else (self.node,)))
        for place, term in enumerate(terms):
            if (contrary := _contrary(term)) is not None:
                rest = (*terms[:place], *terms[place + 1 :])
                if self._shortest(rest) is None:
                    return self._among(rest) - self._among((contrary, *rest))
        return self._among(terms)

    def _among(self, terms: tuple[Node, ...]) -> int:
        """Count the active people for whom all the terms hold."""
        walked = self._shortest(terms)
        if walked is None:
            return self._found("subscribers", self._condition(terms))
        place, source = walked
        others = (*terms[:place], *terms[place + 1 :])
        if not others:
            return self._found(source.joined, Sql("1"), source.value)
        rest = replace(self.compiler, for_walking=True).compile(AllOf(others))
        if self._are_few(rest):
            return self._found("subscribers", replace(self.compiler, for_some=True).compile(AllOf(terms)))
        return self._found(source.joined, rest, source.value)

    def _shortest(self, terms: tuple[Node, ...]) -> tuple[int, Source] | None:
        """Give what there is least of to walk through, and the place of its term; None where nothing is walked."""
        found = [(n, source) for n, term in enumerate(terms) if (source := self.compiler.source_of(term)) is not None]
        if len(found) > 1:
            return min(found, key=lambda one: _ask(self.compiler, one[1].counting, (one[1].value,)))
        return found[0] if found else None

    def _are_few(self, condition: Sql) -> bool:
        """Tell, by asking some, whether so few people meet a condition that they are looked up one by one."""
        (last,) = self.compiler.connection.execute("SELECT ifnull(max(id), 0) FROM subscribers").fetchone()
        # At random, the same ones each time: what stands in the data at equal steps would deceive equal steps.
        some = json.dumps(Random(0).sample(range(1, last + 1), min(last, _SAMPLE)))
        met = _ask(self.compiler, _OF_THESE.format(condition=condition.text), (some, *condition.values))
        # Numbers of people who were erased lead to nobody.
        return met < _FEW * _ask(self.compiler, _OF_THESE.format(condition="1"), (some,))

    def _found(self, source: str, condition: Sql, *before: str | int | bytes) -> int:
        statement = _ACTIVE.format(source=source, condition=condition.text)
        return _ask(self.compiler, statement, (*before, *condition.values))

    def _condition(self, terms: tuple[Node, ...]) -> Sql:
        if not terms:
            return Sql("1")
        node = terms[0] if len(terms) == 1 else AllOf(terms)
        # Looking for every spelling of a value takes its time.
        return self.condition if node == self.node else self.compiler.compile(node)


def _plain(term: Node) -> Node:
    """Say without `not` what can be said without it."""
    match term:
        case Not(Comparison(name, "==", value)):
            return Comparison(name, "!=", value)
        case Not(Comparison(name, "!=", value)):
            return Comparison(name, "==", value)
        case _:
            return term


def _contrary(term: Node) -> Node | None:
    """Give what a term denies, where that is counted sooner than the term itself."""
    match term:
        case Not(OnList() as on_list):
            return on_list
        case Comparison(name, "==", "") if Compiler.is_attribute(name):
            return Comparison(name, "!=", "")
        case Comparison(name, "!=", value) if Compiler.is_attribute(name) and value != "":
            return Comparison(name, "==", value)
        case Not(Comparison(name) as comparison) if Compiler.is_attribute(name):
            return comparison
        case _:
            return None


def _ask(compiler: Compiler, statement: str, values: Sequence[str | int | bytes]) -> int:
    return int(compiler.connection.execute(statement, tuple(values)).fetchone()[0])

"""Counting a segment so that no condition makes SQLite look somebody up whom another way finds at once.

A million people are too many to ask one by one whether a long list has them: its members are walked through instead,
in their order. Who is *not* on it, or has no such attribute, are the others less those who are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rtesmail.audience.segments.queries import Compiler, Sql
from rtesmail.audience.segments.syntax import AllOf, Comparison, Node, Not, OnList

_ACTIVE = "SELECT COUNT(*) FROM {source} WHERE subscribers.status = 'active' AND {condition}"

# Who says no also has a status, so that of the people with a suppression few are active or none.
_HELD_BACK = """SELECT subscribers.id FROM suppressions
CROSS JOIN subscribers ON subscribers.email_key = suppressions.email_key WHERE subscribers.status = 'active'"""
_OF_THESE = (
    "SELECT COUNT(*) FROM subscribers WHERE subscribers.id IN (SELECT value FROM json_each(?)) AND ({condition})"
)


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
        terms = self.node.conditions if isinstance(self.node, AllOf) else (self.node,)
        for place, term in enumerate(terms):
            if (contrary := _contrary(term)) is not None:
                rest = (*terms[:place], *terms[place + 1 :])
                return self._among(rest) - self._among((contrary, *rest))
        return self._among(terms)

    def _among(self, terms: tuple[Node, ...]) -> int:
        for place, term in enumerate(terms):
            if (source := self.compiler.source_of(term)) is not None:
                rest = self._condition((*terms[:place], *terms[place + 1 :]))
                statement = _ACTIVE.format(source=source.text, condition=rest.text)
                return _ask(self.compiler, statement, source.values + rest.values)
        condition = self._condition(terms)
        return _ask(self.compiler, _ACTIVE.format(source="subscribers", condition=condition.text), condition.values)

    def _condition(self, terms: tuple[Node, ...]) -> Sql:
        if not terms:
            return Sql("1")
        node = terms[0] if len(terms) == 1 else AllOf(terms)
        # Looking for every spelling of a value takes its time.
        return self.condition if node == self.node else self.compiler.compile(node)


def _contrary(term: Node) -> Node | None:
    """Give what a term denies, where that is counted sooner than the term itself."""
    match term:
        case Not(OnList() as on_list):
            return on_list
        case Comparison(name, "==", "") if Compiler.is_attribute(name):
            return Comparison(name, "!=", "")
        case _:
            return None


def _ask(compiler: Compiler, statement: str, values: Sequence[str | int]) -> int:
    return int(compiler.connection.execute(statement, tuple(values)).fetchone()[0])

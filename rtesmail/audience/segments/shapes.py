"""An expression sorted by where its answers are: in people's own rows, or in other tables."""

from collections.abc import Sequence

from msgspec import Struct

from rtesmail.audience.segments.queries import Compiler
from rtesmail.audience.segments.sources import Belonging, Source
from rtesmail.audience.segments.syntax import AllOf, Among, AnyOf, Comparison, Node, Not, OneOf, OnList

WHOLE_ROWS = "subscribers NOT INDEXED"
"""Reading people row by row, in the order of their numbers, where SQLite would take an index that leads to them."""


class Every(Struct, frozen=True):
    """What must hold all at once: what is asked of lists and attributes, with the nodes that ask it, and the rest."""

    asked: tuple[tuple[Node, Belonging], ...]
    rest: tuple[Node, ...]

    @property
    def belongings(self) -> tuple[Belonging, ...]:
        return tuple(belonging for _node, belonging in self.asked)

    @property
    def node(self) -> Node:
        """All of it, what is answered soonest first."""
        return together((*self.rest, *(node for node, _belonging in self.asked)))

    def without(self, source: Source) -> Node:
        """All of it among the people of a source that is wanted; there must be a rest."""
        others = (node for node, belonging in self.asked if belonging != Belonging(source, holds=True))
        return together((*self.rest, *others))


def sort_every(compiler: Compiler, node: Node) -> Every:
    """Sort what must hold all at once, also within one another.

    Raises:
        WorkspaceError: there is no list of a name that it asks for.
    """
    parts = dict.fromkeys(_parts(node))
    asked = {part: belonging for part in parts if (belonging := compiler.belonging(part)) is not None}
    return Every(tuple(asked.items()), tuple(part for part in parts if part not in asked))


def together(nodes: Sequence[Node]) -> Node:
    """Give what holds where each of the nodes does, one at least."""
    return nodes[0] if len(nodes) == 1 else AllOf(tuple(nodes))


def asks_elsewhere(compiler: Compiler, node: Node) -> bool:
    """Does it ask for a list or for an attribute anywhere?

    Raises:
        WorkspaceError: there is no list of a name that it asks for.
    """
    if isinstance(node, AllOf | AnyOf):
        return any(asks_elsewhere(compiler, condition) for condition in node.conditions)
    return compiler.belonging(node) is not None


def rows_of(node: Node, *, for_some: bool = False) -> str:
    """Give how to read the people who are asked, when nothing else is said about it; all of them, or `for_some`."""
    wanted = any(
        isinstance(part, Comparison | OneOf) and _is_wanted_by_name(part, or_none=for_some) for part in _parts(node)
    )
    return WHOLE_ROWS if _names_an_organisation(node) and not wanted else "subscribers"


def without_not(node: Node) -> Node:
    """Give the same with `not` before single questions only, and not where another sign says it."""
    return _spread(node, holds=True)


def denied(node: Node) -> Node:
    """Give the contrary, in the same form as `without_not`."""
    return _spread(node, holds=False)


def _spread(node: Node, *, holds: bool) -> Node:
    match node:
        case Not(condition):
            return _spread(condition, holds=not holds)
        case AllOf(conditions) | AnyOf(conditions):
            parts = tuple(_spread(condition, holds=holds) for condition in conditions)
            return AllOf(parts) if isinstance(node, AllOf) is holds else AnyOf(parts)
        case Comparison(name, "==" | "!=" as sign, value) if not holds:
            return Comparison(name, "!=" if sign == "==" else "==", value)
        case _:
            return node if holds else Not(node)


def _parts(node: Node) -> list[Node]:
    return [part for one in node.conditions for part in _parts(one)] if isinstance(node, AllOf) else [node]


def _is_wanted_by_name(node: Comparison | OneOf, *, or_none: bool) -> bool:
    """Are people wanted who are found by the name of their organisation, or by their having none?"""
    if node.field != "organisation":
        return False
    return "" not in node.values if isinstance(node, OneOf) else node.sign == "==" and (node.value != "" or or_none)


def _names_an_organisation(node: Node) -> bool:
    """Does it ask for the one text that no index of many fields holds?"""
    match node:
        case AllOf(conditions) | AnyOf(conditions):
            return any(map(_names_an_organisation, conditions))
        case Not(condition):
            return _names_an_organisation(condition)
        case Comparison(name) | OneOf(name):
            return name == "organisation"
        case Among() | OnList():
            return False

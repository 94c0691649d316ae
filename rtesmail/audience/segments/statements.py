"""Parts of statements: texts of our own, with a value for each question mark."""

import json
from collections.abc import Sequence

from msgspec import Struct

_MOST_IN_A_LIST = 200
"""Values written one by one into a statement; more travel as one JSON text."""


class Sql(Struct, frozen=True):
    """A part of a statement, with a value for each `?` of it; most are conditions on a row of `subscribers`."""

    text: str
    values: tuple[str | int | bytes, ...] = ()

    @property
    def denied(self) -> "Sql":
        """The contrary of a condition."""
        return Sql(f"NOT ({self.text})", self.values)


NOBODY, EVERYBODY = Sql("0"), Sql("1")


def among(column: str, values: Sequence[str]) -> Sql:
    """Ask whether a column has one of the values."""
    if not values:
        return NOBODY
    if len(values) > _MOST_IN_A_LIST:
        return Sql(f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(list(values)),))
    test = "= ?" if len(values) == 1 else f"IN ({', '.join('?' * len(values))})"
    return Sql(f"{column} {test}", tuple(values))


def joined(parts: Sequence[Sql], word: str) -> Sql:
    """Join conditions, one at least, as a tree that is as flat as can be: SQLite refuses what is deeper than 1,000."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    one, other = joined(parts[:half], word), joined(parts[half:], word)
    return Sql(f"({one.text} {word} {other.text})", one.values + other.values)

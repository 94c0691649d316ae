"""How many people a segment has now, and who some of them are."""

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.segments.counting import count_people
from rtesmail.audience.segments.queries import Compiler, Way
from rtesmail.audience.segments.shapes import rows_of
from rtesmail.audience.segments.statements import Sql
from rtesmail.audience.segments.syntax import Node
from rtesmail.audience.subscribers import as_subscriber
from rtesmail.model.people import Subscriber
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    from sqlite_utils import Database

_WRITABLE = """FROM {source} WHERE subscribers.status = 'active' AND {condition}
AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = subscribers.email_key)"""

_SOME = f"SELECT subscribers.* {_WRITABLE} LIMIT ?"

_KINDS = f"SELECT level, region, role, COUNT(*) AS people {_WRITABLE} GROUP BY level, region, role"


class Answer(Struct, frozen=True):
    """How many can be written to, the condition that was asked, and which values nobody has."""

    people: int
    condition: Sql
    notes: tuple[str, ...]


def count(store: "Database", node: Node, *, today: date) -> Answer:
    """Count the people of a segment who can be written to; `today` is the local day.

    Raises:
        WorkspaceError: the segment asks for a list that there is not.
    """
    with reading(store) as connection:
        compiler = Compiler(connection, today)
        condition = compiler.compile(node)
        people = count_people(compiler, node)
    return Answer(people, condition, tuple(dict.fromkeys(compiler.notes)))


def first_page(store: "Database", node: Node, *, today: date, limit: int) -> tuple[Subscriber, ...]:
    """At most `limit` people of a segment who can be written to: those who are found first, in no promised order.

    Raises:
        WorkspaceError: the segment asks for a list that there is not.
    """
    with reading(store) as connection:
        condition = Compiler(connection, today, Way.SOON).compile(node)
        statement = _SOME.format(source=rows_of(node, for_some=True), condition=condition.text)
        rows = connection.execute(statement, (*condition.values, limit)).fetchall()
    return tuple(as_subscriber(row) for row in rows)


def count_kinds(store: "Database", node: Node, *, today: date) -> tuple[tuple[tuple[str, str, str], int], ...]:
    """Count the people of a segment who can be written to, by level, region and role.

    Raises:
        WorkspaceError: the segment asks for a list that there is not.
    """
    with reading(store) as connection:
        condition = Compiler(connection, today).compile(node)
        statement = _KINDS.format(source=rows_of(node), condition=condition.text)
        rows = connection.execute(statement, condition.values).fetchall()
    return tuple(((row["level"], row["region"], row["role"]), int(row["people"])) for row in rows)

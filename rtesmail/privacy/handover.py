"""Everything that is held on one person, as it is handed to them (GDPR articles 15 and 20)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.privacy.persons import Person, find_person
from rtesmail.privacy.tables import Fate, PersonalTable, personal_tables
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

Value = str | int | float | None


class Holding(Struct, frozen=True):
    """What one table holds on a person: why, and each row by the names of its columns; empty values are left out.

    `readable` are the columns for a person's eyes, in order.
    """

    table: str
    title: str
    why: str
    rows: tuple[Mapping[str, Value], ...]
    readable: tuple[str, ...] = ()


class Handover(Struct, frozen=True):
    """All holdings on a person, of one moment; those with nothing in them are left out."""

    address: str
    made_at: datetime
    holdings: tuple[Holding, ...]


def hand_over(store: "Database", text: str, *, now: datetime) -> Handover:
    """Give everything held on the person with this address.

    Raises:
        RefusedError: they were erased.
        WorkspaceError: it is no address, or nothing is held on it.
    """
    person = find_person(store, text)
    with reading(store) as connection:
        found = [_holding(connection, table, person) for table in reversed(personal_tables())]
    return Handover(person.keys[0], now, tuple(holding for holding in found if holding.rows))


def _holding(connection: "sqlite3.Connection", table: PersonalTable, person: Person) -> Holding:
    shown = [name for name, fate in table.columns.items() if fate not in (Fate.HIDDEN, Fate.OTHERS)]
    columns = ", ".join([*shown, *(f"{expression} AS {name}" for name, expression in table.joined.items())])
    rows = connection.execute(f"SELECT {columns} FROM {table.name} WHERE {table.whose}", person.parameters)
    held = tuple(_readable(row) for row in rows)
    named = dict.fromkeys(name for row in held for name in row)
    return Holding(table.name, table.title, table.why, held, tuple(n for n in table.readable or named if n in named))


def _readable(row: "sqlite3.Row") -> Mapping[str, Value]:
    """Leave out what is empty, and values that are there only to find others."""
    values = {name: row[name] for name in row.keys() if row[name] not in (None, "")}  # noqa: SIM118 – a Row's keys
    if "wording_text" in values:
        values["wording"] = values.pop("wording_text")
    return values


def handover_text(handover: Handover, about: Mapping[str, str]) -> str:
    """Give a handover as JSON; `about` says what the law wants said beside the data (GDPR article 15(1))."""
    facts = {
        "address": handover.address,
        "made_at": to_text(handover.made_at),
        "about": about,
        "data": {
            holding.table: {"what": holding.title, "why": holding.why, "rows": [dict(row) for row in holding.rows]}
            for holding in handover.holdings
        },
    }
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"

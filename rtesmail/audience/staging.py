"""The rows of a file in temporary tables, where SQL can hold a million of them against the people already known.

The tables go with the connection. Nothing of them is in the database's own file, and no lock is held on it meanwhile.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.columns import ALL_FIELDS, attribute_name
from rtesmail.audience.rows import RejectedRow, RowReader, Values
from rtesmail.audience.sheets import Sheet
from rtesmail.audience.storable import storable
from rtesmail.store.transactions import scratching

if TYPE_CHECKING:
    from sqlite_utils import Database

ROWS_AT_ONCE = 5_000
"""How often progress is told and rejected rows are put away."""
NO_ATTRIBUTES = "[]"
"""JSON: pairs of the name and the value of each attribute that a row says."""


class Staging(Struct, frozen=True):
    """The names of the tables of one import.

    `rows` has a line for each row understood, `rejected` for each that was not. `verdicts` has one for each row that
    is not simply somebody new: what becomes of it, whom it is about, and what they were before. `organisations` is
    made when rows say more of them than a name: those known, completed, and the new ones; `named` says which of them
    a row means; where that cannot be told, the row `is_undecided`.
    """

    rows: str
    rejected: str
    verdicts: str
    organisations: str
    named: str


def stage_rows(
    store: "Database",
    sheet: Sheet,
    reader: RowReader,
    *,
    put_aside: Callable[[RejectedRow], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Staging:
    """Read a file into temporary tables; `put_aside` gets each rejected row, `progress` the share that is read."""
    connection: sqlite3.Connection = store.conn
    staging = _make_tables(connection)
    rejected: list[RejectedRow] = []
    names = tuple(map(attribute_name, reader.attributes))

    def all_of(values: Values) -> tuple[str, ...]:
        if not names:
            return *values, NO_ATTRIBUTES
        said = [pair for pair in zip(names, values[len(ALL_FIELDS) :], strict=True) if pair[1]]
        return *values[: len(ALL_FIELDS)], json.dumps(said, ensure_ascii=False)

    def understood() -> Iterator[tuple[object, ...]]:
        countdown = ROWS_AT_ONCE
        for row in sheet.rows:
            plain = reader.read_plain(row)
            if plain is not None:
                email, key, values = plain
                yield row.line, email, key, "", *all_of(values)
            else:
                entry = reader.read(row)
                if isinstance(entry, RejectedRow):
                    rejected.append(entry)
                else:
                    yield entry.line, entry.email, entry.key, entry.notes, *all_of(entry.values)
            countdown -= 1
            if not countdown:
                countdown = ROWS_AT_ONCE
                _put_away(connection, staging, rejected, put_aside)
                if progress:
                    progress(min(0.99, sheet.rows.fraction))

    with scratching(store):
        marks = ", ".join("?" * (5 + len(ALL_FIELDS)))
        columns = ", ".join(("line", "email", "email_key", "notes", *ALL_FIELDS, "attributes"))
        connection.executemany(f"INSERT INTO {staging.rows} ({columns}) VALUES ({marks})", understood())
        _put_away(connection, staging, rejected, put_aside)
        connection.execute(f"CREATE INDEX temp.{staging.rows}_by_key ON {staging.rows} (email_key)")
    return staging


def _make_tables(connection: sqlite3.Connection) -> Staging:
    (before,) = connection.execute("SELECT count(*) FROM temp.sqlite_schema WHERE name GLOB 'import_*_rows'").fetchone()
    names = Staging(
        *(f"import_{before + 1}_{kind}" for kind in ("rows", "rejected", "verdicts", "organisations", "named"))
    )
    fields = "".join(f", {field} TEXT NOT NULL" for field in ALL_FIELDS)
    connection.execute(
        f"CREATE TEMP TABLE {names.rows} "
        f"(line INTEGER PRIMARY KEY, email TEXT, email_key TEXT, notes TEXT{fields}, attributes TEXT, "
        "organisation_id INTEGER, is_undecided INTEGER NOT NULL DEFAULT 0)"
    )
    connection.execute(
        f"CREATE TEMP TABLE {names.rejected} (line INTEGER PRIMARY KEY, email TEXT, reason TEXT, heading TEXT)"
    )
    connection.execute(
        f"CREATE TEMP TABLE {names.verdicts} "
        "(line INTEGER PRIMARY KEY, status TEXT, person_id INTEGER, reason TEXT, first_line INTEGER, before TEXT)"
    )
    return names


def _put_away(
    connection: sqlite3.Connection,
    staging: Staging,
    rejected: list[RejectedRow],
    put_aside: Callable[[RejectedRow], None] | None,
) -> None:
    connection.executemany(
        f"INSERT INTO {staging.rejected} VALUES (?, ?, ?, ?)",
        [(item.row.line, *map(storable, (item.email, item.reason, item.column))) for item in rejected],
    )
    if put_aside:
        for item in rejected:
            put_aside(item)
    rejected.clear()

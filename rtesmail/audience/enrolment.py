"""The rows of a file held against the people already known, and written."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rtesmail.audience.belongings import plan_belongings, write_belongings
from rtesmail.audience.columns import FIELDS, ORGANISATION_FIELDS
from rtesmail.audience.erased import erased_among
from rtesmail.audience.staging import NO_ATTRIBUTES, Staging
from rtesmail.store.moments import to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

KEYS_AT_ONCE = 5_000
"""Addresses that are asked about together."""
_CACHE_KIBIBYTES = 32 * 1024
"""Pages that SQLite keeps while it writes: what the indexes of a million people need."""

# Take what the row says; what it leaves empty stays.
_COMPLETED = {field: f"CASE WHEN r.{field} = '' THEN p.{field} ELSE r.{field} END" for field in FIELDS}
# What is known, of the person and of the organisation they belong to.
_KNOWN = {field: f"p.{field}" for field in FIELDS} | {
    field: f"coalesce(o.{field}, '')" for field in ORGANISATION_FIELDS
}
_ATTRIBUTES = """json_each(r.attributes) said LEFT JOIN subscriber_attributes a
    ON a.subscriber_id = p.id AND a.name = json_extract(said.value, '$[0]')"""
_CHANGES = " OR ".join(
    (
        *(f"(r.{field} <> '' AND r.{field} <> {known})" for field, known in _KNOWN.items()),
        f"""(r.attributes <> '{NO_ATTRIBUTES}'
        AND EXISTS (SELECT 1 FROM {_ATTRIBUTES} WHERE a.value IS NOT json_extract(said.value, '$[1]')))""",
    )
)


def plan_enrolment(store: "Database", staging: Staging, list_name: str) -> None:
    """Give its verdict to each row that is not simply somebody new; people, lists and journal stay as they are."""
    _find_duplicates(store.conn, staging)
    _find_held_back(store.conn, staging)
    _find_departed(store.conn, staging, list_name)
    _find_erased(store, staging)
    plan_belongings(store.conn, staging)
    _find_known(store.conn, staging, list_name)


def enrol(store: "Database", staging: Staging, list_name: str, *, source: str, now: datetime) -> None:
    """Write a plan; the caller holds the transaction in which it was made. `source` goes to the consent journal."""
    connection: sqlite3.Connection = store.conn
    said = {"at": to_text(now), "list": list_name, "source": source}
    connection.execute("INSERT INTO lists (name, created_at) VALUES (:list, :at) ON CONFLICT (name) DO NOTHING", said)
    connection.execute(
        f"""UPDATE subscribers AS p SET {", ".join(f"{f} = {sql}" for f, sql in _COMPLETED.items())}, updated_at = :at
        FROM {staging.verdicts} v JOIN {staging.rows} r USING (line)
        WHERE p.id = v.person_id AND v.before IS NOT NULL""",
        said,
    )
    write_belongings(connection, staging, at=said["at"])
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM subscribers").fetchone()
    fields = ", ".join(FIELDS)
    connection.execute(
        f"""INSERT INTO subscribers (email, email_key, {fields}, organisation_id, created_at, updated_at)
        SELECT email, email_key, {fields}, organisation_id, :at, :at FROM {staging.rows} r
        WHERE NOT EXISTS (SELECT 1 FROM {staging.verdicts} v WHERE v.line = r.line) ORDER BY line""",
        said,
    )
    connection.execute(
        f"""INSERT INTO subscriber_attributes (subscriber_id, name, value)
        SELECT whose.id, json_extract(said.value, '$[0]'), json_extract(said.value, '$[1]')
        FROM (SELECT p.id, r.attributes FROM {staging.rows} r CROSS JOIN subscribers p ON p.email_key = r.email_key
            WHERE r.attributes <> '{NO_ATTRIBUTES}'
            AND NOT EXISTS (SELECT 1 FROM {staging.verdicts} v WHERE v.line = r.line)
          UNION ALL SELECT v.person_id, r.attributes FROM {staging.verdicts} v JOIN {staging.rows} r USING (line)
            WHERE v.before IS NOT NULL) whose, json_each(whose.attributes) said
        WHERE true ON CONFLICT (subscriber_id, name) DO UPDATE SET value = excluded.value"""
    )
    joining = f"""SELECT id, email_key FROM subscribers WHERE id > :last
        UNION ALL SELECT p.id, p.email_key FROM {staging.verdicts} v JOIN subscribers p ON p.id = v.person_id
        WHERE v.status = 'added'"""
    said["last"] = last
    connection.execute(
        f"""INSERT INTO memberships (list_id, subscriber_id, added_at)
        SELECT (SELECT id FROM lists WHERE name = :list), id, :at FROM ({joining})""",
        said,
    )
    connection.execute(
        f"""INSERT INTO consent_events (email_key, event, list_name, source, happened_at)
        SELECT email_key, 'imported', :list, :source, :at FROM ({joining})""",
        said,
    )


@contextmanager
def large_cache(store: "Database") -> Iterator[None]:
    """Let SQLite keep more pages for the length of an import, whatever its size."""
    connection: sqlite3.Connection = store.conn
    (before,) = connection.execute("PRAGMA cache_size").fetchone()
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {before}")


def _find_duplicates(connection: sqlite3.Connection, staging: Staging) -> None:
    connection.execute(
        f"""INSERT INTO {staging.verdicts} (line, status, first_line)
        SELECT r.line, 'duplicate', twice.first_line
        FROM (SELECT email_key, min(line) AS first_line FROM {staging.rows}
          GROUP BY email_key HAVING count(*) > 1) twice
        CROSS JOIN {staging.rows} r ON r.email_key = twice.email_key WHERE r.line <> twice.first_line"""
    )


def _find_held_back(connection: sqlite3.Connection, staging: Staging) -> None:
    """Nobody comes back by an import: neither who is on the suppression list nor whose own row says so."""
    connection.execute(
        f"""INSERT OR IGNORE INTO {staging.verdicts} (line, status, reason)
        SELECT r.line, 'held_back', s.reason FROM suppressions s CROSS JOIN {staging.rows} r
        ON r.email_key = s.email_key"""
    )
    connection.execute(
        f"""INSERT OR IGNORE INTO {staging.verdicts} (line, status, person_id, reason)
        SELECT r.line, 'held_back', p.id, p.status FROM {staging.rows} r CROSS JOIN subscribers p
        ON p.email_key = r.email_key WHERE p.status <> 'active'"""
    )


def _find_departed(connection: sqlite3.Connection, staging: Staging, list_name: str) -> None:
    """Whoever left this very list comes back by their own wish only."""
    connection.execute(
        f"""INSERT OR IGNORE INTO {staging.verdicts} (line, status, person_id, reason)
        SELECT r.line, 'held_back', p.id, 'unsubscribed' FROM departures d JOIN subscribers p ON p.id = d.subscriber_id
        CROSS JOIN {staging.rows} r ON r.email_key = p.email_key WHERE d.list_name = :list""",
        {"list": list_name},
    )


def _find_erased(store: "Database", staging: Staging) -> None:
    """Who was erased stands on the suppression list as a hash, which SQL cannot make."""
    connection: sqlite3.Connection = store.conn
    if connection.execute("SELECT 1 FROM suppressions WHERE reason = 'erased' LIMIT 1").fetchone() is None:
        return
    rows = connection.execute(f"SELECT line, email_key FROM {staging.rows}")
    while some := rows.fetchmany(KEYS_AT_ONCE):
        erased = erased_among(store, [key for _line, key in some])
        connection.executemany(
            f"INSERT OR IGNORE INTO {staging.verdicts} (line, status, reason) VALUES (?, 'held_back', 'erased')",
            [(line,) for line, key in some if key in erased],
        )


def _find_known(connection: sqlite3.Connection, staging: Staging, list_name: str) -> None:
    attributes = f"""(SELECT json_group_array(json_array(json_extract(said.value, '$[0]'), coalesce(a.value, '')))
        FROM {_ATTRIBUTES})"""
    before = ", ".join((*_KNOWN.values(), f"json({attributes})"))
    connection.execute(
        f"""INSERT OR IGNORE INTO {staging.verdicts} (line, status, person_id, before)
        SELECT r.line,
          CASE WHEN m.subscriber_id IS NULL THEN 'added' WHEN {_CHANGES} THEN 'updated' ELSE 'unchanged' END,
          p.id, CASE WHEN {_CHANGES} THEN json_array({before}) END
        FROM {staging.rows} r CROSS JOIN subscribers p ON p.email_key = r.email_key
        LEFT JOIN organisations o ON o.id = p.organisation_id
        LEFT JOIN memberships m
        ON m.subscriber_id = p.id AND m.list_id = (SELECT id FROM lists WHERE name = :list)""",
        {"list": list_name},
    )

"""A person's data taken out of every table and out of the file; what happened stays, without who it was.

The database lets nothing of its journals change but this, for those named in `erasure_subjects`, while the row of an
erasure has its door open; a transaction that would end with an open door fails (migration 0005).
"""

import sqlite3
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience import consent
from rtesmail.audience.erased import address_hash, secret_mark
from rtesmail.delivery import ledger
from rtesmail.delivery.audiences import suppression_reason
from rtesmail.delivery.certificates.certificate import impersonal
from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.delivery.lock import sending_lock
from rtesmail.model.consent import ConsentKind
from rtesmail.model.errors import RefusedError, StoppedError, WorkspaceError
from rtesmail.privacy.persons import Person, find_person
from rtesmail.privacy.sweeping import sweep
from rtesmail.privacy.tables import Fate, PersonalTable, personal_tables
from rtesmail.store.moments import to_text
from rtesmail.store.secret import secrets_beside
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace

_IN_FLIGHT = """
SELECT DISTINCT mailing_id FROM deliveries
WHERE email_key IN (SELECT value FROM json_each(:keys)) AND state = 'sending'
"""

# As `delivery.provider_calls` finds the calls that can still be repeated.
_REPEATABLE = """
SELECT MAX(expires_at) FROM provider_calls AS call WHERE answered_at IS NULL AND expires_at > :now
  AND EXISTS (SELECT 1 FROM json_each(call.deliveries) AS one JOIN deliveries ON deliveries.id = one.value
    WHERE email_key IN (SELECT value FROM json_each(:keys)))
"""

_LEAVE = """
UPDATE deliveries SET state = 'skipped', reply = :reason, settled_at = :now, settled_by = '', next_attempt_at = NULL
WHERE email_key IN (SELECT value FROM json_each(:keys)) AND state IN ('pending', 'deferred')
"""

_CALLED = """
SELECT name FROM subscribers WHERE email_key IN (SELECT value FROM json_each(:keys)) AND name <> ''
UNION SELECT name FROM deliveries WHERE email_key IN (SELECT value FROM json_each(:keys)) AND name <> ''
"""


class Erasure(Struct, frozen=True):
    """What one erasure did: `rows` counts, by table, those that went or lost who it was.

    `skipped` is in how many mailings the person still waited. Without `is_swept` nothing of it can be asked for any
    more, and freed pages of the file still hold some of it until the next sweep.
    """

    number: int
    rows: dict[str, int]
    skipped: int
    is_swept: bool = False


def erase_person(
    store: "Database", workspace: "Workspace", text: str, *, by: str, now: Clock = utc_now, wait_seconds: float = 0.0
) -> Erasure:
    """Erase the person with this address because they asked for it; `by` is the colleague who does it.

    Raises:
        RefusedError: they were erased before, or a call about them to a provider may still be repeated.
        StoppedError: a message to them is being handed over at this moment.
        WorkspaceError: it is no address, nothing is held on it, or no name is given.
    """
    name = required_name(by)
    person = find_person(store, text)
    _settle_in_flight(store, workspace, person, now, wait_seconds)
    done = take_out(store, person, reason="request", by=name, now=now())
    is_swept = sweep(store, workspace.database.parent, now=now())
    return Erasure(done.number, done.rows, done.skipped, is_swept)


def required_name(by: str) -> str:
    """Give the name of who answers for it, on one line.

    Raises:
        WorkspaceError: there is none.
    """
    name = " ".join(by.split())
    if not name:
        raise WorkspaceError(_("Who erases? The name is empty."), hint=_('Give it: --by "Your name"'))
    return name


def take_out(store: "Database", person: Person, *, reason: str, by: str, now: datetime) -> Erasure:
    """Take a person out of every table, all of it or nothing; `reason` is `request` or `retention`.

    Raises:
        StoppedError: a message to them is being handed over.
        UnusableStoreError: the database cannot be written to; nothing was changed.
    """
    secret = secrets_beside(store)[0]
    # Freed parts of pages become zeros, also should the sweep have to wait.
    store.conn.execute("PRAGMA secure_delete = ON").fetchone()
    with transaction(store) as connection:
        if connection.execute(_IN_FLIGHT, person.parameters).fetchone():
            raise _being_sent()
        number = _open_door(connection, person, reason=reason, by=by, mark=secret_mark(secret), at=to_text(now))
        skipped = connection.execute(
            _LEAVE, {**person.parameters, "reason": suppression_reason("erased"), "now": to_text(now)}
        ).rowcount
        _teach_words(connection, person)
        rows = {table.name: _clear(connection, table, person, number, now) for table in personal_tables()}
        consent.record(store, f"erased:{number}", ConsentKind.ERASED, source=reason, now=now)
        connection.executemany(
            "INSERT OR REPLACE INTO suppressions (email_key, reason, source, suppressed_at) VALUES (?, 'erased', ?, ?)",
            [(address_hash(secret, key), reason, to_text(now)) for key in person.keys],
        )
        connection.execute("DELETE FROM erasure_subjects")
        connection.execute("UPDATE erasures SET door = NULL WHERE id = ?", (number,))
    return Erasure(number, {name: count for name, count in rows.items() if count}, skipped)


def _settle_in_flight(
    store: "Database", workspace: "Workspace", person: Person, now: Clock, wait_seconds: float
) -> None:
    """Let a run that died be over for this person: nobody hears the answer to their message any more."""
    with reading(store) as connection:
        mailings = [row[0] for row in connection.execute(_IN_FLIGHT, person.parameters)]
    if not mailings:
        return
    with sending_lock(workspace.database.parent, wait_seconds=wait_seconds):
        with reading(store) as connection:
            values = {**person.parameters, "now": to_text(now())}
            (expires_at,) = connection.execute(_REPEATABLE, values).fetchone()
        if expires_at is not None:
            raise RefusedError(
                _("A run died while it wrote to this person, and their provider can still be asked what became of it."),
                hint=_("Go on with that mailing first (rtesmail send … --resume), or wait a quarter of an hour."),
            )
        for mailing in mailings:
            ledger.recover(store, mailing, now=now())


def _being_sent() -> StoppedError:
    return StoppedError(
        _("A message to this person is being handed over at this moment. Nothing was changed."),
        hint=_("Run the same command again in a minute."),
    )


def _open_door(connection: sqlite3.Connection, person: Person, *, reason: str, by: str, mark: str, at: str) -> int:
    (number,) = connection.execute(
        "INSERT INTO erasures (reason, erased_by, erased_at, secret_mark, door) VALUES (?, ?, ?, ?, 0) RETURNING id",
        (reason, by, at, mark),
    ).fetchone()
    connection.executemany("INSERT INTO erasure_subjects (email_key) VALUES (?)", [(key,) for key in person.keys])
    return int(number)


def _teach_words(connection: sqlite3.Connection, person: Person) -> None:
    """Have SQL take the person out of servers' words, as a certificate does: it still says the same afterwards."""
    names = [str(row[0]) for row in connection.execute(_CALLED, person.parameters)]

    def without_them(words: str) -> str:
        for key in person.keys:
            words = impersonal(words, key)
        for name in names:
            words = words.replace(name, "…")
        return words

    connection.create_function("without_them", 1, without_them, deterministic=True)


def _clear(connection: sqlite3.Connection, table: PersonalTable, person: Person, number: int, now: datetime) -> int:
    """Take a person out of one table; give the number of rows."""
    if table.rows_go:
        return connection.execute(f"DELETE FROM {table.name} WHERE {table.whose}", person.parameters).rowcount
    known = {row["name"]: row for row in connection.execute(f"PRAGMA table_info({table.name})")}
    changes = []
    for column, fate in table.columns.items():
        match fate:
            case Fate.GONE | Fate.OTHERS:
                changes.append(f"{column} = {_nothing(known[column])}")
            case Fate.WORDS:
                changes.append(f"{column} = without_them({column})")
            case Fate.KEY:
                changes.append(f"{column} = 'erased:' || :number")
            case Fate.OWN_KEY:
                changes.append(f"{column} = 'erased:' || :number || ':' || id")
    values = {**person.parameters, "number": number, "now": to_text(now)}
    if table.name == "subscribers":
        changes += ["status = 'erased'", "updated_at = :now"]
    return connection.execute(f"UPDATE {table.name} SET {', '.join(changes)} WHERE {table.whose}", values).rowcount


def _nothing(column: sqlite3.Row) -> str:
    """Give what a column holds when it says nothing: its default, if it has one."""
    if column["dflt_value"] is not None:
        return str(column["dflt_value"])
    if not column["notnull"]:
        return "NULL"
    return {"BLOB": "x''", "INTEGER": "0", "REAL": "0"}.get(str(column["type"]), "''")

"""All of something written or nothing of it, and the machine's troubles told in plain words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rtesmail.model.errors import UnusableStoreError
from rtesmail.store.opening import BUSY_SECONDS

if TYPE_CHECKING:
    from sqlite_utils import Database

_TROUBLES = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
)
"""What a machine does to a database, as opposed to a mistake of ours in SQL."""


@contextmanager
def transaction(store: "Database", *, wait_seconds: float | None = None) -> Iterator[sqlite3.Connection]:
    """Hold the write lock from the first statement; commit at the end, roll back on any error.

    `wait_seconds` is how long to wait for another command's transaction, when not as long as the store does.

    `Database.atomic` begins deferred: a transaction that reads before it writes would then fail at once
    (SQLITE_BUSY_SNAPSHOT) when another command has written in between, whatever the time-out.

    Raises:
        UnusableStoreError: another command holds the lock for too long, or the disk is full, read-only or failing;
            nothing of the block is kept.
    """
    with _patient(store, wait_seconds), _told(store, "BEGIN IMMEDIATE") as connection:
        yield connection
        connection.execute("COMMIT")


@contextmanager
def reading(store: "Database") -> Iterator[sqlite3.Connection]:
    """Several reads of one and the same moment of the database.

    Raises:
        UnusableStoreError: the database cannot be read now.
    """
    with _told(store, "BEGIN") as connection:
        yield connection
        connection.execute("ROLLBACK")


@contextmanager
def scratching(store: "Database") -> Iterator[sqlite3.Connection]:
    """Write to temporary tables only, and read one and the same moment of the database; it is locked for nobody.

    Raises:
        UnusableStoreError: the disk is full, or the database cannot be read now; nothing of the block is kept.
    """
    with _told(store, "BEGIN") as connection:
        yield connection
        connection.execute("COMMIT")


@contextmanager
def _patient(store: "Database", wait_seconds: float | None) -> Iterator[None]:
    if wait_seconds is None:
        yield
        return
    store.conn.execute(f"PRAGMA busy_timeout = {round(1000 * wait_seconds)}")
    try:
        yield
    finally:
        store.conn.execute(f"PRAGMA busy_timeout = {round(1000 * BUSY_SECONDS)}")


@contextmanager
def _told(store: "Database", beginning: str) -> Iterator[sqlite3.Connection]:
    connection: sqlite3.Connection = store.conn
    try:
        connection.execute(beginning)
        yield connection
    except BaseException as error:
        # Some errors (a full disk, RAISE(ROLLBACK)) have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _TROUBLES:
            raise _stopped(error) from error
        raise


def _stopped(error: sqlite3.OperationalError) -> UnusableStoreError:
    from gettext import gettext as _

    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return UnusableStoreError(
            _("Another command is writing to the database. Nothing was changed."),
            reason=_("another command is writing to the database"),
            is_busy=True,
            hint=_("Wait until it is done, then run this one again."),
        )
    return UnusableStoreError(
        _("The database cannot be written to: {reason}. Nothing was changed.").format(reason=error),
        reason=_("the database cannot be written to: {reason}").format(reason=error),
        hint=_("Check that the disk is not full and that the file can be written to, then run the same command again."),
    )

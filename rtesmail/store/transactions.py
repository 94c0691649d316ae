"""Writing all of something or nothing of it, and how instants are written."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rtesmail.model.errors import WorkspaceError

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
def transaction(store: "Database") -> Iterator[None]:
    """Hold the write lock from the first statement; commit at the end, roll back on any error.

    `Database.atomic` begins deferred: a transaction that reads before it writes would then fail at once
    (SQLITE_BUSY_SNAPSHOT) when another command has written in between, whatever the time-out.

    Raises:
        WorkspaceError: another command holds the lock for too long, or the disk is full or fails.
    """
    connection = store.conn
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        # Some errors (a full disk, RAISE(ROLLBACK)) have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _TROUBLES:
            raise _trouble(error) from error
        raise


def _trouble(error: sqlite3.OperationalError) -> WorkspaceError:
    from gettext import gettext as _

    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return WorkspaceError(
            _("Another command is writing to the database. Nothing was changed."),
            hint=_("Wait until it is done, then run this one again."),
        )
    return WorkspaceError(
        _("The database cannot be written to: {reason}. Nothing was changed.").format(reason=error),
        hint=_("Check that the file and its folder can be written to and that the disk is not full."),
    )


def instant_text(now: datetime) -> str:
    """Give an aware instant as the store keeps it: UTC, ISO 8601, milliseconds."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds")

"""One explicit SQLite transaction, with the database's troubles told in plain words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.errors import StoppedError

if TYPE_CHECKING:
    from sqlite_utils import Database


@contextmanager
def transaction(store: "Database") -> Iterator[sqlite3.Connection]:
    """Hold the write lock from the first line to the commit; any exception undoes it all.

    Raises:
        StoppedError: the database is locked, read-only, full or gone; nothing of the block is kept.
    """
    connection: sqlite3.Connection = store.conn
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # SQLite itself rolls back on a full disk or an I/O error.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.OperationalError as error:
        raise _stopped(error) from error


@contextmanager
def reading(store: "Database") -> Iterator[sqlite3.Connection]:
    """Several reads of one and the same moment of the database.

    Raises:
        StoppedError: the database cannot be read now.
    """
    connection: sqlite3.Connection = store.conn
    try:
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise _stopped(error) from error


def _stopped(error: sqlite3.OperationalError) -> StoppedError:
    return StoppedError(
        _("The database could not be written to: {reason}.").format(reason=error),
        hint=_(
            "Nothing is lost. Check that no other command is at work, that the disk is not full and that the "
            "file can be written to, then run the same command again."
        ),
    )

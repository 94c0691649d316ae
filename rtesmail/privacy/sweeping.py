"""The database file rewritten, so that no page of it holds what was erased.

SQLite marks what is deleted as free and leaves its bytes: https://sqlite.org/lang_vacuum.html (use 2 of VACUUM). Also
the write-ahead log keeps former pages until it is cut: https://sqlite.org/pragma.html#pragma_wal_checkpoint
"""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.delivery.lock import sending_lock
from rtesmail.model.errors import StoppedError
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database


def needs_sweep(store: "Database") -> bool:
    """Tell whether somebody was erased since the file was last rewritten."""
    return store.execute("SELECT 1 FROM erasures WHERE swept_at IS NULL LIMIT 1").fetchone() is not None


def sweep(store: "Database", folder: Path, *, now: datetime) -> bool:
    """Rewrite the file if somebody was erased since; give False when that must wait.

    It waits for a run that sends (a rewrite would hold it up), for programs that still read the former pages, and for
    room on the disk. `folder` is where the sending lock lies.
    """
    if not needs_sweep(store):
        return True
    try:
        with sending_lock(folder):
            store.conn.execute("VACUUM")
            (is_busy, _pages, _written) = store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if is_busy:
                return False
            with transaction(store) as connection:
                connection.execute("UPDATE erasures SET swept_at = ? WHERE swept_at IS NULL", (to_text(now),))
    except (StoppedError, sqlite3.OperationalError):
        return False
    return True

"""Open the SQLite file, brought up to the newest migration."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rtesmail.model.errors import WorkspaceError

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_SECONDS = 10.0
"""How long a command waits for another one's transaction."""


def open_store(path: Path) -> "Database":
    """Open the database at `path`, made and migrated as needed.

    Foreign keys are on, the journal is WAL with synchronous FULL (a commit survives a power cut), and the
    connection is in autocommit mode: transactions are the caller's, explicit.

    Raises:
        WorkspaceError: the file cannot be opened, is no database, or comes from a newer rtesmail.
    """
    from gettext import gettext as _

    from sqlite_utils import Database

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
    except (sqlite3.Error, OSError) as error:
        raise WorkspaceError(
            _("The database {path} cannot be used: {reason}.").format(path=path, reason=error),
            hint=_("Check that the file and its folder can be written to and that the disk is not full."),
        ) from error
    return Database(connection)


@contextmanager
def opened_for_reading(path: Path) -> Iterator["Database"]:
    """Open the database so that nothing is written, not even its journal files; it is not migrated.

    Without a journal beside it nobody writes, and `immutable` reads the file alone; with one, the read joins in
    as any other (SQLite's "WAL-mode File Format", read-only databases).
    """
    from sqlite_utils import Database

    has_journal = path.with_name(path.name + "-wal").exists()
    mode = "mode=ro" if has_journal else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True, timeout=1.0, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        yield Database(connection)
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def migrations() -> list[tuple[int, str]]:
    """The numbered migrations, oldest first, as (number, SQL)."""
    folder = resources.files("rtesmail.store") / "migrations"
    files = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(int(name.split("_", 1)[0]), (folder / name).read_text(encoding="utf-8")) for name in files]


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the missing migrations, each in one transaction; `user_version` holds the last one's number."""
    from gettext import gettext as _

    steps = migrations()
    connection.create_function("sha256_hex", 1, _sha256_hex, deterministic=True)
    newest = steps[-1][0]
    version = _version(connection)
    if version > newest:
        raise WorkspaceError(
            _("The database was made by a newer rtesmail (version {found}, this one knows {known}).").format(
                found=version, known=newest
            ),
            hint=_("Update rtesmail on this machine."),
        )
    for number, sql in steps:
        if number <= version:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) < number:
                for statement in _statements(sql):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number:d}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _sha256_hex(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(sql: str) -> list[str]:
    """Split a script where SQLite itself sees a complete statement (triggers hold semicolons)."""
    statements, current = [], ""
    for line in sql.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements

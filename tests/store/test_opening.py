"""The database opens ready to use, survives two commands at once, and says plainly when it cannot be used."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rtesmail.model.errors import WorkspaceError
from rtesmail.store import opening
from rtesmail.store.opening import migrations, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lists" / "rtesmail.db"


def test_a_new_database_is_complete_and_safe(path: Path) -> None:
    store = open_store(path)
    connection = store.conn
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA user_version").fetchone()[0] == migrations()[-1][0]
    tables = {"subscribers", "lists", "memberships", "suppressions", "consent_events", "editions", "edition_images"}
    assert tables | {"approvals", "mailings", "deliveries"} <= set(store.table_names())
    connection.close()


def test_opening_again_changes_nothing(path: Path) -> None:
    open_store(path).conn.close()
    store = open_store(path)
    schema = [row[0] for row in store.conn.execute("SELECT sql FROM sqlite_master ORDER BY name")]
    store.conn.close()
    again = open_store(path)
    assert [row[0] for row in again.conn.execute("SELECT sql FROM sqlite_master ORDER BY name")] == schema
    again.conn.close()


def test_migrations_are_numbered_without_gap_or_double() -> None:
    assert [number for number, _sql in migrations()] == list(range(1, len(migrations()) + 1))


def test_several_first_commands_at_once_make_one_database(path: Path) -> None:
    code = "import sys, pathlib, rtesmail.store.opening as o; o.open_store(pathlib.Path(sys.argv[1]))"
    processes = [subprocess.Popen([sys.executable, "-c", code, str(path)], stderr=subprocess.PIPE) for _ in range(6)]
    assert [process.communicate()[1] for process in processes] == [b""] * 6
    store = open_store(path)
    assert store.conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.conn.close()


def test_a_database_of_a_newer_rtesmail_is_left_alone(path: Path) -> None:
    store = open_store(path)
    store.conn.execute("PRAGMA user_version = 9999")
    store.conn.close()
    with pytest.raises(WorkspaceError, match=r"newer rtesmail \(version 9999") as error:
        open_store(path)
    assert "Update rtesmail" in error.value.hint


def test_a_file_that_is_no_database_is_told(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"nom;adresse\n" * 100)
    with pytest.raises(WorkspaceError, match="not a database") as error:
        open_store(path)
    assert error.value.hint
    assert path.read_bytes() == b"nom;adresse\n" * 100


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="cannot be used: unable to open"):
        open_store(path)


def test_a_file_where_the_folder_should_be_is_told(path: Path) -> None:
    path.parent.write_text("")
    with pytest.raises(WorkspaceError, match="cannot be used"):
        open_store(path)


def test_a_database_held_by_another_program_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(WorkspaceError, match="database is locked"):
        open_store(path)
    other.execute("ROLLBACK")
    other.close()
    open_store(path).conn.close()


def test_a_failing_migration_leaves_the_database_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(path).conn.close()
    broken = [*migrations(), (len(migrations()) + 1, "CREATE TABLE half (x);\nCREATE TABLE half (x);\n")]
    monkeypatch.setattr(opening, "migrations", lambda: broken)
    with pytest.raises(WorkspaceError, match="already exists"):
        open_store(path)
    monkeypatch.undo()
    store = open_store(path)
    assert "half" not in store.table_names()
    store.conn.close()


def test_a_journal_of_before_keeps_its_lines_and_their_wordings(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    for number, sql in migrations():
        if number < 5:
            connection.executescript(sql)
            connection.execute(f"PRAGMA user_version = {number}")
    connection.executemany(
        "INSERT INTO consent_events (email_key, event, source, wording, happened_at) VALUES (?, ?, 'x', ?, '')",
        [("a", "imported", ""), ("a", "subscribed", "Oui"), ("b", "resubscribed", "Oui")],
    )
    connection.close()
    store = open_store(path)
    told = store.execute(
        "SELECT email_key, event, text FROM consent_events LEFT JOIN wordings ON sha256 = wording ORDER BY id"
    ).fetchall()
    assert [tuple(row) for row in told] == [
        ("a", "imported", None),
        ("a", "subscribed", "Oui"),
        ("b", "resubscribed", "Oui"),
    ]
    assert store.table("wordings").count == 1
    store.conn.close()


def test_the_consent_journal_only_grows(path: Path) -> None:
    store = open_store(path)
    store.conn.execute(
        "INSERT INTO consent_events (email_key, event, source, happened_at) VALUES ('a', 'imported', 'x', '')"
    )
    for statement in ("UPDATE consent_events SET source = 'y'", "DELETE FROM consent_events"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store.conn.execute(statement)
    store.conn.close()


def test_a_database_from_before_returns_were_kept_is_kept_whole(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("sha256_hex", 1, str)
    for number, sql in migrations():
        if number < 9:
            connection.executescript(sql)
            connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("INSERT INTO suppressions VALUES ('a@b.example', 'bounced', 'x', '')")
    connection.close()
    store = open_store(path)
    assert [tuple(row) for row in store.execute("SELECT email_key, reason FROM suppressions")] == [
        ("a@b.example", "bounced")
    ]
    event = (
        "INSERT INTO feedback_events (identity, email_key, kind, decision, reason, source, happened_at, treated_at) "
    )
    store.execute(event + "VALUES ('i', 'a@b.example', 'hard_bounce', 'already', 'x', 'x', '', '')")
    for statement in (
        event + "VALUES ('i', 'a@b.example', 'hard_bounce', 'already', 'x', 'x', '', '')",
        event + "VALUES ('j', 'a@b.example', 'hard_bounce', 'forgotten', 'x', 'x', '', '')",
        "UPDATE feedback_events SET decision = 'noted'",
        "DELETE FROM feedback_events",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            store.execute(statement)
    store.conn.close()


def test_a_row_that_points_nowhere_is_refused(path: Path) -> None:
    store = open_store(path)
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        store.conn.execute("INSERT INTO memberships VALUES (1, 1, '')")
    store.conn.close()

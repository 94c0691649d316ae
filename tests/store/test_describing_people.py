"""A database of before comes out with everybody and all that was known of them."""

import sqlite3
from pathlib import Path

import pytest

from rtesmail.store.opening import migrations, open_store


def test_an_older_database_keeps_everybody_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "rtesmail.db"
    old = sqlite3.connect(path)
    for number, sql in migrations():
        if number < 4:
            old.executescript(sql)
            old.execute(f"PRAGMA user_version = {number}")
    people = [
        (
            i,
            f"p{i}@x.example",
            f"p{i}@x.example",
            "Zoé",
            "Ville d'Été",
            "Maire; élue",
            "commune",
            "32",
            "active",
            "t",
            "t",
        )
        for i in range(1, 50)
    ]
    old.executemany(f"INSERT INTO subscribers VALUES ({', '.join('?' * 11)})", people)
    old.commit()
    old.close()
    store = open_store(path)
    names = "id, email, email_key, name, organisation, role, level, region, status, created_at, updated_at"
    assert [tuple(row) for row in store.conn.execute(f"SELECT {names} FROM subscribers ORDER BY id")] == people
    assert store.conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert store.conn.execute("PRAGMA foreign_key_check").fetchall() == []
    store.conn.close()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO organisations (name, name_key, kind, created_at, updated_at) VALUES ('a', 'a', 'x', '', '')",
        "INSERT INTO organisations (name, name_key, siren, created_at, updated_at) VALUES ('a', 'a', '12', '', '')",
        "UPDATE subscribers SET mandate_ends_on = '2026-02-30'",
        "UPDATE subscribers SET organisation_id = 7",
    ],
)
def test_the_database_refuses_what_cannot_be(tmp_path: Path, statement: str) -> None:
    store = open_store(tmp_path / "rtesmail.db")
    store.conn.execute("INSERT INTO subscribers (email, email_key, created_at, updated_at) VALUES ('a', 'a', '', '')")
    with pytest.raises(sqlite3.IntegrityError):
        store.conn.execute(statement)
    store.conn.close()

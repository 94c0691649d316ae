"""`people prefer`, `people join` and `export --paper`: what a person says on the telephone counts as on the page."""

import csv
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from rtesmail.audience.suppression import suppress
from rtesmail.store.opening import open_store

ADDRESS = "maelle.quervidou@ville-de-brumeval.example"
POSTAL = "=Maëlle Quervidou; 3 rue des Lilas; 31000 TOULOUSE"
BY = ("--by", "Anne")


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))[1:]


def test_what_a_person_said_is_shown_and_no_import_resets_it(run) -> None:
    run("people", "prefer", ADDRESS, "--frequency", "monthly", "--paper", POSTAL, "--source", "telephone", *BY)
    run("import", "lists/sample.csv", "--list", "demo")
    shown = run("people", "show", ADDRESS, "--json")
    assert shown["frequency"] == "monthly"
    assert shown["postal_address"] == ["=Maëlle Quervidou", "3 rue des Lilas", "31000 TOULOUSE"]
    text = run("people", "show", ADDRESS).stdout
    assert "telephone (written down by Anne); frequency: everything → the monthly only" in text
    assert not run("people", "prefer", ADDRESS, "--frequency", "monthly", "--json", *BY)["changed"]


def test_the_printer_gets_one_row_per_letter_and_nobody_who_left_or_was_erased(run, workspace: Path) -> None:
    with sqlite3.connect(workspace / "lists" / "rtesmail.db") as database:
        others = [
            row[0] for row in database.execute("SELECT email FROM subscribers WHERE email <> ? LIMIT 3", [ADDRESS])
        ]
    database.close()
    for email in (ADDRESS, *others):
        run("people", "prefer", email, "--paper", POSTAL, *BY)
    run("people", "unsubscribe", others[0])
    run("privacy", "erase", others[1], "--by", "Anne")
    run("people", "prefer", others[2], "--no-paper", *BY)
    with sqlite3.connect(workspace / "lists" / "rtesmail.db") as database:
        # Of the erased and of who takes it back no postal address stays.
        assert database.execute("SELECT COUNT(*) FROM paper_letters").fetchone() == (2,)
    database.close()
    run("export", "paper.csv", "--paper")
    # A spreadsheet runs nothing of it.
    assert rows(workspace / "paper.csv") == [
        ["'=Maëlle Quervidou", "3 rue des Lilas", "31000 TOULOUSE", "", "", "", ""]
    ]
    assert run("export", "paper.xlsx", "--paper", "--json")["letters"] == 1
    run("export", "both.csv", "--paper", "--list", "demo", code=2)
    run("export", "neither.csv", code=2)


def test_who_left_a_list_is_put_back_at_their_wish_with_name_source_and_wording(run, workspace: Path) -> None:
    with sqlite3.connect(workspace / "lists" / "rtesmail.db") as database:
        (person,) = database.execute("SELECT id FROM subscribers WHERE email = ?", [ADDRESS]).fetchone()
        database.execute("DELETE FROM memberships WHERE subscriber_id = ?", [person])
        database.execute("INSERT INTO departures VALUES (?, 'demo', '2025-01-01T00:00:00.000+00:00')", [person])
    database.close()
    run("import", "lists/sample.csv", "--list", "demo")
    assert run("people", "show", ADDRESS, "--json")["lists"] == []
    join = ("people", "join", ADDRESS, "--list", "demo", "--source", "letter of 3 March", *BY)
    assert run(*join, "--wording", "Yes, every month", "--json")["changed"]
    assert run("people", "show", ADDRESS, "--json")["lists"] == ["demo"]
    assert "letter of 3 March (written down by Anne)" in run("people", "show", ADDRESS).stdout
    assert not run(*join, "--json")["changed"]


def test_nobody_who_said_no_to_everything_is_put_back_by_the_way(run) -> None:
    run("people", "unsubscribe", ADDRESS)
    join = run("people", "join", ADDRESS, "--list", "demo", "--source", "telephone", *BY, code=3)
    assert f"rtesmail people resubscribe {ADDRESS}" in join.stderr
    assert "nothing was changed" in run("people", "prefer", ADDRESS, "--frequency", "monthly", *BY, code=3).stderr


def test_what_cannot_be_meant_is_said_and_nothing_is_written(run) -> None:
    for wrong in (
        ("--frequency", "weekly"),
        ("--paper", "Toulouse"),
        ("--paper", POSTAL, "--no-paper"),
        (),
    ):
        run("people", "prefer", ADDRESS, *wrong, *BY, code=2)
    run("people", "prefer", ADDRESS, "--frequency", "monthly", "--by", " ", code=2)
    run("people", "join", ADDRESS, "--list", "nowhere", "--source", "telephone", *BY, code=4)
    assert run("people", "show", ADDRESS, "--json")["frequency"] == "everything"


def test_no_wish_brings_back_an_address_that_complained_or_bounced(run, workspace: Path) -> None:
    for reason in ("bounced", "complained"):
        store = open_store(workspace / "lists" / "rtesmail.db")
        assert suppress(store, ADDRESS, reason, source="a report", now=datetime(2025, 4, 3, tzinfo=UTC))
        store.conn.close()
        run("people", "join", ADDRESS, "--list", "demo", "--source", "telephone", *BY, code=3)
        run("people", "prefer", ADDRESS, "--frequency", "monthly", *BY, code=3)

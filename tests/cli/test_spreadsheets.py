"""Import and export as staff type them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

UNKNOWN = "Courriel;Nom;Téléphone\nines@ville.example;Inès;0612345678\n"


@pytest.fixture
def contacts(workspace: Path) -> Path:
    (workspace / "contacts.csv").write_text(UNKNOWN, encoding="utf-8")
    return workspace / "contacts.csv"


def on_a_terminal(workspace: Path, typed: str, *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal of its own and give its exit code and all that it showed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "rtesmail", *arguments]
    with subprocess.Popen(command, cwd=workspace, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return process.returncode, shown.decode()


def test_a_script_that_nobody_watches_decides_nothing_by_itself(run, contacts: Path) -> None:
    done = run("import", "contacts.csv", "--list", "new", code=3)
    assert "Téléphone" in done.stderr
    assert "--yes" in done.stderr
    assert not run("lists", "--json")["lists"][1:]


def test_yes_takes_the_columns_and_keeps_them_for_the_next_time(run, workspace: Path, contacts: Path) -> None:
    run("import", "contacts.csv", "--list", "new", "--yes")
    assert "Téléphone" in (workspace / "lists" / "new.columns.toml").read_text(encoding="utf-8")
    again = run("import", "contacts.csv", "--list", "new", "--json")
    assert again["counts"]["unchanged"] == 1
    assert again["columns"] == {"Courriel": "email", "Nom": "name", "Téléphone": None}


def test_on_a_terminal_the_columns_are_shown_and_a_no_imports_nobody(run, workspace: Path, contacts: Path) -> None:
    code, shown = on_a_terminal(workspace, "n\n", "import", "contacts.csv", "--list", "new")
    assert code == 3, shown
    assert "0612345678" in shown
    assert "Nothing was imported" in shown
    kept = workspace / "lists" / "new.columns.toml"
    kept.write_text(kept.read_text(encoding="utf-8").replace('"name"', '"organisation"'), encoding="utf-8")
    code, shown = on_a_terminal(workspace, "yes\n", "import", "contacts.csv", "--list", "new")
    assert code == 0, shown
    assert run("people", "show", "ines@ville.example", "--json")["organisation"] == "Inès"
    code, shown = on_a_terminal(workspace, "", "import", "contacts.csv", "--list", "new")
    assert (code, "right?" in shown) == (0, False), shown


def test_a_dry_run_tells_what_would_change_from_what_to_what(run, workspace: Path) -> None:
    mail = "maelle.quervidou@ville-de-brumeval.example"
    (workspace / "new.csv").write_text(f"email;fonction\n{mail};Maire\nnobody;X\n", encoding="utf-8")
    done = run("import", "new.csv", "--list", "demo", "--dry-run")
    assert "“Adjointe déléguée à l'ESS” → “Maire”" in done.stdout
    assert not (workspace / "lists" / "rejected").exists()
    said = run("import", "new.csv", "--list", "demo", "--dry-run", "--json")
    assert said["rows"][0]["changes"] == {"role": ["Adjointe déléguée à l'ESS", "Maire"]}
    assert said["rows"][1]["column"] == "email"
    assert run("people", "show", mail, "--json")["role"].startswith("Adjointe")


def test_how_many_were_held_back_and_why_is_said(run, workspace: Path) -> None:
    run("people", "unsubscribe", "maelle.quervidou@ville-de-brumeval.example")
    done = run("import", "lists/sample.csv", "--list", "demo")
    assert "unsubscribed 1" in done.stdout
    assert run("import", "lists/sample.csv", "--list", "demo", "--json")["held_back"] == {"unsubscribed": 1}


def test_what_of_a_workbook_is_not_read_is_said(run, workspace: Path) -> None:
    book = xlsxwriter.Workbook(workspace / "book.xlsx")
    for name, cell in (("Élus", "a@x.example"), ("Vieux", "b@x.example")):
        sheet = book.add_worksheet(name)
        sheet.write_row(2, 0, ["Courriel", "Niveau"])
        sheet.write_row(3, 0, [cell, "région"])
    sheet.hide()
    book.close()
    said = run("import", "book.xlsx", "--list", "book")
    assert "Vieux (hidden)" in said.stdout
    assert run("people", "show", "a@x.example", "--json")["level"] == "région"
    run("people", "show", "b@x.example", code=4)


def test_the_encoding_that_was_found_is_shown_with_an_accent_to_judge_it_by(run, workspace: Path) -> None:
    (workspace / "mac.csv").write_bytes("email;nom\na@x.example;Hélène\n".encode("mac_roman"))
    done = run("import", "mac.csv", "--list", "mac")
    assert "MacRoman fits its accents best: “Hélène”" in done.stdout


def test_many_rows_to_look_at_are_cut_and_all_are_to_be_had(run, workspace: Path) -> None:
    (workspace / "many.csv").write_text("email\n" + "nobody\n" * 450, encoding="utf-8")
    assert "and 250 rows more" in run("import", "many.csv", "--list", "many").stdout
    assert run("import", "many.csv", "--list", "many", "--all").stdout.count("an address needs an @") == 450


def test_a_list_is_exported_and_read_again(run, workspace: Path) -> None:
    run("people", "unsubscribe", "maelle.quervidou@ville-de-brumeval.example")
    assert "1 person was left out" in run("export", "out.xlsx", "--list", "demo").stdout
    assert run("export", "out.csv", "--list", "demo", "--json")["people"] == 29
    assert run("import", "out.xlsx", "--list", "demo", "--json")["counts"]["unchanged"] == 29
    assert "exists already" in run("export", "out.csv", "--list", "demo", code=4).stderr

"""`privacy` and `people show`: rights that a person asks for, carried out by a colleague at the keyboard."""

import json
import sqlite3
from pathlib import Path

BOX = ("--transport", "boite")
ADDRESS = "maelle.quervidou@ville-de-brumeval.example"
NAME = "Maëlle Quervidou"


def test_a_person_gets_two_files_with_all_that_is_held(run, approved: str, workspace: Path) -> None:
    run("send", approved, "--list", "demo", *BOX)
    done = run("privacy", "export", ADDRESS, "--output", "p.json", "--output", "p.html")
    assert "delete the files" in done.stdout
    data = json.loads((workspace / "p.json").read_text(encoding="utf-8"))["data"]
    assert data["subscribers"]["rows"][0]["name"] == NAME
    assert data["deliveries"]["rows"][0]["issue"] == approved
    page = (workspace / "p.html").read_text(encoding="utf-8")
    assert NAME in page
    assert "<script" not in page
    assert "contact@rtes.example" in page
    assert "exists already" in run("privacy", "export", ADDRESS, "--output", "p.json", code=4).stderr
    assert ".json" in run("privacy", "export", ADDRESS, "--output", "p.pdf", code=2).stderr
    assert run("privacy", "export", ADDRESS, "--json")["address"] == ADDRESS


def test_a_name_with_markup_stays_text_on_the_page(run, workspace: Path) -> None:
    (workspace / "x.csv").write_text("email;nom\nx@ville.example;<img src=x onerror=alert(1)>\n", encoding="utf-8")
    run("import", "x.csv", "--list", "demo")
    run("privacy", "export", "x@ville.example", "--output", "p.html")
    assert "<img" not in (workspace / "p.html").read_text(encoding="utf-8")


def test_an_erased_person_is_gone_and_does_not_come_back(run, approved: str, workspace: Path) -> None:
    run("send", approved, "--list", "demo", *BOX)
    run("certificate", approved, "--list", "demo", "--by", "Claire", "--output", "c.json")
    done = run("privacy", "erase", ADDRESS, "--by", "Claire Déléguée")
    assert "is erased" in done.stdout
    assert "lists/sample.csv" in done.stdout
    assert "out/outbox/00000001.eml" in done.stdout
    assert NAME.encode() not in b"".join(p.read_bytes() for p in (workspace / "lists").glob("rtesmail.db*"))
    assert "was erased" in run("people", "show", ADDRESS, code=3).stderr
    assert "1 person of this mailing was erased" in run("verify", "c.json").stdout
    assert run("import", "lists/sample.csv", "--list", "demo", "--json")["counts"]["held_back"] == 1
    assert "(erased)" in run("who", approved, "--list", "demo", "--state", "all").stdout
    assert ADDRESS not in json.dumps(run("people", "--limit", "100", "--json"))
    assert len(run("people", "--limit", "100", "--json")["people"]) == 29


def test_erasing_tells_machines_what_it_did(run) -> None:
    told = run("privacy", "erase", ADDRESS, "--by", "Claire", "--json")
    assert told["rows"] == {"memberships": 1, "consent_events": 1, "subscribers": 1}
    assert told["file_rewritten"]
    assert "name is empty" in run("privacy", "erase", ADDRESS, "--by", " ", code=4).stderr
    assert "Nothing is held" in run("privacy", "erase", "nobody@ville.example", "--by", "x", code=4).stderr


def test_a_purge_is_shown_before_it_is_done(run, workspace: Path) -> None:
    with sqlite3.connect(workspace / "lists" / "rtesmail.db") as connection:
        connection.execute("UPDATE subscribers SET created_at = '2020-01-01T00:00:00.000+00:00' WHERE id <= 3")
    connection.close()
    told = run("privacy", "purge", "--dry-run").stdout
    assert "3 people would be erased" in told
    assert ADDRESS in told
    assert run("privacy", "register", "--json")["overdue"] == 3
    assert "name is empty" in run("privacy", "purge", code=4).stderr
    assert "3 people were erased" in run("privacy", "purge", "--by", "cron").stdout
    again = run("privacy", "purge", "--by", "cron", "--json")
    assert (again["erased"], again["file_rewritten"]) == (0, True)
    assert run("privacy", "register", "--json")["erasures"] == {"retention": 3}


def test_the_record_says_what_is_not_stated_and_not_proven(run, workspace: Path) -> None:
    assert "Legal basis not stated: demo" in run("privacy", "register").stdout
    path = workspace / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f'{text}\n[privacy]\nkeep_months = 24\ncontact = "dpo@rtes.example"\n'
        '[lists.demo]\nlegal_basis = "consent"\npurpose = "La newsletter mensuelle"\n',
        encoding="utf-8",
    )
    told = run("privacy", "register", "--output", "r.html").stdout
    assert "cannot prove: demo" in told
    assert "24 months" in told
    assert "dpo@rtes.example" in told
    assert "La newsletter mensuelle" in (workspace / "r.html").read_text(encoding="utf-8")
    path.write_text(f'{text}\n[lists.demo]\nlegal_basis = "consentement"\n', encoding="utf-8")
    assert "legal_basis cannot be 'consentement'" in run("privacy", "register", code=4).stderr


def test_a_history_stands_below_the_person(run, approved: str) -> None:
    run("send", approved, "--list", "demo", *BOX)
    run("people", "unsubscribe", ADDRESS, "--source", "by phone")
    lines = [line.split("  ") for line in run("people", "show", ADDRESS).stdout.splitlines()]
    told = [" ".join(filter(None, (cell.strip() for cell in line))) for line in lines]
    assert any(line.endswith("put on a list demo sample.csv") for line in told)
    assert any("message accepted 2025-04-mensuelle → demo" in line for line in told)
    assert told[-1].endswith("said no by phone")
    shown = run("people", "show", ADDRESS, "--json")
    assert shown["lists"] == ["demo"]
    assert [entry["what"] for entry in shown["history"]] == ["collected", "imported", "accepted", "unsubscribed"]


def test_an_address_that_only_said_no_has_a_history_too(run) -> None:
    run("people", "unsubscribe", "stranger@ville.example", "--source", "a letter")
    assert "is on no list" in run("people", "show", "stranger@ville.example").stdout


def test_the_rights_read_french(run, approved: str) -> None:
    run("send", approved, "--list", "demo", *BOX)
    told = run("privacy", "export", ADDRESS, LANGUAGE="fr").stdout
    assert "Données détenues sur" in told
    assert "inscription à une liste" in run("people", "show", ADDRESS, LANGUAGE="fr").stdout

"""`pull`: what staff sees of it, and what a script does."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

SOON = date.today() + timedelta(days=20)
RSS = (
    "<rss version='2.0'><channel>"
    "<item><title>Une actu</title><link>https://www.brumeval.example/actu</link>"
    "<description>Un &lt;b>mot&lt;/b> &lt;img src='https://www.brumeval.example/p.jpg'></description></item>"
    "<item><title>Sans texte</title><link>https://www.brumeval.example/vide</link></item></channel></rss>"
)
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@brumeval.example\r\nSUMMARY:Rencontre\r\n"
    f"DTSTART:{SOON:%Y%m%d}T090000Z\r\nLOCATION:Mairie\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def pull(demo_workspace: Path, site, rtesmail):
    settings = demo_workspace / "rtesmail.toml"
    tables = (
        f'[feeds.actus]\nurl = "{site.put("/feed", RSS)}"\n[feeds.agenda]\nurl = "{site.put("/agenda.ics", ICS)}"\n'
        f'[feeds.perdu]\nurl = "{site.address}/perdu"\n'
    )
    settings.write_text(settings.read_text(encoding="utf-8") + tables, encoding="utf-8")

    def run(*arguments: str, code: int = 0, **environment: str) -> str:
        done = rtesmail("pull", *arguments, cwd=demo_workspace, **environment)
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stderr if code not in (0, 5) else done.stdout

    return run


def test_a_person_sees_what_came_in_what_is_missing_and_what_to_do_next(pull, demo_workspace: Path) -> None:
    shown = pull(code=5)
    rows = [line.split() for line in shown.splitlines()]
    assert ["actus", "2", "0", "0", "0", "0"] in rows
    assert ["agenda", "1", "0", "0", "0", "0"] in rows
    assert ["perdu", "–", "–", "–", "–", "–"] in rows
    assert "there is no such page (404)" in shown
    assert "issues/snippets/articles/une-actu.md" in shown
    assert f"issues/snippets/agenda/{SOON}-rencontre.md" in shown
    assert "This article needs Text (body) or Introduction (lead)." in shown
    assert "1 picture was left out" in shown
    assert "Next: read the drafts over" in shown
    assert (demo_workspace / "issues/snippets/articles/une-actu.md").is_file()


def test_a_script_reads_the_same_as_json_and_from_the_exit_code(pull) -> None:
    made = json.loads(pull("actus", "--json"))
    assert [feed["name"] for feed in made["feeds"]] == ["actus"]
    assert made["feeds"][0]["counts"]["new"] == 2
    assert made["feeds"][0]["entries"][0]["id"] == "une-actu"
    again = json.loads(pull("--json", code=5))
    assert [feed["counts"]["new"] for feed in again["feeds"]] == [0, 1, 0]
    assert "no such page" in again["feeds"][2]["error"]


def test_a_dry_run_writes_nothing_and_says_so(pull, demo_workspace: Path) -> None:
    before = sorted(demo_workspace.rglob("*"))
    assert "Nothing was written" in pull("actus", "agenda", "--dry-run")
    assert sorted(demo_workspace.rglob("*")) == before


def test_what_was_edited_here_is_named(pull, site, demo_workspace: Path) -> None:
    pull("actus")
    path = demo_workspace / "issues/snippets/articles/une-actu.md"
    path.write_text(path.read_text(encoding="utf-8").replace("status: draft", "status: reviewed"), encoding="utf-8")
    site.put("/feed", RSS.replace("mot", "autre mot"))
    before = path.read_bytes()
    shown = pull("actus")
    assert "edited here  Une actu" in shown
    assert "changed at the source, edited here: left alone" in shown
    assert path.read_bytes() == before


def test_a_name_that_is_no_feed_and_a_workspace_without_feeds_are_told(pull, rtesmail, demo_workspace: Path) -> None:
    assert "There is no feed 'agneda'" in pull("agneda", code=1)
    settings = demo_workspace / "rtesmail.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text[: text.index("[feeds.actus]\nurl")], encoding="utf-8")
    assert "[feeds.site]" in pull(code=4)


def test_it_speaks_french(pull) -> None:
    shown = pull("actus", LANGUAGE="fr")
    assert "nouveaux" in shown
    assert "Ensuite" in shown

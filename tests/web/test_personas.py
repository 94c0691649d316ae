"""An edition seen through the eyes of people in the database, which is read and never changed."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rtesmail.audience.imports import import_file
from rtesmail.store.opening import open_store

from .conftest import APRIL, Preview

SEGMENTS = """
[regions]
title = "Les régions"
expression = 'level == "région"'

[ailleurs]
title = "Une autre liste"
expression = 'on("nulle-part")'
"""


@pytest.fixture
def peopled(preview: Preview) -> Preview:
    """A preview with the sample people, segments, and an item of the agenda for régions only."""
    store = open_store(preview.root / "lists" / "rtesmail.db")
    import_file(store, preview.root / "lists" / "sample.csv", "demo", now=datetime(2025, 4, 1, tzinfo=UTC))
    store.conn.close()
    (preview.root / "lists" / "segments.toml").write_text(SEGMENTS, encoding="utf-8")
    path = preview.root / "issues" / "snippets" / "agenda" / "2025-07-01-assemblee-generale.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kind: event", "kind: event\nonly_for: {levels: [région]}", 1), encoding="utf-8")
    return preview


def somebody(root: Path, condition: str) -> tuple[int, str, str]:
    """The number, the address and the name of somebody who meets a condition."""
    store = open_store(root / "lists" / "rtesmail.db")
    try:
        row = store.execute(f"SELECT id, email, name FROM subscribers WHERE {condition} AND name <> ''").fetchone()
    finally:
        store.conn.close()
    return int(row[0]), str(row[1]), str(row[2])


def test_somebody_is_found_by_address_name_or_organisation(peopled: Preview) -> None:
    number, email, name = somebody(peopled.root, "level = 'région'")
    for who in (email, name.upper(), name.split()[0]):
        page = peopled.get(f"/issue/{APRIL}?who={who}").text
        assert f'id="to-person-{number}"' in page
        assert f"person={number}" in page
    assert "Nobody in the database is called that." in peopled.page(f"/issue/{APRIL}?who=personne-du-tout")


def test_a_person_gets_what_their_letter_will_hold(peopled: Preview) -> None:
    title = "Assemblée générale du RTES"
    for condition, is_there in (("level = 'région'", True), ("level <> 'région'", False)):
        number, email, name = somebody(peopled.root, condition)
        page = peopled.page(f"/issue/{APRIL}?person={number}&view=text")
        assert name in page
        assert (title in page) is is_there
        assert (title in peopled.page(f"/issue/{APRIL}/frame?person={number}")) is is_there
        assert email in peopled.page(f"/issue/{APRIL}/frame?person={number}")
        assert f'src="/issue/{APRIL}/frame?person={number}"' in peopled.page(f"/issue/{APRIL}?person={number}")


def test_no_link_of_a_person_can_unsubscribe_them(peopled: Preview) -> None:
    number, _email, _name = somebody(peopled.root, "level = 'région'")
    frames = [peopled.page(f"/issue/{APRIL}/frame{query}") for query in ("", f"?person={number}")]
    links = [sorted(part.split('"')[0] for part in frame.split('href="')[1:] if "/u/" in part) for frame in frames]
    assert links[0] == links[1]


def test_a_segment_tells_how_many_get_which_blocks(peopled: Preview) -> None:
    page = peopled.page(f"/issue/{APRIL}?segment=regions")
    store = open_store(peopled.root / "lists" / "rtesmail.db")
    (people,) = store.execute("SELECT COUNT(*) FROM subscribers WHERE level = 'région'").fetchone()
    store.conn.close()
    assert people > 0
    assert "can be written to." in page
    assert f">région: {people}</a>" in page
    assert f'src="/issue/{APRIL}/frame?readers=1"' in page


def test_what_cannot_be_asked_is_said_and_the_mail_still_shows(peopled: Preview) -> None:
    page = peopled.page(f"/issue/{APRIL}?segment=ailleurs")
    assert "There is no list “nulle-part”" in page
    assert page.count("<iframe ") == 3
    (peopled.root / "lists" / "segments.toml").write_text("[regions\n", encoding="utf-8")
    page = peopled.page(f"/issue/{APRIL}?who=a")
    assert "segments.toml" in page
    assert page.count("<iframe ") == 3


def test_nobody_of_that_number_is_the_sample_reader(peopled: Preview) -> None:
    for number in ("0", "999999", "-1", "x", "9" * 40):
        assert "the sample reader" in peopled.page(f"/issue/{APRIL}?person={number}")
        assert peopled.get(f"/issue/{APRIL}/frame?person={number}").status_code == 200


def test_who_was_erased_is_found_by_nobody(peopled: Preview, rtesmail) -> None:
    number, email, name = somebody(peopled.root, "level = 'région'")
    assert rtesmail("privacy", "erase", email, "--by", "Ada Exemple", cwd=peopled.root).returncode == 0
    assert f"person={number}" not in peopled.page(f"/issue/{APRIL}?who={email}")
    assert name not in peopled.page(f"/issue/{APRIL}?person={number}")


def test_looking_for_people_changes_nothing(peopled: Preview) -> None:
    database = peopled.root / "lists" / "rtesmail.db"
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    for query in ("who=a", "segment=regions", "person=1"):
        peopled.page(f"/issue/{APRIL}?{query}")
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in database.parent.iterdir() if "rtesmail" in path.name) == ["rtesmail.db"]


def test_without_people_there_is_nobody_to_pick(preview: Preview) -> None:
    assert 'id="picker"' not in preview.page(f"/issue/{APRIL}")

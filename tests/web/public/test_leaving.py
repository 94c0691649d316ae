"""Leaving works at once, for everybody, and tells nothing to those who guess."""

import re
from pathlib import Path

import pytest

from rtesmail.audience.imports import import_file
from rtesmail.audience.subscribers import audience_of
from rtesmail.delivery.tokens import Purpose, sign

from .conftest import START, Doors, Opener

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_one_click_leaves_in_one_request_without_cookie_or_redirect(doors: Doors, form: str) -> None:
    path = f"/u/{doors.token(1)}"
    if form == "urlencoded":
        answer = doors.post(path, ONE_CLICK)
    else:
        parts = {name: (None, value) for name, value in ONE_CLICK.items()}
        answer = doors.session.post(doors.url + path, files=parts, timeout=30, allow_redirects=False)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert doors.status(1) == "unsubscribed"
    assert doors.status(2) == "active"
    sql = "SELECT event, source FROM consent_events WHERE email_key = 'ines@ville.example' ORDER BY id DESC LIMIT 1"
    assert doors.rows(sql) == [("unsubscribed", "one-click unsubscribe (RFC 8058)")]


def test_a_person_who_left_by_one_click_is_in_no_audience(doors: Doors) -> None:
    doors.post(f"/u/{doors.token(1)}", ONE_CLICK)
    with doors.store() as store:
        assert [person.id for name in ("mensuelle", "invites") for person in audience_of(store, name)] == [2, 2]


def test_leaving_twice_is_one_no(doors: Doors) -> None:
    path = f"/u/{doors.token(1)}"
    assert doors.post(path, ONE_CLICK).status_code == 200
    before = doors.dump()
    doors.watch.move(days=1)
    assert doors.post(path, ONE_CLICK).status_code == 200
    assert doors.dump() == before


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=One-Click", b"\xff\xfe", b"a=b"])
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_no_that_comes_badly_dressed_is_a_no(doors: Doors, body: bytes, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert doors.post(f"/u/{doors.token(1)}", body, **headers).status_code == 200
    assert doors.status(1) == "unsubscribed"


@pytest.mark.parametrize("reason", ["unsubscribed", "bounced", "complained", "erased"])
def test_who_is_already_gone_can_leave_and_stays_gone(doors: Doors, reason: str) -> None:
    doors.say_goodbye("ines@ville.example", reason)
    answer = doors.post(f"/u/{doors.token(1)}", ONE_CLICK)
    assert answer.status_code == 200
    assert doors.status(1) == ("unsubscribed" if reason == "bounced" else reason)
    # Neither does the way back lead to where they were not.
    doors.post(back(answer.text))
    assert doors.status(1) != "active"


def back(page: str) -> str:
    found = re.search(r'action="(/r/[^"?]+)', page)
    assert found is not None
    return found[1]


def without_tokens(page: str) -> str:
    return re.sub(r"/([urp])/[\w.=-]+", r"/\1/TOKEN", page)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_guessed_link_shows_what_a_genuine_one_shows(doors: Doors, method: str) -> None:
    genuine = doors.token(1)
    guesses = ["x", genuine[:-1] + ("A" if genuine[-1] != "A" else "B"), f"2{genuine[1:]}", doors.token(999)]
    guesses.append(sign(b"another secret, long enough", Purpose.UNSUBSCRIBE, 1, "mensuelle"))
    guesses.append(doors.token(1, Purpose.PREFERENCES))
    before = doors.dump()
    answers = [getattr(doors, method)(f"/u/{token}") for token in guesses]
    assert doors.dump() == before
    expected = getattr(doors, method)(f"/u/{genuine}")
    for answer in answers:
        assert answer.status_code == expected.status_code == 200
        assert without_tokens(answer.text) == without_tokens(expected.text)
        names = {name.lower() for name in answer.headers}
        assert names == {name.lower() for name in expected.headers}


def test_leaving_one_list_keeps_the_others_and_no_import_brings_it_back(doors: Doors, tmp_path: Path) -> None:
    doors.post(f"/u/{doors.token(1)}", {"leave": "list"})
    assert doors.status(1) == "active"
    assert doors.lists(1) == {"invites"}
    people = tmp_path / "again.csv"
    people.write_text("email\nines@ville.example\n", encoding="utf-8")
    with doors.store() as store:
        report = import_file(store, people, "mensuelle", now=START, rejected_folder=tmp_path, dry_run=False)
        assert [row.status.value for row in report.rows] == ["held_back"]
    assert doors.lists(1) == {"invites"}


def test_the_database_itself_puts_nobody_back_on_a_list_that_they_left(doors: Doors) -> None:
    doors.post(f"/u/{doors.token(1)}", {"leave": "list"})
    with doors.store() as store:
        store.execute("INSERT INTO memberships SELECT id, 1, '' FROM lists WHERE name = 'mensuelle'")
    assert doors.lists(1) == {"invites"}


@pytest.mark.parametrize("leave", ["list", "everything"])
def test_a_mistake_is_taken_back_within_a_day(doors: Doors, leave: str) -> None:
    page = doors.post(f"/u/{doors.token(1)}", {"leave": leave}).text
    doors.watch.move(hours=23)
    assert doors.post(back(page)).status_code == 200
    assert doors.status(1) == "active"
    assert doors.lists(1) == {"mensuelle", "invites"}
    words = doors.rows("SELECT text FROM consent_events JOIN wordings ON sha256 = wording ORDER BY id DESC LIMIT 1")
    assert words == [("Je me suis désinscrit·e par erreur",)]


def test_an_old_page_brings_nobody_back(doors: Doors) -> None:
    page = doors.post(f"/u/{doors.token(1)}").text
    doors.watch.move(hours=25)
    assert doors.post(back(page)).status_code == 410
    assert doors.status(1) == "unsubscribed"


def test_links_of_letters_sent_before_a_new_secret_still_work(open_doors: Opener, demo_workspace: Path) -> None:
    old, new = "the secret of last year", "the secret of this year"
    (demo_workspace / "lists" / "secret.key").write_text(f"{new}\n{old}\n")
    doors = open_doors()
    assert doors.token(1) == sign(new.encode(), Purpose.UNSUBSCRIBE, 1, "mensuelle")
    doors.post("/u/" + sign(old.encode(), Purpose.UNSUBSCRIBE, 1, "mensuelle"), ONE_CLICK)
    doors.post(f"/u/{doors.token(2)}", ONE_CLICK)
    assert [doors.status(1), doors.status(2)] == ["unsubscribed", "unsubscribed"]


def test_a_busy_database_is_said_as_such_and_nothing_is_lost_silently(doors: Doors) -> None:
    with doors.store() as store:
        store.execute("BEGIN IMMEDIATE")
        answer = doors.post(f"/u/{doors.token(1)}", ONE_CLICK)
        store.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "content-security-policy" in answer.headers
    assert doors.post(f"/u/{doors.token(1)}", ONE_CLICK).status_code == 200

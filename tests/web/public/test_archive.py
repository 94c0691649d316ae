"""Letters on the web: what was approved, under the address that the letters give, and nothing else of the disk."""

import pytest

from rtesmail.content.issues import load_issue
from rtesmail.delivery.approvals import approve
from rtesmail.delivery.mailings import begin
from rtesmail.model.edition import ApprovedAudience
from rtesmail.rendering.build import build_issue
from rtesmail.rendering.edition import render_edition

from .conftest import START, Doors

APRIL = "2025-04-mensuelle"


@pytest.fixture
def built(doors: Doors) -> Doors:
    issue = load_issue(doors.workspace, APRIL).issue
    build_issue(doors.workspace, issue, render_edition(doors.workspace, issue))
    return doors


def say_yes(doors: Doors) -> None:
    issue = load_issue(doors.workspace, APRIL).issue
    with doors.store() as store:
        approve(store, render_edition(doors.workspace, issue), by="Anne", now=START)


def test_a_draft_that_was_only_built_is_nobodys_to_read(built: Doors) -> None:
    assert built.get(f"/lettres/{APRIL}/").status_code == 404
    say_yes(built)
    answer = built.get(f"/lettres/{APRIL}/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in answer.headers["content-security-policy"]


def test_a_letter_approved_for_some_lists_is_shown_to_its_readers_and_not_listed(built: Doors) -> None:
    issue = load_issue(built.workspace, APRIL).issue
    edition = render_edition(built.workspace, issue)
    say_yes(built)
    with built.store() as store:
        begin(store, issue_id=APRIL, list_name="mensuelle", digest=edition.digest, now=START)
    assert APRIL in built.get("/lettres/").text
    assert "x-robots-tag" not in built.get(f"/lettres/{APRIL}/").headers
    with built.store() as store:
        approve(store, edition, by="Anne", now=START, audiences=[ApprovedAudience("mensuelle")])
    page = built.get(f"/lettres/{APRIL}/")
    assert (page.status_code, page.headers["x-robots-tag"]) == (200, "noindex")
    assert APRIL not in built.get("/lettres/").text


def test_a_letters_pictures_and_calendar_entries_come_with_it(built: Doors) -> None:
    say_yes(built)
    web = built.workspace.out / APRIL / "web"
    files = [path.relative_to(web).as_posix() for path in web.rglob("*") if path.is_file()]
    assert len(files) > 2
    for name in files:
        answer = built.get(f"/lettres/{APRIL}/{name}")
        assert answer.status_code == 200
        assert answer.content == (web / name).read_bytes()


def test_without_its_slash_the_address_leads_to_the_letter(built: Doors) -> None:
    answer = built.get(f"/lettres/{APRIL}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/lettres/{APRIL}/")
    assert built.get("/lettres/..%2f..").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../edition.html",
        "..%2fedition.html",
        "%2e%2e/edition.json",
        "..\\edition.html",
        "x%00.html",
        "/etc/passwd",
        "none",
    ],
)
def test_nothing_outside_of_a_letters_folder_is_given(built: Doors, name: str) -> None:
    say_yes(built)
    assert built.get(f"/lettres/{APRIL}/{name}").status_code == 404


def test_a_link_out_of_the_folder_leads_nowhere(built: Doors) -> None:
    say_yes(built)
    (built.workspace.out / APRIL / "web" / "people.html").symlink_to(built.workspace.database)
    assert built.get(f"/lettres/{APRIL}/people.html").status_code == 404


def test_the_index_holds_what_left_newest_first(built: Doors) -> None:
    say_yes(built)
    assert APRIL not in built.get("/lettres/").text
    with built.store() as store:
        issue = load_issue(built.workspace, APRIL).issue
        edition = render_edition(built.workspace, issue)
        begin(store, issue_id=APRIL, list_name="mensuelle", digest=edition.digest, now=START)
    page = built.get("/lettres/").text
    assert f'href="/lettres/{APRIL}/"' in page
    assert "3 avril 2025" in page
    assert "La newsletter du RTES" in page

"""Errors that an approval lets pass, in a real browser: seen apart at once, approved so, and errors again at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import latest_approval
from rtesmail.store.opening import open_store

from .desk import go_to, judge, write

APRIL = "2025-04-mensuelle"
SNIPPET = Path("issues/snippets/articles/bloc-communal.md")
WAIVE = ("--waive", "weekday=Postponed, the date comes on Monday")


@pytest.fixture
def wrong_day(page: Page, demo_workspace: Path) -> Page:
    """The open page of a letter with one error: a weekday that is not that of its date."""
    write(demo_workspace / SNIPPET, "jeudi 10 avril", "jeudi 11 avril 2025")
    page.goto(f"/issue/{APRIL}?size=phone")
    expect(page.locator(".finding-error")).to_have_count(1)
    return page


def look(page: Page, name: str) -> None:
    for width in (375, 600, 1200):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            judge(page, f"waived-{name}-{width}-{scheme}")


def test_a_letter_with_an_error_let_pass_is_approved_and_shows_it_apart(
    wrong_day: Page, command: Callable[..., str], demo_workspace: Path
) -> None:
    page = wrong_day
    expect(page.get_by_text(f"{APRIL} has errors and cannot be approved or sent.")).to_be_visible()

    # A colleague lets it pass in the terminal: the open page follows.
    command("approve", APRIL, "--by", "Anne Exemple", *WAIVE)
    expect(page.locator(".passed h3")).to_contain_text("1 error let pass by Anne Exemple on")
    expect(page.locator(".passed")).to_contain_text("reason: Postponed, the date comes on Monday")
    expect(page.locator(".finding-error")).to_have_count(0)
    expect(page.locator(".head-state")).to_contain_text("Ready")
    look(page, "passed")

    # By keyboard from the head to it, and on to its place in the letter.
    go_to(page, "#to-passed")
    page.keyboard.press("Enter")
    go_to(page, ".passed .finding-link", most=2)
    page.keyboard.press("Enter")
    expect(page.frame_locator("iframe").locator(".rtesmail-place.is-shown")).to_have_text("jeudi 11 avril 2025")
    look(page, "shown")

    # Approved again here, for one list, with what it lets pass.
    go_to(page, "#to-again")
    page.keyboard.press("Enter")
    go_to(page, "#whom-every", most=1)
    page.keyboard.press("ArrowDown")
    page.get_by_role("checkbox", name="demo").check()
    expect(page.get_by_text("Your approval lets the same error pass, for the same reason.")).to_be_visible()
    look(page, "again")
    go_to(page, "#approver", most=4)
    page.keyboard.type("Camille Exemple")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Approved by Camille Exemple")
    expect(page.locator(".passed h3")).to_contain_text("1 error let pass by Camille Exemple on")
    store = open_store(load_workspace(demo_workspace).database)
    approval = latest_approval(store, APRIL)
    store.conn.close()
    assert approval is not None
    assert [(one.check, one.reason) for one in approval.waivers] == [("weekday", WAIVE[1].partition("=")[2])]
    page.goto("/")
    expect(page.get_by_role("row", name="Avril 2025")).to_contain_text("1 error let pass")
    look(page, "list")


def test_an_error_is_let_pass_by_keyboard_with_a_reason_and_a_name(wrong_day: Page, demo_workspace: Path) -> None:
    page = wrong_day
    go_to(page, "#to-waive")
    page.keyboard.press("Enter")
    look(page, "reason")
    go_to(page, "#why-weekday", most=1)
    page.keyboard.press("Enter")
    expect(page.locator("#why-weekday")).to_be_focused()
    page.keyboard.type("Postponed, the date comes on Monday")
    # What is typed stays when a file is saved meanwhile.
    write(demo_workspace / SNIPPET, "title: ", "title: Enfin ")
    expect(page.frame_locator("iframe").get_by_text("Enfin ").first).to_be_attached()
    expect(page.locator("#why-weekday")).to_have_value("Postponed, the date comes on Monday")
    go_to(page, "#approver", most=2)
    page.keyboard.type("Camille Exemple")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Approved by Camille Exemple")
    expect(page.locator(".passed h3")).to_contain_text("1 error let pass by Camille Exemple on")
    expect(page.locator(".passed")).to_contain_text("reason: Postponed, the date comes on Monday")
    expect(page.locator(".head-state")).to_contain_text("Ready")
    expect(page.locator("#to-waive")).to_have_count(0)


def test_a_change_makes_it_an_error_again_before_the_eyes_of_whoever_looks(
    wrong_day: Page, command: Callable[..., str], demo_workspace: Path
) -> None:
    page = wrong_day
    command("approve", APRIL, "--by", "Anne Exemple", *WAIVE)
    expect(page.locator(".passed .finding")).to_have_count(1)
    write(demo_workspace / SNIPPET, "title: ", "title: Enfin ")
    expect(page.locator(".passed")).to_have_count(0)
    expect(page.locator(".finding-error")).to_have_count(1)
    expect(page.locator(".head-state")).to_contain_text("Has errors")
    expect(page.locator(".deeds")).to_contain_text("Changed since its approval")
    expect(page.get_by_text(f"{APRIL} has errors and cannot be approved or sent.")).to_be_visible()
    expect(page.locator("#approve")).to_be_hidden()

    # Undone, it is approved as it was, and what the yes lets pass with it.
    write(demo_workspace / SNIPPET, "title: Enfin ", "title: ")
    expect(page.locator(".passed .finding")).to_have_count(1)
    expect(page.locator(".finding-error")).to_have_count(0)

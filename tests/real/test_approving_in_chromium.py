"""For whom a yes is, chosen in a real browser by keyboard, and what stays of it while files change."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import latest_approval
from rtesmail.store.opening import open_store

from .desk import SEGMENTS, go_to, judge, write

APRIL = "2025-04-mensuelle"
SNIPPET = Path("issues/snippets/articles/bloc-communal.md")


def people(workspace: Path) -> list[tuple[str, str]]:
    store = open_store(load_workspace(workspace).database)
    approval = latest_approval(store, APRIL)
    store.conn.close()
    assert approval is not None
    return [(one.list_name, one.segment) for one in approval.audiences]


def look(page: Page, name: str) -> None:
    for width, scheme in ((375, "light"), (600, "dark"), (1200, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        judge(page, f"whom-{name}-{width}-{scheme}")


def test_a_yes_for_one_list_is_given_by_keyboard(page: Page, command: Callable[..., str], demo_workspace: Path) -> None:
    command("import", "lists/sample.csv", "--list", "presse")
    page.goto(f"/issue/{APRIL}?view=inbox")
    presse = page.get_by_role("checkbox", name="presse")
    expect(page.get_by_role("radio", name="For every list and the web")).to_be_checked()
    expect(presse).to_be_hidden()
    look(page, "every")

    # The lists come with the choice that needs them, next in the keyboard's order. None ticked is refused in words.
    go_to(page, "#whom-every")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Only for these lists")).to_be_checked()
    expect(presse).to_be_visible()
    go_to(page, "#approver", most=6)
    page.keyboard.type("Camille Exemple")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("none of them is ticked")
    expect(page.locator("#approver")).to_have_value("Camille Exemple")
    expect(presse).to_be_visible()
    look(page, "refused")

    # What is ticked and chosen stays while somebody saves a file.
    go_to(page, "[value=presse]")
    page.keyboard.press("Space")
    go_to(page, "#whom-segment", most=2)
    page.keyboard.press("ArrowDown")
    seen = page.locator("form:has(#approve) [name=digest]")
    before = seen.input_value()
    write(demo_workspace / SNIPPET, "jeudi 10 avril", "jeudi 10 avril prochain")
    expect(seen).not_to_have_value(before)
    expect(presse).to_be_checked()
    expect(page.locator("#whom-segment")).to_have_value("regions")
    expect(page.locator("#whom-segment")).to_be_focused()
    go_to(page, "#approve", most=2)
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("For presse (segment regions) only")
    expect(page.locator(".deeds")).to_contain_text("Approved")
    assert people(demo_workspace) == [("presse", "regions")]
    look(page, "some")

    # The segment asks for others: the open page says so by itself, and which condition it was.
    (demo_workspace / "lists" / "segments.toml").write_text(SEGMENTS.replace('région"', 'epci"'), encoding="utf-8")
    expect(page.locator(".deeds")).to_contain_text("Changed since its approval")
    expect(page.locator(".changes")).to_contain_text('asked for level == "région" when Camille Exemple approved')
    expect(presse).to_be_checked()
    look(page, "changed")
    go_to(page, "#approver")
    page.keyboard.type("Sam Exemple")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Approved by Sam Exemple")

    # For others, though nothing has changed: the same form, out of the way until it is asked for.
    expect(page.locator("#approve")).to_be_hidden()
    go_to(page, "#to-again")
    page.keyboard.press("Enter")
    go_to(page, "#whom-some", most=1)
    page.keyboard.press("ArrowUp")
    expect(presse).to_be_hidden()
    look(page, "again")
    go_to(page, "#approver", most=1)
    page.keyboard.type("Sam Exemple")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("For every list and the web")
    assert people(demo_workspace) == []
    page.goto("/")
    expect(page.get_by_text("only")).to_have_count(0)


def test_without_scripts_lists_are_chosen_too(page: Page, chromium: Browser, demo_workspace: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=page.url)
    plain = context.new_page()
    plain.goto(f"/issue/{APRIL}?size=phone")
    expect(plain.get_by_role("checkbox", name="demo")).to_be_hidden()
    plain.locator("#whom-some").check()
    plain.get_by_role("checkbox", name="demo").check()
    plain.locator("#approver").fill("Camille Exemple")
    plain.locator("#approve").click()
    expect(plain.locator("#notice")).to_contain_text("For demo only")
    assert people(demo_workspace) == [("demo", "")]
    context.close()

"""The editor's desk in a real browser, by keyboard: from a new event to its approval, through the preview."""

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import latest_approval
from rtesmail.store.opening import open_store

from .desk import go_to, judge, write

MAY = "2025-05-mensuelle"
EVENT = Path("issues/snippets/agenda/2025-05-15-cafe-de-l-ess.md")


def test_from_a_new_event_to_its_approval(page: Page, command: Callable[..., str], demo_workspace: Path) -> None:
    expect(page.get_by_role("link", name="Avril 2025")).to_be_visible()

    # The event is written, read over, and taken into the next issue: the open list shows it by itself.
    text = "On y parle d'ESS. [cliquez ici](https://agenda.example/cafe) pour venir le mercredi 15 mai 2025."
    command(
        "new",
        "event",
        "--title",
        "Café de l'ESS",
        "--start",
        "15/05/2025 9h30",
        "--set",
        "place=Brumeval",
        "--text",
        text,
        "--no-ask",
    )
    write(demo_workspace / EVENT, "status: draft", "status: reviewed")
    command("assemble", "mensuelle", "2025-05", "--as-of", "2025-04-30T09:00")
    expect(page.get_by_role("link", name="Mai 2025")).to_be_visible()

    go_to(page, f'a[href="/issue/{MAY}"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mai 2025")
    frames = [page.frame_locator(f".device-{size} iframe") for size in ("phone", "tablet", "desktop")]
    for frame in frames:
        expect(frame.get_by_role("heading", name="Café de l’ESS")).to_be_visible()

    # An error refuses the approval; Enter on it shows the place in every frame, and the file and line to copy.
    expect(page.get_by_text(f"{MAY} has errors and cannot be approved or sent.")).to_be_visible()
    expect(page.locator("#approve")).to_be_hidden()
    go_to(page, "#to-findings")
    page.keyboard.press("Enter")
    go_to(page, ".finding-error .finding-link", most=2)
    page.keyboard.press("Enter")
    for frame in frames:
        place = frame.locator(".rtesmail-place.is-shown")
        expect(place).to_have_text("mercredi 15 mai 2025")
        top = "(mark) => mark.getBoundingClientRect().top / mark.ownerDocument.defaultView.innerHeight"
        assert 0 < place.evaluate(top) < 1
    expect(frames[0].locator(".rtesmail-place.is-shown")).to_be_in_viewport()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go_to(page, ".finding-error .copy")
    page.keyboard.press("Enter")
    expect(page.locator(".finding-error .copy")).to_have_text("Copied")
    line = next(
        n for n, row in enumerate((demo_workspace / EVENT).read_text("utf-8").splitlines(), 1) if "15 mai" in row
    )
    assert page.evaluate("navigator.clipboard.readText()") == f"{EVENT.as_posix()}:{line}"

    # The file is mended: the finding goes, and what is read and typed meanwhile stays.
    phone = "document.querySelector('.device-phone iframe').contentWindow"
    page.wait_for_function(f"{phone}.scrollY > 500")
    page.evaluate(f"{phone}.scrollTo({{top: 700, behavior: 'instant'}})")
    page.locator("#colleague").fill("camille@example.org")
    write(demo_workspace / EVENT, "mercredi 15 mai", "jeudi 15 mai")
    for frame in frames:
        expect(frame.get_by_text("jeudi 15 mai 2025")).to_be_attached()
    expect(page.locator(".finding-error")).to_have_count(0)
    assert page.evaluate(f"{phone}.scrollY") == 700
    expect(page.locator("#colleague")).to_have_value("camille@example.org")
    expect(page.locator("#colleague")).to_be_focused()

    # A proof, by Enter in the field.
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("The proof has left, to 1 address.")
    (letter,) = (demo_workspace / "out" / "outbox").rglob("*.eml")
    content = letter.read_bytes()
    assert message_from_bytes(content, policy=policy.default)["subject"].startswith("[BAT]")
    assert b"rtesmail-place" not in content

    # The yes, with a name: an empty one is not taken.
    go_to(page, "#approver", most=3)
    page.keyboard.press("Enter")
    expect(page.locator("#approver")).to_be_focused()
    page.keyboard.type("Camille Exemple")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Approved by Camille Exemple as it is now")
    expect(page.locator("#approve")).to_be_hidden()
    store = open_store(load_workspace(demo_workspace).database)
    approval = latest_approval(store, MAY)
    store.conn.close()
    assert approval is not None
    assert approval.approved_by == "Camille Exemple"

    # A later change voids it, before the eyes of whoever looks.
    write(demo_workspace / EVENT, "On y parle", "On y discute")
    expect(page.locator(".deeds")).to_contain_text("Changed since its approval")
    expect(page.locator("#notice")).to_have_count(0)
    expect(page.locator("#approve")).to_be_visible()


def test_somebody_is_picked_by_keyboard_and_their_letter_is_shown(page: Page, demo_workspace: Path) -> None:
    path = demo_workspace / "issues" / "snippets" / "agenda" / "2025-07-01-assemblee-generale.md"
    write(path, "kind: event", "kind: event\nonly_for: {levels: [région]}")
    page.goto("/issue/2025-04-mensuelle?size=phone&scheme=dark")
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("Assemblée générale du RTES")).to_be_attached()
    go_to(page, "#to-picker")
    page.keyboard.press("Enter")
    go_to(page, "#who")
    page.keyboard.type("mairie@vauxbrisac.example")
    page.keyboard.press("Enter")
    expect(page.locator(".people a")).to_have_count(1)
    go_to(page, ".people a")
    page.keyboard.press("Enter")
    expect(page.locator("#to-picker")).to_contain_text("mairie@vauxbrisac.example")
    expect(mail.get_by_text("mairie@vauxbrisac.example")).to_be_attached()
    expect(mail.get_by_text("Assemblée générale du RTES")).to_have_count(0)
    expect(page.locator("#to-Phone-phone")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Les régions").click()
    expect(page.locator("#to-readers-1")).to_have_attribute("aria-current", "true")
    expect(mail.get_by_text("Assemblée générale du RTES")).to_be_attached()


def test_the_letter_on_paper_is_said_to_be_coming_until_it_is_there(page: Page) -> None:
    held: list[Route] = []
    page.route("**/letter.pdf", lambda route: held.append(route), times=1)
    page.goto("/issue/2025-04-mensuelle/letter")
    status = page.get_by_role("status")
    expect(status).to_have_text("The letter is being set…")
    expect(status).to_have_attribute("aria-busy", "true")
    judge(page, "letter")
    (first,) = held
    first.continue_()
    page.wait_for_url("**/letter.pdf", wait_until="commit")
    expect(status).to_have_count(0)


def test_axe_finds_nothing_on_any_page_in_light_and_dark(page: Page, demo_workspace: Path) -> None:
    path = demo_workspace / "issues" / "snippets" / "articles" / "bloc-communal.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f"{text}\nLes élu.e.s, [cliquez ici](http://a.example/) mercredi 10 avril 2025.\n", encoding="utf-8"
    )
    april = "/issue/2025-04-mensuelle"
    addresses = {
        "list": "/",
        "findings": april,
        "picker": f"{april}?segment=regions&size=phone",
        "inbox": f"{april}?view=inbox",
        "text": f"{april}?view=text",
        "approve": "/issue/2025-t2-trimestrielle?size=tablet",
    }
    for name, address in addresses.items():
        page.goto(address)
        for width, scheme in ((375, "light"), (1200, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            judge(page, f"{name}-{width}-{scheme}")
    page.goto(april)
    page.locator(".finding-link").first.click()
    judge(page, "finding-shown")

    # The address that this made leads to the place in every frame.
    page.reload()
    for size in ("phone", "tablet", "desktop"):
        place = page.frame_locator(f".device-{size} iframe").locator(".rtesmail-place.is-shown")
        expect(place).to_have_text("mercredi 10 avril 2025")
        page.wait_for_function(f"document.querySelector('.device-{size} iframe').contentWindow.scrollY > 100")


def test_without_scripts_every_choice_and_place_is_a_plain_link(page: Page, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=page.url)
    plain = context.new_page()
    plain.goto("/issue/2025-04-mensuelle?size=phone")
    plain.locator("#colleague").fill("camille@example.org")
    plain.locator("#prove").click()
    expect(plain.locator("#notice")).to_contain_text("The proof has left, to 1 address.")
    expect(plain.locator("#to-Phone-phone")).to_have_attribute("aria-current", "true")
    context.close()

"""The preview asks sites and SpamAssassin when a person presses its button, in a real browser."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .desk import go_to, judge, write


@pytest.fixture
def site() -> Iterator[str]:
    """A site on loopback where no page is, which answers once somebody has seen that it was asked."""
    may_answer = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            may_answer.wait(1)
            self.send_error(404)

        do_GET = do_HEAD  # noqa: N815 - the standard library's name

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    may_answer.set()
    server.shutdown()
    server.server_close()


def test_sites_are_asked_by_keyboard_and_what_they_say_comes_by_itself(
    page: Page, demo_workspace: Path, site: str
) -> None:
    for path in (*demo_workspace.rglob("*.md"), *demo_workspace.rglob("*.j2"), demo_workspace / "rtesmail.toml"):
        text = path.read_text(encoding="utf-8")
        # Namespaces are no links.
        path.write_text(re.sub(r"https?://(?!www\.w3\.org|schemas)[\w.-]+", site, text), encoding="utf-8")
    write(demo_workspace / "rtesmail.toml", "[identity]", '[checks]\nprivate_hosts = ["127.0.0.1"]\n\n[identity]')
    path = demo_workspace / "issues" / "snippets" / "articles" / "bloc-communal.md"
    path.write_text(f"{path.read_text('utf-8')}\nVoir [la page perdue]({site}/perdue).\n", encoding="utf-8")
    page.goto("/issue/2025-04-mensuelle?size=phone")
    go_to(page, "#ask")
    judge(page, "ask")
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_contain_text("Asking the linked sites and SpamAssassin since")
    judge(page, "asking")
    expect(page.locator("#asked")).to_contain_text("were asked at", timeout=120_000)
    expect(page.locator("#ask")).to_have_text("Ask again")
    for width, scheme in ((375, "light"), (600, "dark"), (1200, "light"), (1200, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        judge(page, f"asked-{width}-{scheme}")
    dead = page.locator(".finding", has_text=f"{site}/perdue: there is no such page (404).")
    expect(dead.locator(".finding-place code")).to_have_text(
        re.compile(r"issues/snippets/articles/bloc-communal\.md:\d+")
    )
    dead.locator(".finding-link").focus()
    page.keyboard.press("Enter")
    expect(page.frame_locator("iframe").locator(".rtesmail-place.is-shown")).to_have_text("la page perdue")

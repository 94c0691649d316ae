"""The preview in a real Chromium: what is saved shows by itself, and nothing moves under the reader."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .chromium import Chromium

ISSUE = "2025-04-mensuelle"
SNIPPET = "issues/snippets/agenda/2025-04-24-travailler-avec-l-ess.md"

SERVE = """
import sys
from pathlib import Path
from rtesmail.web.serving import serve_preview
serve_preview(Path(sys.argv[1]), port=0, on_ready=lambda address: print(address, flush=True))
"""


class Browser(Chromium):
    """Chromium at the preview's pages."""

    def open(self, address: str) -> None:
        self.new_page()
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def until(self, condition: str, seconds: float = 20) -> float:
        """Wait, within the page and frame by frame, until the condition holds; give the moment it did."""
        script = f"""new Promise((resolve, reject) => {{
          const end = Date.now() + {seconds * 1000};
          const holds = () => {{ try {{ return {condition}; }} catch {{ return false; }} }};
          const look = () => holds() ? resolve(Date.now()) : Date.now() > end
            ? resolve(0) : setTimeout(look, 2);
          look();
        }})"""
        moment = self.value(script)
        assert isinstance(moment, int | float)
        assert moment, f"never true: {condition}\n{self.value('document.body.innerText')}"
        return moment / 1000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def address(demo_workspace: Path) -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(demo_workspace)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = process.stdout.readline().strip()
        assert found.startswith("http://127.0.0.1:"), found
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()


PHONE = "document.querySelector('.device-phone iframe')"
PHONE_BODY = f"{PHONE}.contentDocument.body"
EVERY_FRAME = "[...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument)"


def retitle(path: Path, title: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [f"title: {title}\n" if line.startswith("title:") else line for line in lines]
    path.write_text("".join(changed), encoding="utf-8")


def test_a_saved_snippet_shows_in_the_open_page_and_the_scroll_stays(
    browser: Browser, address: str, demo_workspace: Path
) -> None:
    browser.open(f"{address}issue/{ISSUE}")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")
    browser.until("document.getElementById('live').dataset.state === 'watching'")
    style = f"JSON.stringify(['backgroundColor', 'fontFamily'].map((k) => getComputedStyle({PHONE_BODY})[k]))"
    style_before = browser.value(style)
    browser.value(f"{PHONE}.contentWindow.scrollTo(0, 700); scrollTo(0, 120)")
    # A mark on the frame's own window: it is lost if the frame is loaded anew.
    browser.value(f"{PHONE}.contentWindow.wasHereBefore = true")

    for turn in range(3):
        title = f"Un titre tout neuf {turn}"
        saved_at = time.time()
        retitle(demo_workspace / SNIPPET, title)
        shown_at = browser.until(f"{EVERY_FRAME}.every((frame) => frame.body.innerText.includes('{title}'))")
        print(f"a save shows in three frames after {(shown_at - saved_at) * 1000:.0f} ms")

    assert browser.value(f"{PHONE}.contentWindow.scrollY") == 700
    assert browser.value("scrollY") == 120
    assert browser.value(f"{PHONE}.contentWindow.wasHereBefore") is True
    assert browser.value(style) == style_before


def test_a_broken_file_shows_its_line_and_the_mail_comes_back_once_mended(
    browser: Browser, address: str, demo_workspace: Path
) -> None:
    browser.open(f"{address}issue/{ISSUE}")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")
    path = demo_workspace / "issues" / ISSUE / "issue.toml"
    good = path.read_text(encoding="utf-8")

    path.write_text(good.replace('subject = "', "subject = "), encoding="utf-8")
    browser.until(f"document.getElementById('main').innerText.includes('issues/{ISSUE}/issue.toml:')")
    assert browser.value("document.querySelectorAll('iframe').length") == 0

    path.write_text(good, encoding="utf-8")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")


def test_a_broken_configuration_takes_the_page_and_gives_it_back(
    browser: Browser, address: str, demo_workspace: Path
) -> None:
    browser.open(f"{address}issue/{ISSUE}")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")
    path = demo_workspace / "rtesmail.toml"
    good = path.read_text(encoding="utf-8")

    path.write_text(good.replace("[identity]", "[identity"), encoding="utf-8")
    browser.until("document.getElementById('main').innerText.includes('rtesmail.toml:')")

    path.write_text(good, encoding="utf-8")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")


def test_light_and_dark_are_those_of_the_mail_and_not_of_the_machine(browser: Browser, address: str) -> None:
    ground = f"getComputedStyle({PHONE_BODY}).backgroundColor"
    seen = set()
    for machine in ("light", "dark"):
        for scheme in ("light", "dark"):
            browser.open(f"{address}issue/{ISSUE}?scheme={scheme}")
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": machine}])
            browser.until(f"{PHONE_BODY}.innerText.length > 500")
            seen.add((scheme, browser.value(ground)))
    assert len(seen) == 2, seen


def test_frames_have_the_widths_of_real_screens(browser: Browser, address: str) -> None:
    browser.open(f"{address}issue/{ISSUE}")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")
    widths = "[...document.querySelectorAll('iframe')].map((f) => f.contentWindow.innerWidth)"
    assert browser.value(widths) == [375, 600, 1200]
    for width in (1600, 1200, 600, 375):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        assert browser.value(widths) == [375, 600, 1200]
        assert browser.value("document.documentElement.scrollWidth") == width, "the page is wider than the window"


def test_contents_lines_scroll_within_the_frame(browser: Browser, address: str) -> None:
    browser.open(f"{address}issue/{ISSUE}?size=phone")
    browser.until(f"{PHONE_BODY}.innerText.length > 500")
    link = f"{PHONE}.contentDocument.querySelector('a[href^=\"#\"]')"
    assert browser.value(f"{link} !== null"), "the mail has no line of contents"
    browser.value(f"{link}.click()")
    browser.until(f"{PHONE}.contentWindow.scrollY > 0")
    assert browser.value(f"location.pathname + {PHONE}.contentWindow.location.pathname") == (
        f"/issue/{ISSUE}/issue/{ISSUE}/frame"
    )

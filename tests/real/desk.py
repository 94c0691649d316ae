"""The editor's desk for tests: the preview of a workspace with people, in a real browser."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SERVE = """
import sys
from pathlib import Path
from rtesmail.web.serving import serve_preview
serve_preview(Path(sys.argv[1]), port=0, on_ready=lambda address: print(address, flush=True))
"""
SEGMENTS = """
[regions]
title = "Les régions"
expression = 'level == "région"'
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-quic"])
        yield browser
        browser.close()


@pytest.fixture
def command(demo_workspace: Path, rtesmail) -> Callable[..., str]:
    """Run a command in the workspace, which has people, a segment, and a folder as its way out."""
    configuration = demo_workspace / "rtesmail.toml"
    configuration.write_text(configuration.read_text(encoding="utf-8").replace('"demo"', '"boite"'), encoding="utf-8")
    (demo_workspace / "lists" / "segments.toml").write_text(SEGMENTS, encoding="utf-8")

    def run(*arguments: str) -> str:
        done = rtesmail(*arguments, cwd=demo_workspace)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return str(done.stdout)

    run("import", "lists/sample.csv", "--list", "demo")
    return run


@pytest.fixture
def page(command: Callable[..., str], demo_workspace: Path, chromium: Browser) -> Iterator[Page]:
    """The preview's list of issues; nothing that the browser has to complain of is let pass."""
    del command
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(demo_workspace)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LANGUAGE": "en"},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    # Without motion: what is judged is what stays.
    context = chromium.new_context(
        viewport={"width": 1200, "height": 900}, base_url=address, reduced_motion="reduce", locale="en-GB"
    )
    shown, complaints = context.new_page(), list[str]()
    shown.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        shown.goto("/")
        yield shown
        assert complaints == []
    finally:
        context.close()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        process.stdout.close()


def write(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def go_to(page: Page, element: str, *, most: int = 60) -> None:
    """Press Tab until an element has the focus, and see that a person can see where they are."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(element) => document.activeElement?.matches(element) ?? false", element):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {element} cannot be seen"
            return
    raise AssertionError(f"the keyboard does not lead to {element}")


def judge(page: Page, name: str) -> None:
    """Hold the page against axe's rules, serious or not; nothing scrolls sideways."""
    found = importlib.util.find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    page.evaluate(Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8") + "; true")
    violations: Any = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], iframes: false}).then((r) => "
        "r.violations.map((v) => v.id + ' (' + v.impact + '): ' + v.nodes.map((n) => n.html).join(' | ')))"
    )
    assert violations == [], f"{name}: {violations}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
    folder = os.environ.get("RTESMAIL_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"desk-{name}.png", full_page=True)

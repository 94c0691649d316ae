"""The public pages in a real Chromium: usable by keyboard, on any screen, in both languages, and judged by axe."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rtesmail.audience.imports import import_file
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import approve
from rtesmail.delivery.catcher import Catcher
from rtesmail.delivery.clock import utc_now
from rtesmail.delivery.mailings import begin
from rtesmail.delivery.tokens import Purpose, load_secret, seal, sign
from rtesmail.model.errors import RtesmailError
from rtesmail.model.publication import Workspace
from rtesmail.rendering.build import build_issue
from rtesmail.rendering.edition import render_edition
from rtesmail.store.opening import open_store

from .chromium import Chromium

APRIL = "2025-04-mensuelle"
SERVE = """
import sys
from pathlib import Path
from rtesmail.content.workspace import load_workspace
from rtesmail.web.public.app import serve_public
serve_public(load_workspace(Path(sys.argv[1])), host="127.0.0.1", port=0,
             on_ready=lambda address: print(address, flush=True))
"""
SCREENS = ((375, "light"), (600, "dark"), (1200, "light"))


@dataclass(frozen=True)
class Site:
    """The running pages, and a path for each of them."""

    address: str
    workspace: Workspace
    mail: Catcher

    def token(self, purpose: Purpose, person: int = 1) -> str:
        return sign(load_secret(self.workspace), purpose, person, "mensuelle")

    @property
    def paths(self) -> dict[str, str]:
        secret = load_secret(self.workspace)
        return {
            "leave": f"u/{self.token(Purpose.UNSUBSCRIBE)}",
            "return": f"r/{seal(secret, Purpose.RETURN, '0')}",
            "wishes": f"p/{self.token(Purpose.PREFERENCES)}",
            "join": "inscription",
            "stale": "c/x",
            "letters": "lettres/",
            "trouble": "nothing",
        }


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    running = Chromium(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def site(demo_workspace: Path, tmp_path: Path) -> Iterator[Site]:
    with Catcher(tmp_path / "mail") as mail:
        path = demo_workspace / "rtesmail.toml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("port = 2525", f"port = {mail.port}"), encoding="utf-8"
        )
        workspace = load_workspace(demo_workspace)
        _fill(workspace, tmp_path)
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(demo_workspace)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            yield Site(process.stdout.readline().strip(), workspace, mail)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)
            if process.stdout:
                process.stdout.close()


def _fill(workspace: Workspace, folder: Path) -> None:
    people = folder / "people.csv"
    people.write_text("email\nines@ville.example\nomar@ville.example\n", encoding="utf-8")
    issue = load_issue(workspace, APRIL).issue
    edition = render_edition(workspace, issue)
    build_issue(workspace, issue, edition)
    store = open_store(workspace.database)
    for name in ("mensuelle", "invites"):
        import_file(store, people, name, now=utc_now(), rejected_folder=folder, dry_run=False)
    approve(store, edition, by="Anne", now=utc_now())
    begin(store, issue_id=APRIL, list_name="mensuelle", digest=edition.digest, now=utc_now())
    store.conn.close()


def open_page(browser: Chromium, address: str) -> None:
    browser.call("Page.navigate", url=address)
    settle(browser, "location.href !== 'about:blank'")


def settle(browser: Chromium, condition: str) -> None:
    """Wait until the page is there and the condition holds."""
    script = f"""new Promise((resolve) => {{
      const end = Date.now() + 20000;
      const look = () => document.readyState === 'complete' && ({condition}) ? resolve(true)
        : Date.now() > end ? resolve(false) : setTimeout(look, 5);
      look();
    }})"""
    for _turn in range(50):
        try:
            holds = browser.value(script)
        except RtesmailError as error:
            # The page went away while it was being asked: its successor is asked again.
            if "navigat" in str(error) or "context" in str(error).lower():
                continue
            raise
        assert holds, f"never true: {condition}"
        return
    raise AssertionError(condition)


def press(browser: Chromium, words: str) -> None:
    """Press a button by its words, as a person does, and wait for the page that comes."""
    browser.value("window.wasHere = true")
    button = f"[...document.querySelectorAll('button')].find((b) => b.textContent.includes({words!r}))"
    browser.value(f"{button}.click()")
    settle(browser, "window.wasHere === undefined")


def show_as(browser: Chromium, width: int, scheme: str) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


def judge(browser: Chromium, name: str) -> None:
    """Hold the page against axe's rules for WCAG 2.1 A and AA and its best practices; nothing scrolls sideways."""
    found = importlib.util.find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    browser.value(Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8") + "; true")
    violations = browser.value(
        "axe.run(document, {resultTypes: ['violations']}).then((r) => "
        "r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' | ')))"
    )
    assert violations == [], f"{name}: {violations}"
    # axe looks at the middle of a text only: the page itself must not be wider than its window.
    assert browser.value("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
    picture(browser, name)


def picture(browser: Chromium, name: str) -> None:
    """Keep a picture of the whole page, in the folder that `RTESMAIL_PICTURES` names, for a person to look at."""
    folder = os.environ.get("RTESMAIL_PICTURES")
    if folder:
        shot = browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        (Path(folder) / f"{name}.png").write_bytes(b64decode(shot))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_passes_axe_on_small_and_large_screens_in_light_and_dark(
    browser: Chromium, site: Site, language: str
) -> None:
    browser.new_page()
    for name, path in site.paths.items():
        open_page(browser, f"{site.address}{path}?lang={language}")
        for width, scheme in SCREENS:
            show_as(browser, width, scheme)
            judge(browser, f"{name}-{language}-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1200, "dark")])
def test_leaving_and_coming_back_takes_one_press_each(browser: Chromium, site: Site, width: int, scheme: str) -> None:
    browser.new_page()
    show_as(browser, width, scheme)
    open_page(browser, f"{site.address}{site.paths['leave']}?lang=fr")
    press(browser, "Ne plus recevoir aucune lettre")
    assert "C’est noté" in browser.value("document.body.innerText")
    judge(browser, f"left-{width}-{scheme}")
    press(browser, "Je me suis désinscrit·e par erreur")
    assert "Vous revoilà" in browser.value("document.body.innerText")
    judge(browser, f"returned-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1200, "dark")])
def test_a_person_asks_for_the_letter_on_paper(browser: Chromium, site: Site, width: int, scheme: str) -> None:
    browser.new_page()
    show_as(browser, width, scheme)
    open_page(browser, f"{site.address}{site.paths['wishes']}?lang=fr")
    browser.value("document.getElementById('paper').click()")
    browser.value("document.getElementById('postal-address').value = 'Toulouse'")
    press(browser, "Enregistrer")
    judge(browser, f"wishes-wrong-{width}-{scheme}")
    assert browser.value("document.activeElement.id") == "postal-address"
    browser.value("document.getElementById('postal-address').value = 'Inès Martin\\n3 rue des Lilas\\n31000 TOULOUSE'")
    browser.value("document.getElementById('frequency-quarterly').click()")
    press(browser, "Enregistrer")
    judge(browser, f"wished-{width}-{scheme}")
    assert browser.value("document.querySelector('[name=frequency]:checked').value") == "quarterly"
    assert "Nous avons votre adresse" in browser.value("document.body.innerText")


@pytest.mark.parametrize(("width", "scheme"), [(600, "light"), (375, "dark")])
def test_a_person_subscribes_and_confirms(browser: Chromium, site: Site, width: int, scheme: str) -> None:
    browser.new_page()
    show_as(browser, width, scheme)
    open_page(browser, f"{site.address}inscription?lang=fr")
    press(browser, "S’inscrire")
    judge(browser, f"join-wrong-list-{width}-{scheme}")
    browser.value("document.querySelector('input[type=checkbox]').click()")
    browser.value("document.getElementById('email').value = 'noe@commune'")
    press(browser, "S’inscrire")
    judge(browser, f"join-wrong-{width}-{scheme}")
    assert browser.value("document.activeElement.id") == "email"
    browser.value("document.getElementById('email').value = 'noe@commune.example'")
    press(browser, "S’inscrire")
    judge(browser, f"asked-{width}-{scheme}")
    link = _link(site)
    open_page(browser, f"{site.address}{link}?lang=fr")
    judge(browser, f"confirm-{width}-{scheme}")
    press(browser, "Oui, je m’inscris")
    judge(browser, f"confirmed-{width}-{scheme}")


def _link(site: Site) -> str:
    import time
    from email import policy
    from email.parser import BytesParser

    end = time.monotonic() + 20
    while not site.mail.messages() and time.monotonic() < end:
        time.sleep(0.05)
    (path,) = site.mail.messages()
    body = BytesParser(policy=policy.default).parsebytes(path.read_bytes()).get_body(("html",))
    assert body is not None
    found = re.search(r'href="https://lettre\.rtes\.example/(c/[^"]+)"', body.get_content())
    assert found is not None
    return found[1]


def test_every_button_and_link_is_reached_by_keyboard_and_shows_it(browser: Chromium, site: Site) -> None:
    browser.new_page()
    show_as(browser, 1200, "light")
    for name, path in site.paths.items():
        open_page(browser, f"{site.address}{path}?lang=fr")
        reachable = browser.value(
            "[...document.querySelectorAll('a[href], button, textarea, "
            "input:not([type=hidden]):not([tabindex]):not([type=radio]), input[type=radio]:checked')].length"
        )
        seen = set()
        for turn in range(reachable):
            browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            browser.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            seen.add(
                browser.value(
                    "(() => { const e = document.activeElement; e.dataset.seen = 1;"
                    f" return e.tagName + {turn} + getComputedStyle(e).outlineStyle }})()"
                )
            )
        assert len(seen) == reachable, f"{name}: {sorted(seen)}"
        assert browser.value("document.querySelectorAll('[data-seen]').length") == reachable, name
        assert all(one.endswith("solid") for one in seen), f"{name}: {sorted(seen)}"


def test_a_page_loads_nothing_from_elsewhere(browser: Chromium, site: Site) -> None:
    browser.new_page()
    for path in (*site.paths.values(), f"lettres/{APRIL}/"):
        open_page(browser, f"{site.address}{path}")
        foreign = browser.value(
            "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(location.origin))"
        )
        assert foreign == []
        assert browser.value("document.styleSheets.length") >= 1

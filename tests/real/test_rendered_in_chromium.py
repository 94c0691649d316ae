"""Editions in a real browser: nothing wider than the screen, and colours that really turn dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.content.issues import load_issue
from rtesmail.content.snippets import read_snippet
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Section
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.slots import fill_html, preview_values

from .chromium import Chromium

ROOT = Path(__file__).parents[2]
ISSUES = ("2023-10-invitation-edenn", "2024-11-invitation-gard", "2025-04-mensuelle", "2025-t2-trimestrielle")


class Browser(Chromium):
    """Chromium showing editions on screens of a given width and colour scheme."""

    def show(self, html: str, *, width: int, is_dark: bool = False, height: int = 900) -> None:
        """Show a page on a screen of this width, in the colours asked for."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        frame = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.call("Page.setDocumentContent", frameId=frame, html=html)
        # The new width reaches the layout with the next frame only.
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real Chromium; without one these tests fail."""
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return load_workspace(ROOT)


@pytest.fixture(scope="module", params=ISSUES)
def html(request: pytest.FixtureRequest, workspace: Workspace) -> str:
    """A demo edition as one reader gets it."""
    edition = render_edition(workspace, load_issue(workspace, request.param).issue)
    return fill_html(edition.html, preview_values(workspace))


def rgb(colour: str) -> str:
    """Give `#rrggbb` as a browser tells it."""
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


@pytest.mark.parametrize("width", [375, 600, 1200])
def test_nothing_is_wider_than_the_screen(browser: Browser, html: str, width: int) -> None:
    browser.show(html, width=width)
    wider = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
        .map(e => e.tagName + '.' + e.className)"""
    assert browser.value("innerWidth") == width
    assert browser.value("document.documentElement.scrollWidth") == width
    assert browser.value(wider) == []


def test_every_kind_with_pictures_that_do_not_load_fits_a_small_phone(browser: Browser, workspace: Workspace) -> None:
    issue = load_issue(workspace, "2025-04-mensuelle").issue
    snippets = [read_snippet(path, ROOT).snippet for path in sorted(workspace.templates.glob("snippets/*.sample.md"))]
    rule = issue.sections[0].rule
    sections = tuple(Section(rule, (snippet,)) for snippet in snippets if snippet is not None)
    assert len(sections) == len(snippets) == 10
    html = render_edition(workspace, replace(issue, sections=sections)).html
    for width in (320, 375, 600):
        browser.show(fill_html(html, preview_values(workspace)), width=width)
        assert browser.value("document.documentElement.scrollWidth") == width


def colours_of(browser: Browser, workspace: Workspace) -> dict[str, str]:
    """Give the computed colours of what every edition has."""
    script = """(() => {
      const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
      return {ground: of('body', 'backgroundColor'), paper: of('.paper', 'backgroundColor'), ink: of('h3', 'color'),
              accent: of('h2', 'color'), meta: of('.meta', 'color'), date: of('.day p.day-number', 'color'),
              link: of('.links a, p a', 'color')};
    })()"""
    found: dict[str, str] = browser.value(script)
    return found


@pytest.mark.parametrize("is_dark", [False, True])
def test_light_and_dark_are_the_colours_of_the_theme(
    browser: Browser, workspace: Workspace, html: str, is_dark: bool
) -> None:
    browser.show(html, width=600, is_dark=is_dark)
    theme = workspace.configuration.theme
    tokens = {name: rgb(colour) for name, colour in (theme.dark if is_dark else theme.light).items()}
    found = colours_of(browser, workspace)
    link = found.pop("link")
    assert found == {name: tokens[name] for name in found}
    assert link in (tokens["accent"], tokens["meta"])


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_word_can_be_read_on_its_ground(browser: Browser, html: str, is_dark: bool) -> None:
    browser.show(html, width=600, is_dark=is_dark)
    script = """(() => {
      const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
      const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const ground = e => {
        for (; e; e = e.parentElement) {
          const colour = numbers(getComputedStyle(e).backgroundColor);
          if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
      };
      const weak = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const e = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.getBoundingClientRect().height < 2) continue;
        const style = getComputedStyle(e);
        const [a, b] = [light(numbers(style.color)), light(ground(e))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5 || parseFloat(style.fontSize) < 14)
          weak.push([texts.currentNode.data.trim().slice(0, 40), style.color, style.fontSize]);
      }
      return weak;
    })()"""
    assert browser.value(script) == []


def test_contents_lead_down_and_the_date_block_stands_left(browser: Browser, workspace: Workspace) -> None:
    edition = render_edition(workspace, load_issue(workspace, "2025-04-mensuelle").issue)
    browser.show(fill_html(edition.html, preview_values(workspace)), width=375)
    lead = browser.value("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))")
    assert lead == ["#agenda", "#pratique", "#ressources"]
    # The first screen of a phone: the contents, and where the lead item begins.
    assert browser.value("document.querySelector('h3').getBoundingClientRect().top") < 700
    script = """[...document.querySelectorAll('.day')].every(day => {
      const beside = day.closest('table').closest('tr').querySelector('.beside').getBoundingClientRect();
      const block = day.getBoundingClientRect();
      return block.right <= beside.left && Math.abs(block.top - beside.top) < 2;
    })"""
    assert browser.value(script) is True

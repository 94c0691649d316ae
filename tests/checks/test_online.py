"""Links are asked, on a real server."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from rtesmail.checks.online import check_links
from rtesmail.checks.visits import open_session
from rtesmail.model.checking import CheckSettings
from rtesmail.model.content import Issue, Section
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Workspace
from rtesmail.model.publishing import PublishingSettings

DROP = bytes(65536)
MOST_POURED = 128 * 1024 * 1024
"""Bytes: far more than what lines between two programs hold."""


@dataclass
class Site:
    """A site on loopback and what it was asked; `poured` counts the bytes of a page that has no end."""

    address: str
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    poured: Counter[str] = field(default_factory=Counter)


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[Counter[tuple[str, str]]]
    stopped: ClassVar[threading.Event]
    places: ClassVar[dict[str, str]]
    poured: ClassVar[Counter[str]]

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        self.asked[method, self.path] += 1
        if self.path.startswith("/slow"):
            self.stopped.wait(5)
        status = {
            "/gone": 404,
            "/gone/entry.ics": 404,
            "/broken": 500,
            "/shy": 403,
            "/moved": 302,
            "/accented": 302,
            "/loop": 302,
            "/odd": 418,
            "/inside": 302,
            "/flood": 302,
        }.get(self.path, 200)
        if self.path in ("/get-only", "/flood") and method == "HEAD":
            status = 405
        if self.path == "/head-loops" and method == "HEAD":
            status = 302
        if self.path == "/head-hangs-up" and method == "HEAD":
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.places.get(self.path, "/loop"))
        if self.path == "/flood" and method == "GET":
            self.end_headers()
            self._pour()
            return
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _pour(self) -> None:
        """Send on and on, to an end that a test can wait for."""
        try:
            for _turn in range(MOST_POURED // len(DROP)):
                self.wfile.write(DROP)
                self.poured["/flood"] += len(DROP)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    Handler.asked, Handler.stopped, Handler.poured = Counter(), threading.Event(), Counter()
    # A Location in Latin-1, as some servers write it, leads to the page that browsers ask for.
    Handler.places = {"/moved": "/", "/flood": "/", "/accented": "/caf\u00e9"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield Site(f"http://127.0.0.1:{server.server_port}", Handler.asked, Handler.poured)
    Handler.stopped.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def workspace(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with a folder, whose own sites are on this machine."""
    checks = CheckSettings(private_hosts=("127.0.0.1",))
    return replace(workspace, root=tmp_path, configuration=replace(workspace.configuration, checks=checks))


def with_links(edition: Edition, *addresses: str) -> Edition:
    links = "".join(f'<a href="{address}">x</a>' for address in addresses)
    return replace(edition, html=f"<p>{links}</p>", text="")


@pytest.mark.parametrize("path", ["/", "/moved", "/get-only", "/head-hangs-up", "/head-loops", "/accented"])
def test_a_page_that_answers_passes(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition, path: str
) -> None:
    assert check_links(workspace, issue, with_links(edition, site.address + path)) == ()


@pytest.mark.parametrize(
    ("path", "severity", "said"),
    [
        ("/gone", "error", "no such page (404)"),
        ("/broken", "warning", "a fault of its own (500)"),
        ("/shy", "note", "to a program (403)"),
        ("/odd", "warning", "refuses the request (418)"),
        ("/loop", "warning", "without end"),
    ],
)
def test_a_page_that_does_not_answer_is_told_in_words(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition, path: str, severity: str, said: str
) -> None:
    (found,) = check_links(workspace, issue, with_links(edition, site.address + path))
    assert (found.check, found.severity.value) == ("link-answer", severity)
    assert said in found.message
    assert found.hint


def test_a_silent_site_is_given_up_after_the_time_allowed(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    (found,) = check_links(workspace, issue, with_links(edition, site.address + "/slow"), timeout_s=0.2)
    assert "no answer within 0.2 seconds" in found.message


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1/", "no site answers there"),
        ("http://[broken/", "not an address that can be opened"),
        ("http://", "not an address that can be opened"),
    ],
)
def test_an_address_without_a_site_is_a_warning(
    workspace: Workspace, issue: Issue, edition: Edition, address: str, said: str
) -> None:
    (found,) = check_links(workspace, issue, with_links(edition, address))
    assert found.severity.value == "warning"
    assert said in found.message


def test_each_address_is_asked_once_and_only_the_web_is_asked(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    html = (
        f'<a href="{site.address}/#a">x</a><a href="{site.address}/#b">x</a><a href="#c">x</a><img src="cid:abc">'
        f'<a href="mailto:contact@rtes.example">x</a><a href="@@unsubscribe_url@@">x</a>'
        f'<a href="{site.address}/u/@@email@@">x</a><img src="{site.address}/photo.png">'
    )
    text = f"Voir {site.address}/.\nEt ({site.address}/texte)."
    assert check_links(workspace, issue, replace(edition, html=html, text=text)) == ()
    assert site.asked == Counter({("HEAD", "/"): 1, ("HEAD", "/photo.png"): 1, ("HEAD", "/texte"): 1})


def test_a_dead_link_is_traced_to_the_line_that_holds_it(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    address = f"{site.address}/gone"
    (section,) = issue.sections
    snippet = replace(section.snippets[0], body=f"Un.\n\n[Voir]({address})")
    traced = replace(issue, sections=(Section(section.rule, (snippet,)),))
    (found,) = check_links(workspace, traced, with_links(edition, address))
    assert found.place == "issues/snippets/nouvelle.md:12"


def test_a_page_of_the_own_archive_that_is_not_there_yet_is_no_error(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    configuration = replace(workspace.configuration, publishing=PublishingSettings(url=site.address))
    own = replace(workspace, configuration=configuration)
    pages = (f"{site.address}/gone", f"{site.address}/gone/entry.ics")
    (found,) = check_links(own, issue, with_links(edition, *pages))
    assert found.severity.value == "warning"
    assert found.hint.endswith(f"rtesmail publish {edition.issue}")
    (found,) = check_links(own, issue, with_links(edition, f"{site.address.replace('127.0.0.1', 'localhost')}/gone"))
    assert "localhost" in found.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_machine_of_ones_own_network_is_never_asked(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition, host: str
) -> None:
    strict = replace(workspace, configuration=replace(workspace.configuration, checks=CheckSettings()))
    address = site.address.replace("127.0.0.1", host)
    (found,) = check_links(strict, issue, with_links(edition, address))
    assert (found.check, found.severity.value) == ("link-answer", "warning")
    assert "private network" in found.message
    assert not site.asked


def test_a_site_that_sends_on_into_ones_own_network_is_not_followed(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    inside = site.address.replace("127.0.0.1", "localhost")
    Handler.places["/inside"] = f"{inside}/secret"
    (found,) = check_links(workspace, issue, with_links(edition, f"{site.address}/inside"))
    assert "localhost" in found.message
    assert [path for _method, path in site.asked] == ["/inside"]


def test_a_site_that_sends_on_with_a_page_without_end_costs_neither_memory_nor_time(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    assert check_links(workspace, issue, with_links(edition, f"{site.address}/flood")) == ()
    assert site.asked["HEAD", "/flood"] == site.asked["GET", "/flood"] == 1
    assert site.poured["/flood"] < MOST_POURED / 2


def test_no_proxy_of_the_environment_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with open_session(()) as session:
        assert session.merge_environment_settings("https://www.example.org/", {}, None, None, None)["proxies"] == {}


def test_silent_sites_do_not_hold_up_the_command_beyond_the_time_for_all(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    slow = [f"{site.address}/slow?{n}" for n in range(2)]
    found = check_links(workspace, issue, with_links(edition, *slow, f"{site.address}/"), total_s=0.5)
    assert len(found) == 2
    assert all("0.5 seconds for all links" in finding.message for finding in found)


def test_what_has_answered_is_not_asked_again_and_what_has_not_is(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    links = with_links(edition, f"{site.address}/", f"{site.address}/gone")
    first = check_links(workspace, issue, links)
    assert check_links(workspace, issue, links) == first
    assert site.asked == Counter({("HEAD", "/"): 1, ("HEAD", "/gone"): 2, ("GET", "/gone"): 2})


@pytest.mark.parametrize(
    "written", ["", "[]", "{", '{"%s/": 3}', '{"%s/": "2020-01-01T00:00:00+00:00"}', '{"%s/": "3"}']
)
def test_a_kept_answer_that_is_old_or_unreadable_is_asked_again(
    site: Site, workspace: Workspace, issue: Issue, edition: Edition, written: str
) -> None:
    path = workspace.out / "checks" / "links.json"
    path.parent.mkdir(parents=True)
    path.write_text(written.replace("%s", site.address), encoding="utf-8")
    assert check_links(workspace, issue, with_links(edition, f"{site.address}/")) == ()
    assert site.asked == Counter({("HEAD", "/"): 1})

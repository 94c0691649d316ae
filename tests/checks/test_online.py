"""Links are asked, on a real server."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from rtesmail.checks.online import check_links
from rtesmail.model.content import Issue, Section
from rtesmail.model.edition import Edition


@dataclass
class Site:
    """A site on loopback and what it was asked."""

    address: str
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[Counter[tuple[str, str]]]
    stopped: ClassVar[threading.Event]

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        self.asked[method, self.path] += 1
        if self.path == "/slow":
            self.stopped.wait(5)
        status = {"/gone": 404, "/broken": 500, "/shy": 403, "/moved": 302, "/loop": 302, "/odd": 418}.get(
            self.path, 200
        )
        if self.path == "/get-only" and method == "HEAD":
            status = 405
        if self.path == "/head-hangs-up" and method == "HEAD":
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/" if self.path == "/moved" else "/loop")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    Handler.asked, Handler.stopped = Counter(), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield Site(f"http://127.0.0.1:{server.server_port}", Handler.asked)
    Handler.stopped.set()
    server.shutdown()
    server.server_close()


def with_links(edition: Edition, *addresses: str) -> Edition:
    links = "".join(f'<a href="{address}">x</a>' for address in addresses)
    return replace(edition, html=f"<p>{links}</p>", text="")


@pytest.mark.parametrize("path", ["/", "/moved", "/get-only", "/head-hangs-up"])
def test_a_page_that_answers_passes(site: Site, issue: Issue, edition: Edition, path: str) -> None:
    assert check_links(issue, with_links(edition, site.address + path)) == ()


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
    site: Site, issue: Issue, edition: Edition, path: str, severity: str, said: str
) -> None:
    (found,) = check_links(issue, with_links(edition, site.address + path))
    assert (found.check, found.severity.value) == ("link-answer", severity)
    assert said in found.message
    assert found.hint


def test_a_silent_site_is_given_up_after_the_time_allowed(site: Site, issue: Issue, edition: Edition) -> None:
    (found,) = check_links(issue, with_links(edition, site.address + "/slow"), timeout_s=0.2)
    assert "no answer within 0.2 seconds" in found.message


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1/", "no site answers there"),
        ("http://[broken/", "not an address that can be opened"),
        ("http://", "not an address that can be opened"),
    ],
)
def test_an_address_without_a_site_is_a_warning(issue: Issue, edition: Edition, address: str, said: str) -> None:
    (found,) = check_links(issue, with_links(edition, address))
    assert found.severity.value == "warning"
    assert said in found.message


def test_each_address_is_asked_once_and_only_the_web_is_asked(site: Site, issue: Issue, edition: Edition) -> None:
    html = (
        f'<a href="{site.address}/#a">x</a><a href="{site.address}/#b">x</a><a href="#c">x</a><img src="cid:abc">'
        f'<a href="mailto:contact@rtes.example">x</a><a href="@@unsubscribe_url@@">x</a>'
        f'<a href="{site.address}/u/@@email@@">x</a><img src="{site.address}/photo.png">'
    )
    text = f"Voir {site.address}/.\nEt ({site.address}/texte)."
    assert check_links(issue, replace(edition, html=html, text=text)) == ()
    assert site.asked == Counter({("HEAD", "/"): 1, ("HEAD", "/photo.png"): 1, ("HEAD", "/texte"): 1})


def test_a_dead_link_is_traced_to_the_line_that_holds_it(site: Site, issue: Issue, edition: Edition) -> None:
    address = f"{site.address}/gone"
    (section,) = issue.sections
    snippet = replace(section.snippets[0], body=f"Un.\n\n[Voir]({address})")
    traced = replace(issue, sections=(Section(section.rule, (snippet,)),))
    (found,) = check_links(traced, with_links(edition, address))
    assert found.place == "issues/snippets/nouvelle.md:12"

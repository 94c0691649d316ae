"""Sites and SpamAssassin are asked when a person says so; no page waits for it, and no other page can ask."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from .conftest import Preview, serving

BAD = Path(__file__).parents[1] / "data" / "bad-issue"
PAGE = "/issue/2025-04-lettre"
TEMPLATE = """<mjml><mj-body><mj-section><mj-column>{% for section in sections %}{% for snippet in section.snippets %}
<mj-text font-size="16px"><h2>{{ snippet.title }}</h2>{{ snippet.body }}</mj-text>{% endfor %}{% endfor %}
</mj-column></mj-section></mj-body></mjml>
"""
SNIPPET = "---\nkind: article\nid: liens\ntitle: Quelques adresses\nstatus: reviewed\n---\n"


@dataclass
class Site:
    """A site on loopback: what it was asked, and what holds its answers back."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            site.asked.append(self.path)
            site.may_answer.wait(20)
            self.send_response(404 if self.path == "/perdue" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815 - the standard library's name

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    yield site
    site.may_answer.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def preview(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Preview]:
    """A preview of one letter with two links, on a machine without SpamAssassin."""
    monkeypatch.setenv("PATH", "")
    root = tmp_path / "workspace"
    shutil.copytree(BAD, root)
    configuration = root / "rtesmail.toml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace("[checks]", '[checks]\nprivate_hosts = ["127.0.0.1"]'), encoding="utf-8")
    (root / "templates" / "bad.mjml.j2").write_text(TEMPLATE, encoding="utf-8")
    write(root, f"Voir [la page perdue]({site.address}/perdue) et [l'autre page]({site.address}/autre).")
    issue = root / "issues" / "2025-04-lettre" / "issue.toml"
    issue.write_text(issue.read_text("utf-8").split("snippets = [")[0] + 'snippets = ["liens"]\n', encoding="utf-8")
    with serving(root) as running:
        yield running


def write(root: Path, body: str) -> None:
    (root / "issues" / "2025-04-lettre" / "liens.md").write_text(f"{SNIPPET}{body}\n", encoding="utf-8")


def ask(preview: Preview, token: str | None = None, **headers: str) -> requests.Response:
    """Press the button, as a browser does from the preview's own page, but for `token` and `headers`."""
    own = {"Origin": preview.url, "Sec-Fetch-Site": "same-origin"}
    if token is None:
        form = preview.page(f"{PAGE}?size=phone").split(f'action="{PAGE}/ask"')[1].split("</form>")[0]
        token = re.findall(r'name="token" value="([^"]*)"', form)[0]
    fields = {"token": token, "size": "phone"}
    return requests.post(f"{preview.url}{PAGE}/ask", data=fields, headers={**own, **headers}, timeout=60)


def findings(page: str) -> list[str]:
    """Each finding's words with its file and line."""
    items = page.split('<ol class="findings">')[1].split("</ol>")[0].split("<li ")[1:]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", item.split(">", 1)[1])).split()) for item in items]


def words(page: str) -> str:
    form = page.split('id="asked"')[1].split("</form>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", form.split(">", 1)[1])).split())


def when_asked(preview: Preview, site: Site) -> str:
    """The page once the answers are there, and its stamp is another than before them."""
    deadline, before = time.monotonic() + 60.0, stamp(preview.page(PAGE))
    while "were asked at" not in (page := preview.page(PAGE)) or stamp(page) == before:
        assert time.monotonic() < deadline, "no answer came"
        site.may_answer.set()
        time.sleep(0.05)
    return page


def stamp(page: str) -> str:
    return page.split('data-stamp="')[1].split('"')[0]


def test_looking_asks_nobody(preview: Preview, site: Site) -> None:
    site.may_answer.set()
    for path in (PAGE, f"{PAGE}/frame", "/", f"{PAGE}/ask"):
        preview.get(path)
    assert words(preview.page(PAGE)) == "Check the links and the spam score too"
    assert site.asked == []


def test_the_page_comes_back_at_once_and_the_answers_join_the_list(preview: Preview, site: Site) -> None:
    answer = ask(preview)
    assert answer.status_code == 200
    assert answer.url == f"{preview.url}{PAGE}?size=phone#asked"
    assert words(answer.text).startswith("Asking the linked sites and SpamAssassin since")
    assert "<button" not in answer.text.split('id="asked"')[1].split("</form>")[0]

    page = when_asked(preview, site)
    found = findings(page)
    (dead,) = [one for one in found if "link-answer" in one]
    assert f"{site.address}/perdue: there is no such page (404)." in dead
    assert "issues/2025-04-lettre/liens.md:7" in dead
    assert any("SpamAssassin is not installed here" in one for one in found)
    assert words(page).endswith("Ask again")

    # A click shows the place, as for any finding.
    place = re.findall(r'href="([^"]*)" data-place="([^"]*)"[^>]*>[^<]*/perdue', page)[0]
    mark = re.findall(rf'<mark id="{place[1]}"[^>]*>([^<]*)<', preview.page(f"{PAGE}/frame"))
    assert mark == ["la page perdue"]


def test_what_is_asked_twice_is_under_way_once(preview: Preview, site: Site) -> None:
    ask(preview)
    ask(preview, token=re.findall(r'name="token" value="([^"]*)"', preview.page(PAGE))[0])
    when_asked(preview, site)
    assert site.asked.count("/autre") == 1


def test_a_mended_link_goes_and_one_that_moves_is_told_at_its_new_line(preview: Preview, site: Site) -> None:
    ask(preview)
    when_asked(preview, site)
    write(preview.root, f"Un mot de plus.\n\nVoir [la page perdue]({site.address}/perdue).")
    page = preview.page(PAGE)
    assert "The letter has changed since." in words(page)
    assert ["liens.md:9" in one for one in findings(page) if "link-answer" in one] == [True]
    assert not any("SpamAssassin" in one for one in findings(page))
    write(preview.root, f"Voir [la page trouvée]({site.address}/autre).")
    assert not any("link-answer" in one for one in findings(preview.page(PAGE)))


def test_nobody_else_can_have_sites_asked(preview: Preview, site: Site) -> None:
    site.may_answer.set()
    token = re.findall(r'name="token" value="([^"]*)"', preview.page(PAGE))[0]
    for headers in ({"Origin": "https://rebound.example"}, {"Origin": ""}, {"Sec-Fetch-Site": "cross-site"}):
        assert ask(preview, token, **headers).status_code == 403
    for other in ("", "x"):
        assert ask(preview, other).status_code == 403
    assert preview.get(f"{PAGE}/ask").status_code == 405
    assert words(preview.page(PAGE)) == "Check the links and the spam score too"
    assert site.asked == []

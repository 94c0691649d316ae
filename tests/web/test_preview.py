"""What the preview promises over HTTP: who may ask, what stays as it is, what a page shows."""

import hashlib
import http.client
import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
import requests
from PIL import Image

from rtesmail.checks.registry import ON_REQUEST, all_checks
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import approve
from rtesmail.rendering.edition import render_edition
from rtesmail.store.opening import open_store

APRIL = "2025-04-mensuelle"
PAGES = [
    "/",
    f"/issue/{APRIL}",
    f"/issue/{APRIL}?view=inbox",
    f"/issue/{APRIL}?view=text",
    f"/issue/{APRIL}?view=source",
    f"/issue/{APRIL}?size=phone&scheme=dark&images=off",
    "/checks",
    f"/issue/{APRIL}/frame",
    f"/issue/{APRIL}/frame?scheme=dark&images=off",
    "/static/preview.css",
    "/static/live.js",
    "/static/desk.js",
    "/static/mark.svg",
]


def ask(port: int, path: str, *, method: str = "GET", host: str | None = None) -> tuple[int, bytes]:
    """Ask for a path exactly as written: no client tidies it up first."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True)
        if host != "":
            connection.putheader("Host", host or f"127.0.0.1:{port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file of a folder with its time and content."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_preview_answers_to_this_machine(preview) -> None:
    for name in ("127.0.0.1", "localhost", "LOCALHOST"):
        assert ask(preview.port, "/", host=f"{name}:{preview.port}")[0] == 200


def test_a_name_that_is_not_this_machine_reads_nothing(preview) -> None:
    hosts = [
        "rebound.example:{port}",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "localhost.rebound.example:{port}",
        "127.0.0.1:{port}.rebound.example",
        "user@127.0.0.1:{port}",
        "",
    ]
    for host, path in product(hosts, ["/", "/events", "/static/live.js", f"/issue/{APRIL}/frame"]):
        status, body = ask(preview.port, path, host=host.format(port=preview.port))
        assert status in (400, 421), (host, path)
        assert b"RTES" not in body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_no_file_and_no_database(preview, method: str) -> None:
    database = preview.root / "lists" / "rtesmail.db"
    open_store(database).conn.close()
    before = state_of(preview.root)
    for path in [*PAGES, "/nowhere"]:
        status, body = ask(preview.port, path, method=method)
        assert status == (404 if path == "/nowhere" else 200), path
        assert (body == b"") is (method == "HEAD")
    if method == "HEAD":
        assert ask(preview.port, "/events", method="HEAD") == (200, b"")
    assert state_of(preview.root) == before


def test_the_name_of_a_finding_leads_to_what_stands_behind_it(preview) -> None:
    manual = preview.page("/checks")
    for name in (*(check.name for check in all_checks()), *ON_REQUEST):
        assert f'<h2 id="{name}">' in manual, name
    assert (
        "href=" not in manual.partition('class="list manual"')[2].replace('href="https://', "").partition("</main>")[0]
    )
    path = preview.root / "issues" / APRIL / "issue.toml"
    path.write_text(
        re.sub(r"(?m)^preheader = .*$", 'preheader = ""', path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert '<a class="check" href="/checks#preheader">preheader</a>' in preview.page(f"/issue/{APRIL}")


def test_looking_makes_no_database(preview) -> None:
    for path in PAGES:
        preview.page(path)
    assert [path.name for path in (preview.root / "lists").iterdir()] == ["sample.csv"]


def test_nothing_but_looking_is_answered(preview) -> None:
    methods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    for method, path in product(methods, ["/", f"/issue/{APRIL}", "/events", "/static/live.js"]):
        assert ask(preview.port, path, method=method)[0] == 403, (method, path)
        answer = requests.request(method, preview.url + path, headers={"Origin": preview.url}, timeout=30)
        assert answer.status_code == 405, (method, path)


def test_no_address_leads_out_of_what_is_shown(preview) -> None:
    for path in (
        "/issue/..%2F..%2Frtesmail.toml",
        "/issue/../../rtesmail.toml",
        "/issue/%2e%2e",
        "/issue/..",
        "/issue/.",
        "/issue/snippets",
        "/issue/%00",
        "/issue/..%5C..%5Cwindows",
        "/issue/..%2Fissues%2F2025-04-mensuelle/frame",
        f"/issue/{APRIL}%2F..%2F{APRIL}",
        f"/issue/{APRIL}/images/..%2F..%2F..%2Frtesmail.toml",
        f"/issue/{APRIL}/images/../../../rtesmail.toml",
        "/static/../preview.py",
        "/static/..%2Fpreview.py",
        "/static/%2e%2e/preview.py",
        "/static//etc/passwd",
        "/static/%2Fetc%2Fpasswd",
        "//etc/passwd",
    ):
        status, body = ask(preview.port, path)
        assert status == 404, path
        assert b"[identity]" not in body
        assert b"def make_app" not in body
        assert b"root:" not in body


def test_every_page_has_a_strict_policy(preview) -> None:
    for path in PAGES:
        headers = preview.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe-eval" not in policy
        assert ("'unsafe-inline'" in policy) is ("/frame" in path)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


def test_the_list_names_every_issue_with_its_state(preview) -> None:
    page = preview.page("/")
    folders = [path.parent.name for path in preview.root.glob("issues/*/issue.toml")]
    assert len(folders) == 2
    for issue_id in folders:
        assert f'href="/issue/{issue_id}"' in page
    assert "La newsletter du RTES" in page
    assert "Thursday 3 April 2025" in page
    assert "Not approved" in page
    assert "Cannot be built" not in page


def test_an_issue_shows_in_three_frames_and_in_words(preview) -> None:
    page = preview.page(f"/issue/{APRIL}")
    for width in (375, 600, 1200):
        assert f'width="{width}"' in page
    assert page.count("<iframe ") == 3
    assert page.count('sandbox="') == 3
    assert "allow-scripts" not in page
    assert preview.page(f"/issue/{APRIL}?size=tablet").count("<iframe ") == 1
    assert "Avril 2025" in preview.page(f"/issue/{APRIL}?view=text")
    assert "&lt;html" in preview.page(f"/issue/{APRIL}?view=source")


def test_frames_show_what_a_sample_reader_gets(preview) -> None:
    for path in (f"/issue/{APRIL}/frame", f"/issue/{APRIL}?view=text", f"/issue/{APRIL}?view=source"):
        page = preview.page(path)
        assert "@@" not in page
        assert "cid:" not in page


def test_frames_without_images_ask_for_none(preview) -> None:
    answer = preview.get(f"/issue/{APRIL}/frame?images=off")
    assert "img-src 'none'" in answer.headers["content-security-policy"]
    assert " src=" not in answer.text


def test_a_picture_is_shown_before_it_is_on_its_server(preview) -> None:
    article = preview.root / "issues/snippets/articles/bloc-communal.md"
    Image.new("RGB", (40, 20)).save(article.with_name("photo.png"))
    text = article.read_text(encoding="utf-8")
    article.write_text(
        text.replace("\n---\n", "\nimage: {src: photo.png, alt: Une mairie}\n---\n", 1), encoding="utf-8"
    )
    settings = preview.root / "rtesmail.toml"
    hosting = '\n[pictures]\ndelivery = "hosted"\nbase_url = "https://www.example.org/images"\n'
    for written in ("", hosting):
        settings.write_text(settings.read_text(encoding="utf-8") + written, encoding="utf-8")
        frame = preview.page(f"/issue/{APRIL}/frame")
        assert "https://www.example.org/images" not in frame
        (address,) = re.findall(r'<img[^>]* src="(/[^"]+)"', frame)
        answer = preview.get(address.replace("&amp;", "&"))
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")


def test_the_inbox_row_shows_sender_subject_and_preheader(preview) -> None:
    page = preview.page(f"/issue/{APRIL}?view=inbox")
    assert '<span class="row-sender">RTES</span>' in page
    assert "L’ESS au cœur du bloc communal et cinq rendez-vous" in page
    assert "Gmail" in page
    assert "Outlook" in page


def test_an_approval_shows_until_the_mail_changes(preview) -> None:
    workspace = load_workspace(preview.root)
    edition = render_edition(workspace, load_issue(workspace, APRIL).issue)
    store = open_store(workspace.database)
    approve(store, edition, by="Camille Exemple", now=datetime(2025, 4, 2, 14, 30, tzinfo=UTC))
    store.conn.close()
    page = preview.page(f"/issue/{APRIL}")
    assert "Camille Exemple" in page
    assert "Wednesday 2 April 2025, 16:30" in page
    assert "Changed since its approval" not in page + preview.page("/")

    path = preview.root / "issues" / APRIL / "issue.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('subject = "', 'subject = "Bis : '), encoding="utf-8")
    for address in ("/", f"/issue/{APRIL}"):
        assert "Changed since its approval" in preview.page(address)


HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{ 7 * 7 }}{% raw %}"""


def test_a_hostile_title_is_shown_as_words(preview) -> None:
    path = preview.root / "issues" / APRIL / "issue.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    for field in ("title", "subject", "preheader"):
        index = next(i for i, line in enumerate(lines) if line.startswith(f"{field} = "))
        lines[index] = f"{field} = '''{HOSTILE}'''"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for address in ("/", *(f"/issue/{APRIL}?view={view}" for view in ("mail", "inbox", "text", "source"))):
        page = preview.page(address)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{ 7 * 7 }}" in page or "49" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in preview.page(f"/issue/{APRIL}")


def test_a_hostile_issue_folder_is_shown_as_words(preview) -> None:
    folder = preview.root / "issues" / "2025-05-mensuelle-<b>&"
    folder.mkdir()
    (folder / "issue.toml").write_text("publication = 3\n", encoding="utf-8")
    page = preview.page("/")
    assert "mensuelle-<b>" not in page


def test_an_address_that_leads_nowhere_leads_back(preview) -> None:
    answer = preview.get("/issue/2031-01-mensuelle")
    assert answer.status_code == 404
    assert 'href="/"' in answer.text


def test_an_issue_is_shown_as_each_kind_of_reader_gets_it(preview) -> None:
    snippet = preview.root / "issues" / "snippets" / "agenda" / "2025-07-01-assemblee-generale.md"
    assert "Every block" not in preview.page(f"/issue/{APRIL}")
    text = snippet.read_text(encoding="utf-8")
    snippet.write_text(text.replace("kind: event", "kind: event\nonly_for: {levels: [région]}", 1), encoding="utf-8")
    title = "Assemblée générale"
    for view in ("", "&view=text", "&view=source"):
        page = preview.page(f"/issue/{APRIL}?readers=0{view}")
        assert 'aria-current="true">The others</a>' in page
        assert page.count(">région</a>") == 1
    for readers, is_shown in (("", True), ("1", True), ("0", False), ("11", True), ("x", True)):
        frame = preview.page(f"/issue/{APRIL}/frame?readers={readers}")
        text = preview.page(f"/issue/{APRIL}?view=text&readers={readers}")
        assert (title in frame, title in text) == (is_shown, is_shown)
    assert 'aria-current="true">Every block</a>' in preview.page(f"/issue/{APRIL}?readers=11")
    assert f'src="/issue/{APRIL}/frame?readers=0"' in preview.page(f"/issue/{APRIL}?readers=0")


@pytest.mark.parametrize(
    ("source", "words"),
    [("broken.png", "broken.png is no picture that can be read"), ("gone.png", "There is no picture gone.png.")],
)
def test_a_broken_picture_leaves_the_letter_in_view_with_a_frame_in_its_place(preview, source: str, words: str) -> None:
    snippets = preview.root / "issues" / "snippets" / "articles"
    lead = snippets / "bloc-communal.md"
    text = lead.read_text(encoding="utf-8")
    (snippets / "broken.png").write_bytes(b"no picture")
    lead.write_text(text.replace("---\n", f'---\nimage: {{src: {source}, alt: "La salle"}}\n', 1), encoding="utf-8")
    page = preview.page(f"/issue/{APRIL}")
    assert words in page
    assert "articles/bloc-communal.md:2" in page
    shown = re.search(r'<img[^>]*alt="La salle"[^>]*>', preview.page(f"/issue/{APRIL}/frame"))
    assert shown is not None
    address = re.search(r'src="([^"]+)"', shown[0])
    assert address is not None
    answer = preview.get(address[1])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")

"""The letter on paper, judged by what another program (poppler) reads in the PDF.

The text of each page is a golden file, renewed as those of the editions are, after a look at the pages as pictures:

    RTESMAIL_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/rendering/test_letter.py
"""

import os
import re
import shutil
import socket
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image as Picture

from rtesmail.content.issues import load_issue
from rtesmail.content.kinds import KINDS
from rtesmail.content.replacing import write_asked
from rtesmail.content.workspace import load_workspace
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Image, Issue, Level, Registration, Snippet
from rtesmail.model.errors import ContentError, RtesmailError
from rtesmail.model.publication import Workspace
from rtesmail.rendering.letter import Letter, render_letter

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]

QUARTERLY = "2025-t2-trimestrielle"
GOLDEN = Path(__file__).parent / "golden" / f"{QUARTERLY}.letter.txt"
RENEW = "RTESMAIL_RENEW_GOLDEN"


def told(program: str, letter: Letter, *options: str) -> str:
    """Give what one of poppler's programs says of a letter."""
    command = [program, *options, "-", *(["-"] if program == "pdftotext" else [])]
    return subprocess.run(command, input=letter.content, capture_output=True, check=True).stdout.decode()


def text_of(letter: Letter) -> str:
    """Give the words of all pages on one line, lines that end in a hyphen joined."""
    return " ".join(told("pdftotext", letter).replace("-\n", "").split(None))


def paragraphs_of(letter: Letter) -> str:
    """Give the words page by page, a line for each paragraph, wherever its lines end."""
    # An address keeps the hyphens at its line ends: they are its own.
    pages = re.sub(r"(?m)^([^/\n]*)-\n", r"\1", told("pdftotext", letter).removesuffix("\f")).split("\f")
    joined = ("\n".join(" ".join(block.split("\n")) for block in page.strip().split("\n\n")) for page in pages)
    return "\n\n--- page ---\n\n".join(joined) + "\n"


def structure_of(letter: Letter) -> bytes:
    """Give all of the PDF's objects uncompressed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", letter.content, re.DOTALL)
    opened = [zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"\x78"]
    return letter.content + b"\n".join(opened)


@pytest.fixture(scope="module")
def quarterly(demo: Workspace) -> Letter:
    return render_letter(demo, load_issue(demo, QUARTERLY).issue)


def test_the_quarterly_letter_is_as_looked_at(quarterly: Letter) -> None:
    pages = paragraphs_of(quarterly)
    if os.environ.get(RENEW):
        GOLDEN.write_text(pages, encoding="utf-8", newline="\n")
    assert pages == GOLDEN.read_text(encoding="utf-8"), f"the letter has changed; if that is wanted, set {RENEW}=1"
    assert quarterly.findings == ()


def test_it_is_a4_tagged_named_and_speaks_its_language(quarterly: Letter) -> None:
    facts = told("pdfinfo", quarterly)
    for fact in (
        r"Title: +La lettre trimestrielle du RTES – 2e trimestre 2025",
        r"Author: +Réseau des collectivités Territoriales",
        r"Tagged: +yes",
        rf"Pages: +{quarterly.pages}\n",
        r"Page size: +[0-9. x]+pts \(A4\)",
        r"CreationDate: +Tue Apr 15",
    ):
        assert re.search(fact, facts), fact
    inside = structure_of(quarterly)
    assert re.search(rb"/Lang \(fr\)", inside)
    assert b"pdfuaid" in inside
    assert b"/Outlines" in inside


def test_its_types_are_ours_and_all_travel_with_it(quarterly: Letter) -> None:
    rows = [line.split() for line in told("pdffonts", quarterly).splitlines()[2:]]
    assert rows
    for row in rows:
        assert re.fullmatch(r"[A-Z]{6}\+Letter-(Serif|Sans)\S*", row[0])
        assert row[-5] == "yes", f"{row[0]} is not embedded"


@pytest.mark.parametrize(("issue_id", "pages"), [("2025-04-mensuelle", 2), ("2023-10-invitation-edenn", 1)])
def test_no_sheet_is_wasted_and_the_sender_stands_at_the_end(demo: Workspace, issue_id: str, pages: int) -> None:
    letter = render_letter(demo, load_issue(demo, issue_id).issue)
    assert letter.pages == pages
    last = told("pdftotext", letter, "-f", str(letter.pages))
    assert f"{pages}/{pages}" in last
    assert "contact@rtes.example" in last
    assert "Conformément au règlement général" in last
    assert f"lettre.rtes.example/lettres/{issue_id}/" in last


def test_every_kind_shows_also_what_is_for_some_readers_only(
    demo: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    snippets = [sample(kind) for kind in sorted(KINDS)]
    snippets[0] = replace(snippets[0], only_for=Condition(levels=(Level.REGION,)))
    letter = render_letter(demo, issue_of(*snippets, language="en", template="quarterly"))
    shown = text_of(letter)
    for snippet in snippets:
        untitled = snippet.kind in ("quote", "figure")
        assert (str(snippet.details["source"]) if untitled else snippet.title) in shown, snippet.kind
    assert "Thursday 15 May 2025, 9:30–12:30" in shown
    assert "IN THIS ISSUE" in shown
    assert {finding.check for finding in letter.findings} == {"picture"}
    assert "None" not in shown


HOSTILE = '<b>x</b> {{ 7*7 }} {% raw %} @@email@@</style><script>1</script> & " &amp; \x00\x0b'


def test_hostile_content_is_only_text(demo: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    def hostile(full: Snippet) -> Snippet:
        details = {
            name: HOSTILE
            if isinstance(value, str)
            else (HOSTILE,)
            if isinstance(value, tuple) and value and isinstance(value[0], str)
            else Registration(url='https://example.org/"><script>')
            if isinstance(value, Registration)
            else value
            for name, value in full.details.items()
        }
        body = (
            f"{HOSTILE}\n\n[words](https://example.org/?to=@@email@@) [x](javascript:alert(1)) ![y](file:///etc/passwd)"
        )
        url = "https://example.org/'\"><script>@@name@@"
        return replace(full, title=HOSTILE, body=body, url=url, image=None, details=details)

    issue = issue_of(*(hostile(sample(kind)) for kind in KINDS), template="quarterly")
    letter = render_letter(demo, replace(issue, title=HOSTILE, preheader=HOSTILE, subject=HOSTILE))
    shown = text_of(letter)
    assert shown.count("<b>x</b> {{ 7*7 }} {% raw %} @") > len(KINDS)
    assert "<script>1</script>" in shown
    assert not re.search(r"\b49\b", shown)
    links = [line.split(None, 2)[2] for line in told("pdfinfo", letter, "-url").splitlines()[1:]]
    assert links
    for link in links:
        assert link.startswith(("https://", "mailto:contact@rtes.example")), link
        assert "@@" not in link
    assert b"/JavaScript" not in structure_of(letter)


@pytest.fixture
def house(tmp_path: Path, demo: Workspace) -> Workspace:
    """A workspace with an article that has pictures beside it, and room for templates of its own."""
    shutil.copy(demo.root / "rtesmail.toml", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "issues").mkdir()
    Picture.new("RGB", (900, 600), "#0b6b5c").save(tmp_path / "issues" / "map.png")
    return load_workspace(tmp_path)


@pytest.fixture
def illustrated(house: Workspace, sample: Sample, issue_of: MakeIssue) -> Callable[[Image], Issue]:
    def make(image: Image) -> Issue:
        path = house.issues / "article.md"
        return issue_of(replace(sample("article"), image=image, path=path, line_of={"image": 4}))

    return make


def test_pictures_are_printed_with_their_words_and_those_of_the_web_are_left_out(
    house: Workspace, illustrated: Callable[[Image], Issue]
) -> None:
    letter = render_letter(house, illustrated(Image("map.png", "A map", house.issues / "map.png")))
    assert letter.findings == ()
    printed = told("pdfimages", letter, "-list")
    assert re.search(r"image +900 +600 ", printed)
    resolutions = [int(line.split()[12]) for line in printed.splitlines()[2:]]
    assert min(resolutions) >= 150
    assert b"/Alt (A map)" in structure_of(letter)

    remote = render_letter(house, illustrated(Image("https://example.org/map.png", "A map")))
    assert [(f.severity.value, f.place) for f in remote.findings] == [("warning", "issues/article.md:4")]
    assert "https://example.org/map.png" in remote.findings[0].message


def test_a_damaged_picture_is_refused_with_its_place(house: Workspace, illustrated: Callable[[Image], Issue]) -> None:
    path = house.issues / "map.png"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ContentError) as caught:
        render_letter(house, illustrated(Image("map.png", "A map", path)))
    assert [finding.place for finding in caught.value.findings] == ["issues/article.md:4"]
    path.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(ContentError, match="pictures"):
        render_letter(house, illustrated(Image("map.png", "A map", path)))


def test_a_template_of_the_house_gets_its_own_pictures_and_nothing_from_elsewhere(
    house: Workspace, illustrated: Callable[[Image], Issue], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.png"
    Picture.new("RGB", (30, 30), "red").save(outside)
    (house.templates / "leads-out.png").symlink_to(outside)
    Picture.new("RGB", (50, 40), "blue").save(house.templates / "logo.png")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        sources = (
            "templates/logo.png",
            "templates/leads-out.png",
            outside.as_uri(),
            "../../../../../../etc/passwd",
            "rtesmail.toml",
            "font:../__init__.py",
            f"http://127.0.0.1:{port}/pixel.png",
        )
        (house.templates / "letter.css.j2").write_text(
            f"@import url(http://127.0.0.1:{port}/x.css); p {{ colour: red }}"
        )
        (house.templates / "letter.html.j2").write_text(
            '<html lang="fr"><title>x</title><style>{{ css|safe }}</style>'
            + "".join(f'<img src="{source}" alt="x">' for source in sources)
            + "<p>{{ issue.title }}</p>"
        )
        letter = render_letter(house, illustrated(Image("map.png", "A map", house.issues / "map.png")))
        with pytest.raises(TimeoutError):
            server.accept()
    printed = told("pdfimages", letter, "-list").splitlines()[2:]
    assert [line.split()[3:5] for line in printed] == [["50", "40"]]
    remarks = " ".join(finding.message for finding in letter.findings)
    for source in ("leads-out.png", "secret.png", "etc/passwd", "rtesmail.toml", "__init__.py", "pixel.png", "x.css"):
        assert source in remarks, source
    assert "colour" in remarks
    assert "Error" not in remarks
    assert {finding.place for finding in letter.findings} == {"templates/letter.css.j2"}


def test_a_slot_has_no_place_on_paper(house: Workspace, illustrated: Callable[[Image], Issue]) -> None:
    (house.templates / "letter.html.j2").write_text('<p>{{ slot("email") }}</p>')
    with pytest.raises(ContentError) as caught:
        render_letter(house, illustrated(Image("map.png", "A map", house.issues / "map.png")))
    assert caught.value.findings[0].place == "templates/letter.html.j2"


def test_an_unfinished_letter_replaces_no_finished_one(tmp_path: Path) -> None:
    write_asked(tmp_path / "deep" / "letter.pdf", b"%PDF new", "Name another.")
    assert (tmp_path / "deep" / "letter.pdf").read_bytes() == b"%PDF new"
    with pytest.raises(RtesmailError, match="cannot be written"):
        write_asked(tmp_path / "deep", b"%PDF new", "Name another.")
    assert [path.name for path in tmp_path.rglob("*")] == ["deep", "letter.pdf"]

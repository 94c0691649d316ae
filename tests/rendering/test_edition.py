"""An issue becomes the edition that readers get: golden files, the same bytes twice, and content that stays inert.

After a wanted change of templates or content, renew the golden files and look at the difference before committing:

    RTESMAIL_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/rendering/test_edition.py
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from rtesmail.content.issues import load_issue
from rtesmail.content.kinds import KINDS
from rtesmail.model.content import Image, Issue, Registration, Snippet
from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK, Slot
from rtesmail.rendering.edition import render_edition, render_web_version
from rtesmail.rendering.typography import NARROW

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]
Reading = Callable[[str], str]

ISSUES = ("2023-10-invitation-edenn", "2024-11-invitation-gard", "2025-04-mensuelle", "2025-t2-trimestrielle")
GOLDEN = Path(__file__).parent / "golden"
RENEW = "RTESMAIL_RENEW_GOLDEN"


def agree(name: str, rendered: str) -> None:
    """Compare with a golden file, or write it when asked to."""
    path = GOLDEN / name
    if os.environ.get(RENEW):
        path.parent.mkdir(exist_ok=True)
        path.write_text(rendered, encoding="utf-8", newline="\n")
    assert rendered == path.read_text(encoding="utf-8"), f"{name} has changed; if that is wanted, set {RENEW}=1"


@pytest.mark.parametrize("issue_id", ISSUES)
def test_the_demo_editions_are_as_looked_at(demo: Workspace, issue_id: str) -> None:
    edition = render_edition(demo, load_issue(demo, issue_id).issue)
    agree(f"{issue_id}.html", edition.html)
    agree(f"{issue_id}.txt", edition.text)


@pytest.mark.parametrize("issue_id", ISSUES)
def test_the_demo_editions_stay_light_and_whole(demo: Workspace, issue_id: str) -> None:
    edition = render_edition(demo, load_issue(demo, issue_id).issue)
    assert len(edition.html.encode()) < 70_000
    assert set(SLOT_MARK.findall(edition.html)) == {"email", "unsubscribe_url", "preferences_url"}
    assert set(SLOT_MARK.findall(edition.text)) == {"email", "unsubscribe_url", "preferences_url"}
    for residue in ("data-at", "data-premailer", "{{", "{%", "<mj", "slot("):
        assert residue not in edition.html
    assert "http://fonts" not in edition.html
    assert "fonts.googleapis" not in edition.html
    assert max(len(line) for line in edition.text.splitlines() if "://" not in line) <= 72
    assert edition.text.endswith("\n")


def test_the_same_input_gives_the_same_bytes_in_another_process(demo: Workspace, april: Issue) -> None:
    script = (
        "from pathlib import Path; from rtesmail.content.workspace import load_workspace; "
        "from rtesmail.content.issues import load_issue; from rtesmail.rendering.edition import render_edition; "
        f"w = load_workspace(Path({str(demo.root)!r})); "
        f"print(render_edition(w, load_issue(w, {april.id!r}).issue).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "LANGUAGE": language, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, language, zone in (("1", "en", "UTC"), ("2", "de", "Asia/Tokyo"))
    }
    assert digests == {render_edition(demo, april).digest}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("template", ["monthly", "quarterly", "invitation"])
def test_every_kind_shows_in_every_publication(
    demo: Workspace, sample: Sample, issue_of: MakeIssue, kind: str, template: str
) -> None:
    snippet = sample(kind)
    edition = render_edition(demo, issue_of(snippet, language="en", template=template))
    shown = " ".join(etree.HTML(edition.html).xpath("string(//body)").split())
    written = " ".join(edition.text.split())
    words = snippet.title if kind not in ("quote", "figure") else str(snippet.details["source"])
    assert words in shown
    assert words in written
    if kind != "programme" or template != "invitation":
        assert str(snippet.url) in edition.html
        assert str(snippet.url) in edition.text


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_snippet_with_only_what_its_kind_requires_shows(
    demo: Workspace, sample: Sample, issue_of: MakeIssue, kind: str
) -> None:
    full = sample(kind)
    required = {name for group in KINDS[kind].required for name in group}
    details = {name: value if name in required else None for name, value in full.details.items()}
    bare = Snippet(full.id, kind, full.title, full.path, body=full.body if "body" in required else "", details=details)
    edition = render_edition(demo, issue_of(bare))
    assert "None" not in edition.html
    assert "None" not in edition.text
    empty = etree.HTML(edition.html).xpath("//p[not(normalize-space()) and not(*)] | //a[@href='']")
    assert empty == []


HOSTILE = "<b>x</b> {{ 7*7 }} {% raw %} @@unsubscribe_url@@ @@email@@ </mj-text><mj-raw> & \" ' &amp; ]]> \x00\x0b"


def hostile_snippet(kind: str, full: Snippet) -> Snippet:
    """Fill every text of a snippet with what would like to be more than text."""
    details = {
        name: HOSTILE
        if isinstance(value, str)
        else (HOSTILE, HOSTILE)
        if isinstance(value, tuple) and value and isinstance(value[0], str)
        else Registration(url='https://example.org/"><script>?@@email@@')
        if isinstance(value, Registration)
        else value
        for name, value in full.details.items()
    }
    return replace(
        full,
        title=HOSTILE,
        lead=HOSTILE,
        body=f"{HOSTILE}\n\n[words](https://example.org/?to=@@email@@) <script>1</script> [x](javascript:alert(1))",
        url="https://example.org/'\"><script>@@name@@",
        image=Image('https://example.org/"onerror="x', HOSTILE),
        details=details,
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("template", ["monthly", "invitation"])
def test_hostile_content_is_only_text(
    demo: Workspace, sample: Sample, issue_of: MakeIssue, kind: str, template: str
) -> None:
    issue = issue_of(hostile_snippet(kind, sample(kind)), template=template)
    issue = replace(issue, title=HOSTILE, subject=HOSTILE, preheader=HOSTILE)
    edition = render_edition(demo, issue)
    clean = render_edition(demo, issue_of(sample(kind), template=template))
    root, clean_root = etree.HTML(edition.html), etree.HTML(clean.html)
    assert root.xpath("//script | //*[starts-with(name(), 'mj')] | //@onerror | //@onclick") == []
    assert len(root.xpath("//b")) == len(clean_root.xpath("//b"))
    assert "49" not in re.sub(r"#\w+|\d{3,}", "", "".join(root.xpath("//body//text()")))
    assert "{{ 7*7 }}" in edition.html
    assert "{{ 7*7 }}" in edition.text
    for rendered, untouched in ((edition.html, clean.html), (edition.text, clean.text)):
        assert SLOT_MARK.findall(rendered) == SLOT_MARK.findall(untouched)
    assert SLOT_MARK.search(edition.subject + edition.preheader) is None
    for link in root.xpath("//a/@href"):
        assert link.startswith(("https://", "#", "@@")), link


def test_the_subject_is_set_without_narrow_spaces(demo: Workspace, april: Issue) -> None:
    edition = render_edition(demo, replace(april, subject="L'ESS : et après ?", preheader="Déjà là !"))
    assert edition.subject == "L’ESS\u00a0: et après\u00a0?"
    assert edition.preheader == "Déjà là\u00a0!"


@pytest.mark.parametrize("issue_id", ISSUES)
def test_outlook_is_given_no_narrow_space_and_everybody_else_is(
    demo: Workspace, issue_id: str, in_outlook: Reading, elsewhere: Reading
) -> None:
    html = render_edition(demo, load_issue(demo, issue_id).issue).html
    assert NARROW not in in_outlook(html)
    assert NARROW in elsewhere(html)


def test_french_typography_and_dates_stand_in_both_parts(demo: Workspace, april: Issue, elsewhere: Reading) -> None:
    edition = render_edition(demo, april)
    for part in (elsewhere(edition.html), edition.text):
        assert "Jeudi 10\u00a0avril 2025, de 11h à\u00a012h30" in part
        assert "Mardi 1er\u00a0juillet 2025" in part
        assert "Acteurs publics, comment travailler avec l’ESS\u202f?" in part
        assert "«\u00a0les politiques locales de l’ESS\u00a0»" in part


def test_an_english_publication_speaks_english(demo: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    edition = render_edition(demo, issue_of(sample("event"), language="en"))
    assert '<html lang="en" dir="ltr"' in edition.html
    for part in (edition.html, edition.text):
        assert "Thursday 15 May 2025, 9:30–12:30" in part
        assert "Unsubscribe" in part
        assert "inscrire" not in part


def test_headings_are_in_order_and_contents_lead_somewhere(demo: Workspace) -> None:
    for issue_id in ISSUES:
        root = etree.HTML(render_edition(demo, load_issue(demo, issue_id).issue).html)
        levels = [int(h.tag[1]) for h in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        targets = set(root.xpath("//@id"))
        assert {link[1:] for link in root.xpath("//a/@href[starts-with(., '#')]")} <= targets


def test_every_layout_table_says_so_and_every_picture_has_words(
    demo: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    issue = issue_of(*(sample(kind) for kind in KINDS))
    root = etree.HTML(render_edition(demo, issue).html)
    assert root.xpath("//table[not(@role='presentation')]") == []
    assert root.xpath("//img[not(@alt)]") == []


def test_without_a_public_address_nothing_points_there(demo: Workspace, april: Issue) -> None:
    identity = replace(demo.configuration.identity, public_url="")
    here = replace(demo, configuration=replace(demo.configuration, identity=identity))
    edition = render_edition(here, april)
    assert set(SLOT_MARK.findall(edition.html)) == {"email", "unsubscribe_url"}
    for part in (edition.html, edition.text):
        assert "/lettres/" not in part
        assert ".ics" not in part
        assert Slot.UNSUBSCRIBE_URL.mark in part


def test_the_web_version_is_nobodys_own(demo: Workspace, april: Issue) -> None:
    page, _pictures = render_web_version(demo, april)
    assert SLOT_MARK.search(page) is None
    assert "Se désinscrire" not in page
    assert "Mesurer la place de l’ESS" in page


def test_an_event_links_to_its_calendar_entry(demo: Workspace, april: Issue) -> None:
    edition = render_edition(demo, april)
    address = "https://lettre.rtes.example/lettres/2025-04-mensuelle/assemblee-generale-2025.ics"
    assert address in edition.html
    assert address in edition.text

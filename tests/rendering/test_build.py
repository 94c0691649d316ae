"""A build leaves files to open, to put on a server, and nothing of an earlier build."""

import json
from collections.abc import Callable
from pathlib import Path

from icalendar import Calendar
from msgspec.structs import replace

from rtesmail.model.content import Image, Issue, Snippet
from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK
from rtesmail.rendering.build import build_issue
from rtesmail.rendering.edition import render_edition

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]

PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def test_a_build_can_be_opened_and_put_on_a_server(workspace: Workspace, april: Issue, sample: Sample) -> None:
    picture = workspace.root / "issues" / "a.gif"
    picture.write_bytes(PIXEL)
    lead, *others = april.sections
    article = replace(lead.snippets[0], image=Image("a.gif", "Une image", picture))
    issue = replace(april, sections=(replace(lead, snippets=(article,)), *others))
    edition = render_edition(workspace, issue)
    built = build_issue(workspace, issue, edition)

    assert built.folder == workspace.root / "out" / "2025-04-mensuelle"
    html, text = built.html.read_text(encoding="utf-8"), built.text.read_text(encoding="utf-8")
    assert SLOT_MARK.search(html + text) is None
    assert "prenom.nom@example.org" in html
    (shown,) = (built.folder / "images").iterdir()
    assert shown.read_bytes() == PIXEL
    assert f'src="images/{shown.name}"' in html

    facts = json.loads((built.folder / "edition.json").read_text(encoding="utf-8"))
    assert facts["digest"] == edition.digest
    assert facts["subject"] == edition.subject
    assert facts["bytes"]["html"] == len(edition.html.encode())

    page = (built.folder / "web" / "index.html").read_text(encoding="utf-8")
    assert SLOT_MARK.search(page) is None
    assert "prenom.nom" not in page
    assert (built.folder / "web" / "images" / shown.name).read_bytes() == PIXEL
    assert [path.name for path in built.calendars] == [f"{s.id}.ics" for s in april.snippets if s.kind == "event"]
    for path in built.calendars:
        assert path.parent == built.folder / "web"
        assert Calendar.from_ical(path.read_bytes()).walk("VEVENT")


def test_a_second_build_replaces_the_first(workspace: Workspace, april: Issue) -> None:
    edition = render_edition(workspace, april)
    first = build_issue(workspace, april, edition)
    before = {path.relative_to(first.folder): path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    stale = first.folder / "web" / "gone.ics"
    stale.write_text("old")
    (first.folder / "note.txt").write_text("a person's own file stays")
    build_issue(workspace, april, edition)
    after = {path.relative_to(first.folder): path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    assert after.pop(Path("note.txt"))
    assert after == before

"""Readers do not get the same thing twice, and no picture that weighs on each of their messages."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition, EditionImage
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition

BEFORE = """publication = "mensuelle"
number = "2025-03"
title = "Mars 2025"
date = 2025-03-06
subject = "Mars"
sections = [{{ id = "x", snippets = ["{id}"] }}]
"""
URL = "https://www.example.org/guide"


def write_before(root: Path, identity: str, text: str = BEFORE) -> None:
    folder = root / "issues" / "2025-03-mensuelle"
    folder.mkdir(exist_ok=True)
    (folder / "issue.toml").write_text(text.format(id=identity), encoding="utf-8")


def found_in_april(root: Path) -> tuple[Finding, ...]:
    workspace = load_workspace(root)
    loaded = load_issue(workspace, "2025-04-mensuelle")
    return run_checks(workspace, loaded.issue, render_edition(workspace, loaded.issue), loaded.findings)


def line_of(root: Path, words: str) -> int:
    text = (root / "issues" / "2025-04-mensuelle" / "issue.toml").read_text(encoding="utf-8")
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def first_article(root: Path) -> str:
    workspace = load_workspace(root)
    issue = load_issue(workspace, "2025-04-mensuelle").issue
    return next(s.id for section in issue.sections if not section.rule.repeats for s in section.snippets)


def test_what_an_earlier_issue_had_is_told_at_its_line(demo_workspace: Path) -> None:
    name = first_article(demo_workspace)
    write_before(demo_workspace, name)
    (found,) = found_in_april(demo_workspace)
    assert (found.check, found.severity.value) == ("earlier-issue", "warning")
    assert found.place == f"issues/2025-04-mensuelle/issue.toml:{line_of(demo_workspace, name)}"
    assert "2025-03-mensuelle" in found.message


@pytest.mark.parametrize(
    ("url", "other"),
    [
        (URL, URL),
        (URL, f"{URL}/"),
        (URL, "http://www.example.org/guide#une-partie"),
        (URL, f"{URL}?utm_source=x"),
        ("https://www.example.org/?p=12", "http://example.org/?utm_source=x&p=12"),
        ("https://www.example.org/guide?page=2", "https://www.example.org/guide/?page=2"),
    ],
)
def test_the_same_page_under_another_name_is_told_too(demo_workspace: Path, url: str, other: str) -> None:
    folder = demo_workspace / "issues" / "snippets"
    name = first_article(demo_workspace)
    (path,) = (p for p in folder.rglob("*.md") if p.stem == name or f"id: {name}" in p.read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("url:")]
    path.write_text("".join([lines[0], f"url: {url}\n", *lines[1:]]), encoding="utf-8")
    (folder / "jumeau.md").write_text(
        f"---\nid: jumeau\nkind: article\ntitle: Jumeau\nstatus: reviewed\nurl: {other}\n---\nTexte.\n",
        encoding="utf-8",
    )
    write_before(demo_workspace, "jumeau")
    (found,) = [x for x in found_in_april(demo_workspace) if x.check == "earlier-issue"]
    assert "jumeau" in found.message


@pytest.mark.parametrize(
    ("old", "new"),
    [('"mensuelle"', '"trimestrielle"'), ("2025-03-06", "2025-04-03"), ("2025-03-06", '"hier"'), ("sections", "= 3")],
)
def test_other_publications_later_issues_and_unreadable_ones_do_not_count(
    demo_workspace: Path, old: str, new: str
) -> None:
    write_before(demo_workspace, first_article(demo_workspace), BEFORE.replace(old, new))
    assert found_in_april(demo_workspace) == ()


def test_a_reminder_where_the_section_repeats_passes(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    issue = load_issue(workspace, "2025-04-mensuelle").issue
    event = next(s.id for section in issue.sections if section.rule.repeats for s in section.snippets)
    write_before(demo_workspace, event)
    assert found_in_april(demo_workspace) == ()


@pytest.mark.parametrize(("size", "expected"), [(200_000, []), (200_001, [("picture-weight", "warning")])])
def test_a_heavy_picture_in_every_message_is_a_warning(
    workspace: Workspace, issue: Issue, edition: Edition, size: int, expected: list[tuple[str, str]]
) -> None:
    image = EditionImage("abc@rtesmail", "image/png", b"x" * size)
    html = edition.html.replace("https://www.example.org/a.png", "cid:abc@rtesmail")
    found = run_checks(workspace, issue, replace(edition, html=html, images=(image,)))
    assert [(x.check, x.severity.value) for x in found] == expected

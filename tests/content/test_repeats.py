"""Assembling and checking say the same of what readers had before: what one leaves out, the other finds."""

from datetime import datetime
from pathlib import Path

import pytest

from rtesmail.checks.repeats import find_what_readers_had_before
from rtesmail.checks.subject import Subject
from rtesmail.content.assembly import assemble
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition

MARCH, APRIL = datetime(2025, 3, 3, 9), datetime(2025, 4, 3, 9)
MARCH_FILE, APRIL_FILE = "issues/2025-03-monthly/issue.toml", "issues/2025-04-monthly/issue.toml"
PAGE = "https://ville.example/agenda/1"


@pytest.fixture
def once(root: Path) -> Workspace:
    """The letter without any reminder."""
    path = root / "rtesmail.toml"
    path.write_text(path.read_text("utf-8").replace("repeats = true\n", ""), "utf-8")
    return load_workspace(root)


def refused(workspace: Workspace) -> dict[str, str]:
    """Assemble April; say what stays out because of March."""
    decisions = assemble(workspace, "monthly", "2025-04", as_of=APRIL).decisions
    return {d.snippet_id: d.reason for d in decisions if not d.taken and "already in" in d.reason}


def found(workspace: Workspace) -> list[str]:
    issue = load_issue(workspace, "2025-04-monthly").issue
    return [
        r.message for r in find_what_readers_had_before(Subject(workspace, issue, render_edition(workspace, issue)))
    ]


def type_in(root: Path, file: str, section: str, *names: str, number: str = "2025-04", day: str = "2025-04-03") -> None:
    head = f'publication = "monthly"\nnumber = "{number}"\ntitle = "t"\ndate = {day}\nsubject = "s"\n'
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text(f'{head}[[sections]]\nid = "{section}"\nsnippets = {list(names)}\n', "utf-8")


def march(root: Path, section: str, *names: str) -> None:
    type_in(root, MARCH_FILE, section, *names, number="2025-03", day="2025-03-03")


@pytest.mark.parametrize(
    ("day", "url", "is_repeat"),
    [
        ("2025-04-10", PAGE, True),
        ("2025-04-10 15:00", "http://www.ville.example/agenda/1/?utm_source=x#suite", True),
        ("2025-04-17", PAGE, False),
        ("2025-04-10", "https://ville.example/agenda/2", False),
    ],
)
def test_another_session_passes_both_and_the_same_one_passes_neither(
    once: Workspace, event, day: str, url: str, is_repeat: bool
) -> None:
    event("premiere", "2025-04-10", url=PAGE)
    march(once.root, "agenda", "premiere")
    event("seconde", day, url=url)
    assert ("seconde" in refused(once)) == is_repeat
    # What assembly put in is clean.
    assert found(once) == []
    # What it would not take is found where a person typed it in.
    type_in(once.root, APRIL_FILE, "agenda", "premiere", "seconde")
    same = "seconde leads to the same page as premiere, which stood in 2025-03-monthly already."
    assert found(once) == ["premiere stood in 2025-03-monthly already.", *[same] * is_repeat]


def test_a_reminder_that_the_section_allows_passes_both(workspace: Workspace, event) -> None:
    event("premiere", "2025-04-10", url=PAGE)
    march(workspace.root, "agenda", "premiere")
    assert refused(workspace) == {}
    assert [s.id for section in load_issue(workspace, "2025-04-monthly").issue.sections for s in section.snippets]
    assert found(workspace) == []


def test_each_issue_has_an_editorial_of_the_same_name_and_only_last_months_text_is_a_repeat(
    once: Workspace, write
) -> None:
    text = "---\nkind: article\ntitle: Édito\nstatus: reviewed\n---\n{}\n"
    write("issues/2025-03-monthly/edito.md", text.format("Le printemps vient."))
    march(once.root, "lead", "edito")
    write("issues/2025-04-monthly/edito.md", text.format("Le printemps est là."))
    assert refused(once) == {}
    assert found(once) == []
    write("issues/2025-04-monthly/edito.md", text.format("Le printemps vient."))
    assert found(once) == ["edito stood in 2025-03-monthly already."]
    assert refused(once) == {"edito": "already in 2025-03-monthly"}


def test_the_page_of_what_lay_beside_an_earlier_issue_counts_in_both(once: Workspace, write, article) -> None:
    write(
        "issues/2025-03-monthly/invitation.md",
        f"---\nkind: article\ntitle: Venez\nurl: {PAGE}\nstatus: reviewed\n---\nTexte.\n",
    )
    march(once.root, "lead", "invitation")
    article("encore", url=f"{PAGE}/")
    assert refused(once) == {"encore": "its address was already in 2025-03-monthly"}
    type_in(once.root, APRIL_FILE, "lead", "encore")
    assert found(once) == ["encore leads to the same page as invitation, which stood in 2025-03-monthly already."]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-03-03", '"hier"'),
        ("2025-03-03", "2025-04-03"),
        ('"monthly"', '"weekly"'),
        ("['a']", "'a'"),
        ("[[", "= ["),
    ],
)
def test_an_issue_that_does_not_count_for_one_does_not_count_for_the_other(
    once: Workspace, article, old: str, new: str
) -> None:
    article("a")
    march(once.root, "lead", "a")
    path = once.root / MARCH_FILE
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert refused(once) == {}
    assert found(once) == []


def test_two_meetings_of_one_page_stand_in_one_issue_and_one_meeting_told_twice_does_not(
    workspace: Workspace, event
) -> None:
    from rtesmail.checks.repeats import find_duplicates

    event("a", "2025-04-10", url=PAGE)
    event("b", "2025-04-10", url=f"{PAGE}/")
    event("c", "2025-04-11", url=PAGE)

    def told() -> list[tuple[str, str]]:
        issue = load_issue(workspace, "2025-04-monthly").issue
        subject = Subject(workspace, issue, render_edition(workspace, issue))
        return [(remark.message, str(remark.place.path)) for remark in find_duplicates(subject) if remark.place]

    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    assert told() == []
    type_in(workspace.root, APRIL_FILE, "agenda", "a", "b", "c")
    assert told() == [("The snippets a and b lead to the same page.", "issues/snippets/b.md")]

"""An issue shows what is good of it, and says where the rest is wrong."""

from pathlib import Path

import pytest

from rtesmail.content.issues import load_issue, resolve_issue_id
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.publication import Workspace

ISSUE = """publication = "monthly"
number = "2025-04"
title = "Avril 2025"
date = 2025-04-03
subject = "La lettre d'avril"
preheader = "Et le reste"

[[sections]]
id = "lead"
snippets = ["bon", "absant", "casse", "brouillon"]

[[sections]]
id = "agendas"
snippets = []
"""


def test_good_snippets_show_and_each_mistake_has_its_place(workspace: Workspace, article, write) -> None:
    article("bon")
    article("absent")
    article("brouillon", status="draft")
    write("fichier.md", "---\nkind: article\nid: casse\ntitle: x\nurl: nulle part\n---\nx")
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    loaded = load_issue(workspace, "2025-04-monthly")
    assert [s.id for s in loaded.issue.snippets] == ["bon", "brouillon"]
    told = {(f.place, f.check): f.hint for f in loaded.findings}
    issue = "issues/2025-04-monthly/issue.toml"
    assert told[(f"{issue}:10", "unknown-snippet")] == "Did you mean absent?"
    assert told[(f"{issue}:13", "unknown-value")] == "Did you mean agenda?"
    assert ("issues/snippets/fichier.md:5", "bad-url") in told
    assert ("issues/snippets/brouillon.md:4", "draft") in told


def test_a_snippet_beside_the_issue_wins_over_the_pool(workspace: Workspace, article, write) -> None:
    article("bon")
    write("issues/2025-04-monthly/bon.md", "---\nkind: article\ntitle: Le mien\nstatus: reviewed\n---\nx")
    write("issues/2025-04-monthly/issue.toml", ISSUE.replace(', "absant", "casse", "brouillon"', ""))
    assert load_issue(workspace, "2025-04-monthly").issue.snippets[0].title == "Le mien"


@pytest.mark.parametrize("text", ["publication = 3", 'publication = "x"', "publication =", ""])
def test_an_issue_that_cannot_be_used_says_why(workspace: Workspace, write, text: str) -> None:
    write("issues/2025-04-monthly/issue.toml", text)
    with pytest.raises(ContentError) as caught:
        load_issue(workspace, "2025-04-monthly")
    assert caught.value.findings


@pytest.mark.parametrize("typed", ["2025-04-monthly", "issues/2025-04-monthly", "issues/2025-04-monthly/issue.toml"])
def test_an_issue_is_found_by_what_a_person_types(workspace: Workspace, write, typed: str) -> None:
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    assert resolve_issue_id(workspace, typed) == "2025-04-monthly"


def test_a_mistyped_issue_is_told_with_the_nearest(workspace: Workspace, write) -> None:
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    with pytest.raises(WorkspaceError) as caught:
        resolve_issue_id(workspace, "2025-4-monthly")
    assert caught.value.hint == "Did you mean 2025-04-monthly?"


def test_a_path_cannot_lead_out_of_the_issues(workspace: Workspace, root: Path) -> None:
    (root / "issue.toml").write_text(ISSUE, encoding="utf-8")
    with pytest.raises(WorkspaceError):
        resolve_issue_id(workspace, "..")

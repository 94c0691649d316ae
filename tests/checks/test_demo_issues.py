"""The shipped issues are fit to be sent, and would not be with one word wrong."""

from pathlib import Path

import pytest

from rtesmail.checks.registry import run_checks
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.findings import Finding
from rtesmail.rendering.edition import render_edition

ISSUES = ("2023-10-invitation-edenn", "2024-11-invitation-gard", "2025-04-mensuelle", "2025-t2-trimestrielle")


def check(root: Path, issue_id: str) -> tuple[Finding, ...]:
    workspace = load_workspace(root)
    loaded = load_issue(workspace, issue_id)
    return run_checks(workspace, loaded.issue, render_edition(workspace, loaded.issue), loaded.findings)


@pytest.mark.parametrize("issue_id", ISSUES)
def test_the_shipped_issues_have_no_finding(demo_workspace: Path, issue_id: str) -> None:
    assert check(demo_workspace, issue_id) == ()


def test_a_date_spoilt_in_a_shipped_snippet_is_found_at_its_line(demo_workspace: Path) -> None:
    (path,) = (demo_workspace / "issues" / "snippets").rglob("bloc-communal.md")
    text = path.read_text(encoding="utf-8")
    assert "jeudi 10 avril" in text
    path.write_text(text.replace("jeudi 10 avril", "jeudi 11 avril 2025"), encoding="utf-8")
    (found,) = check(demo_workspace, "2025-04-mensuelle")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "jeudi 10 avril" in words)
    assert (found.check, found.severity.value) == ("weekday", "error")
    assert found.place == f"{path.relative_to(demo_workspace).as_posix()}:{line}"


def test_an_issue_sent_too_late_names_what_is_over(demo_workspace: Path) -> None:
    path = demo_workspace / "issues" / "2025-04-mensuelle" / "issue.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("send_at = 2025-04-03T09:00:00", "send_at = 2025-05-02T09:00:00"), encoding="utf-8")
    found = [x for x in check(demo_workspace, "2025-04-mensuelle") if x.check == "past-event"]
    assert len(found) == 2
    assert all(x.path and x.path.suffix == ".md" and x.line for x in found)

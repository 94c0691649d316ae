"""Running all checks, and what is promised of each."""

import re
from pathlib import Path

import pytest

from rtesmail.checks import online, spam
from rtesmail.checks.registry import all_checks, check, has_errors, run_checks
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "checks.md"


def test_an_edition_without_fault_has_no_finding(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    assert run_checks(workspace, issue, edition) == ()


def test_every_check_has_its_paragraph_and_every_paragraph_its_check() -> None:
    paragraphs = re.findall(
        r"^## (\S+)\n\n(.+?)(?=\n\n## |\Z)",
        PAGE.read_text(encoding="utf-8").partition("\n# The checks\n")[2],
        re.M | re.S,
    )
    assert {name for name, _ in paragraphs} == {one.name for one in all_checks()} | {online.CHECK, spam.CHECK}
    for name, words in paragraphs:
        assert "To mend" in words or "to mend" in words, f"{name} does not say how to mend it"


def test_every_check_is_seen_to_find_something() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*_checks.py"))
    untested = [one.name for one in all_checks() if f'"{one.name}"' not in tests]
    assert not untested, f"no test expects a finding of {untested}"


def test_two_checks_cannot_share_a_name() -> None:
    all_checks()
    with pytest.raises(ValueError, match="size"):
        check("size", Severity.NOTE)(lambda _subject: iter(()))


def test_the_files_own_findings_come_along_each_once_and_the_heaviest_first(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    note = Finding("field", Severity.NOTE, "a note", path=Path("a.md"), line=1)
    late = Finding("field", Severity.ERROR, "late", path=Path("b.md"), line=9)
    early = Finding("field", Severity.ERROR, "early", path=Path("b.md"), line=2)
    nowhere = Finding("field", Severity.ERROR, "nowhere")
    found = run_checks(workspace, issue, edition, (note, nowhere, late, note, early))
    assert found == (early, late, nowhere, note)
    assert has_errors(found)
    assert not has_errors((note,))


@pytest.mark.parametrize("html", ["", " ", "\x00", "<p", "<?xml version='1.0' encoding='latin-1'?><p>é", "\ud800"])
def test_broken_html_gives_findings_and_no_failure(
    workspace: Workspace, issue: Issue, edition: Edition, html: str
) -> None:
    broken = Edition(issue.id, "mensuelle", "fr", edition.sender, "S", "P", html, "")
    names = {finding.check for finding in run_checks(workspace, issue, broken)}
    assert {"text-part", "unsubscribe", "legal-notice"} <= names

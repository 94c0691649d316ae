"""What screen readers go by."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.model.content import Issue, Snippet
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace

Findings = tuple[Finding, ...]


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(finding.check, finding.severity.value) for finding in findings]


@pytest.mark.parametrize("written", ["<html>", '<html lang="">', '<html lang="en">', '<html lang="frr">'])
def test_a_letter_in_no_language_or_another_is_an_error(
    workspace: Workspace, issue: Issue, edition: Edition, written: str
) -> None:
    html = edition.html.replace('<html lang="fr">', written)
    assert told(run_checks(workspace, issue, replace(edition, html=html))) == [("language", "error")]


def test_a_regional_language_passes(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    html = edition.html.replace('<html lang="fr">', '<html lang="fr-FR">')
    assert run_checks(workspace, issue, replace(edition, html=html)) == ()


def test_a_heading_that_leaves_a_level_out_is_a_warning_at_its_line(
    check_html: Callable[[str], Findings], workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    assert told(check_html("<h4>Le lieu</h4>")) == [("heading-order", "warning")]
    article: Snippet = replace(issue.snippets[0], body="Un.\n\n### **Le** lieu\n")
    traced = replace(issue, sections=(replace(issue.sections[0], snippets=(article,)),))
    html = edition.html.replace("</body>", "<h4>Le\u00a0lieu</h4></body>")
    (found,) = run_checks(workspace, traced, replace(edition, html=html, text=edition.text + "lieu"))
    assert found.place == "issues/snippets/nouvelle.md:12"


def test_headings_one_level_apart_pass(check_html: Callable[[str], Findings]) -> None:
    assert check_html("<h3>a</h3><h4>b</h4><h2>c</h2><h3>d</h3>") == ()


def test_tables_without_a_role_are_counted_once(check_html: Callable[[str], Findings]) -> None:
    (found,) = check_html("<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table>")
    assert (found.check, found.severity.value) == ("layout-table", "warning")
    assert found.message.startswith("2 tables")


@pytest.mark.parametrize(
    "table",
    [
        '<table role="presentation"><tr><td>a</td></tr></table>',
        '<table role="table"><tr><td>a</td></tr></table>',
        "<table><tr><th>a</th></tr></table>",
    ],
)
def test_a_table_that_says_what_it_is_passes(check_html: Callable[[str], Findings], table: str) -> None:
    assert check_html(table) == ()

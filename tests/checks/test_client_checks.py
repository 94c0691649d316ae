"""Mail programs that do not know what a letter uses are named."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from rtesmail.checks.clients import HARMLESS, support
from rtesmail.checks.registry import run_checks
from rtesmail.model.checking import CLIENTS, FAMILIES, CheckSettings
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace

Findings = tuple[Finding, ...]


@pytest.mark.parametrize(
    ("piece", "feature", "client"),
    [
        ('<div style="display:flex">Sommaire</div>', "display:flex", "Outlook"),
        ('<div style="position:absolute">Sommaire</div>', "position", "Gmail"),
        ('<p style="width:calc(100% - 1px)">Sommaire</p>', "calc()", "Outlook"),
        ('<video src="https://www.example.org/a.mp4"></video>', "<video>", "Gmail"),
        ('<img src="https://www.example.org/a.webp" alt="Une place">', "webP", "Outlook (Windows"),
        ('<img src="https://www.example.org/a.svg?v=1" alt="Une place">', "SVG", "Gmail"),
    ],
)
def test_what_a_program_does_not_know_is_a_note_that_names_it(
    check_html: Callable[[str], Findings], piece: str, feature: str, client: str
) -> None:
    found = [x for x in check_html(piece) if x.check == "client-support"]
    assert [x.severity.value for x in found] == ["note"]
    assert feature in found[0].message
    assert client in found[0].message
    assert "https://www.caniemail.com/features/" in found[0].hint


def test_what_is_used_a_hundred_times_is_told_once(check_html: Callable[[str], Findings]) -> None:
    assert len(check_html('<div style="display:flex">Sommaire</div>' * 100)) == 1


@pytest.mark.parametrize(
    "piece",
    [
        '<p style="border-radius:4px;color:#000;padding:0">Sommaire</p>',
        '<img src="https://www.example.org/a.JPEG" alt="Une place">',
        '<p style="unheard-of:1">Sommaire</p>',
    ],
)
def test_what_all_know_or_nobody_misses_passes(check_html: Callable[[str], Findings], piece: str) -> None:
    assert check_html(piece) == ()


def test_only_the_programs_that_matter_to_the_house_count(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    html = edition.html.replace("</body>", '<div style="display:flex">Sommaire</div></body>')

    def told(*clients: str) -> str:
        configuration = replace(workspace.configuration, checks=CheckSettings(clients=clients))
        found = run_checks(replace(workspace, configuration=configuration), issue, replace(edition, html=html))
        return "".join(finding.message for finding in found)

    assert told("apple-mail") == ""
    assert "Gmail" not in told("outlook", "orange")
    assert "Outlook" in told("outlook", "orange")


def test_the_data_knows_the_programs_that_can_be_named_french_ones_too() -> None:
    features, names = support()
    assert set(FAMILIES) <= set(names["family"])
    assert {"orange", "sfr", "laposte", "free-fr"} <= set(CLIENTS) <= set(FAMILIES)
    assert {"orange", "sfr", "laposte", "free-fr"} <= {family for f in features.values() for family, _p in f.without}


def test_what_is_passed_over_is_something_that_some_program_misses() -> None:
    assert support()[0].keys() >= HARMLESS


def test_a_tag_that_markdown_made_is_told_at_its_line(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    (section,) = issue.sections
    written = replace(section.snippets[0], body="Un.\n\nÉcrire `prenom.nom` ici.\n")
    issue = replace(issue, sections=(replace(section, snippets=(written,)),))
    html = edition.html.replace("</body>", "<p>Écrire <code>prenom.nom</code> ici.</p></body>")
    found = [x for x in run_checks(workspace, issue, replace(edition, html=html)) if x.check == "client-support"]
    assert ["<code> element" in x.message for x in found] == [True]
    assert (found[0].path, found[0].line) == (written.path, 12)

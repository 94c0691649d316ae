"""With blocks for some readers only, what is wrong for any reader is found, and told once."""

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Issue, Section
from rtesmail.model.edition import Edition, Variant
from rtesmail.model.findings import Severity
from rtesmail.model.publication import Workspace

from .conftest import HTML, RULE, TEXT

REGION = Condition(levels=("région",))
COMMUNE = Condition(levels=("commune",))


@pytest.fixture
def reserved(issue: Issue) -> Issue:
    """An issue of one article for all, one for régions, one for communes."""
    (article,) = issue.snippets
    one = replace(article, id="regions", title="Une conférence des régions", only_for=REGION)
    other = replace(article, id="communes", title="Un atelier des communes", only_for=COMMUNE)
    return replace(issue, sections=(Section(RULE, (article, one, other)),))


def edition_of(edition: Edition, others: str = "", regions: str = "", communes: str = "") -> Edition:
    """Give an edition with a piece of HTML more for each kind of reader, whose words stand in the text too."""
    pieces = {"00": others, "10": regions, "01": communes}
    variants = tuple(Variant(key, HTML.replace("</body>", f"{piece}</body>"), TEXT) for key, piece in pieces.items())
    html = HTML.replace("</body>", f"{others}{regions}{communes}</body>")
    return replace(edition, html=html, conditions=(REGION, COMMUNE), variants=variants)


def test_nothing_is_found_in_clean_variants(workspace: Workspace, reserved: Issue, edition: Edition) -> None:
    assert run_checks(workspace, reserved, edition_of(edition)) == ()


def test_a_mistake_that_one_kind_of_reader_gets_is_found(
    workspace: Workspace, reserved: Issue, edition: Edition
) -> None:
    found = run_checks(workspace, reserved, edition_of(edition, communes='<a href="#nulle-part">x</a>'))
    assert [f.check for f in found] == ["dead-anchor"]


def test_a_mistake_that_everybody_gets_is_told_once(workspace: Workspace, reserved: Issue, edition: Edition) -> None:
    piece = '<img src="https://www.example.org/b.png">'
    found = run_checks(workspace, reserved, edition_of(edition, piece, piece, piece))
    assert [f.check for f in found] == ["image-alt"]


def test_a_link_to_a_section_that_some_readers_do_not_get_is_found(
    workspace: Workspace, reserved: Issue, edition: Edition
) -> None:
    link = '<a href="#ailleurs">Ailleurs</a>'
    spoilt = edition_of(edition, link, f'{link}<h2 id="ailleurs">Voir</h2>', link)
    assert [f.check for f in run_checks(workspace, reserved, spoilt)] == ["dead-anchor"]


def test_the_weight_is_that_of_the_heaviest_mail_that_somebody_gets(
    workspace: Workspace, reserved: Issue, edition: Edition
) -> None:
    half = f"<!-- {'x' * 60_000} -->"
    assert run_checks(workspace, reserved, edition_of(edition, regions=half, communes=half)) == ()
    (found,) = run_checks(workspace, reserved, edition_of(edition, half, half + half, half + half + "x"))
    assert (found.check, found.severity) == ("size", Severity.ERROR)
    assert found.message.endswith("(for: commune)")


def test_readers_who_would_get_nothing_are_thought_of(workspace: Workspace, reserved: Issue, edition: Edition) -> None:
    only = replace(reserved, sections=(Section(RULE, reserved.snippets[1:]),))
    (found,) = run_checks(workspace, only, edition_of(edition))
    assert (found.check, found.severity) == ("nothing-for-some", Severity.ERROR)
    assert found.message.startswith("Readers whom no only_for names")


def test_what_some_readers_get_is_not_announced_to_all(workspace: Workspace, reserved: Issue, edition: Edition) -> None:
    announced = replace(edition_of(edition), preheader="Une conférence des régions · Et le reste")
    (found,) = run_checks(workspace, reserved, announced)
    assert (found.check, found.severity, found.line) == ("announced-to-all", Severity.WARNING, 7)
    assert "only for: région" in found.message

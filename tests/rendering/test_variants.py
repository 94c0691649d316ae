"""Blocks for some readers only: each reader's mail is what it would be had the others' blocks never been there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from PIL import Image as PillowImage

from rtesmail.model.conditions import Condition, variant_of
from rtesmail.model.content import Image, Issue, Snippet
from rtesmail.model.edition import Edition
from rtesmail.model.errors import ContentError
from rtesmail.model.publication import Workspace
from rtesmail.rendering.build import build_issue
from rtesmail.rendering.edition import render_edition, render_web_version

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]

REGION = Condition(levels=("région",))
OCCITANIE = Condition(regions=("Occitanie",))
BRITTANY_COUNCIL = Condition(("région",), ("Bretagne",), ("élue",))
PEOPLE = [
    (level, region, role)
    for level in ("région", "commune", "")
    for region in ("Occitanie", "Bretagne", "")
    for role in ("élue", "")
]


def reserved(issue: Issue, whom: dict[str, Condition]) -> Issue:
    """Reserve some snippets of an issue."""
    sections = (
        replace(section, snippets=tuple(replace(s, only_for=whom.get(s.id)) for s in section.snippets))
        for section in issue.sections
    )
    return replace(issue, sections=tuple(sections))


def without(issue: Issue, *left_out: str) -> Issue:
    """Give an issue as if some of its snippets had never been in it."""
    sections = (
        replace(section, snippets=tuple(replace(s, only_for=None) for s in section.snippets if s.id not in left_out))
        for section in issue.sections
    )
    return replace(issue, sections=tuple(section for section in sections if section.snippets))


def got_by(edition: Edition, level: str = "", region: str = "", role: str = "") -> Edition:
    return edition.for_variant(variant_of(edition.conditions, level, region, role))


CHOICES = st.dictionaries(
    st.integers(0, 17), st.sampled_from([REGION, OCCITANIE, BRITTANY_COUNCIL]), min_size=1, max_size=12
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=CHOICES, person=st.sampled_from(PEOPLE), template=st.sampled_from(["monthly", "quarterly", "invitation"]))
def test_each_reader_gets_what_they_would_had_the_other_blocks_never_been_there(
    demo: Workspace, april: Issue, chosen: dict[int, Condition], person: tuple[str, str, str], template: str
) -> None:
    issue = replace(april, publication=replace(april.publication, template=template))
    ids = [s.id for s in issue.snippets]
    whom = {ids[number % len(ids)]: condition for number, condition in chosen.items()}
    got = got_by(render_edition(demo, reserved(issue, whom)), *person)
    wanted = render_edition(demo, without(issue, *(i for i, c in whom.items() if not c.holds_for(*person))))
    # By whose clocks calendar entries go is the letter's, also for who gets no event.
    assert got == replace(wanted, time_zone=got.time_zone)


def test_a_section_that_is_empty_for_somebody_leaves_no_heading_and_no_line_in_the_contents(
    demo: Workspace, april: Issue
) -> None:
    agenda = next(section for section in april.sections if section.id == "agenda")
    edition = render_edition(demo, reserved(april, {s.id: REGION for s in agenda.snippets}))
    for level, is_shown in (("région", True), ("commune", False)):
        got = got_by(edition, level)
        assert ('href="#agenda"' in got.html) == is_shown
        assert ("Prochains rendez-vous" in got.html) == is_shown
        assert ("PROCHAINS RENDEZ-VOUS" in got.text) == is_shown
        assert etree.HTML(got.html).xpath("//h2[not(normalize-space())]") == []


@pytest.mark.parametrize("template", ["monthly", "quarterly", "invitation"])
def test_an_issue_without_anything_for_somebody_can_be_looked_at(demo: Workspace, april: Issue, template: str) -> None:
    issue = replace(april, publication=replace(april.publication, template=template))
    edition = render_edition(demo, reserved(issue, dict.fromkeys((s.id for s in april.snippets), REGION)))
    assert "Se désinscrire" in got_by(edition, "commune").html
    assert "/lettres/2025-04-mensuelle/" in got_by(edition, "commune").text


def test_an_edition_for_everybody_is_what_it_was_before_there_were_variants(demo: Workspace, april: Issue) -> None:
    edition = render_edition(demo, april)
    assert (edition.conditions, edition.variants, edition.variant_keys) == ((), (), ("",))
    assert edition.for_variant("") is edition
    with pytest.raises(KeyError):
        edition.for_variant("1")


def test_no_person_is_given_a_variant_that_the_edition_does_not_hold(demo: Workspace, april: Issue) -> None:
    first, second = april.snippets[:2]
    edition = render_edition(demo, reserved(april, {first.id: REGION, second.id: OCCITANIE}))
    assert edition.variant_keys == ("00", "01", "10", "11")
    with pytest.raises(KeyError):
        edition.for_variant("")


def test_whom_a_block_is_for_is_part_of_what_is_approved(demo: Workspace, april: Issue) -> None:
    first = april.snippets[0].id
    editions = [render_edition(demo, reserved(april, whom)) for whom in ({}, {first: REGION}, {first: OCCITANIE})]
    assert len({edition.digest for edition in editions}) == 3
    assert len({edition.html for edition in editions}) == 1
    shown = editions[1].variants[1]
    changed = replace(editions[1], variants=(editions[1].variants[0], replace(shown, text=f"{shown.text}.")))
    assert changed.digest != editions[1].digest


def test_a_picture_travels_to_those_alone_who_see_it(
    demo: Workspace, sample: Sample, issue_of: MakeIssue, tmp_path: Path
) -> None:
    path = tmp_path / "photo.gif"
    PillowImage.new("P", (1, 1)).save(path)
    pictured = replace(sample("article"), image=Image("photo.gif", "Une place", path), only_for=REGION)
    edition = render_edition(demo, issue_of(pictured, sample("event")))
    assert len(edition.images) == 1
    assert len(got_by(edition, "région").images) == 1
    assert got_by(edition, "commune").images == ()


def test_too_many_variants_are_refused_before_they_are_made(demo: Workspace, april: Issue) -> None:
    conditions = [Condition(regions=(f"R{n}",), roles=(f"r{n}",)) for n in range(12)]
    many = [Condition(regions=(f"R{n}", f"R{n + 1}")) for n in range(90)] + [Condition(roles=("maire",)), *conditions]
    snippet = april.snippets[0]
    snippets = tuple(replace(snippet, id=f"s{n}", only_for=condition) for n, condition in enumerate(many))
    issue = replace(april, sections=(replace(april.sections[0], snippets=snippets),))
    with pytest.raises(ContentError, match="cannot be built") as error:
        render_edition(demo, issue)
    assert "more than 100 variants" in error.value.findings[0].message


def test_a_build_has_a_file_for_each_kind_of_reader_and_a_page_with_everything(
    demo: Workspace, april: Issue, tmp_path: Path
) -> None:
    here = replace(demo, root=tmp_path)
    issue = reserved(april, {"assemblee-generale-2025": Condition(("région",), ("Île-de-France",))})
    built = build_issue(here, issue, render_edition(demo, issue))
    assert [path.name for path in built.variants.values()] == ["00-others.html", "01-region-ile-de-france.html"]
    title = "Assemblée générale"
    texts = [path.with_suffix(".txt").read_text(encoding="utf-8") for path in built.variants.values()]
    assert [title in text for text in texts] == [False, True]
    for whole in (built.html, built.text, built.folder / "web" / "index.html"):
        assert title in whole.read_text(encoding="utf-8")
    assert (built.folder / "web" / "assemblee-generale-2025.ics").exists()
    assert title in render_web_version(demo, issue)[0]
    build_issue(here, april, render_edition(demo, april))
    assert not (built.folder / "variants").exists()

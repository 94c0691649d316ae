"""What staff are told of the differences between two editions: each kind of change by its own sentence."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.model.conditions import Condition
from rtesmail.model.content import Issue, Level, Section, Snippet
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Workspace
from rtesmail.rendering.change_words import LONGEST, describe_change, describe_passage, shortened
from rtesmail.rendering.comparing import Aspect, Passage, Turn, changed_passages, compare_editions
from rtesmail.rendering.edition import render_edition

TITLE = "Assemblée générale du RTES"
AGENDA = "PROCHAINS RENDEZ-VOUS"


@pytest.fixture(scope="module")
def before(demo: Workspace, april: Issue) -> Edition:
    return render_edition(demo, april)


@pytest.fixture
def told(demo: Workspace, april: Issue, before: Edition) -> Callable[..., list[str]]:
    """Say what has changed when the April issue becomes another."""

    def tell(issue: Issue) -> list[str]:
        return [describe_change(change) for change in compare_editions(before, render_edition(demo, issue)).changes]

    return tell


def with_snippet(issue: Issue, whose: str, /, **changes: object) -> Issue:
    def changed(snippet: Snippet) -> Snippet:
        return replace(snippet, **changes) if snippet.title == whose else snippet  # type: ignore[arg-type]

    sections = [replace(one, snippets=tuple(map(changed, one.snippets))) for one in issue.sections]
    return replace(issue, sections=tuple(sections))


def with_agenda(issue: Issue, change: Callable[[tuple[Snippet, ...]], tuple[Snippet, ...]]) -> Issue:
    def changed(section: Section) -> Section:
        return replace(section, snippets=change(section.snippets)) if section.id == "agenda" else section

    return replace(issue, sections=tuple(map(changed, issue.sections)))


def test_the_same_issue_has_nothing_to_tell(demo: Workspace, april: Issue, before: Edition) -> None:
    found = compare_editions(before, render_edition(demo, april))
    assert found.is_same
    assert found.changes == ()


def test_subject_and_preheader_are_said_as_they_were_and_are(april: Issue, before: Edition, told) -> None:
    assert told(replace(april, subject="Avril", preheader="Bientôt")) == [
        "The subject was “L’ESS au cœur du bloc communal et cinq rendez-vous”, is “Avril”.",
        f"The preheader was “{shortened(before.preheader)}”, is “Bientôt”.",
    ]


def test_a_snippet_that_came_went_or_moved_is_named_and_the_contents_are_no_change_of_their_own(
    april: Issue, told
) -> None:
    gone = with_agenda(april, lambda snippets: snippets[:-1])
    assert told(gone) == [f"Gone from “{AGENDA}”: “{TITLE}”."]
    moved = with_agenda(april, lambda snippets: (snippets[-1], *snippets[:-1]))
    assert told(moved) == [f"“{TITLE}” stands in another place of “{AGENDA}”."]


def test_sections_that_came_went_or_moved_are_named(demo: Workspace, april: Issue, before: Edition, told) -> None:
    fewer = replace(april, sections=april.sections[:-1])
    assert "The section “PAROLES ET CHIFFRES” is gone." in told(fewer)
    assert not any(change.startswith("Gone from “PAROLES") for change in told(fewer))
    back = [describe_change(c) for c in compare_editions(render_edition(demo, fewer), before).changes]
    assert "New section “PAROLES ET CHIFFRES”." in back
    assert not any(change.startswith("New in “PAROLES") for change in back)
    swapped = replace(april, sections=(*april.sections[:2], *april.sections[4:], *april.sections[2:4]))
    assert "The section “PAROLES ET CHIFFRES” stands in another place." in told(swapped)


def test_changed_words_are_told_from_old_to_new(demo: Workspace, april: Issue, before: Edition) -> None:
    after = render_edition(demo, with_snippet(april, TITLE, details={**_details(april), "place": "Tours"}))
    (change,) = compare_editions(before, after).changes
    assert describe_change(change) == f"The text of “{TITLE}” has changed."
    assert [describe_passage(passage) for passage in change.passages] == [
        "… Mardi 1er\u00a0juillet 2025 … “Orléans” → “Tours”"
    ]


def _details(issue: Issue) -> dict[str, object]:
    return dict(next(one.details for one in issue.snippets if one.title == TITLE))


def test_a_new_title_over_the_same_text_is_a_new_title(april: Issue, told) -> None:
    assert f"The title “{TITLE}” is now “Assemblée du réseau”." in told(
        with_snippet(april, TITLE, title="Assemblée du réseau")
    )


def test_a_block_reserved_for_some_is_told_with_whom_it_is_for(april: Issue, told) -> None:
    reserved = with_snippet(april, TITLE, only_for=Condition(levels=(Level.REGION.value,)))
    assert told(reserved) == [f"“{TITLE}” was for everybody, is for région."]


def test_a_link_that_leads_elsewhere_is_told_with_both_addresses_and_counted_links_by_where_they_lead(
    demo: Workspace, april: Issue
) -> None:
    linked = with_snippet(april, TITLE, url="https://un.example/page")
    other = with_snippet(april, TITLE, url="https://deux.example/page")
    public_url = demo.configuration.identity.public_url

    def told(*, counted: bool) -> list[str]:
        publication = replace(april.publication, count_links=counted)
        pair = (render_edition(demo, replace(issue, publication=publication)) for issue in (linked, other))
        return [describe_change(change) for change in compare_editions(*pair, public_url).changes]

    plain = told(counted=False)
    assert len(plain) >= 1
    assert all("led to https://un.example/page and leads to https://deux.example/page" in line for line in plain)
    assert told(counted=True) == plain


def test_a_picture_replaced_under_its_old_words_is_told(before: Edition) -> None:
    with_picture = replace(before, html=before.html + '<img src="https://a.example/1.png" alt="La salle">')
    other = replace(before, html=before.html + '<img alt="La salle" src="https://a.example/2.png">')
    assert [describe_change(c) for c in compare_editions(with_picture, other).changes] == [
        "The picture “La salle” is another one."
    ]
    assert [describe_change(c) for c in compare_editions(before, other).changes] == ["New picture “La salle”."]


def test_another_colour_with_the_same_words_is_a_change_of_the_look(before: Edition) -> None:
    other = replace(before, html=before.html.replace("<style", "<style>p { color: #123456 }</style><style", 1))
    assert [c.aspect for c in compare_editions(before, other).changes] == [Aspect.LOOK]


def test_words_that_only_the_html_has_are_told_too(before: Edition) -> None:
    other = replace(before, html=before.html.replace("</body>", "<p>Dernière minute</p></body>"))
    (change,) = compare_editions(before, other).changes
    assert [passage.after for passage in change.passages] == ["Dernière minute"]


def test_whatever_changes_the_digest_is_told(before: Edition) -> None:
    for other in (
        replace(before, language="en"),
        replace(before, sender=replace(before.sender, reply_to="autre@rtes.example")),
        replace(before, html=before.html + "\n"),
    ):
        assert compare_editions(before, other).changes


def test_a_letter_is_told_of_in_its_own_language(demo: Workspace, april: Issue, before: Edition) -> None:
    after = render_edition(demo, with_agenda(april, lambda snippets: snippets[:-1]))
    (change,) = compare_editions(before, after).changes
    assert (change.aspect, change.turn) == (Aspect.SNIPPET, Turn.REMOVED)
    assert describe_change(change, "fr").startswith("Retiré de «")


def test_a_long_passage_is_shown_by_its_beginning_and_its_end() -> None:
    said = describe_passage(Passage("", "mot " * 200 + "fin"))
    assert len(said) < LONGEST + 30
    assert said.endswith("fin”")


words = st.lists(st.sampled_from("abcde"), max_size=12)


@given(words, words)
def test_the_passages_tell_exactly_what_came_and_went(old: list[str], new: list[str]) -> None:
    passages = changed_passages(old, new)
    gone = sorted(word for passage in passages for word in passage.before.split())
    come = sorted(word for passage in passages for word in passage.after.split())
    assert sorted([*old, *come]) == sorted([*new, *gone])
    assert bool(passages) == (old != new)

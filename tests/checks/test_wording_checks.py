"""How things are written."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.checks.markup import MARKUP
from rtesmail.checks.registry import run_checks
from rtesmail.model.checking import CheckSettings
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace

Findings = tuple[Finding, ...]
CheckSnippets = Callable[..., Findings]


def told(findings: Findings) -> list[tuple[str, str, int | None]]:
    return [(finding.check, finding.severity.value, finding.line) for finding in findings]


def spelt(workspace: Workspace, issue: Issue, edition: Edition, spelling: str, body: str) -> Findings:
    configuration = replace(workspace.configuration, checks=CheckSettings(spellings=(spelling,)))
    section = replace(issue.sections[0], snippets=(replace(issue.snippets[0], body=body),))
    return run_checks(replace(workspace, configuration=configuration), replace(issue, sections=(section,)), edition)


@pytest.mark.parametrize("written", ["RepereESS", "Repère ESS", "repère-ess", "REPÈREESS", "Repèreess"])
def test_a_name_written_otherwise_than_the_house_does_is_told_at_its_line(
    workspace: Workspace, issue: Issue, edition: Edition, written: str
) -> None:
    (found,) = spelt(workspace, issue, edition, "RepèreESS", f"Un.\n\nVoir {written} !")
    assert told((found,)) == [("spelling", "warning", 12)]
    assert written in found.message
    assert "RepèreESS" in found.message


@pytest.mark.parametrize(
    ("spelling", "written"),
    [
        ("RepèreESS", "RepèreESS"),
        ("RepèreESS", "https://www.example.org/repere-ess"),
        ("RepèreESS", "[Le site](https://www.example.org/repereess)"),
        ("RepèreESS", "contact@repereess.example"),
        ("RepèreESS", "RepèresESS"),
        ("l'Avise", "l’Avise"),
        ("Conseil régional", "Conseil\u00a0régional"),
    ],
)
def test_the_houses_own_way_and_addresses_pass(
    workspace: Workspace, issue: Issue, edition: Edition, spelling: str, written: str
) -> None:
    assert spelt(workspace, issue, edition, spelling, f"Voir {written} !") == ()


@given(st.text(max_size=20))
def test_no_spelling_breaks_the_checks(spelling: str) -> None:
    from rtesmail.checks.spelling import _pattern

    _pattern(spelling).search("quelques mots")


@pytest.mark.parametrize(
    "words",
    [
        "Deux  espaces",
        "Et puis... rien",
        "La 1ère fois",
        "La 2ème fois, la 3ième",
        "Au XIXème siècle",
        "Le numéro nº 3",
        "Le no. 3",
        "Une oeuvre",
        'Un "mot seul',
    ],
)
def test_what_the_renderer_cannot_mend_is_a_note_at_its_line(check_snippets: CheckSnippets, words: str) -> None:
    found = check_snippets(body=f"Un.\n\n{words}\n")
    assert set(told(found)) == {("typography", "note", 12)}
    assert all(finding.hint for finding in found)


def test_the_word_that_is_set_wrongly_is_named(check_snippets: CheckSnippets) -> None:
    said = [finding.message for finding in check_snippets(body="La 2ème fois, la 3ieme, une oeuvre, le nº 4.\n")]
    for word, message in zip(("2ème", "3ieme", "nº", "oeuvre"), said, strict=True):
        assert f"“{word}”" in message


@pytest.mark.parametrize(
    "words",
    [
        'Un "mot" et l\'autre',
        "Fin de ligne  \nsuite",
        'Dire "**oui**" et "[non](https://www.example.org/)".',
        "La 1re et la 2e, 1er mai",
        "n° 3",
        "Une œuvre, moelle, poele",
        "`a  b...`",
        "https://www.example.org/oeuvre...",
        "- un\n-  deux",
        "| a  | b   |",
        "…",
    ],
)
def test_what_is_right_or_mended_by_itself_passes(check_snippets: CheckSnippets, words: str) -> None:
    assert check_snippets(body=words) == ()


def test_quotation_marks_that_stay_straight_are_told(check_snippets: CheckSnippets) -> None:
    (found,) = check_snippets(body='Un écran de 24" et un de 27" au mur')
    assert "stays as it is" in found.message


def test_english_is_left_to_its_writer(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    section = replace(issue.sections[0], snippets=(replace(issue.snippets[0], body="Wait..."),))
    english = replace(edition, language="en", html=edition.html.replace('lang="fr"', 'lang="en"'))
    assert run_checks(workspace, replace(issue, sections=(section,)), english) == ()


@pytest.mark.parametrize(
    "words", ["technicien.nes", "élue.e.s", "élu.e.s", "habitant.es", "adhérent.e", "acteur.rice.s"]
)
def test_a_form_that_mail_programs_make_a_link_of_is_a_warning(check_snippets: CheckSnippets, words: str) -> None:
    (found,) = check_snippets(body=f"Un.\n\nLes {words} sont là.\n")
    assert told((found,)) == [("inclusive-form", "warning", 12)]
    assert words.replace(".", "·") in found.hint


@pytest.mark.parametrize(
    "words",
    [
        "élu·e·s",
        "La fin.Le début",
        "www.ville.es",
        "contact@ville.es",
        "https://ville.es/x",
        "p. ex.",
        "site.example.es",
    ],
)
def test_other_full_stops_pass(check_snippets: CheckSnippets, words: str) -> None:
    assert check_snippets(body=f"Les {words} sont là.") == ()


@pytest.mark.parametrize(
    "subject",
    [
        "Une offre exceptionnelle",
        "100 % gratuit",
        "Gagnez un livre",
        "ASSEMBLÉE GÉNÉRALE DU RÉSEAU",
        "Venez !!",
        "Act now",
    ],
)
def test_a_subject_that_sounds_like_an_advertisement_is_a_note(
    workspace: Workspace, issue: Issue, edition: Edition, subject: str
) -> None:
    assert told(run_checks(workspace, issue, replace(edition, subject=subject))) == [("spam-words", "note", 6)]


@pytest.mark.parametrize("subject", ["Une journée gratuite, ouverte à toutes", "RTES : AG", "Venez !", "Consoldes"])
def test_an_ordinary_subject_passes(workspace: Workspace, issue: Issue, edition: Edition, subject: str) -> None:
    assert run_checks(workspace, issue, replace(edition, subject=subject)) == ()


@pytest.mark.parametrize(
    "written",
    [
        "Une **grande** rencontre",
        "Une *grande* rencontre",
        "Une _grande rencontre_",
        "Une __grande__ rencontre",
        "« *Grande* », dit-on",
        "**Gratuit !** Venez",
        "Voir [a](b)",
        "Voir [le site](https://www.example.org/a_b_c)",
        "Un `mot`",
        "Un ~~ancien~~ mot",
        "Un <br/> mot",
        "Une ligne<br>une autre",
        "Une <b>grande</b> rencontre",
        '<span class="x">Une rencontre</span>',
    ],
)
@pytest.mark.parametrize("field", ["title", "place"])
def test_markdown_in_a_plain_field_is_told_at_its_line(
    check_snippets: CheckSnippets, issue: Issue, field: str, written: str
) -> None:
    lines = {**issue.snippets[0].line_of, "place": 8}
    changes: dict[str, object] = {"title": written} if field == "title" else {"details": {"place": written}}
    found = check_snippets(line_of=lines, **changes)
    assert told(found) == [("typed-markup", "warning", lines[field])]
    assert field in found[0].message


@pytest.mark.parametrize(
    "written",
    [
        "Réunion* et atelier* (*sur inscription)",
        "*Places limitées",
        "Places limitées*, *sur inscription, **sur invitation",
        "Trois (*) et quatre (*)",
        "3*4*5 = 60 et 2 * 3 * 4",
        "Les élu*e*s et les technicien*ne*s",
        "Les élu_e_s et les technicien_ne_s",
        "Les élu[e]s, élu(e)s, élu·e·s",
        "compte_rendu_final_v2.pdf",
        "https://www.example.org/_a_/b_c_d?x=*y*",
        "prenom_nom_@example.org",
        "Le *** et le _ _ _",
        "Moins de 5 <b et plus",
        "l`ESS et d`autres",
        "[Complet] (voir la page)",
        "Note ** : à partir de 18 h **",
    ],
)
def test_stars_and_lines_that_are_no_markdown_pass(check_snippets: CheckSnippets, written: str) -> None:
    assert check_snippets(title=written) == ()


def test_the_text_and_the_introduction_may_have_markdown(check_snippets: CheckSnippets) -> None:
    assert (
        check_snippets(lead="Une **grande** rencontre", body="Voir _tout_ : [le site](https://www.example.org)") == ()
    )


def test_markdown_in_the_subject_is_told_in_the_issue_s_file(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    spoilt = replace(issue, subject="Avril des **collectivités**")
    (found,) = run_checks(workspace, spoilt, edition)
    assert (found.check, found.path, found.line) == ("typed-markup", issue.path, 6)


@given(
    words=st.text(st.characters(categories=["L"]), min_size=1),
    mark=st.sampled_from(["*", "**", "***", "_", "__", "~~", "`"]),
    beside=st.text(st.characters(categories=["L", "N", "Zs"])),
)
def test_marks_around_words_are_found_whatever_words_stand_beside_them(words: str, mark: str, beside: str) -> None:
    found = [one[0] for one in MARKUP.finditer(f"{beside} {mark}{words}{mark} {beside}")]
    assert found == [f"{mark}{words}{mark}"]

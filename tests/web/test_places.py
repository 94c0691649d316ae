"""Where a finding shows in the mail: the words are found whatever typography made of them, and nothing else changes."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.model.findings import Finding, Severity
from rtesmail.web.places import Clue, clue_of, key_of, mark_places
from rtesmail.web.readings import Readings

APRIL = "2025-04-mensuelle"
BAD = Path(__file__).parents[1] / "data" / "bad-issue"
LEAD = Path("issues/snippets/articles/bloc-communal.md")

MAIL = """<html><head><title>Lettre</title><style>p{}</style></head><body>
<div style="display:none">L’ESS en avril <div>et plus</div></div><!--[if mso]><p>l’ess en avril</p><![endif]-->
<p>Sommaire : Un guide, <a href="#mois">plus bas</a></p>
<h2>Un guide</h2><p>Lire l’«&#160;annuaire&#160;» des élu·e·s, <b>en ligne</b>.</p>
<h2>Le mois</h2><p>L’ESS en avril</p><a href="https://a.example/?x=1&amp;y=2"><img src="x"> Voir</a></body></html>"""


def marked_words(html: str) -> list[str]:
    return re.findall(r'<mark id="place-[^"]*" class="rtesmail-place[^"]*">(.*?)</mark>', html, re.DOTALL)


def without_marks(html: str) -> str:
    return re.sub(r'<mark id="place-[^"]*" class="rtesmail-place[^"]*">|</mark>|<style>\.rtesmail.*?</style>', "", html)


@pytest.mark.parametrize(
    ("clue", "words"),
    [
        (Clue(("l'annuaire des élu.e.s",)), "l’«&#160;annuaire&#160;» des élu·e·s"),
        (Clue(("L'ESS en avril",)), "L’ESS en avril"),
        (Clue(("des élu·e·s, en ligne",)), "des élu·e·s, "),
        (Clue(("https://a.example/?x=1&y=2",)), "Voir"),
        (Clue(("#mois",)), "plus bas"),
        (Clue(title="Un guide"), "Un guide"),
        (Clue(("nulle part", "le mois")), "Le mois"),
    ],
)
def test_words_are_found_as_a_reader_sees_them(clue: Clue, words: str) -> None:
    marked = mark_places(MAIL, {"a": clue})
    assert marked_words(marked.html) == [words]
    assert marked.place_of == {"a": "place-a"}
    assert without_marks(marked.html) == MAIL


def test_a_title_is_shown_where_it_stands_and_not_in_the_contents() -> None:
    html = mark_places(MAIL, {"a": Clue(title="Un guide")}).html
    assert '<h2><mark id="place-a"' in html


def test_words_are_sought_in_their_own_snippet_first() -> None:
    html = "<body><p>Ici, lire.</p><h2>Deux</h2><p>Ici, lire.</p></body>"
    assert "<h2>Deux</h2><p><mark" in mark_places(html, {"a": Clue(("Ici",), "Deux")}).html


@pytest.mark.parametrize("clue", [Clue(), Clue(("à",)), Clue(("Lettre",)), Clue(("et plus",)), Clue(("nulle part",))])
def test_what_no_reader_sees_has_no_place(clue: Clue) -> None:
    assert mark_places(MAIL, {"a": clue}).html == MAIL
    assert mark_places(MAIL, {"a": clue}).place_of == {}


def test_findings_on_the_same_words_share_a_place_and_one_stands_out() -> None:
    marked = mark_places(MAIL, {"a": Clue(("ESS en avril",)), "b": Clue(("en avril",)), "c": Clue(("Un guide",))}, "b")
    assert marked.place_of == {"a": "place-a", "b": "place-a", "c": "place-c"}
    assert 'id="place-a" class="rtesmail-place is-shown"' in marked.html
    assert marked.html.count('is-shown"') == 1


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1), max_size=4), st.text())
def test_marking_adds_marks_and_changes_nothing_else(words: list[str], inside: str) -> None:
    html = f"<html><head></head><body><p>{inside}</p><p title='{inside}'>{''.join(words)}</p></body></html>"
    marked = mark_places(html, {f"{number:x}": Clue((text,)) for number, text in enumerate(words)})
    assert without_marks(marked.html) == without_marks(html)


def finding(check: str, message: str, line: int | None = None, path: Path | None = LEAD) -> Finding:
    return Finding(check, Severity.WARNING, message, path=path, line=line)


def test_a_finding_leads_to_its_line_in_the_mail_and_a_subject_to_the_inbox(demo_workspace: Path) -> None:
    path = demo_workspace / LEAD
    path.write_text(path.read_text(encoding="utf-8") + "\nL'ESS *vit* ici, [voir](https://a.example/).\n", "utf-8")
    reading = Readings(demo_workspace).read(APRIL)
    assert reading is not None
    assert reading.issue is not None
    assert reading.edition is not None
    last = len(path.read_text(encoding="utf-8").splitlines())
    for message in ("A long line.", "“vit” is short.", "The link https://a.example/ is dead."):
        found = finding("any", message, last)
        marked = mark_places(reading.edition.html, {key_of(found): clue_of(demo_workspace, reading.issue, found)})
        assert marked.place_of, message
        assert "<mark" not in marked.html.split("À la une")[0]
    subject = finding("subject", "The subject is long.", reading.issue.line_of["subject"], reading.issue.path)
    assert clue_of(demo_workspace, reading.issue, subject) == Clue(row="subject")
    assert clue_of(demo_workspace, reading.issue, replace(subject, path=None, line=None)) == Clue()
    again = finding("earlier-issue", "ess-bloc-communal stood in 2025-03 already.", 14, reading.issue.path)
    assert clue_of(demo_workspace, reading.issue, again) == Clue(
        title="L'ESS, au cœur des compétences du bloc communal"
    )


def test_a_line_that_is_gone_leads_to_the_snippet(demo_workspace: Path) -> None:
    reading = Readings(demo_workspace).read(APRIL)
    assert reading is not None
    assert reading.issue is not None
    for line in (None, 4000):
        clue = clue_of(demo_workspace, reading.issue, finding("any", "Something.", line))
        assert clue == Clue(title="L'ESS, au cœur des compétences du bloc communal")


IN_THE_MAIL = {
    "contrast",
    "dead-anchor",
    "earlier-issue",
    "empty-link",
    "heading-order",
    "image-alt",
    "inclusive-form",
    "insecure-link",
    "link-words",
    "passed-deadline",
    "placeholder",
    "private-link",
    "spelling",
    "text-size",
    "tracked-link",
    "typography",
    "weekday",
}
IN_THE_ROW = {"announced-to-all", "preheader", "spam-words", "subject"}


def test_what_is_wrong_in_a_bad_issue_is_shown_where_it_is() -> None:
    reading = Readings(BAD).read("2025-04-lettre")
    assert reading is not None
    assert reading.edition is not None
    marked = mark_places(reading.edition.html, reading.clues)
    checks = {key_of(found): found.check for found in reading.findings}
    assert {checks[key] for key in marked.place_of} >= IN_THE_MAIL
    assert {checks[key] for key, clue in reading.clues.items() if clue.row} == IN_THE_ROW

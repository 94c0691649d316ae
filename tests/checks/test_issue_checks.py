"""Checks that look at what people wrote."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.checks.calendar_words import find_written_days
from rtesmail.checks.registry import run_checks
from rtesmail.model.content import Image, Issue, ProgrammeDay, ProgrammeLine, Section, Snippet, When
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Sender, Workspace

Findings = tuple[Finding, ...]
CheckSnippets = Callable[..., Findings]


def told(findings: Findings) -> list[tuple[str, str, int | None]]:
    return [(finding.check, finding.severity.value, finding.line) for finding in findings]


@pytest.mark.parametrize(
    "words",
    [
        "{{ titre }}",
        "{% if x %}",
        "Lorem\u00a0ipsum dolor",
        "TODO relire",
        "Le XX mars",
        "À XXh30",
        "Bonjour *|FNAME|*",
        "Bonjour [[data:prenom]]",
        "à XXX heures",
        "[à compléter]",
        "[lieu à confirmer]",
        "[To be confirmed]",
        "Bonjour @@prenom@@",
        "Bonjour @@name@@",
    ],
)
def test_what_is_still_to_be_filled_in_is_an_error_at_its_line(check_snippets: CheckSnippets, words: str) -> None:
    assert told(check_snippets(body=f"Un.\n\n{words}\n")) == [("placeholder", "error", 12)]


@pytest.mark.parametrize(
    "words", ["Le XXe congrès", "todo", "méthode [1]", "Voir [ici](https://www.example.org/)", "100 %"]
)
def test_ordinary_words_pass(check_snippets: CheckSnippets, words: str) -> None:
    assert check_snippets(body=words) == ()


def test_a_placeholder_of_a_template_is_found_in_what_is_sent(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    html = edition.html.replace("</body>", "<p>{{ oubli }}</p></body>")
    (found,) = run_checks(workspace, issue, replace(edition, html=html))
    assert (found.check, found.path) == ("placeholder", None)


def test_a_slot_that_nothing_fills_is_an_error(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    found = run_checks(workspace, issue, replace(edition, text=edition.text + "@@prenom@@ @@name@@"))
    assert [(x.check, "@@prenom@@" in x.message) for x in found] == [("unknown-slot", True)]


def test_a_slot_in_the_subject_is_an_error(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    assert told(run_checks(workspace, issue, replace(edition, subject="Pour @@name@@"))) == [
        ("slot-in-subject", "error", 6)
    ]


@pytest.mark.parametrize(
    ("subject", "preheader", "expected"),
    [
        ("", "Autre", [("subject", "error", 6)]),
        ("x" * 71, "Autre", [("subject", "warning", 6)]),
        ("x" * 70, "Autre", []),
        ("Sujet", " ", [("preheader", "warning", 7)]),
        ("Sujet", "sujet", [("preheader", "warning", 7)]),
        ("Sujet !", "Sujet.", [("preheader", "warning", 7)]),
    ],
)
def test_subject_and_preheader_are_looked_at(
    workspace: Workspace,
    issue: Issue,
    edition: Edition,
    subject: str,
    preheader: str,
    expected: list[tuple[str, str, int | None]],
) -> None:
    assert told(run_checks(workspace, issue, replace(edition, subject=subject, preheader=preheader))) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("jeudi 23 avril 2025", "Wednesday"),
        ("Jeudi\u00a023\u202favril 2025", "Wednesday"),
        ("**jeudi** 23 avril 2025", "Wednesday"),
        ("mercredi 1er juillet 2025", "Tuesday"),
        ("Thursday 23 April 2025", "Wednesday"),
        ("Thursday, April 23rd, 2025", "Wednesday"),
        ("du mardi 12 au mercredi 14 mai 2025", "Monday"),
        ("jeudi 23/04/2025", "Wednesday"),
        ("jeudi 23.4.2025", "Wednesday"),
        ("Thursday 2025-04-23", "Wednesday"),
        ("jeudi (23 avril 2025)", "Wednesday"),
        ("jeudi [23 avril 2025](https://www.example.org/)", "Wednesday"),
        ("jeudi le 23 avril 2025", "Wednesday"),
        ("jeu. 23 avril 2025", "Wednesday"),
        ("JEUDİ 23 avrıl 2025", "Wednesday"),
        ("mercredi 12 fe\u0301vrier et jeudi 12/02/2025", "Wednesday"),
        ("les mardi 12, mardi 13 et mercredi 14 mai 2025", "Monday"),
        ("mercredi 1<sup>er</sup> juillet 2025", "Tuesday"),
        ("mercredi 1 er juillet 2025", "Tuesday"),
        ("jeudi 23/04/25", "Wednesday"),
        ("jeudi matin 23 avril 2025", "Wednesday"),
        ("jeudi après-midi, le 23 avril 2025", "Wednesday"),
        ("jeudi 23 avril 2025 au matin", "Wednesday"),
        ("du jeudi 23 au 25 avril 2025", "Wednesday"),
        ("jeudi 23 et 24 avril 2025", "Wednesday"),
        ("jeudi 23/24 avril 2025", "Wednesday"),
        ("jeudi 23–24 avril 2025", "Wednesday"),
        ("du 23 au vendredi 24 avril 2025", "Thursday"),
        ("les jeudi et vendredi 23 et 24 avril 2025", "Thursday"),
        ("les jeudis 17 et 23 avril 2025", "Wednesday"),
        ("jeudi 23 avril 2025 (14h-17h)", "Wednesday"),
        ("du mardi 31 décembre au 2 janvier 2026", "Wednesday"),
        ("vendredi 31 avril 2025", "no such day"),
        ("vendredi 31/04/2025", "no such day"),
    ],
)
def test_a_weekday_that_does_not_fit_its_date_is_an_error_that_names_the_day(
    check_snippets: CheckSnippets, words: str, said: str
) -> None:
    (found,) = check_snippets(body=f"Un.\nRendez-vous {words} à Lille.")
    assert told((found,)) == [("weekday", "error", 11)]
    assert said in found.message


@pytest.mark.parametrize(
    "words",
    [
        "jeudi 24 avril 2025",
        "Mardi 1er juillet 2025",
        "Thursday, 24th of April 2025",
        "du lundi 12 au mercredi 14 mai 2025",
        "du lundi 29 décembre au jeudi 1er janvier 2026",
        "vendredi 1er août",
        "jeudi 2 janvier",
        "jeudi 24/04/2025",
        "du lundi 12 au mercredi 14/05/2025",
        "jeudi 24/04",
        "lundi 12, mardi 13 et mercredi 14 mai 2025",
        "jeudi 24.04.25",
        "lundi 04.12.34.56.78",
        "mardi 9h30",
        "mercredi 1/2 journée",
        "mercredi 10/12 ans",
        "mardi (12 places) et mercredi 14 mai 2025",
        "tous les jeudis",
        "jeudi matin 24 avril 2025",
        "jeudi 24 avril au matin",
        "du samedi 10 au 11 mai",
        "du samedi 10 au dimanche 11 mai 2025",
        "samedi 10/11 mai 2025",
        "les samedi et dimanche 10 et 11 mai 2025",
        "les jeudis 3, 10 et 17 avril 2025",
        "du mercredi 31 décembre au 2 janvier 2026",
        "du samedi 31 au 1er juin",
        "mardi 3 juin de 9h30 à 12h",
        "dimanche 1er-2 juin 2025",
        "samedi 10 mai (14h-17h)",
        "jeudi matin, 12 places et un café en mai",
    ],
)
def test_days_that_fit_pass(check_snippets: CheckSnippets, words: str) -> None:
    assert check_snippets(body=words) == ()


def test_without_a_year_a_wrong_weekday_is_a_warning(check_snippets: CheckSnippets) -> None:
    assert told(check_snippets(title="Le jeudi 23 avril")) == [("weekday", "warning", 3)]


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(0, 6))
def test_every_day_of_the_calendar_is_read_right(day: date, shift: int) -> None:
    weekdays = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    months = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre")
    months += ("novembre", "décembre")
    written = weekdays[(day.weekday() + shift) % 7]
    number = "1er" if day.day == 1 else str(day.day)
    (found,) = find_written_days(f"Le {written} {number} {months[day.month - 1]} {day.year}.", date(2025, 4, 3))
    assert found.day == day
    assert (found.weekday == day.weekday()) == (shift == 0)


@given(st.text())
def test_any_text_can_be_searched_for_days(text: str) -> None:
    assert all(0 <= found.weekday <= 6 for found in find_written_days(text, date(2025, 4, 3)))


def event(**details: object) -> Snippet:
    lines = {name: number for number, name in enumerate(details, 5)}
    return Snippet("e", "event", "Rencontre", Path("e.md"), details=dict(details), line_of=lines)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("snippet", "expected"),
    [
        (event(start=When(date(2025, 4, 2))), [("past-event", "error", 5)]),
        (event(start=When(date(2025, 4, 3), time(8))), [("past-event", "error", 5)]),
        (event(start=When(date(2025, 4, 1)), end=When(date(2025, 4, 2))), [("past-event", "error", 6)]),
        (event(days=(ProgrammeDay(date(2025, 4, 2)),)), [("past-event", "error", 5)]),
        (event(deadline=When(date(2025, 4, 2))), [("passed-deadline", "error", 5)]),
        (event(deadline=When(date(2025, 4, 3), time(8, 59))), [("passed-deadline", "error", 5)]),
        (event(start=When(date(2025, 4, 3))), []),
        (event(start=When(date(2025, 4, 1)), end=When(date(2025, 4, 3), time(12))), []),
        (event(days=(ProgrammeDay(date(2025, 4, 2)), ProgrammeDay(date(2025, 4, 4)))), []),
        (event(deadline=When(date(2025, 4, 3))), []),
    ],
)
def test_what_is_over_when_the_issue_goes_out_is_an_error(
    check_snippets: CheckSnippets, snippet: Snippet, expected: list[tuple[str, str, int | None]]
) -> None:
    assert told(check_snippets(snippet)) == expected


def test_words_deep_in_a_programme_are_looked_at(check_snippets: CheckSnippets) -> None:
    line = ProgrammeLine("Accueil", workshops=("Atelier [à compléter]",))
    snippet = event(days=(ProgrammeDay(date(2025, 4, 24), lines=(line,)),), cover=Image("a.png", "TODO"))
    assert told(check_snippets(snippet)) == [("placeholder", "error", 5), ("placeholder", "error", 6)]


def test_the_same_snippet_twice_is_an_error_and_the_same_title_a_warning(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    (section,) = issue.sections
    (article,) = section.snippets
    twice = replace(issue, sections=(section, Section(section.rule, (article,))))
    assert [(x.check, x.severity.value, x.path) for x in run_checks(workspace, twice, edition)] == [
        ("duplicate-snippet", "error", issue.path)
    ]
    alike = replace(issue, sections=(Section(section.rule, (article, replace(article, id="autre"))),))
    assert told(run_checks(workspace, alike, edition)) == [("duplicate-snippet", "warning", 3)]


@pytest.mark.parametrize(
    ("address", "reply_to", "expected"),
    [
        ("lettre@rtes.example", "", []),
        ("reponse@rtes.example", "", []),
        ("noreply@rtes.example", "contact@rtes.example", []),
        ("noreply@rtes.example", "", [("reply-address", "warning", 40)]),
        ("No-Reply+lettre@rtes.example", "", [("reply-address", "warning", 40)]),
        ("ne_pas_repondre@rtes.example", "", [("reply-address", "warning", 40)]),
        ("lettre@rtes.example", "do.not.reply@rtes.example", [("reply-address", "warning", 41)]),
    ],
)
def test_a_sender_whose_answers_nobody_reads_is_told_at_its_line(
    workspace: Workspace,
    issue: Issue,
    edition: Edition,
    address: str,
    reply_to: str,
    expected: list[tuple[str, str, int]],
) -> None:
    sender = Sender("RTES", address, reply_to)
    lines = {"senders.lettre.address": 40, "senders.lettre.reply_to": 41}
    configuration = replace(workspace.configuration, senders={"lettre": sender}, line_of=lines)
    found = run_checks(replace(workspace, configuration=configuration), issue, replace(edition, sender=sender))
    assert [(x.check, x.severity.value, x.line) for x in found] == expected

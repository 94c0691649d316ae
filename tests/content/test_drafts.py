"""What is written as a draft is read back the same, and takes nobody's place."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.content.answers import draft_of, missing, questions, read_answer
from rtesmail.content.drafts import Draft, draft_text, short_slug, write_draft
from rtesmail.content.front_matter import storable
from rtesmail.content.kinds import KINDS
from rtesmail.content.snippets import read_snippet
from rtesmail.model.content import SnippetStatus
from rtesmail.model.publication import Workspace

VISIBLE = st.text(min_size=1).filter(lambda text: storable(text).strip())


def one_line(text: str) -> str:
    return " ".join(storable(text).split())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(title=VISIBLE, source=VISIBLE, lead=VISIBLE, body=st.text(), alt=VISIBLE)
def test_any_text_is_read_back_the_same(
    tmp_path: Path, title: str, source: str, lead: str, body: str, alt: str
) -> None:
    picture = {"src": "https://www.example.org/p.png", "alt": alt}
    draft = Draft("article", {"title": title, "source": source, "lead": lead, "image": picture}, body)
    path = tmp_path / "un-texte.md"
    path.write_text(draft_text(draft, "un-texte"), encoding="utf-8")
    found = read_snippet(path, tmp_path)
    assert found.findings == ()
    snippet = found.snippet
    assert snippet is not None
    assert snippet.status is SnippetStatus.DRAFT
    assert (snippet.title, snippet.details["source"]) == (one_line(title), one_line(source))
    assert snippet.lead == storable(lead).strip()
    assert snippet.body == storable(body).strip()
    assert snippet.image is not None
    assert snippet.image.alt == one_line(alt)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(names=st.lists(VISIBLE, min_size=1, max_size=4))
def test_any_list_is_read_back_the_same(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "rencontre.md"
    fields = {"title": "Une rencontre", "start": "2025-05-15 9:30", "online": "true", "organisers": names}
    path.write_text(draft_text(Draft("event", fields), "rencontre"), encoding="utf-8")
    snippet = read_snippet(path, tmp_path).snippet
    assert snippet is not None
    assert snippet.details["organisers"] == tuple(one_line(name) for name in names)


@pytest.mark.parametrize(
    "text", ["null", "~", "- a", "a: b", "a #b", "'", '"', "[a", "{a", "13:00", "01", "é\u0301", "%a"]
)
def test_what_yaml_would_take_for_its_own_stays_a_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "un-texte.md"
    path.write_text(draft_text(Draft("article", {"title": text, "lead": text}), "un-texte"), encoding="utf-8")
    snippet = read_snippet(path, tmp_path).snippet
    assert snippet is not None
    assert snippet.title == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_answered_from_its_examples(workspace: Workspace, kind: str) -> None:
    typed = {question.name: question.example or "Un texte" for question in questions(kind)}
    answers = {name: read_answer(kind, name, text) for name, text in typed.items()}
    assert [answer.message for answer in answers.values() if answer.message] == []
    values = {name: answer.value for name, answer in answers.items()}
    assert missing(kind, values) == ()
    written = write_draft(workspace, draft_of(kind, values))
    assert read_snippet(written.path, workspace.root).findings == ()


def test_a_second_draft_with_the_same_title_gets_a_name_of_its_own(workspace: Workspace) -> None:
    draft = Draft("event", {"title": "L’été, ensemble !", "start": "2025-07-01 9:30", "online": "true"})
    first, second = write_draft(workspace, draft), write_draft(workspace, draft)
    assert first.path.name == "2025-07-01-l-ete-ensemble.md"
    assert second.path.name == "2025-07-01-l-ete-ensemble-2.md"
    assert second.id == "l-ete-ensemble-2"
    assert not [path for path in first.path.parent.iterdir() if path.name.startswith(".")]


def test_a_file_that_stands_there_is_never_overwritten(workspace: Workspace) -> None:
    folder = workspace.issues / "snippets" / "articles"
    folder.mkdir()
    (folder / "un-titre.md").write_bytes(b"\xff not a snippet, somebody's own")
    written = write_draft(workspace, Draft("article", {"title": "Un titre", "lead": "Mot"}))
    assert written.path.name == "un-titre-2.md"
    assert (folder / "un-titre.md").read_bytes().startswith(b"\xff")


def test_a_file_of_another_id_keeps_its_name_too(workspace: Workspace, article) -> None:
    taken = article("autre").rename(workspace.issues / "snippets" / "un-titre.md")
    taken.write_text(taken.read_text(encoding="utf-8").replace("kind: article", "kind: article\nid: autre"), "utf-8")
    before = taken.read_bytes()
    written = write_draft(workspace, Draft("article", {"title": "Un titre", "lead": "Mot"}))
    assert written.path == taken.with_name("un-titre-2.md")
    assert taken.read_bytes() == before


def test_an_accent_after_a_line_end_is_not_taken_for_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "un-texte.md"
    path.write_text(draft_text(Draft("article", {"title": "T", "lead": "a\n\u0303b"}), "un-texte"), encoding="utf-8")
    snippet = read_snippet(path, tmp_path).snippet
    assert snippet is not None
    assert snippet.lead == "a\n\u0303b"


def test_a_draft_goes_where_the_workspace_keeps_its_kind(workspace: Workspace, article) -> None:
    article("ancien").rename(workspace.issues / "snippets" / "ancien.md")
    written = write_draft(workspace, Draft("article", {"title": "Nouveau", "lead": "Mot"}))
    assert written.path.parent == workspace.issues / "snippets"


@given(text=st.text())
def test_a_name_is_short_and_good_whatever_the_title(text: str) -> None:
    name = short_slug(text)
    assert len(name) <= 60
    assert name.isascii()
    assert not name.startswith("-")
    assert not name.endswith("-")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("15/05/2025 9h30", "2025-05-15 09:30"),
        ("jeudi 15 mai 2025 à 9h30", "2025-05-15 09:30"),
        ("15 mai 2025", "2025-05-15"),
        ("2025-05-15 9:30", "2025-05-15 9:30"),
    ],
)
def test_a_date_is_taken_as_people_write_it(typed: str, written: str) -> None:
    assert read_answer("event", "start", typed).value == written


@pytest.mark.parametrize("typed", ["31/02/2025", "demain", "2025-13-01", "15/05/2025 25h", "15/05/2025 9h-12h et 14h"])
def test_a_date_that_is_none_is_told_at_once(typed: str) -> None:
    assert read_answer("event", "start", typed).message


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("lundi 15 mai 2025", "15 May 2025 is a Thursday, not a Monday."),
        ("Lun. 15 mai 2025 à 9h30", "15 May 2025 is a Thursday, not a Monday."),
        ("Tues, 1 May 2025", "1 May 2025 is a Thursday, not a Tuesday."),
    ],
)
def test_a_date_under_a_wrong_weekday_is_not_taken(typed: str, words: str) -> None:
    programme = read_answer("programme", "days", f"14/05/2025, {typed.replace(',', '')}")
    for answer in (read_answer("event", "start", typed), read_answer("article", "date", typed), programme):
        assert (answer.message, answer.value) == (words, "")
        assert answer.hint == "Correct the weekday or the date."


@pytest.mark.parametrize("typed", ["jeudi 15 mai 2025", "jeu. 15 mai 2025", "Thu 15 May 2025", "le 15 mai 2025"])
def test_a_date_under_its_own_weekday_is_taken(typed: str) -> None:
    assert read_answer("event", "start", typed).value == "2025-05-15"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("jeudi 15/05/2025", "lundi 15/05/2025"),
        ("jeudi 15.05.2025 à 9h30", "lundi 15.05.2025 à 9h30"),
        ("Thursday 15 May 2025", "Monday 15 May 2025"),
        ("Thursday the 15th May, 2025", "Monday the 15th May, 2025"),
        ("le jeudi 15-5-2025", "le lundi 15-5-2025"),
        ("jeu. 2025-05-15", "lun. 2025-05-15"),
    ],
)
def test_a_weekday_is_held_against_a_date_in_digits_too(right: str, wrong: str) -> None:
    assert str(read_answer("event", "start", right).value).startswith("2025-05-15")
    answer = read_answer("event", "start", wrong)
    assert (answer.message, answer.value) == ("15 May 2025 is a Thursday, not a Monday.", "")


@pytest.mark.parametrize("typed", ["machin 15 mai 2025", "Machin, 15/05/2025", "machin. 15 May 2025 à 9h30"])
@pytest.mark.parametrize(("kind", "name"), [("event", "start"), ("article", "date")])
def test_a_word_before_a_date_that_is_no_day_of_the_week_is_refused(kind: str, name: str, typed: str) -> None:
    answer = read_answer(kind, name, typed)
    assert answer.value == ""
    assert answer.message.casefold() == "'machin' is no day of the week."
    assert answer.hint == "The day is a Thursday: write that, or the date alone."


@pytest.mark.parametrize(
    ("typed", "value", "message"),
    [
        ("jeu. 15 mai", "2025-05-15", ""),
        ("Thursday 15 May at 9:30", "2025-05-15 09:30", ""),
        ("jeu. 1er janv.", "2026-01-01", ""),
        ("lun. 15 mai", "", "15 May 2025 is a Thursday, not a Monday."),
        ("machin 15 mai", "", "'machin' is no day of the week."),
        ("15 mai", "2025-05-15", ""),
        ("2 avril", "", "The date has no year."),
    ],
)
def test_without_a_year_a_date_is_the_next_one_if_its_weekday_agrees_or_soon(
    typed: str, value: str, message: str
) -> None:
    answer = read_answer("event", "start", typed, today=date(2025, 4, 3))
    assert (answer.value, answer.message) == (value, message)


def test_a_region_that_the_workspace_does_not_name_is_told_at_once() -> None:
    known = ("Bretagne", "Occitanie")
    assert read_answer("event", "regions", "Occitanie, Bretagne", known).value == ("Occitanie", "Bretagne")
    answer = read_answer("event", "regions", "Bretagne, Occitani", known)
    assert (answer.message, answer.hint) == ("There is no region 'Occitani'.", "Did you mean Occitanie?")
    assert read_answer("event", "regions", "Anywhere").value == ("Anywhere",)


def test_the_example_of_regions_is_of_the_workspace_s_own() -> None:
    examples = [
        next(question.example for question in questions("event", known) if question.name == "regions")
        for known in ((), ("Corse", "Normandie", "Bretagne"))
    ]
    assert examples == ["Bretagne, Occitanie", "Corse, Normandie"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_is_asked_for_says_what_it_is(kind: str) -> None:
    assert [question.name for question in questions(kind) if question.label == question.name] == []


def test_half_a_picture_is_not_a_draft() -> None:
    values = {"title": "Titre", "lead": "Mot", "image.src": "https://www.example.org/p.png"}
    assert missing("article", values) == (("image.alt",),)


@pytest.mark.parametrize("start", ["2026-05-15T09:30", "2026-05-15 09:30", "2026-05-15"])
def test_an_event_s_file_is_named_after_its_day_alone(workspace: Workspace, start: str) -> None:
    """A colon in a file's name cannot be copied to Windows, nor kept by many a shared folder."""
    draft = Draft("event", {"title": "Réunion", "start": start, "place": "Brumeval"})
    assert write_draft(workspace, draft).path.name == "2026-05-15-reunion.md"

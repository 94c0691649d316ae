"""Dates as the agendas of local authorities have them: parts of the day, hours with their end, several days."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.content.answers import as_typed, read_answer
from rtesmail.content.typed_dates import read_typed
from rtesmail.model.content import When

TODAY = date(2025, 4, 3)
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre")
MONTHS += ("novembre", "décembre")
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("jeudi matin 24 avril", "2025-04-24", ""),
        ("jeudi 24 avril au matin", "2025-04-24", ""),
        ("Jeudi 24 avril 2025, en fin de matinée", "2025-04-24", ""),
        ("jeudi 24 avril dans l’après-midi", "2025-04-24", ""),
        ("vendredi soir 16 mai à 20h", "2025-05-16 20:00", ""),
        ("vendredi 16 mai (toute la journée)", "2025-05-16", ""),
        ("du samedi 10 au 11 mai", "2025-05-10", "2025-05-11"),
        ("du samedi 10 au dimanche 11 mai 2025", "2025-05-10", "2025-05-11"),
        ("Du sam. 10 au dim. 11 mai 2025", "2025-05-10", "2025-05-11"),
        ("les samedi 10 et dimanche 11 mai", "2025-05-10", "2025-05-11"),
        ("les 10 et 11 mai", "2025-05-10", "2025-05-11"),
        ("10/11 mai 2025", "2025-05-10", "2025-05-11"),
        ("10, 11 & 12 mai 2025", "2025-05-10", "2025-05-12"),
        ("du 10 au 12/05/2025", "2025-05-10", "2025-05-12"),
        ("30 mai – 1er juin 2025", "2025-05-30", "2025-06-01"),
        ("du 29 décembre au 2 janvier 2026", "2025-12-29", "2026-01-02"),
        ("du 29 décembre 2025 au 2 janvier", "2025-12-29", "2026-01-02"),
        ("du 10 mai 14h au 11 mai 17h", "2025-05-10 14:00", "2025-05-11 17:00"),
        ("mardi 3 juin de 9h30 à 12h", "2025-06-03 09:30", "2025-06-03 12:00"),
        ("Mardi 3 juin 2025 | 9 h 30 – 12 h", "2025-06-03 09:30", "2025-06-03 12:00"),
        ("mardi 3 juin, de 14 à 17 heures", "2025-06-03 14:00", "2025-06-03 17:00"),
        ("mardi 3 juin entre 9h et midi", "2025-06-03 09:00", "2025-06-03 12:00"),
        ("mardi 3 juin à partir de 18h", "2025-06-03 18:00", ""),
        ("mardi 03/06 à 14h", "2025-06-03 14:00", ""),
        ("03/06/25", "2025-06-03", ""),
        ("03.06.25 à 9 heures", "2025-06-03 09:00", ""),
        ("le 1er juin", "2025-06-01", ""),
        ("1er-2 juin", "2025-06-01", "2025-06-02"),
        ("10 mai (14h-17h)", "2025-05-10 14:00", "2025-05-10 17:00"),
        ("2025-05-10 14:00-17:00", "2025-05-10 14:00", "2025-05-10 17:00"),
    ],
)
def test_an_event_starts_and_ends_as_the_agenda_says(typed: str, start: str, end: str) -> None:
    answer = read_answer("event", "start", typed, today=TODAY)
    assert (answer.value, answer.end, answer.message) == (start, end, "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("jeudi matin 25 avril", "25 April 2025 is a Friday, not a Thursday."),
        ("du samedi 10 au samedi 11 mai", "11 May 2025 is a Sunday, not a Saturday."),
        ("du dimanche 10 au 11 mai 2025", "10 May 2025 is a Saturday, not a Sunday."),
        ("du 11 au 10 mai", "10 May 2025 is not after 11 May 2025."),
        ("du 31 au 1er juin", "One of the days is not in the calendar."),
        ("mardi 3 juin de 14h à 12h", "12:00 is not after 14:00."),
        ("jeudi 15 mai 2025 à 20h du matin", "The hour (20:00) is in another part of the day."),
        ("les 10, 11 et 13 mai", "it is not clear which they are"),
        ("les 10 et 11 mai de 14h à 17h", "it is not clear which they are"),
        ("du 10 au 11 mai à 14h", "it is not clear which they are"),
        ("2 avril", "The date has no year."),
        ("mardi 3 juin à 9h et 14h", "start is not a date"),
        ("mardi 3 juin 25h", "start is not a date"),
        ("10 ou 11 mai", "start is not a date"),
        ("12.05", "start is not a date"),
        ("samedi 10 mai 10h-18h et dimanche 11 mai 10h-17h", "it is not clear which they are"),
        ("10 mai ou 11 mai 2025", "start is not a date"),
        ("tous les jeudis de mai", "start is not a date"),
        ("le 2e jeudi de mai", "start is not a date"),
        ("mi-mai", "start is not a date"),
        ("avant le 10 mai 2025", "'avant' is no day of the week."),
    ],
)
def test_what_two_people_could_read_in_two_ways_is_refused(typed: str, words: str) -> None:
    answer = read_answer("event", "start", typed, today=TODAY)
    assert (answer.value, answer.end) == ("", "")
    assert words in answer.message
    assert answer.hint


@pytest.mark.parametrize(
    ("start", "typed", "end"),
    [
        ("2025-05-15 09:30", "17h", "2025-05-15 17:00"),
        ("2025-05-15 09:30", "17h30", "2025-05-15 17:30"),
        ("2025-05-15 09:30", "17:30", "2025-05-15 17:30"),
        ("2025-05-15", "à 17h", "2025-05-15 17:00"),
        ("2025-05-15 09:30", "jusqu’à midi", "2025-05-15 12:00"),
        ("2025-05-15 22:00", "16 mai à 2h", "2025-05-16 02:00"),
        ("2025-12-31", "1er janvier", "2026-01-01"),
        ("2025-05-15 22:00", "15/05/2025", "2025-05-15"),
    ],
)
def test_an_end_without_its_day_is_of_the_day_of_the_start(start: str, typed: str, end: str) -> None:
    answer = read_answer("event", "end", typed, today=TODAY, start=start)
    assert (answer.value, answer.message) == (end, "")


@pytest.mark.parametrize(
    ("start", "typed", "words"),
    [
        ("", "17h", "there is no start"),
        ("2025-05-15 22:00", "2h", "2:00 is not after 22:00."),
        ("2025-05-15 22:00", "22h", "22:00 is not after 22:00."),
        ("2025-05-15 22:00", "15/05/2025 21h", "21:00 is not after 22:00."),
        ("2025-05-15 22:00", "14/05/2025", "14 May 2025 is not after 15 May 2025."),
        ("2025-05-15 09:30", "17h-18h", "end is not a date"),
        ("2025-05-15 09:30", "25h", "end is not a date"),
        ("2025-05-15 09:30", "du 15 au 16 mai", "end is one date, and more is written"),
    ],
)
def test_an_end_that_does_not_fit_the_start_is_refused(start: str, typed: str, words: str) -> None:
    answer = read_answer("event", "end", typed, today=TODAY, start=start)
    assert answer.value == ""
    assert words in answer.message


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("10, 11 et 13 mai 2025", ["10/05/2025", "11/05/2025", "13/05/2025"]),
        ("du 10 au 12 mai", ["10/05/2025", "11/05/2025", "12/05/2025"]),
        ("mardi 3 juin de 9h30 à 12h", ["03/06/2025 09:30-12:00"]),
        ("mardi 3 juin à 9h30", ["03/06/2025 09:30"]),
        ("samedi 10 mai 9h30-12h, dimanche 11 mai 2025 14h", ["10/05/2025 09:30-12:00", "11/05/2025 14:00"]),
        ("14/05/2025, 2025-05-15", ["14/05/2025", "15/05/2025"]),
    ],
)
def test_the_days_of_a_programme_keep_their_hours_and_are_read_back(typed: str, days: list[str]) -> None:
    answer = read_answer("programme", "days", typed, today=TODAY)
    assert as_typed(answer.value) == ", ".join(days)
    assert read_answer("programme", "days", as_typed(answer.value), today=TODAY).value == answer.value


@pytest.mark.parametrize("typed", ["du 10 au 12 mai de 9h à 12h", "10 et 11 mai à 9h", "du 10 mai 2025 au 10 mai 2026"])
def test_hours_of_an_unclear_day_and_endless_programmes_are_refused(typed: str) -> None:
    answer = read_answer("programme", "days", typed, today=TODAY)
    assert not answer.value
    assert answer.message


def test_a_deadline_is_one_moment() -> None:
    answer = read_answer("call", "deadline", "du 10 au 11 mai 2025", today=TODAY)
    assert answer.message == "deadline is one date, and more is written: 'du 10 au 11 mai 2025'."


def test_what_was_understood_beyond_what_was_typed_is_said() -> None:
    assert "10 May 2025" in read_answer("event", "start", "10 mai", today=TODAY).hint
    assert "no hour" in read_answer("event", "start", "jeudi matin 24 avril 2025", today=TODAY).hint.lower()
    assert read_answer("event", "start", "jeudi 24 avril 2025 à 9h", today=TODAY).hint == ""


def test_the_day_of_an_article_needs_its_year() -> None:
    assert read_answer("article", "date", "10 mai", today=TODAY).message == "The date has no year."


def named(day: date, *, weekday: bool, month: bool, year: bool) -> str:
    number = "1er" if day.day == 1 else str(day.day)
    words = (WEEKDAYS[day.weekday()] * weekday, number, MONTHS[day.month - 1] * month, str(day.year) * year)
    return " ".join(filter(None, words))


DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@given(DAYS, st.integers(1, 40), st.booleans(), st.booleans(), st.sampled_from(("du {} au {}", "{} - {}", "{}–{}")))
def test_every_span_of_days_is_read_back(day: date, length: int, one: bool, other: bool, way: str) -> None:
    last = day + timedelta(days=length)
    is_same = (day.year, day.month) == (last.year, last.month)
    first = named(day, weekday=one, month=not is_same, year=False)
    found = read_typed(way.format(first, named(last, weekday=other, month=True, year=True)))
    assert found is not None
    assert (found.day, found.last, found.trouble, found.is_whole) == (day, When(last), ("", ""), True)
    assert len(found.every_day) == length + 1


WAYS = ("{}, de {} à {}", "{} ({}-{})", "{} – {} – {}", "{} entre {} et {}", "{} à {} > {}")
CLOCKS = ("{0}h{1:02}", "{0}:{1:02}", "{0} h {1:02}")


@given(DAYS, st.times(), st.times(), st.sampled_from(WAYS), st.sampled_from(CLOCKS))
def test_every_pair_of_hours_is_read_back_or_refused_as_out_of_order(
    day: date, first: time, second: time, way: str, clock: str
) -> None:
    first, second = (moment.replace(second=0, microsecond=0) for moment in (first, second))
    hours = (clock.format(moment.hour, moment.minute) for moment in (first, second))
    found = read_typed(way.format(named(day, weekday=True, month=True, year=True), *hours))
    assert found is not None
    assert found.is_whole
    assert (found.clock, found.last) == (first, When(day, second))
    assert bool(found.trouble[0]) == (second <= first)


WORDS = [
    "jeudi",
    "matin",
    "du",
    "au",
    "les",
    "à",
    "et",
    "de",
    "entre",
    "mai",
    "juin",
    "midi",
    "-",
    "/",
    "(",
    ")",
    ",",
    "…",
]
NUMBERS = ["10", "1er", "31", "99", "2025", "9h30", "14h", "10/05/2025", "2025-05-10"]
PIECES = st.sampled_from(WORDS) | st.sampled_from(NUMBERS)


@given(st.lists(PIECES, max_size=12).map(" ".join), st.dates())
def test_any_row_of_words_is_read_or_refused_and_never_half_read(text: str, today: date) -> None:
    for kind, name in (("event", "start"), ("event", "end"), ("programme", "days"), ("article", "date")):
        answer = read_answer(kind, name, text, today=today)
        assert not (answer.value and answer.message)
        assert not answer.end or (name == "start" and answer.end > str(answer.value))

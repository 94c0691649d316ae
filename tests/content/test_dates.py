"""Dates are read as people write them, and a wrong one comes with the right way to write it."""

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.content.date_words import plain
from rtesmail.content.dates import as_clock, as_day, as_moment
from rtesmail.content.front_matter import Entry
from rtesmail.content.notes import Notes
from rtesmail.content.typed_dates import TypedDate, read_typed
from rtesmail.model.content import When


def notes() -> Notes:
    return Notes(Path(), Path(), [])


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("11:00", time(11)),
        ("9:30", time(9, 30)),
        ("09:30:00", time(9, 30)),
        ("9h30", time(9, 30)),
        ("13h", time(13)),
        ("13h05", time(13, 5)),
        ("13 h 05", time(13, 5)),
        ("13H", time(13)),
        ("0h", time(0)),
    ],
)
def test_a_time_of_day_can_be_written_in_the_usual_ways(written: str, clock: time) -> None:
    found = notes()
    assert as_clock("start", Entry(1, written), found) == clock
    assert found.troubles == []


@pytest.mark.parametrize("written", ["25h", "24:00", "9h60", "11", "midi", "", "9:3", "11:00:99", "9h30 et plus"])
def test_what_is_no_time_of_day_is_told(written: str) -> None:
    found = notes()
    assert as_clock("start", Entry(4, written), found) is None
    assert [(t.line, t.check, t.hint) for t in found.troubles] == [(4, "bad-date", "Write it as 9h30")]


@pytest.mark.parametrize(
    ("written", "proposed"),
    [
        ("10/04/2025", "start: 2025-04-10"),
        ("10.04.2025 11h", "start: 2025-04-10 11:00"),
        ("jeudi 10 avril 2025 à 11h", "start: 2025-04-10 11:00"),
        ("Mardi 1er juillet 2025", "start: 2025-07-01"),
        ("15 août 2025, de 9h30 à 12h", "start: 2025-08-15 09:30, end: 2025-08-15 12:00"),
        ("du 10 au 11 mai 2025", "start: 2025-05-10, end: 2025-05-11"),
        ("jeudi matin 15 mai 2025", "start: 2025-05-15"),
        ("10 April 2025 at 11:00", "start: 2025-04-10 11:00"),
        ("31/02/2025", "start: 2025-04-10 11:00"),
        ("10 avril", "start: 2025-04-10 11:00"),
        ("bientôt", "start: 2025-04-10 11:00"),
    ],
)
def test_a_date_in_words_is_refused_with_the_way_to_write_it(written: str, proposed: str) -> None:
    found = notes()
    assert as_moment("start", Entry(3, written), found) is None
    assert [(t.line, t.hint) for t in found.troubles] == [(3, f"Write it as {proposed}")]


def test_a_day_that_does_not_exist_is_told() -> None:
    found = notes()
    assert as_day("date", Entry(2, "2025-02-30"), found) is None
    assert "not a day of the calendar" in found.troubles[0].message


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(9998, 12, 31)),
    st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_every_moment_written_the_plain_way_is_read_back(day: date, clock: time | None) -> None:
    found = notes()
    text = f"{day.isoformat()} {clock:%H:%M}" if clock else day.isoformat()
    assert as_moment("start", Entry(1, text), found) == When(day, clock)
    typed = read_typed(f"{day:%d/%m/}{day.year}")
    assert typed is not None
    assert (typed.day, typed.clock) == (day, None)


@given(st.text())
def test_any_text_gives_a_moment_or_says_why_not(text: str) -> None:
    found = notes()
    assert (as_moment("start", Entry(1, text), found) is None) == bool(found.troubles)


def test_a_file_with_a_wrong_weekday_is_told_so_and_no_day_is_proposed() -> None:
    found = notes()
    assert as_moment("start", Entry(4, "lundi 15 mai 2025 à 11h"), found) is None
    assert [(t.line, t.check, t.message, t.hint) for t in found.troubles] == [
        (4, "bad-date", "15 May 2025 is a Thursday, not a Monday.", "Correct the weekday or the date.")
    ]


NAMES = st.sampled_from(
    [
        (["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"], "{name} {day:%d}/{day:%m}/{year}"),
        (["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."], "{name} {day:%d}.{day:%m}.{year} 9h30"),
        (
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            "{name}, {day.day} {english} {year}",
        ),
        (["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "{name} the {day.day}th {english} {year} at 9:30"),
        (
            ["LUNDI", "MARDI", "MERCREDI", "JEUDI", "VENDREDI", "SAMEDI", "DIMANCHE"],
            "le {name} {day.day} {french} {year}",
        ),
    ]
)
FRENCH = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzéèûç"), min_size=1, max_size=9)


def typed(day: date, name: str, pattern: str) -> str:
    months = {"french": FRENCH[day.month - 1], "english": ENGLISH[day.month - 1]}
    return pattern.format(name=name, day=day, year=f"{day.year:04}", **months)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(9998, 12, 31)), NAMES, st.integers(0, 6))
def test_any_day_is_read_under_its_own_weekday_and_refused_under_another(
    day: date, way: tuple[list[str], str], weekday: int
) -> None:
    found = read_typed(typed(day, way[0][weekday], way[1]))
    assert found is not None
    assert (found.day, found.is_whole) == (day, True)
    assert bool(found.trouble[0]) == (weekday != day.weekday())


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(9998, 12, 31)), WORDS)
def test_any_word_before_a_day_is_its_weekday_or_refused(day: date, word: str) -> None:
    found = read_typed(f"{word} {day:%d}/{day:%m}/{day.year:04}")
    assert found is not None
    agrees = isinstance(found, TypedDate) and not found.trouble[0]
    folded = plain(word)
    assert agrees == (folded in ("le", "les", "on", "the", "du", "des", "from") or folded in OWN_NAMES[day.weekday()])


OWN_NAMES = (
    ("lundi", "monday", "lun", "mon"),
    ("mardi", "tuesday", "mar", "tue", "tues"),
    ("mercredi", "wednesday", "mer", "wed"),
    ("jeudi", "thursday", "jeu", "thu", "thur", "thurs"),
    ("vendredi", "friday", "ven", "fri"),
    ("samedi", "saturday", "sam", "sat"),
    ("dimanche", "sunday", "dim", "sun"),
)


@given(st.text() | st.from_regex(r"[a-zé]{0,5}\.? ?\d{1,4}[/. -]\d{1,4}[/. -]\d{1,5}.{0,6}"), st.dates())
def test_any_text_is_read_or_not_without_a_crash(text: str, today: date) -> None:
    found = read_typed(text, today)
    assert found is None or found.day is None or found.trouble[0] is not None

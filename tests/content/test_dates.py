"""Dates are read as people write them, and a wrong one comes with the right way to write it."""

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.content.dates import as_clock, as_day, as_moment, likely_moment
from rtesmail.content.front_matter import Entry
from rtesmail.content.notes import Notes
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
        ("15 août 2025, de 9h30 à 12h", "start: 2025-08-15 09:30"),
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
    assert likely_moment(f"{day:%d/%m/}{day.year}") == When(day)


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

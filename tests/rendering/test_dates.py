"""Dates as a reader says them, in French and in English."""

from datetime import date, time
from pathlib import Path

import pytest

from rtesmail.model.content import Image, Snippet, When
from rtesmail.rendering.dates import describe_deadline, describe_span, describe_time, make_date_block
from rtesmail.rendering.images import Picture
from rtesmail.rendering.views import Desk


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (When(date(2025, 4, 24), time(9)), When(date(2025, 4, 24), time(17)), "Jeudi 24 avril 2025, de 9h à 17h"),
        (
            When(date(2025, 4, 10), time(11)),
            When(date(2025, 4, 10), time(12, 30)),
            "Jeudi 10 avril 2025, de 11h à 12h30",
        ),
        (When(date(2025, 7, 1)), None, "Mardi 1er juillet 2025"),
        (When(date(2025, 7, 1)), When(date(2025, 7, 1)), "Mardi 1er juillet 2025"),
        (When(date(2024, 2, 29), time(18, 5)), None, "Jeudi 29 février 2024, à 18h05"),
        (When(date(2024, 8, 9)), When(date(2024, 8, 9), time(17)), "Vendredi 9 août 2024, jusqu’à 17h"),
        (
            When(date(2023, 10, 13), time(9, 30)),
            When(date(2023, 10, 14), time(14)),
            "Vendredi 13 et samedi 14 octobre 2023",
        ),
        (When(date(2025, 4, 30)), When(date(2025, 5, 1)), "Mercredi 30 avril et jeudi 1er mai 2025"),
        (When(date(2025, 6, 2)), When(date(2025, 6, 6)), "Du lundi 2 au vendredi 6 juin 2025"),
        (When(date(2025, 6, 30)), When(date(2025, 7, 4)), "Du lundi 30 juin au vendredi 4 juillet 2025"),
        (When(date(2025, 4, 10), time(19)), When(date(2025, 4, 11), time(1)), "Jeudi 10 avril 2025, de 19h à 1h"),
        (When(date(2025, 4, 10), time(19)), When(date(2025, 4, 11), time(0)), "Jeudi 10 avril 2025, de 19h à 0h"),
        (When(date(2025, 4, 10)), When(date(2025, 4, 11), time(1)), "Jeudi 10 et vendredi 11 avril 2025"),
        (When(date(2024, 12, 31)), When(date(2025, 1, 1)), "Mardi 31 décembre 2024 et mercredi 1er janvier 2025"),
    ],
)
def test_a_french_reader_reads_french_dates(start: When, end: When | None, words: str) -> None:
    assert describe_span(start, end, "fr") == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (When(date(2025, 4, 24), time(9)), When(date(2025, 4, 24), time(17)), "Thursday 24 April 2025, 9:00–17:00"),
        (When(date(2025, 7, 1)), None, "Tuesday 1 July 2025"),
        (When(date(2025, 7, 1), time(9, 5)), None, "Tuesday 1 July 2025, 9:05"),
        (When(date(2023, 10, 13)), When(date(2023, 10, 14)), "Friday 13 and Saturday 14 October 2023"),
        (When(date(2025, 6, 2)), When(date(2025, 6, 6)), "Monday 2 to Friday 6 June 2025"),
    ],
)
def test_an_english_reader_reads_english_dates(start: When, end: When | None, words: str) -> None:
    assert describe_span(start, end, "en") == words


def test_a_deadline_says_until_when() -> None:
    assert describe_deadline(When(date(2025, 5, 30), time(18)), "fr") == "Jusqu’au vendredi 30 mai 2025, 18h"
    assert describe_deadline(When(date(2025, 5, 9)), "fr") == "Jusqu’au vendredi 9 mai 2025"
    assert describe_deadline(When(date(2025, 5, 9)), "en") == "Until Friday 9 May 2025"


@pytest.mark.parametrize(
    ("moment", "words"), [(time(0), "0h"), (time(9), "9h"), (time(14, 15), "14h15"), (time(9, 5), "9h05")]
)
def test_hours_are_written_as_in_french(moment: time, words: str) -> None:
    assert describe_time(moment, "fr") == words


def test_every_month_and_weekday_has_its_short_name() -> None:
    months = [make_date_block(date(2025, month, 1), "fr").month for month in range(1, 13)]
    assert months == ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
    weekdays = [make_date_block(date(2025, 9, day), "fr").weekday for day in range(1, 8)]
    assert weekdays == ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."]
    assert make_date_block(date(2025, 7, 1), "fr").day == "1er"


def test_the_language_of_the_terminal_plays_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert describe_span(When(date(2025, 7, 1)), None, "fr") == "Mardi 1er juillet 2025"


def test_an_evening_that_ends_after_midnight_is_one_day_wherever_days_and_hours_stand_apart() -> None:
    evening = Snippet(
        "a",
        "event",
        "Soirée",
        Path("a.md"),
        details={"start": When(date(2025, 4, 10), time(19)), "end": When(date(2025, 4, 11), time(1))},
    )

    def no_picture(_snippet: Snippet, _field: str, image: Image) -> Picture:
        raise AssertionError(image)

    told = Desk("fr", "", no_picture).dates(evening)
    assert (told["days_in_words"], told["hours"]) == ("Jeudi 10\u00a0avril 2025", "de 19h à\u00a01h")

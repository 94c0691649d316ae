"""Days and moments as staff read them: in words within a sentence, below each other in a column."""

from datetime import UTC, date, datetime

import pytest

from rtesmail.model.dates import day_cell, day_words, moment_cell, moment_words, month_cell


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2025, 4, 3, 9), "3 April 2025 at 9:00"),
        (datetime(2025, 4, 15, 16, 5), "15 April 2025 at 16:05"),
        (datetime(2025, 7, 1), "1 July 2025 at 0:00"),
    ],
)
def test_a_moment_is_said_in_words(moment: datetime, words: str) -> None:
    assert moment_words(moment) == words
    assert words.startswith(f"{day_words(moment)} at ")


def test_a_moment_is_told_by_the_clocks_of_the_house_in_summer_and_winter() -> None:
    summer, winter = datetime(2025, 4, 3, 7, tzinfo=UTC), datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    assert moment_words(summer, "Europe/Paris") == "3 April 2025 at 9:00"
    assert moment_words(winter, "Europe/Paris") == "1 January 2026 at 0:30"
    assert moment_words(winter, "America/Cayenne") == "31 December 2025 at 20:30"
    assert moment_cell(winter, "Europe/Paris") == "  1 Jan 2026  0:30"


@pytest.mark.parametrize("minute", [0, 30])
@pytest.mark.parametrize("hour", [0, 9, 23])
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("day", [1, 9, 10, 28])
def test_in_a_column_years_and_hours_stand_below_each_other(day: int, month: int, hour: int, minute: int) -> None:
    moment, usual = datetime(2025, month, day, hour, minute), datetime(2025, 9, 28, 12, 45)
    assert len(moment_cell(moment)) == len(moment_cell(usual))
    assert moment_cell(moment).index("2025") == moment_cell(usual).index("2025")
    assert moment_cell(moment).startswith(day_cell(moment))
    assert len(day_cell(moment)) == len(month_cell(moment)) == len("28 Sept 2025")


def test_what_has_a_day_only_stands_under_what_has_an_hour() -> None:
    assert day_cell(date(2025, 4, 15)) == " 15 Apr 2025"
    assert month_cell(date(2025, 4, 1)) == "    Apr 2025"

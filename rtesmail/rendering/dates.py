"""Dates and times of day as a reader says them, in the edition's language.

What is said to staff, in the terminal's language, stands in `rtesmail.model.dates`, with the names of the calendar.
"""

from datetime import date, time, timedelta

from msgspec import Struct

from rtesmail.model.content import When
from rtesmail.model.dates import Words, day_number, hour_words, month, short_month, short_weekday, weekday
from rtesmail.rendering.translations import translation

_END_OF_NIGHT = time(6)


class DateBlock(Struct, frozen=True):
    """A day in three short pieces, for the block beside an event."""

    day: str
    month: str
    weekday: str


def describe_day(day: date, language: str) -> str:
    """Give a day in full: "Jeudi 24 avril 2025"."""
    return _capitalise(full_day(day, language))


def full_day(day: date, language: str) -> str:
    """Give the same within a sentence: "jeudi 24 avril 2025"."""
    words = translation(language)
    return _fill(words.pgettext("date", "{weekday} {day} {month} {year}"), day, words)


def describe_month_day(day: date, language: str) -> str:
    """Give a day without weekday and year: "24 avril"."""
    words = translation(language)
    return words.pgettext("date", "{day} {month}").format(day=day_number(day, words), month=month(day, words))


def describe_time(moment: time, language: str) -> str:
    """Give a time of day: "9h", "12h30"; "9:00" in English."""
    return hour_words(moment, translation(language))


def describe_hours(start: time | None, end: time | None, language: str) -> str:
    """Give hours: "de 9h à 17h", "à 9h", "jusqu’à 17h", or nothing when none is known."""
    words = translation(language)
    if start and end:
        pattern = words.pgettext("hours", "{start}–{end}")
        return pattern.format(start=describe_time(start, language), end=describe_time(end, language))
    if start:
        return words.pgettext("hours", "{start}").format(start=describe_time(start, language))
    if end:
        return words.pgettext("hours", "until {end}").format(end=describe_time(end, language))
    return ""


def describe_span(start: When, end: When | None, language: str) -> str:
    """Give when something takes place: one day with its hours, or the days alone when there are several."""
    words = translation(language)
    last = end.day if end else start.day
    if last <= start.day or is_one_evening(start, end):
        hours = describe_hours(start.time, end.time if end else None, language)
        pattern = words.pgettext("date and hours", "{date}, {hours}")
        day = describe_day(start.day, language)
        return pattern.format(date=day, hours=hours) if hours else day
    return _capitalise(_days(start.day, last, language))


def is_one_evening(start: When, end: When | None) -> bool:
    """Tell whether what begins on one day and ends in the night that follows is one evening to who goes there."""
    if end is None or start.time is None or end.time is None:
        return False
    return end.day - start.day == timedelta(days=1) and end.time <= _END_OF_NIGHT < start.time


def describe_deadline(deadline: When, language: str) -> str:
    """Give the last moment: "Jusqu’au vendredi 30 mai 2025, 18h"."""
    words = translation(language)
    until = words.pgettext("deadline", "Until {date}").format(date=full_day(deadline.day, language))
    if deadline.time is None:
        return until
    pattern = words.pgettext("deadline", "{date}, {time}")
    return pattern.format(date=until, time=describe_time(deadline.time, language))


def make_date_block(day: date, language: str) -> DateBlock:
    """Give a day's number, short month and short weekday: "24", "avr.", "jeu."."""
    words = translation(language)
    return DateBlock(day_number(day, words), short_month(day, words), short_weekday(day, words))


def _days(first: date, last: date, language: str) -> str:
    """Name several days, with the month and the year said once where they are the same."""
    words = translation(language)
    is_same_year = first.year == last.year
    is_same_month = is_same_year and first.month == last.month
    if is_same_month:
        pattern = words.pgettext("date", "{weekday} {day}")
    elif is_same_year:
        pattern = words.pgettext("date", "{weekday} {day} {month}")
    else:
        pattern = words.pgettext("date", "{weekday} {day} {month} {year}")
    beginning = _fill(pattern, first, words)
    if last - first == timedelta(days=1):
        together = words.pgettext("two days", "{first} and {last}")
    else:
        together = words.pgettext("several days", "{first} to {last}")
    return together.format(first=beginning, last=full_day(last, language))


def _fill(pattern: str, day: date, words: Words) -> str:
    return pattern.format(
        weekday=weekday(day, words), day=day_number(day, words), month=month(day, words), year=day.year
    )


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]

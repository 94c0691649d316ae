"""Days and moments in words: the names of the calendar, and how the terminal and the preview say a day to staff.

The names are in our own catalogue rather than in the system's locale, which a server may not have. Files, `--json` and
what a person types keep ISO 8601.
"""

import gettext
from datetime import date, datetime, time
from typing import Protocol


class Words(Protocol):
    """A catalogue: that of an edition's language, or `gettext` itself, which speaks the terminal's."""

    def pgettext(self, context: str, message: str, /) -> str: ...


TERMINAL: Words = gettext
_MONTHS = tuple(date(2000, number, 1) for number in range(1, 13))


def day_words(day: date) -> str:
    """Give a day within a sentence: "3 avril 2025"."""
    pattern = TERMINAL.pgettext("date", "{day} {month} {year}")
    return pattern.format(day=day_number(day), month=month(day), year=day.year)


def moment_words(moment: datetime, time_zone: str = "") -> str:
    """Give a moment within a sentence: "3 avril 2025 à 9h30"; an aware one as the clocks of `time_zone` have it."""
    local = _local(moment, time_zone)
    pattern = TERMINAL.pgettext("day and time", "{day} at {time}")
    return pattern.format(day=day_words(local), time=hour_words(local.time()))


def hour_words(moment: time, words: Words = TERMINAL) -> str:
    """Give a time of day: "9h", "12h30"; "9:00" in English."""
    pattern = words.pgettext("time", "{hour}:{minute}") if moment.minute else words.pgettext("full hour", "{hour}:00")
    return pattern.format(hour=moment.hour, minute=f"{moment.minute:02}")


def day_cell(day: date) -> str:
    """Give a day for a column, where the years stand below each other: "  3 avr. 2025", "15 sept. 2025"."""
    return f"{day.day} {short_month(day)} {day.year}".rjust(_widest())


def month_cell(day: date) -> str:
    """Give a day's month for a column of days: "     avr. 2025"."""
    return f"{short_month(day)} {day.year}".rjust(_widest())


def moment_cell(moment: datetime, time_zone: str = "") -> str:
    """Give a moment for a column: "  3 avr. 2025  9h00"; an aware one as the clocks of `time_zone` have it."""
    local = _local(moment, time_zone)
    clock = TERMINAL.pgettext("time", "{hour}:{minute}").format(hour=local.hour, minute=f"{local.minute:02}")
    return f"{day_cell(local)} {clock:>5}"


def _widest() -> int:
    return len("31  2025") + max(len(short_month(each)) for each in _MONTHS)


def _local(moment: datetime, time_zone: str) -> datetime:
    if not time_zone:
        return moment
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(time_zone))


def day_number(day: date, words: Words = TERMINAL) -> str:
    """Give a day's number: "24", "1er"."""
    return words.pgettext("first day of a month", "1") if day.day == 1 else str(day.day)


def weekday(day: date, words: Words = TERMINAL) -> str:
    """Name the weekday: "jeudi"."""
    return weekday_name(day.weekday(), words)


def weekday_name(number: int, words: Words = TERMINAL) -> str:
    """Name a weekday by its number, 0 for Monday: "lundi"."""
    return (
        words.pgettext("weekday", "Monday"),
        words.pgettext("weekday", "Tuesday"),
        words.pgettext("weekday", "Wednesday"),
        words.pgettext("weekday", "Thursday"),
        words.pgettext("weekday", "Friday"),
        words.pgettext("weekday", "Saturday"),
        words.pgettext("weekday", "Sunday"),
    )[number]


def short_weekday(day: date, words: Words = TERMINAL) -> str:
    """Name it in short: "jeu."."""
    return (
        words.pgettext("short weekday", "Mon"),
        words.pgettext("short weekday", "Tue"),
        words.pgettext("short weekday", "Wed"),
        words.pgettext("short weekday", "Thu"),
        words.pgettext("short weekday", "Fri"),
        words.pgettext("short weekday", "Sat"),
        words.pgettext("short weekday", "Sun"),
    )[day.weekday()]


def month(day: date, words: Words = TERMINAL) -> str:
    """Name the month: "avril"."""
    return (
        words.pgettext("month", "January"),
        words.pgettext("month", "February"),
        words.pgettext("month", "March"),
        words.pgettext("month", "April"),
        words.pgettext("month", "May"),
        words.pgettext("month", "June"),
        words.pgettext("month", "July"),
        words.pgettext("month", "August"),
        words.pgettext("month", "September"),
        words.pgettext("month", "October"),
        words.pgettext("month", "November"),
        words.pgettext("month", "December"),
    )[day.month - 1]


def short_month(day: date, words: Words = TERMINAL) -> str:
    """Name it in short: "avr."."""
    return (
        words.pgettext("short month", "Jan"),
        words.pgettext("short month", "Feb"),
        words.pgettext("short month", "Mar"),
        words.pgettext("short month", "Apr"),
        words.pgettext("short month", "May"),
        words.pgettext("short month", "June"),
        words.pgettext("short month", "July"),
        words.pgettext("short month", "Aug"),
        words.pgettext("short month", "Sept"),
        words.pgettext("short month", "Oct"),
        words.pgettext("short month", "Nov"),
        words.pgettext("short month", "Dec"),
    )[day.month - 1]

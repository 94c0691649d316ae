"""Days and moments as people type them, `jeudi 15 mai 2025 à 9h30` or `Thu 15/05/2025`, and what is wrong in them."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time
from gettext import gettext as _

from msgspec import Struct

from rtesmail.model.calendar_names import MONTHS, SHORT_WEEKDAYS, WEEKDAYS
from rtesmail.model.content import When
from rtesmail.model.dates import day_words, weekday, weekday_name
from rtesmail.model.quoting import quoted

_CLOCK = re.compile(r"(\d{1,2})(?:\s*h\s*([0-5]\d)?|:([0-5]\d)(?::[0-5]\d)?)", re.IGNORECASE)
_BEFORE = r"(?:(?:le|the|on) )?(?:(?P<before>[^\W\d_]+)\.?,? (?:(?:le|the) )?)?"
_DATE = re.compile(
    rf"{_BEFORE}(?:(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})"
    r"|(?P<n_day>\d{1,2})[/. -](?P<n_month>\d{1,2})[/. -](?P<n_year>\d{4})"
    r"|(?P<day>\d{1,2})(?:er|st|nd|rd|th)? (?P<month>[a-z]+)\b\.?(?:,? (?P<year>\d{4})\b)?)(?!\w)(?P<rest>.*)"
)
_LEADING = re.compile(r"^[\s,]*(?:(?:a|at|de|des|from)\b)?\s*")
# After the day one hour at most: what would be lost is asked for again.
_HOUR_ALONE = re.compile(r"[\s,]*(?:(?:a|at|de|des|from)\b\s*)?(?:\d{1,2}\s*h\s*\d{0,2}|\d{1,2}:\d\d)?")
# English has longer short ones besides.
_LONGER = {"tues": 1, "thur": 3, "thurs": 3}


class TypedDate(Struct, frozen=True):
    """A date as it was typed: the day, its hour if one is told, and the word before it.

    `day` is None when the calendar has no such day. `is_whole` says that nothing else was typed; without `has_year` it
    is the next such day from today.
    """

    day: date | None
    clock: time | None
    before: str
    is_whole: bool
    has_year: bool

    @property
    def trouble(self) -> tuple[str, str]:
        """Give what is wrong with the weekday or the missing year, and what to do; both empty when nothing is."""
        if self.day is None:
            return "", ""
        named = _weekday(self.before)
        if self.before and named is None:
            hint = _("The day is a {weekday}: write that, or the date alone.").format(weekday=weekday(self.day))
            return _("{word} is no day of the week.").format(word=quoted(self.before)), hint
        if named is not None and named != self.day.weekday():
            hint = (
                _("Correct the weekday or the date.") if self.has_year else _("Correct the date, and write its year.")
            )
            other = weekday_name(named)
            message = _("{date} is a {weekday}, not a {other}.")
            return message.format(date=day_words(self.day), weekday=weekday(self.day), other=other), hint
        if named is None and not self.has_year:
            return _("The date has no year."), _("Write it as {example}").format(
                example=f"{self.day:%d/%m/}{self.day.year}"
            )
        return "", ""


def read_typed(text: str, today: date | None = None) -> TypedDate | None:
    """Read what a person typed; None when no date begins it, or one in the files' own way, which has its own rules.

    A date without a year is one only with `today`.
    """
    plain = _plain(text)
    found = _DATE.match(plain)
    if not found or (found["month"] and not _month(found["month"])) or (found["iso"] and not found["before"]):
        return None
    has_year = not found["month"] or bool(found["year"])
    if not has_year and today is None:
        return None
    hour = _CLOCK.match(_LEADING.sub("", found["rest"]))
    clock = read_clock(hour[0].strip()) if hour else None
    is_whole = bool(_HOUR_ALONE.fullmatch(found["rest"])) and bool(hour) == bool(clock)
    return TypedDate(_day(found, today), clock, _as_typed(found["before"] or "", text), is_whole, has_year)


def likely_moment(text: str) -> When | None:
    """Guess the moment in `jeudi 10 avril 2025 à 11h` or `10/04/2025`, for a person who is shown what was guessed."""
    typed = read_typed(text)
    return When(typed.day, typed.clock) if typed and typed.day else None


def read_clock(text: str) -> time | None:
    """Read a time of day: `9:30`, `9h30`, `13h`; None when it is none."""
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23:
        return None
    return time(int(found[1]), int(found[2] or found[3] or 0))


def _plain(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(plain.split())


def _as_typed(word: str, text: str) -> str:
    """Give a word as the person wrote it, with its accents and capitals."""
    return next((one.strip(".,") for one in text.split() if _plain(one).strip(".,") == word), word)


def _day(found: re.Match[str], today: date | None) -> date | None:
    if found["iso"]:
        year, month, day = (int(part) for part in found["iso"].split("-"))
        return calendar_day(year, month, day)
    if found["n_day"]:
        return calendar_day(int(found["n_year"]), int(found["n_month"]), int(found["n_day"]))
    month, day = _month(found["month"]), int(found["day"])
    if found["year"] or today is None:
        return calendar_day(int(found["year"] or 0), month, day)
    return next(_days_from(today, month, day), None)


def _days_from(today: date, month: int, day: int) -> Iterator[date]:
    # A 29 February may be eight years away.
    for year in range(today.year, today.year + 9):
        found = calendar_day(year, month, day)
        if found and found >= today:
            yield found


def calendar_day(year: int, month: int, day: int) -> date | None:
    """Give a day of the calendar; None when it has no such day, or none that letters are about."""
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if is_of_our_times(found) else None


def is_of_our_times(day: date) -> bool:
    """Tell whether letters can be about a day: `0025` is a slip, and no time zone reckons at the calendar's ends."""
    return 1900 <= day.year <= 9998


def _month(name: str) -> int:
    """Give a month's number by its name in French or English, whole or shortened; 0 when it is none."""
    return next((n for n, names in enumerate(MONTHS, start=1) if name in map(_plain, names)), 0)


def _weekday(name: str) -> int | None:
    plain = _plain(name)
    named = zip(WEEKDAYS, SHORT_WEEKDAYS, strict=True)
    return next((n for n, (whole, short) in enumerate(named) if plain in (*whole, *short)), _LONGER.get(plain))

"""Days and moments as people type them, `jeudi 15 mai 2025 à 9h30` or `du 10 au 11 mai`, and what is wrong in them."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from gettext import gettext as _
from gettext import pgettext
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.content.date_words import DayWords, plain, read_words
from rtesmail.model.calendar_names import SHORT_WEEKDAYS, WEEKDAYS
from rtesmail.model.content import When
from rtesmail.model.dates import day_words, hour_words, weekday, weekday_name
from rtesmail.model.quoting import quoted

# English has longer short ones besides.
_LONGER = {"tues": 1, "thur": 3, "thurs": 3}
# What is announced is to come. A day that is further away was also in the last three months, and may have been meant.
_SOON = timedelta(days=275)
MOST_DAYS = 60
"""No programme has more days; a longer span is a slip."""

HOURS_OF = {"morning": (time(5), time(13)), "afternoon": (time(12), time(20)), "evening": (time(17), time.max)}
"""The hours of each part of the day, with its edges."""


class TypedDay(Struct, frozen=True):
    """One day as it was typed, with the word before it and the hours behind it; None is what was not told.

    `day` is None when the calendar has no such day. Without `has_year` it is the next such day. `part` is the part of
    the day. `reaches` says that the days from the one before it are meant too.
    """

    day: date | None
    before: str
    has_year: bool
    clock: time | None = None
    until: time | None = None
    part: str = ""
    reaches: bool = False

    @property
    def trouble(self) -> tuple[str, str]:
        """Give what is wrong with the weekday or the hours, and what to do; both empty when nothing is."""
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
        if self.clock and self.until and self.until <= self.clock:
            return out_of_order(When(self.day, self.until), When(self.day, self.clock))
        early, late = HOURS_OF.get(self.part, (time.min, time.max))
        if self.clock and not early <= self.clock <= late:
            hint = _("Write the hour alone, as a clock of 24 hours shows it.")
            return _("The hour ({hour}) is in another part of the day.").format(hour=hour_words(self.clock)), hint
        return "", ""


class TypedDate(Struct, frozen=True):
    """A date as it was typed: one day or several. `is_whole` says that nothing else was typed.

    Without `has_year` it is the next such date from today; `is_soon` says that no other one will have been meant.
    """

    days: tuple[TypedDay, ...]
    is_whole: bool
    is_soon: bool = False

    @property
    def day(self) -> date | None:
        """Give the first day; None when the calendar has no such day."""
        return self.days[0].day

    @property
    def clock(self) -> time | None:
        """Give the hour at which it begins."""
        return self.days[0].clock

    @property
    def has_year(self) -> bool:
        return any(day.has_year for day in self.days)

    @property
    def is_one(self) -> bool:
        """Tell whether it is one day, or one moment."""
        return len(self.days) == 1 and self.days[0].until is None

    @property
    def last(self) -> When | None:
        """Give when it ends; None when only one moment or one day was typed, or no one end can be told."""
        first, last = self.days[0], self.days[-1]
        if len(self.days) == 1:
            return When(first.day, first.until) if first.day and first.until else None
        is_unclear = any(day.until for day in self.days) or any(day.clock for day in self.days[1:-1])
        if is_unclear or last.day is None or (last.clock and not first.clock):
            return None
        is_broken = any(
            not later.reaches and one.day and later.day and (later.day - one.day).days > 1
            for one, later in pairwise(self.days)
        )
        return None if is_broken else When(last.day, last.clock)

    @property
    def every_day(self) -> tuple[date, ...]:
        """Give every day that is meant, those between two as well: a little more than `MOST_DAYS`."""
        found: list[date] = []
        for day in self.days:
            if day.day is None:
                continue
            if day.reaches and found:
                between = min((day.day - found[-1]).days, MOST_DAYS)
                found += [found[-1] + timedelta(days=n) for n in range(1, between)]
            found.append(day.day)
        return tuple(found)

    @property
    def trouble(self) -> tuple[str, str]:
        """Give what is wrong with weekdays, year, order or hours, and what to do; empty when nothing is.

        A single day that the calendar does not have is none of them.
        """
        if self.day is None and len(self.days) == 1:
            return "", ""
        for day in self.days:
            if day.day is None:
                return _("One of the days is not in the calendar."), _("Look at a calendar.")
            if any(day.trouble):
                return day.trouble
        if self.day and not self.has_year and not self.is_soon and not any(day.before for day in self.days):
            example = f"{self.day:%d/%m/}{self.day.year}"
            return _("The date has no year."), _("Write it as {example}").format(example=example)
        for one, later in pairwise(self.days):
            if one.day and later.day and later.day <= one.day:
                return out_of_order(When(later.day), When(one.day))
        return "", ""


def out_of_order(later: When, earlier: When) -> tuple[str, str]:
    """Say that one moment does not follow another as it should, by their hours on one day, and what to do."""
    if later.day == earlier.day and later.time and earlier.time:
        message = _("{later} is not after {earlier}.").format(
            later=hour_words(later.time), earlier=hour_words(earlier.time)
        )
        return message, _("Correct the hours, or write the end with a day of its own.")
    message = pgettext("days", "{later} is not after {earlier}.").format(
        later=day_words(later.day), earlier=day_words(earlier.day)
    )
    return message, _("Correct the dates.")


def read_typed(text: str, today: date | None = None) -> TypedDate | None:
    """Read what a person typed; None when no date begins it, or one in the files' own way, which has its own rules.

    A date without a year is one only with `today`.
    """
    words, is_whole = read_words(plain(text))
    dated = _with_months(words)
    if not dated or (today is None and not any(word.year for word in dated)):
        return None
    if dated[0].is_iso and not dated[0].before and not (is_whole and (dated[0].until or dated[1:])):
        return None
    has_year = any(word.year for word in dated)
    first = None if has_year else next(_days_from(today or date.min, dated[0].month, dated[0].day), None)
    dated = _with_years([replace(dated[0], year=first.year), *dated[1:]] if first else dated)
    days = tuple(
        TypedDay(
            day=calendar_day(word.year, word.month, word.day),
            before=_as_typed(word.before, text),
            has_year=has_year,
            clock=word.clock,
            until=word.until,
            part=word.part,
            reaches=word.reaches,
        )
        for word in dated
    )
    is_soon = today is not None and first is not None and first - today <= _SOON
    return TypedDate(days, is_whole and not any(word.has_bad_hour for word in dated), is_soon)


def _with_months(words: tuple[DayWords, ...]) -> list[DayWords]:
    """Give each day the month that stands behind a later one; none when a month is told by nobody."""
    found: list[DayWords] = []
    for word in reversed(words):
        found.insert(0, word if word.month or not found else replace(word, month=found[0].month))
    return found if all(word.month for word in found) else []


def _with_years(words: list[DayWords]) -> list[DayWords]:
    """Give each day the year that stands behind a later one, or before it where there is none.

    "du 29 décembre au 2 janvier 2026" begins in 2025, "du 29 décembre 2025 au 2 janvier" ends in 2026.
    """
    found = list(words)
    for number in range(len(found) - 2, -1, -1):
        one, later = found[number], found[number + 1]
        if later.year and not one.year:
            found[number] = replace(one, year=later.year - (one.month > later.month))
    for number in range(1, len(found)):
        one, later = found[number - 1], found[number]
        if one.year and not later.year:
            found[number] = replace(later, year=one.year + (one.month > later.month))
    return found


def _as_typed(word: str, text: str) -> str:
    """Give a word as the person wrote it, with its accents and capitals."""
    return next((one.strip(".,") for one in text.split() if plain(one).strip(".,") == word), word)


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


def _weekday(name: str) -> int | None:
    named = zip(WEEKDAYS, SHORT_WEEKDAYS, strict=True)
    word = plain(name)
    return next((n for n, (whole, short) in enumerate(named) if word in (*whole, *short)), _LONGER.get(word))

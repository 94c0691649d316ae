"""The dates of what repeats (RRULE, RDATE, EXDATE of RFC 5545), as far as a letter looks ahead."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from gettext import gettext as _
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

if TYPE_CHECKING:
    from icalendar import Event

HORIZON = timedelta(days=92)
"""A quarter ahead: the longest that a letter announces."""

MOST_DATES = 12
"""Drafts of one event that repeats: a letter does not list every Tuesday of a year."""

# Steps through a rule from its beginning: a daily event of a hundred years.
_MOST_STEPS = 40_000
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS_OF_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")

Start = date | datetime
"""A day, a moment somewhere, or a moment that is local wherever one is."""


class UnclearRuleError(ValueError):
    """A rule that no meeting of people follows."""


class Repeats(Struct, frozen=True):
    """Rules as they are written without their end, each with its end; further dates and those left out."""

    rules: tuple[tuple[str, Start | None], ...]
    more: tuple[Start, ...]
    left_out: tuple[Start, ...]


def moment_of(event: "Event", name: str) -> Start | None:
    """Give the day or the moment under a name; None when there is none."""
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) else None


def repeats_of(event: "Event") -> Repeats | None:
    """Give how an event repeats; None when it does not.

    Raises:
        UnclearRuleError: several times a day, or never.
    """
    rules = tuple(_rule(rule) for rule in _listed(event.get("RRULE")))
    more, left_out = tuple(_dates(event, "RDATE")), tuple(_dates(event, "EXDATE"))
    return Repeats(rules, more, left_out) if rules or more else None


def _rule(rule: object) -> tuple[str, Start | None]:
    """Give a rule without its end, and its end; a time of day in it is the start's."""
    from icalendar import vRecur

    if not isinstance(rule, vRecur):
        raise UnclearRuleError(_("this event repeats in a way that is not understood"))
    parts = {name.upper(): _listed(value) for name, value in rule.items()}
    often, every = first_of(parts.get("FREQ")), first_of(parts.get("INTERVAL", [1]))
    is_several_a_day = any(len(parts.get(name, ())) > 1 for name in _PARTS_OF_A_DAY)
    if str(often).upper() not in _FREQUENCIES or is_several_a_day or not isinstance(every, int) or every < 1:
        raise UnclearRuleError(_("this event repeats in a way that is not understood"))
    end = first_of(parts.get("UNTIL"))
    kept = {name: value for name, value in parts.items() if name not in ("UNTIL", *_PARTS_OF_A_DAY)}
    text = ";".join(f"{name}={','.join(map(str, values))}" for name, values in kept.items())
    return text, end if isinstance(end, date) else None


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def first_of(value: object) -> object:
    """Give the first of several values, or the only one; None when there is none."""
    return next(iter(_listed(value)), None)


def _dates(event: "Event", name: str) -> Iterator[Start]:
    for held in _listed(event.get(name)):
        for one in getattr(held, "dts", ()):
            found = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if isinstance(found, date):
                yield found


class Repetition(Struct, frozen=True):
    """What repeats, from its start on, for a house in one zone."""

    start: Start
    repeats: Repeats
    zone: ZoneInfo

    def coming(self, today: date) -> tuple[Start, ...]:
        """Give the next dates from today on, in the start's own zone: at 10:00 it stays when the clocks change."""
        from dateutil.rrule import rruleset, rrulestr

        last = self._naive(self._at(today + HORIZON))
        first = self._naive(self._at(today))
        start = self._naive(self.start)
        dates = rruleset()
        if not self.repeats.rules:
            dates.rdate(start)
        for text, end in self.repeats.rules:
            until = min(self._naive(end, is_end=True), last) if end else last
            rule = rrulestr(text, dtstart=start)
            # A number of times counts from the beginning; dateutil takes a rule with one end only.
            dates.rrule(rule if "COUNT=" in text.upper() else rule.replace(until=until))
        for moment in self.repeats.more:
            dates.rdate(self._naive(moment))
        for moment in self.repeats.left_out:
            dates.exdate(self._naive(moment))
        steps = takewhile(lambda moment: moment <= last, islice(dates, _MOST_STEPS))
        found = islice((moment for moment in steps if moment >= first), MOST_DATES)
        return tuple(self._like_start(moment) for moment in found)

    def _at(self, day: date) -> Start:
        """Give the beginning of a local day in the house's zone."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def _naive(self, moment: Start, *, is_end: bool = False) -> datetime:
        """Give what the clocks at the start's place show at a moment."""
        if not isinstance(moment, datetime):
            clock = datetime.max.time() if is_end and isinstance(self.start, datetime) else datetime.min.time()
            return datetime.combine(moment, clock)
        if not isinstance(self.start, datetime):
            # Programs tell a whole day that is left out as its midnight, here or in UTC.
            is_midnight = moment.time() == datetime.min.time()
            local = moment if moment.tzinfo is None or is_midnight else moment.astimezone(self.zone)
            return datetime.combine(local, datetime.min.time())
        if moment.tzinfo is None:
            return moment
        return moment.astimezone(self.start.tzinfo or self.zone).replace(tzinfo=None)

    def _like_start(self, moment: datetime) -> Start:
        if not isinstance(self.start, datetime):
            return moment.date()
        return moment.replace(tzinfo=self.start.tzinfo)


def local_of(moment: Start, zone: ZoneInfo) -> datetime:
    """Give a moment, or the beginning of a day, as the house's clocks show it, without a zone."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, datetime.min.time())
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None)

"""What of a pace goes by the house's calendar: the days of a warm-up, and hours when nothing leaves."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rtesmail.model.publication import WarmUp

_MOST_PER_DAY = 1_000_000_000
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


class WarmingUp:
    """A new sender's days: so many messages on the first, a growing number on each that follows."""

    def __init__(self, settings: WarmUp, zone: ZoneInfo) -> None:
        self._settings, self._zone = settings, zone
        self._left_on: dict[date, int] = {}
        self._day = date.min
        self._begins_at = self._ends_at = _NEVER
        self._room = 0

    def room(self, now: datetime) -> int:
        """Count how many may still leave today."""
        self._turn_to(now)
        return self._room

    def record(self, now: datetime, count: int) -> None:
        self._turn_to(now)
        self._left_on[self._day] = self._left_on.get(self._day, 0) + count
        self._room -= count

    def next_at(self, now: datetime) -> datetime:
        """Give the earliest moment when one more may leave: now, or the midnight before a day that has room."""
        moment = now
        while self.room(moment) <= 0:
            moment = self._ends_at
        return moment

    def steady_until(self, now: datetime) -> datetime:
        """Give when today ends."""
        self._turn_to(now)
        return self._ends_at

    def _turn_to(self, now: datetime) -> None:
        if self._begins_at <= now < self._ends_at:
            return
        self._day = now.astimezone(self._zone).date()
        self._begins_at, self._ends_at = self._midnight(self._day), self._midnight(self._day + _DAY)
        # What left on days to come left before the clock was set back: it counts today.
        for day in [day for day in self._left_on if day > self._day]:
            self._left_on[self._day] = self._left_on.get(self._day, 0) + self._left_on.pop(day)
        self._room = self._most() - self._left_on.get(self._day, 0)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def _most(self) -> int:
        from decimal import Decimal

        days = max(0, (self._day - self._settings.starts).days)
        # In decimals as the file has them: 100 × 1.15 is 115, and not a little less.
        return int(min(Decimal(_MOST_PER_DAY), self._settings.first_day * Decimal(str(self._settings.growth)) ** days))


class QuietHours:
    """Hours by the local clock when nothing leaves, from `begin` until just before `end`, possibly over midnight.

    They are one piece: in the night when an hour comes twice they go on from the first `begin` to the second `end`.
    An end or a beginning in the hour that is left out in spring stands where the clock jumps.
    """

    def __init__(self, begin: time, end: time, zone: ZoneInfo) -> None:
        self._begin, self._end, self._zone = begin, end, zone
        self._length = timedelta() if begin < end else _DAY
        self._known_from = self._changes_at = _NEVER
        self._is_on = False

    def is_on(self, now: datetime) -> bool:
        self._turn_to(now)
        return self._is_on

    def end_after(self, now: datetime) -> datetime:
        """Give the first moment, from now on, that is outside these hours."""
        return self._changes_at if self.is_on(now) else now

    def steady_until(self, now: datetime) -> datetime:
        """Give when these hours begin, now when they are on."""
        return now if self.is_on(now) else self._changes_at

    def _turn_to(self, now: datetime) -> None:
        if self._known_from <= now < self._changes_at:
            return
        today = now.astimezone(self._zone).date()
        nights = [self._night(today + days * _DAY) for days in (-1, 0, 1, 2)]
        over_at = now
        for begins_at, ends_at in nights:
            if begins_at <= over_at < ends_at:
                over_at = ends_at
        self._is_on = over_at > now
        self._known_from = now
        self._changes_at = over_at if self._is_on else min(begins_at for begins_at, _ in nights if begins_at > now)

    def _night(self, day: date) -> tuple[datetime, datetime]:
        return self._moment(day, self._begin, fold=0), self._moment(day + self._length, self._end, fold=1)

    def _moment(self, day: date, clock: time, *, fold: int) -> datetime:
        moment = datetime.combine(day, clock.replace(fold=fold), self._zone).astimezone(UTC)
        if moment.astimezone(self._zone).time() == clock:
            return moment
        # No clock shows this time on this day: look for the jump between the two readings that Python gives it.
        late = datetime.combine(day, clock.replace(fold=1), self._zone)
        moment = late.astimezone(UTC)
        while moment.astimezone(self._zone).utcoffset() != late.utcoffset():
            moment += _MINUTE
        return moment

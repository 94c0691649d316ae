"""How fast messages may leave: windows exact to the message, groups of domains, a warm-up, quiet hours.

A run asks `allot` how many of each group may leave now, tells `record` of each that does, and when nothing may leave
asks `next_at` how long to wait. Windows slide: never more than their number in any interval of their length, whatever
run the messages belong to (`past`).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rtesmail.model.publication import Limits, PaceSettings, WarmUp

_MOST_PER_DAY = 10_000_000
_LENGTHS = (("per_second", 1.0), ("per_minute", 60.0), ("per_hour", 3600.0), ("per_day", 86400.0))


class Pace:
    """The pace of one transport during a run."""

    def __init__(self, settings: PaceSettings, *, zone: ZoneInfo, past: Iterable[tuple[str, datetime]] = ()) -> None:
        """`past` has (group, moment) of what left through this transport during `memory_of(settings)` before now."""
        self._all = _windows(settings.limits)
        self._groups = {group.group: _windows(group.limits) for group in settings.groups}
        self._connections = {group.group: group.limits.connections for group in settings.groups}
        self._most_at_once = settings.limits.connections
        self._warm_up = None if settings.warm_up is None else _WarmingUp(settings.warm_up, zone)
        self._quiet = None if settings.quiet_hours is None else _QuietHours(*settings.quiet_hours, zone)
        self._turn = 0
        self._latest = 0.0
        self.groups = (*self._groups, "")
        self.is_free = not (self._groups or self._all or self._most_at_once or self._warm_up or self._quiet)
        for group, moment in sorted(past, key=lambda departure: departure[1]):
            self.record(group, moment)

    def allot(self, now: datetime, places: int, busy: Mapping[str, int], groups: Sequence[str]) -> dict[str, int]:
        """Share the free places out among the groups: how many of each may leave now.

        `busy` counts what is under way by group. Each group gets one in its turn, until no place or no room is left.
        """
        if self.is_free:
            return {group: places for group in groups if group == "" and places > 0}
        moment = self._at(now)
        if self._quiet is not None and self._quiet.end_after(now) is not None:
            return {}
        left = min([places, *(window.room(moment) for window in self._all)])
        if self._most_at_once:
            left = min(left, self._most_at_once - sum(busy.values()))
        if self._warm_up is not None:
            left = min(left, self._warm_up.room(now))
        room = {group: self._room(group, moment, busy.get(group, 0)) for group in groups}
        return self._shared(left, {group: number for group, number in room.items() if number > 0})

    def record(self, group: str, now: datetime) -> None:
        """Count one message that leaves now."""
        if self.is_free:
            return
        moment = self._at(now)
        for window in (*self._all, *self._groups.get(group, ())):
            window.moments.append(moment)
        if self._warm_up is not None:
            self._warm_up.record(now)

    def next_at(self, groups: Iterable[str], now: datetime) -> datetime:
        """Give the earliest moment when a message of one of the groups may leave, connections aside."""
        moment = self._at(now)
        common = [now, *(window.next_at(moment) for window in self._all)]
        if self._warm_up is not None:
            common.append(self._warm_up.next_at(now))
        first = min(
            (max([now, *(window.next_at(moment) for window in self._groups.get(group, ()))]) for group in groups),
            default=now,
        )
        earliest = max([first, *common])
        end = None if self._quiet is None else self._quiet.end_after(earliest)
        return earliest if end is None else end

    def _room(self, group: str, moment: float, busy: int) -> int:
        rooms = [window.room(moment) for window in self._groups.get(group, ())]
        if self._connections.get(group):
            rooms.append(self._connections[group] - busy)
        return min(rooms, default=_MOST_PER_DAY)

    def _shared(self, left: int, room: dict[str, int]) -> dict[str, int]:
        names = list(room)
        sizes: dict[str, int] = {}
        while left > 0 and names:
            name = names[self._turn % len(names)]
            self._turn += 1
            sizes[name] = sizes.get(name, 0) + 1
            left -= 1
            if sizes[name] == room[name]:
                names.remove(name)
        return sizes

    def _at(self, now: datetime) -> float:
        """Give the moment in seconds. A clock that was set back takes what is recorded back with it."""
        moment = now.timestamp()
        if moment < self._latest:
            step = moment - self._latest
            for window in (*self._all, *(w for windows in self._groups.values() for w in windows)):
                window.shift(step)
        self._latest = moment
        return moment


class Grouping:
    """Which pace group an address belongs to: '' for the rest of the world."""

    def __init__(self, settings: PaceSettings) -> None:
        self._group_of = {domain: group.group for group in settings.groups for domain in group.domains}

    def group_of(self, address: str) -> str:
        if not self._group_of:
            return ""
        return self._group_of.get(address.rpartition("@")[2].lower(), "")


def memory_of(settings: PaceSettings) -> timedelta:
    """Say how far back a new run must know what has left."""
    limits = [settings.limits, *(group.limits for group in settings.groups)]
    lengths = [length for name, length in _LENGTHS for limit in limits if getattr(limit, name)]
    if settings.warm_up is not None:
        # A local day may have 25 hours.
        lengths.append(90000.0)
    return timedelta(seconds=max(lengths, default=0.0))


class _Window:
    """At most so many messages in any interval of a length; a message frees its place when the length is over."""

    def __init__(self, length: float, most: int) -> None:
        self._length = length
        self.moments: deque[float] = deque(maxlen=most)
        self._most = most

    def room(self, moment: float) -> int:
        moments = self.moments
        while moments and moments[0] + self._length <= moment:
            moments.popleft()
        return self._most - len(moments)

    def next_at(self, moment: float) -> datetime:
        seconds = moment if self.room(moment) else self.moments[0] + self._length
        return datetime.fromtimestamp(seconds, UTC)

    def shift(self, step: float) -> None:
        self.moments = deque((moment + step for moment in self.moments), maxlen=self._most)


class _WarmingUp:
    """A new sender's days, by the house's calendar."""

    def __init__(self, settings: WarmUp, zone: ZoneInfo) -> None:
        self._settings, self._zone = settings, zone
        self._day = datetime.min.replace(tzinfo=UTC).date()
        self._count = 0

    def room(self, now: datetime) -> int:
        self._turn_to(now)
        return self._most() - self._count

    def record(self, now: datetime) -> None:
        self._turn_to(now)
        self._count += 1

    def next_at(self, now: datetime) -> datetime:
        if self.room(now) > 0:
            return now
        midnight = datetime.combine(self._day + timedelta(days=1), time(), self._zone)
        return midnight.astimezone(UTC)

    def _most(self) -> int:
        days = max(0, (self._day - self._settings.starts).days)
        try:
            return min(_MOST_PER_DAY, int(self._settings.first_day * self._settings.growth**days))
        except OverflowError:
            return _MOST_PER_DAY

    def _turn_to(self, now: datetime) -> None:
        day = now.astimezone(self._zone).date()
        if day != self._day:
            self._day, self._count = day, 0


class _QuietHours:
    """Local hours when nothing leaves, possibly over midnight."""

    def __init__(self, begin: time, end: time, zone: ZoneInfo) -> None:
        self._begin, self._end, self._zone = begin, end, zone

    def end_after(self, now: datetime) -> datetime | None:
        """Give when the quiet hours end that are on now, None when they are not."""
        local = now.astimezone(self._zone)
        clock = local.time()
        is_over_midnight = self._begin > self._end
        has_begun, has_not_ended = clock >= self._begin, clock < self._end
        if not (has_begun or has_not_ended if is_over_midnight else has_begun and has_not_ended):
            return None
        ends_tomorrow = is_over_midnight and clock >= self._begin
        day = local.date() + timedelta(days=1) if ends_tomorrow else local.date()
        end = datetime.combine(day, self._end, self._zone).astimezone(UTC)
        # When the clocks go back, the end's hour comes twice: the second one is meant if the first is past.
        return end if end > now else datetime.combine(day, self._end, self._zone).replace(fold=1).astimezone(UTC)


def _windows(limits: Limits) -> list[_Window]:
    return [_Window(length, getattr(limits, name)) for name, length in _LENGTHS if getattr(limits, name)]

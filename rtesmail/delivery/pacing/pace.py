"""How fast messages may leave: windows exact to the message, groups of domains, a warm-up, quiet hours.

A run asks `allot` how many of each group may leave now, tells `record` of each that does, and when nothing may leave
asks `next_at` how long to wait. Windows slide: never more than their number in any interval of their length, whatever
run the messages belong to (`past`); a message at t has freed its place at t + length. A full window holds up its own
group alone, that of the transport all of them.

A clock that is set back takes what seems to lie in the future as leaving at the moment it shows: nothing waits longer
than a window for it, and no window ever holds more than its number.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rtesmail.delivery.pacing.calendar import QuietHours, WarmingUp
from rtesmail.delivery.pacing.windows import Window
from rtesmail.model.publication import Limits, PaceSettings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LENGTHS = (
    ("per_second", timedelta(seconds=1)),
    ("per_minute", timedelta(minutes=1)),
    ("per_hour", timedelta(hours=1)),
    ("per_day", timedelta(days=1)),
)
_LONGEST_LOCAL_DAY = timedelta(hours=25)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Pace:
    """The pace of one transport during a run.

    `groups` are those that the settings name, and '' for the rest of the world. With `is_free` nothing is limited.
    """

    def __init__(self, settings: PaceSettings, *, zone: "ZoneInfo", past: Iterable[tuple[str, datetime]] = ()) -> None:
        """`past` has (group, moment) of what left through this transport during `memory_of(settings)` before now."""
        self._all = _windows(settings.limits)
        self._of_group = {group.group: _windows(group.limits) for group in settings.groups}
        self._connections = {group.group: group.limits.connections for group in settings.groups}
        self._most_at_once = settings.limits.connections
        self._warm_up = None if settings.warm_up is None else WarmingUp(settings.warm_up, zone)
        self._quiet = None if settings.quiet_hours is None else QuietHours(*settings.quiet_hours, zone)
        self.groups = (*self._of_group, "")
        self._in_turn = list(self.groups)
        self.is_free = not (self._of_group or self._all or self._most_at_once or self._warm_up or self._quiet)
        for group, moment in sorted(past, key=lambda sent: sent[1]):
            self.record(group, moment)

    def allot(self, now: datetime, places: int, busy: Mapping[str, int], groups: Sequence[str]) -> dict[str, int]:
        """Share the free places out among the groups: how many of each may leave now.

        `busy` counts what is under way by group. Each group gets one in its turn, until no place or no room is left.
        """
        if self.is_free:
            return {group: places for group in groups if group == "" and places > 0}
        at = _microseconds(now)
        left = places
        if self._most_at_once:
            left = min(left, self._most_at_once - sum(busy.values()))
        for window in self._all:
            left = window.room(at, left)
        if self._warm_up is not None:
            left = min(left, self._warm_up.room(now))
        if left <= 0 or (self._quiet is not None and self._quiet.is_on(now)):
            return {}
        room = {group: self._room(group, at, left, busy.get(group, 0)) for group in groups}
        return self._shared(left, {group: number for group, number in room.items() if number > 0})

    def record(self, group: str, now: datetime, count: int = 1) -> None:
        """Count messages that leave now."""
        if self.is_free:
            return
        at = _microseconds(now)
        for window in self._all:
            window.record(at, count)
        for window in self._of_group.get(group, ()):
            window.record(at, count)
        if self._warm_up is not None:
            self._warm_up.record(now, count)

    def next_at(self, groups: Collection[str], now: datetime) -> datetime:
        """Give the earliest moment when a message of one of the groups may leave, `now` when at once.

        Connections are left out: they come free when what is under way ends.
        """
        at = _microseconds(now)
        earliest = min((_latest(self._of_group.get(group, ()), at) for group in groups), default=at)
        earliest = max(earliest, _latest(self._all, at))
        moment = now if earliest == at else _EPOCH + timedelta(microseconds=earliest)
        # Room once there stays until somebody leaves, so the calendar may have the last word.
        if self._warm_up is not None:
            moment = self._warm_up.next_at(moment)
        return moment if self._quiet is None else self._quiet.end_after(moment)

    def standing(self, now: datetime) -> tuple[object, ...]:
        """Give what decides on messages from now on, the calendar aside: when equal again, the same follows again."""
        at = _microseconds(now)
        return (tuple(self._in_turn), *(window.standing(at) for window in self._windows()))

    def steady_until(self, now: datetime) -> datetime:
        """Give until when, at least, the calendar changes nothing; `now` when it may do so at any moment."""
        parts = [part for part in (self._warm_up, self._quiet) if part is not None]
        return min((part.steady_until(now) for part in parts), default=_FOR_EVER)

    def repeat(self, now: datetime, *, cycles: int, length: timedelta, count: int) -> datetime:
        """Live through cycles of a length that each let `count` messages leave and end with the same standing.

        Gives the moment when they are over, at which the standing is that of now.
        """
        for window in self._windows():
            window.move(cycles * length // _MICROSECOND)
        if self._warm_up is not None:
            self._warm_up.record(now, cycles * count)
        return now + cycles * length

    def warm_up_room(self, now: datetime) -> int | None:
        """Count how many the warm-up still lets leave today, None without one."""
        return None if self._warm_up is None else self._warm_up.room(now)

    def _windows(self) -> list[Window]:
        return [*self._all, *(window for windows in self._of_group.values() for window in windows)]

    def _room(self, group: str, at: int, most: int, busy: int) -> int:
        room = most
        if self._connections.get(group):
            room = min(room, self._connections[group] - busy)
        for window in self._of_group.get(group, ()):
            room = window.room(at, room)
        return room

    def _shared(self, left: int, room: Mapping[str, int]) -> dict[str, int]:
        """Share as if one place after the other were given to the group that has waited longest for its turn."""
        sizes = dict.fromkeys(room, 0)
        names = list(room)
        self._in_turn += [name for name in names if name not in self._in_turn]
        while left and names:
            turns = [name for name in self._in_turn if name in names]
            each = min(left // len(turns), *(room[name] - sizes[name] for name in names))
            served = turns if each else turns[:left]
            for name in served:
                sizes[name] += each or 1
            left -= (each or 1) * len(served)
            self._in_turn = [name for name in self._in_turn if name not in served] + served
            names = [name for name in names if sizes[name] < room[name]]
        return {name: size for name, size in sizes.items() if size}


class Grouping:
    """Which pace group an address or its domain belongs to: '' for the rest of the world."""

    def __init__(self, settings: PaceSettings) -> None:
        self._group_of = {domain: group.group for group in settings.groups for domain in group.domains}
        self.groups = (*(group.group for group in settings.groups), "")

    def group_of(self, address: str) -> str:
        if not self._group_of:
            return ""
        from rtesmail.delivery.messages.headers import domain_of

        try:
            domain = domain_of(address.lower())
        except ValueError:
            # No message can be written to it; who tries says why.
            return ""
        return self._group_of.get(domain, "")


def memory_of(settings: PaceSettings) -> timedelta:
    """Say how far back a new run must know what has left; nothing when no window counts."""
    limits = [settings.limits, *(group.limits for group in settings.groups)]
    lengths = [length for name, length in _LENGTHS for limit in limits if getattr(limit, name)]
    if settings.warm_up is not None:
        lengths.append(_LONGEST_LOCAL_DAY)
    return max(lengths, default=timedelta())


def _windows(limits: Limits) -> tuple[Window, ...]:
    return tuple(
        Window(length // _MICROSECOND, getattr(limits, name)) for name, length in _LENGTHS if getattr(limits, name)
    )


def _latest(windows: Sequence[Window], at: int) -> int:
    latest = at
    for window in windows:
        if (moment := window.next_at(at)) > latest:
            latest = moment
    return latest


def _microseconds(moment: datetime) -> int:
    """Give whole microseconds since 1970: sums of floats would miss a window's end by a little."""
    return (moment - _EPOCH) // _MICROSECOND

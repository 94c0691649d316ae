"""When a mailing's messages would leave, as far as the pace decides: `foretell` lives through it in advance."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.delivery.pacing.pace import Pace, memory_of
from rtesmail.model.publication import Limits, PaceSettings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_LOOKS_PER_WINDOW = 60


class Forecast(Struct, frozen=True):
    """When the first and the last message may leave, at the earliest: a slower server comes on top.

    `last_at_of` has each group's last one, None where nothing but the server holds the group up: its messages leave as
    fast as it takes them, from `first_at` on. `last_at` is the latest of these, None if all are None. `first_at` is
    None when there is nobody to write to.
    """

    first_at: datetime | None
    last_at: datetime | None
    last_at_of: Mapping[str, datetime | None]


def foretell(
    settings: PaceSettings,
    zone: "ZoneInfo",
    counts: Mapping[str, int],
    now: datetime,
    past: Iterable[tuple[str, datetime]] = (),
) -> Forecast:
    """Say when `counts` messages by pace group would leave if a run began now and went on whenever it may.

    Windows, warm-up and quiet hours are those of a real run; `past` is what the run would be told. Connections are not
    counted: how long a message takes is for the server to say.
    """
    left = {group: count for group, count in counts.items() if count > 0}
    if not left:
        return Forecast(None, None, {})
    settings = _without_connections(settings)
    rehearsal = _Rehearsal(settings, Pace(settings, zone=zone, past=past), left, now)
    first_at = rehearsal.at
    free = dict.fromkeys(group for group in left if not _is_counted(settings, group))
    for group in free:
        del rehearsal.left[group]
    last_at_of = {**free, **rehearsal.run()}
    known = [moment for moment in last_at_of.values() if moment is not None]
    return Forecast(first_at, max(known, default=None), last_at_of)


class _Mark(Struct, frozen=True):
    """How things stood at an earlier moment, and until when the calendar was to change nothing."""

    at: datetime
    steady_until: datetime
    standing: tuple[object, ...]
    left: Mapping[str, int]


class _Rehearsal:
    """From message to message; what repeats itself is lived through once and then counted."""

    def __init__(self, settings: PaceSettings, pace: Pace, left: dict[str, int], now: datetime) -> None:
        self.left = left
        self.at = pace.next_at(left, now)
        self._pace = pace
        # A part of every window there is: what repeats itself after a window is looked at in the same places again.
        self._stride = memory_of(replace(settings, warm_up=None)) / _LOOKS_PER_WINDOW
        self._look_at = self.at
        self._looks = 0
        self._mark: _Mark | None = None

    def run(self) -> dict[str, datetime | None]:
        """Let everybody leave; give when the last of each group does."""
        last_at_of: dict[str, datetime | None] = {}
        while self.left:
            self.at = self._pace.next_at(self.left, self.at)
            if self._stride and self.at >= self._look_at:
                self._look_for_a_cycle()
            self._leave()
            if all(self.left.values()):
                continue
            self._forget()
            for group in [group for group, count in self.left.items() if not count]:
                last_at_of[group] = self.at
                del self.left[group]
        return last_at_of

    def _leave(self) -> None:
        """Let everybody go who may at this moment."""
        waiting = list(self.left)
        while waiting:
            # So few places that no group gets more of them than it needs.
            places = min(self.left[group] for group in waiting)
            sizes = self._pace.allot(self.at, places, {}, waiting)
            for group, size in sizes.items():
                self._pace.record(group, self.at, size)
                self.left[group] -= size
            if sum(sizes.values()) < places:
                return
            waiting = [group for group in waiting if self.left[group]]

    def _look_for_a_cycle(self) -> None:
        """Skip what would only repeat what has been since the mark (Brent's way: marks ever further apart)."""
        pace, at, mark = self._pace, self.at, self._mark
        standing = pace.standing(at)
        if mark is not None and mark.standing == standing and self._skip_cycles(mark):
            self._forget()
            return
        self._looks += 1
        if mark is None or mark.steady_until <= at or self._looks.bit_count() == 1:
            self._mark = _Mark(at, pace.steady_until(at), standing, dict(self.left))
        self._look_at += ((at - self._look_at) // self._stride + 1) * self._stride

    def _skip_cycles(self, mark: _Mark) -> bool:
        pace, length = self._pace, self.at - mark.at
        if mark.steady_until <= self.at:
            return False
        gone = {group: mark.left[group] - count for group, count in self.left.items() if mark.left[group] > count}
        # In the last cycle somebody comes to an end, and shares change: that one is lived through.
        cycles = min(self.left[group] // number - 1 for group, number in gone.items())
        cycles = min(cycles, (pace.steady_until(self.at) - self.at) // length)
        room = pace.warm_up_room(self.at)
        if room is not None:
            cycles = min(cycles, room // sum(gone.values()))
        if cycles < 1:
            return False
        self.at = pace.repeat(self.at, cycles=cycles, length=length, count=sum(gone.values()))
        for group, number in gone.items():
            self.left[group] -= cycles * number
        return True

    def _forget(self) -> None:
        self._mark, self._looks, self._look_at = None, 0, self.at


def _is_counted(settings: PaceSettings, group: str) -> bool:
    """Tell whether a window or the warm-up counts the messages of a group."""
    own = [domains.limits for domains in settings.groups if domains.group == group]
    return settings.warm_up is not None or any(limits != Limits() for limits in (settings.limits, *own))


def _without_connections(settings: PaceSettings) -> PaceSettings:
    return replace(
        settings,
        limits=replace(settings.limits, connections=0),
        groups=tuple(replace(group, limits=replace(group.limits, connections=0)) for group in settings.groups),
    )

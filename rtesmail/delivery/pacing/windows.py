"""A window of time that lets so many messages leave and no more."""

from collections import deque


class Window:
    """At most so many messages in any interval of a length; moments and lengths are whole numbers of one unit.

    It holds the last `most` that left, those of one moment together, oldest first. Old ones are dropped only for
    newer ones, so that a clock set forward by mistake forgets nothing.
    """

    def __init__(self, length: int, most: int) -> None:
        self._length, self._most = length, most
        self._moments: deque[int] = deque()
        self._counts: deque[int] = deque()
        self._held = 0

    def room(self, at: int, most: int) -> int:
        """Count how many may leave now, as far as `most`."""
        room = self._most - self._held
        if room >= most:
            return most
        self._call_back(at)
        over = at - self._length
        for moment, count in zip(self._moments, self._counts, strict=True):
            if moment > over or room >= most:
                break
            room += count
        return min(room, most)

    def next_at(self, at: int) -> int:
        """Give the earliest moment when one more may leave."""
        if self._held < self._most:
            return at
        self._call_back(at)
        return max(at, self._moments[0] + self._length)

    def record(self, at: int, count: int) -> None:
        self._call_back(at)
        if self._moments and self._moments[-1] == at:
            self._counts[-1] += count
        else:
            self._moments.append(at)
            self._counts.append(count)
        self._held += count
        while self._held > self._most:
            surplus = min(self._held - self._most, self._counts[0])
            self._held -= surplus
            self._counts[0] -= surplus
            if not self._counts[0]:
                self._moments.popleft()
                self._counts.popleft()

    def standing(self, at: int) -> tuple[tuple[int, int], ...]:
        """Give what takes up room: how long ago, how many."""
        over = at - self._length
        pairs = zip(self._moments, self._counts, strict=True)
        return tuple((at - moment, count) for moment, count in pairs if moment > over)

    def move(self, step: int) -> None:
        """Count all that left as leaving a step later."""
        self._moments = deque(moment + step for moment in self._moments)

    def _call_back(self, at: int) -> None:
        """Take what lies in the future as leaving now: the clock was set back."""
        count = 0
        while self._moments and self._moments[-1] > at:
            self._moments.pop()
            count += self._counts.pop()
        if count:
            self._moments.append(at)
            self._counts.append(count)

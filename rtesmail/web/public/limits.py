"""How often something may be asked: sliding windows in memory, forgotten when the server ends."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MOST_KEYS = 20_000
"""A caller with endless addresses cannot fill the memory: who was quiet longest is forgotten first."""


class Limit:
    """At most `most` times in any `seconds`, for each key."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: str) -> bool:
        """Count one more time for this key, unless that would be too often."""
        now = self._clock()
        with self._lock:
            times = self._seen.setdefault(key, deque())
            self._seen.move_to_end(key)
            while len(self._seen) > _MOST_KEYS:
                self._seen.popitem(last=False)
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(times) >= self._most:
                return False
            times.append(now)
            return True

"""A run and a database that is busy or cannot be written to: waiting for it, and saying what it could not keep."""

import asyncio
import math
import time
from collections.abc import Callable
from gettext import gettext as _
from gettext import ngettext
from typing import TypeVar

from rtesmail.model.errors import UnusableStoreError
from rtesmail.store.opening import BUSY_SECONDS

_STOP_SECONDS = 2.0
_PAUSE_SECONDS = 0.05

_Given = TypeVar("_Given")


class StopWish(asyncio.Event):
    """Set when a person or the system wants this run to end: soon, whatever it waits for."""

    ends_at = math.inf
    """On the monotonic clock; until then the database may still be waited for."""

    def set(self) -> None:
        self.ends_at = min(self.ends_at, time.monotonic() + _STOP_SECONDS)
        super().set()


async def when_free(step: Callable[[], _Given], stop: StopWish) -> _Given:
    """Take a step in the database, again while another command writes: the loop goes on, so that wishes are heard.

    Raises:
        UnusableStoreError: the database cannot be written to, or stays busy for longer than this run may wait.
    """
    begun_at = time.monotonic()
    while True:
        try:
            return step()
        except UnusableStoreError as error:
            if not error.is_busy or time.monotonic() >= min(begun_at + BUSY_SECONDS, stop.ends_at):
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


def words_of(error: UnusableStoreError, *, accepted: int, lost: int) -> str:
    """Say what stopped a run after so many accepted messages, of which the ends of `lost` could not be kept."""
    words = _("Stopped after {count} accepted messages: {reason}.").format(count=accepted, reason=error.reason)
    if not lost:
        return words
    unkept = ngettext(
        "What became of {n} message could not be written down: it will count as unknown.",
        "What became of {n} messages could not be written down: they will count as unknown.",
        lost,
    )
    return f"{words} {unkept.format(n=lost)}"

"""The sending loop: claim a group, hand it over, settle it with the claim of the next one.

A group is no larger than the connections, so that a crash leaves no more unknown deliveries than there were
connections.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery import ledger
from rtesmail.delivery.clock import Clock
from rtesmail.delivery.composing import Composer
from rtesmail.delivery.transports.contract import Transport
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome, Recipient, Totals

if TYPE_CHECKING:
    from sqlite_utils import Database

MOST_FAILURES_IN_A_ROW = 20
_GRACE_SECONDS = 1.5
_ABORT_SECONDS = 0.3
_PROGRESS_SECONDS = 0.2


class InterruptedRunError(StoppedError):
    """A person or the system asked this process to stop."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run over one mailing. `limit` counts messages handed over; `deadline` is when no more may leave."""

    passage: ledger.Passage
    now: Clock
    limit: int | None = None
    deadline: datetime | None = None
    progress: Callable[[Totals], None] | None = None


def run_engine(store: "Database", composer: Composer, transport: Transport, task: Task) -> int:
    """Send until nobody waits, the limit or the deadline; give how many messages were accepted.

    Raises:
        StoppedError: a signal, the transport or too many failures in a row; everything handed over is settled.
    """
    return asyncio.run(_Engine(store, composer, transport, task).run())


class _Engine:
    def __init__(self, store: "Database", composer: Composer, transport: Transport, task: Task) -> None:
        self._store, self._composer, self._transport, self._task = store, composer, transport, task
        self._accepted = 0
        self._handed_over = 0
        self._failures = 0
        self._last_words = ""
        self._trouble: BaseException | None = None
        self._stop = asyncio.Event()
        self._told_at = -_PROGRESS_SECONDS

    async def run(self) -> int:
        with _stop_on_signals(self._stop):
            try:
                await self._send_all()
            finally:
                await self._transport.close()
        if self._trouble is not None:
            raise self._trouble
        if self._stop.is_set():
            raise InterruptedRunError(
                _("Stopped as asked, after {count} accepted messages.").format(count=self._accepted),
                hint=_("Run the same command again to go on."),
            )
        if self._failures >= MOST_FAILURES_IN_A_ROW:
            raise StoppedError(
                _("Stopped after {count} failures in a row; the last one: {words}").format(
                    count=self._failures, words=self._last_words or "?"
                ),
                hint=_("See what the mail server means, then run the same command again to go on."),
            )
        return self._accepted

    async def _send_all(self) -> None:
        outcomes: Sequence[Outcome] = ()
        while True:
            group = ledger.turn(self._store, self._task.passage, outcomes, size=self._next_size(), now=self._task.now())
            self._tell_progress(is_last=not group)
            if not group:
                return
            outcomes = await self._hand_over(group)

    def _tell_progress(self, *, is_last: bool) -> None:
        """Counting a large mailing takes time: a few times a second is enough for an eye."""
        told_at = time.monotonic()
        if self._task.progress is None or (told_at - self._told_at < _PROGRESS_SECONDS and not is_last):
            return
        self._told_at = told_at
        self._task.progress(ledger.totals(self._store, self._task.passage.mailing))

    def _next_size(self) -> int:
        task = self._task
        if self._trouble is not None or self._stop.is_set() or self._failures >= MOST_FAILURES_IN_A_ROW:
            return 0
        if task.deadline is not None and task.now() > task.deadline:
            return 0
        size = self._transport.connections
        return size if task.limit is None else min(size, task.limit - self._handed_over)

    async def _hand_over(self, group: Sequence[Recipient]) -> list[Outcome]:
        """Hand a group over; each of its deliveries gets an outcome, whatever happens."""
        try:
            now = self._task.now()
            composed = [self._composer.compose(recipient, now) for recipient in group]
        except Exception as error:  # noqa: BLE001 - kept, and raised once the ledger says that nothing left
            self._trouble = error
            return [Outcome(recipient.delivery, DeliveryState.PENDING) for recipient in group]
        messages = [made for made in composed if isinstance(made, Message)]
        results = await self._gather(messages)
        answered = [self._outcome(message, result) for message, result in zip(messages, results, strict=True)]
        # Only these say something of the server: an address that no message can be made for never reached it.
        self._count(answered)
        return [made for made in composed if isinstance(made, Outcome)] + answered

    async def _gather(self, messages: Sequence[Message]) -> list[Outcome | BaseException]:
        """Deliver at once. On a stop, what is under way has a moment to end, then is cut and accounted for."""
        tasks = [asyncio.create_task(self._deliver(message)) for message in messages]
        if not tasks:
            return []
        ended, asked = asyncio.create_task(_all_done(tasks)), asyncio.create_task(_is_set(self._stop))
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await asyncio.wait({ended}, timeout=_GRACE_SECONDS)
        if not ended.done():
            self._transport.abort()
            await asyncio.wait({ended}, timeout=_ABORT_SECONDS)
        for task in tasks:
            task.cancel()
        asked.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, message: Message) -> Outcome:
        (outcome,) = await self._transport.deliver((message,))
        return outcome

    def _outcome(self, message: Message, result: Outcome | BaseException) -> Outcome:
        if isinstance(result, Outcome):
            return result
        if isinstance(result, StoppedError):
            self._trouble = self._trouble or result
            return Outcome(message.delivery, DeliveryState.PENDING, reply=str(result))
        # An error of our own: whether the message left cannot be told.
        if not isinstance(result, asyncio.CancelledError):
            self._trouble = self._trouble or result
        return Outcome(message.delivery, DeliveryState.UNKNOWN, reply=type(result).__name__)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.state is not DeliveryState.PENDING:
                self._handed_over += 1
            if outcome.state is DeliveryState.ACCEPTED:
                self._accepted += 1
                self._failures = 0
                continue
            self._failures += 1
            code = f"{outcome.code} " if outcome.code is not None else ""
            self._last_words = f"{code}{outcome.reply}"


async def _all_done(tasks: Sequence[asyncio.Task[Outcome]]) -> None:
    await asyncio.wait(tasks)


async def _is_set(event: asyncio.Event) -> None:
    await event.wait()


@contextmanager
def _stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into a wish to stop; only the main thread can be asked."""
    loop = asyncio.get_running_loop()
    caught = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        try:
            loop.add_signal_handler(number, stop.set)
        except (RuntimeError, ValueError):
            continue
        caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)

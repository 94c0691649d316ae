"""The sending loop: settle what has ended, claim for the free places, hand over, wait for the next end.

One transaction of the ledger settles and claims. No more deliveries are `sending` than the transport takes at once, so
that a crash leaves no more unknown than that. While a transaction is on its way to the disk, the connections' answers
gather: the busier the server, the larger the groups.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery import ledger
from rtesmail.delivery.clock import Clock
from rtesmail.delivery.messages.composing import Composer
from rtesmail.delivery.signals import LooseThreads, stop_on_signals
from rtesmail.delivery.transports.contract import Transport
from rtesmail.delivery.waiting import StopWish, when_free, words_of
from rtesmail.model.errors import StoppedError, UnusableStoreError, UnusableTransportError
from rtesmail.model.mailing import DeliveryState, Message, Outcome, Recipient, Totals

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.pacing.pace import Pace
    from rtesmail.delivery.signing.ahead import SignaturesAhead

MOST_FAILURES_IN_A_ROW = 20
_GRACE_SECONDS = 1.5
_ABORT_SECONDS = 0.3
_PROGRESS_SECONDS = 0.2
_PROGRESS_SHARE = 20
_LONGEST_GATHERING = 0.01


class InterruptedRunError(StoppedError):
    """A person or the system asked this process to stop."""


class Task(Struct, frozen=True):
    """One run over one mailing.

    `limit` counts messages handed over; `deadline` is when no more may leave; `patience` how long the run itself waits
    for its pace before it ends and says when to go on; `ahead` holds signatures of those who come next.
    """

    passage: ledger.Passage
    now: Clock
    pace: "Pace"
    limit: int | None = None
    deadline: datetime | None = None
    patience: timedelta = timedelta(minutes=15)
    progress: Callable[[Totals], None] | None = None
    ahead: "SignaturesAhead | None" = None


class Claimed(Struct, frozen=True):
    """Whose turn it is, and in which pace group."""

    group: str
    recipient: Recipient


def run_engine(store: "Database", composer: Composer, transport: Transport, task: Task) -> datetime | None:
    """Send until nobody waits, the limit, the deadline or the pace; give when to go on, if the pace ended the run.

    Raises:
        UnusableTransportError: the way out cannot be used, or failed too often in a row.
        StoppedError: a signal or the ledger stopped the run; everything handed over is settled.
    """
    return asyncio.run(_Engine(store, composer, transport, task).run())


class _Engine:
    def __init__(self, store: "Database", composer: Composer, transport: Transport, task: Task) -> None:
        self._store, self._composer, self._transport, self._task = store, composer, transport, task
        self._under_way: dict[asyncio.Task[list[Outcome]], Sequence[Claimed]] = {}
        self._groups = list(task.pace.groups)
        self._busy: dict[str, int] = {}
        self._ended: list[Outcome] = []
        self._accepted = 0
        self._handed_over = 0
        self._failures = 0
        self._last_words = ""
        self._trouble: BaseException | None = None
        self._resume_at: datetime | None = None
        self._gathering: asyncio.TimerHandle | None = None
        self._turn_seconds = 0.0
        self._stop = StopWish()
        self._wake = asyncio.Event()
        self._tell_at = 0.0

    async def run(self) -> datetime | None:
        asyncio.get_running_loop().set_default_executor(LooseThreads())
        with stop_on_signals(self._ask_to_stop):
            try:
                if self._task.ahead is not None:
                    await self._task.ahead.open()
                await self._send_all()
            except UnusableStoreError as error:
                self._trouble = error
            finally:
                await self._transport.close()
                if self._task.ahead is not None:
                    await self._task.ahead.close()
        if isinstance(self._trouble, UnusableStoreError):
            kind = InterruptedRunError if self._stop.is_set() else StoppedError
            words = words_of(self._trouble, accepted=self._accepted, lost=len(self._ended))
            raise kind(words, hint=self._trouble.hint) from self._trouble
        if self._trouble is not None:
            raise self._trouble
        if self._stop.is_set():
            raise InterruptedRunError(
                _("Stopped as asked, after {count} accepted messages.").format(count=self._accepted),
                hint=_("Run the same command again to go on."),
            )
        if self._failures >= MOST_FAILURES_IN_A_ROW:
            words = _("Stopped after {count} failures in a row; the last one: {words}")
            raise UnusableTransportError(
                words.format(count=self._failures, words=self._last_words or "?"),
                hint=_("See what the mail server means, then run the same command again to go on."),
            )
        return self._resume_at

    def _ask_to_stop(self) -> None:
        self._stop.set()
        self._wake.set()

    async def _send_all(self) -> None:
        try:
            while True:
                self._wake.clear()
                claimed = await when_free(self._turn, self._stop)
                self._start(claimed)
                if self._task.ahead is not None:
                    self._task.ahead.claimed((one.group, one.recipient) for one in claimed)
                self._tell_progress(is_last=False)
                if self._under_way:
                    await self._wake.wait()
                elif self._is_over(self._task.now()) or not await self._await_the_pace():
                    return
                if self._stop.is_set():
                    return
        finally:
            await self._finish()

    def _turn(self) -> list[Claimed]:
        """Settle what has ended and claim for the free places; what is claimed counts for the pace, since it leaves."""
        if self._stop.is_set():
            return []
        task, now = self._task, self._task.now()
        sizes = {} if self._is_over(now) else task.pace.allot(now, self._free_places(), self._busy, self._groups)
        if not self._ended and not sizes:
            return []
        started_at = time.monotonic()
        by_group = ledger.turn(self._store, task.passage, self._ended, sizes=sizes, now=now)
        # Only now: what a failed transaction could not write is tried once more when the run ends.
        self._ended = []
        self._turn_seconds = min(time.monotonic() - started_at, _LONGEST_GATHERING)
        for group, people in by_group.items():
            # Asked again once there is nothing else to do, or when one of its own comes back.
            if len(people) < sizes[group]:
                self._groups.remove(group)
        claimed = [Claimed(group, person) for group, people in by_group.items() for person in people]
        for one in claimed:
            task.pace.record(one.group, now)
            self._busy[one.group] = self._busy.get(one.group, 0) + 1
        return claimed

    def _free_places(self) -> int:
        transport, limit = self._transport, self._task.limit
        free = (transport.connections - len(self._under_way)) * transport.batch_size
        return free if limit is None else min(free, limit - self._handed_over - sum(self._busy.values()))

    def _is_over(self, now: datetime) -> bool:
        if self._trouble is not None or self._stop.is_set() or self._failures >= MOST_FAILURES_IN_A_ROW:
            return True
        task = self._task
        if task.limit is not None and self._handed_over >= task.limit:
            return True
        return task.deadline is not None and now > task.deadline

    def _start(self, claimed: Sequence[Claimed]) -> None:
        size = self._transport.batch_size
        for first in range(0, len(claimed), size):
            batch = claimed[first : first + size]
            task = asyncio.create_task(self._hand_over([one.recipient for one in batch]))
            self._under_way[task] = batch
            task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[list[Outcome]]") -> None:
        for one in self._under_way.pop(task):
            self._busy[one.group] -= 1
            if one.group not in self._groups:
                self._groups.append(one.group)
        for outcome in task.result():
            self._handed_over += outcome.state is not DeliveryState.PENDING
            self._accepted += outcome.state is DeliveryState.ACCEPTED
            self._ended.append(outcome)
        self._wake_soon()

    def _wake_soon(self) -> None:
        """Let a few ends gather for one transaction, no longer than such a transaction takes."""
        if not self._under_way or 2 * len(self._ended) >= self._transport.connections * self._transport.batch_size:
            self._wake_now()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(self._turn_seconds, self._wake_now)

    def _wake_now(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self._wake.set()

    async def _hand_over(self, recipients: Sequence[Recipient]) -> list[Outcome]:
        """Hand a batch over; each of its deliveries gets an outcome, whatever happens."""
        try:
            composed = [await self._composed(recipient) for recipient in recipients]
        except asyncio.CancelledError:
            return [Outcome(recipient.delivery, DeliveryState.PENDING) for recipient in recipients]
        except Exception as error:  # noqa: BLE001 - kept, and raised once the ledger says that nothing left
            self._trouble = self._trouble or error
            return [Outcome(recipient.delivery, DeliveryState.PENDING) for recipient in recipients]
        messages = [made for made in composed if isinstance(made, Message)]
        unwritable = [made for made in composed if isinstance(made, Outcome)]
        if not messages:
            return unwritable
        answered = await self._delivered(messages)
        # Only these say something of the server: an address that no message can be made for never reached it.
        self._watch_failures(answered)
        return unwritable + answered

    async def _composed(self, recipient: Recipient) -> Message | Outcome:
        ahead = self._task.ahead
        signed = None if ahead is None else await ahead.take(recipient)
        if signed is None:
            return self._composer.compose(recipient, self._task.now())
        return self._composer.compose(recipient, signed.moment, signed.fields)

    async def _delivered(self, messages: Sequence[Message]) -> list[Outcome]:
        try:
            return list(await self._transport.deliver(messages))
        except StoppedError as error:
            if not isinstance(error, UnusableStoreError):
                error = UnusableTransportError(str(error), hint=error.hint)
            self._trouble = self._trouble or error
            return [Outcome(m.delivery, DeliveryState.PENDING, reply=str(error)) for m in messages]
        except asyncio.CancelledError:
            return [Outcome(m.delivery, DeliveryState.UNKNOWN, reply="CancelledError") for m in messages]
        except Exception as error:  # noqa: BLE001 - kept and raised; whether the messages left cannot be told
            self._trouble = self._trouble or error
            return [Outcome(m.delivery, DeliveryState.UNKNOWN, reply=type(error).__name__) for m in messages]

    async def _await_the_pace(self) -> bool:
        """Wait until somebody may be written to; tell whether there is anybody, and time enough."""
        task = self._task
        now = task.now()
        groups = ledger.waiting_groups(self._store, task.passage, now=now)
        if not groups:
            return False
        self._groups = [group for group in task.pace.groups if group in groups]
        next_at = task.pace.next_at(groups, now)
        if task.deadline is not None and next_at > task.deadline:
            return False
        if next_at > now + task.patience:
            self._resume_at = next_at
            return False
        # Woken early by a wish to stop; a clock that was set back is asked again.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), min(60.0, max(0.0005, (next_at - now).total_seconds())))
        return True

    async def _finish(self) -> None:
        """Give what is under way a moment to end, then cut it; settle all of it."""
        while self._under_way and not self._stop.is_set():
            self._wake.clear()
            await self._wake.wait()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE_SECONDS)
        if self._under_way:
            self._transport.abort()
            await asyncio.wait(self._under_way, timeout=_ABORT_SECONDS)
        for task in tuple(self._under_way):
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
        # The ends are told by callbacks of the loop's next round.
        await asyncio.sleep(0)
        await when_free(self._settle, self._stop)
        self._tell_progress(is_last=True)

    def _settle(self) -> None:
        """Write down what has ended; nobody is claimed any more."""
        if self._ended:
            ledger.turn(self._store, self._task.passage, self._ended, sizes={}, now=self._task.now())
            self._ended = []

    def _watch_failures(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.state is DeliveryState.ACCEPTED:
                self._failures = 0
                continue
            self._failures += 1
            code = f"{outcome.code} " if outcome.code is not None else ""
            self._last_words = f"{code}{outcome.reply}"

    def _tell_progress(self, *, is_last: bool) -> None:
        """A few times a second is enough for an eye; counting a million people takes its time, hence more seldom."""
        if self._task.progress is None or (time.monotonic() < self._tell_at and not is_last):
            return
        started_at = time.monotonic()
        self._task.progress(ledger.totals(self._store, self._task.passage.mailing))
        told_at = time.monotonic()
        self._tell_at = told_at + max(_PROGRESS_SECONDS, _PROGRESS_SHARE * (told_at - started_at))

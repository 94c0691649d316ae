"""Signatures made ahead in other processes, while this one sends.

A signature depends on nothing that the ledger decides, and an RSA one takes longer than all the rest of a message. So
those who come next are signed before their turn; whoever is then skipped has a signature that nobody uses. Nothing but
speed depends on these processes: where they do not answer, the sender signs by itself.
"""

import asyncio
import os
import pickle
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter

from msgspec import Struct

from rtesmail.delivery.clock import Clock
from rtesmail.model.edition import Edition
from rtesmail.model.mailing import Mailing, Recipient
from rtesmail.model.publication import TransportSettings, Workspace

WORTH_IT = 1000
"""Fewer people are written to before another process has got going."""

Recipe = tuple[Workspace, Edition, Mailing, TransportSettings]
"""What a composer is made of (`composer_of`). Secrets and keys are read from their places again, never handed over."""

LENGTH = struct.Struct("!I")
"""Before each answer of a process stands how many bytes it has."""

_STOCK = 128
_AT_ONCE = 32
_MOST_PROCESSES = 3
_PATIENCE_SECONDS = 5.0
# A message's Date is the moment of its signature: one left over from before a pause is made anew.
_FRESH = timedelta(minutes=1)
_values_of = attrgetter(*Recipient.__struct_fields__)


class Signed(Struct, frozen=True):
    """The signature fields of one message; its Date must be of this moment for them to be right."""

    moment: datetime
    fields: bytes


class SignaturesAhead:
    """Keeps a stock of signatures for those who come next in each pace group."""

    def __init__(
        self,
        recipe: Recipe,
        upcoming: Callable[[str, int, int], Sequence[Recipient]],
        signature_of: Callable[[Recipient, datetime], bytes],
        now: Clock,
    ) -> None:
        """`upcoming` gives who comes next in a pace group: after a delivery, at most so many, in order.

        `signature_of` is the sender's own: the first signature of each process is held against it, since a key or a
        program may have been replaced between the two starts (both kinds of signature are deterministic).
        """
        self._recipe, self._upcoming, self._signature_of, self._now = recipe, upcoming, signature_of, now
        self._desks: list[_Desk] = []
        self._asked: dict[str, deque[int]] = {}
        self._desk_of: dict[int, _Desk] = {}

    async def open(self) -> None:
        """Start the processes, on all cores but the sender's own."""
        with suppress(OSError):
            for _number in range(min(_MOST_PROCESSES, _cores() - 1)):
                self._desks.append(await _Desk.open(self._recipe))

    def claimed(self, people: Iterable[tuple[str, Recipient]]) -> None:
        """Learn whose turn it is, with their pace groups; have those signed who come after them."""
        first_attempts: dict[str, list[int]] = {}
        for group, person in people:
            if person.attempts == 1:
                first_attempts.setdefault(group, []).append(person.delivery)
        for group, deliveries in first_attempts.items():
            self._keep_stock(group, deliveries)

    async def take(self, recipient: Recipient) -> Signed | None:
        """Give a signature made ahead, once; None when there is none to be used."""
        desk = self._desk_of.pop(recipient.delivery, None)
        signed = None if desk is None else await desk.take(recipient.delivery)
        if desk is None or signed is None or abs(self._now() - signed.moment) >= _FRESH:
            return None
        if not desk.is_proven:
            desk.is_proven = signed.fields == self._signature_of(recipient, signed.moment)
        if not desk.is_proven:
            desk.give_up()
            return None
        return signed

    async def close(self) -> None:
        """End the processes at once; they hold nothing that could be lost."""
        await asyncio.gather(*(desk.close() for desk in self._desks))

    def _keep_stock(self, group: str, claimed: Sequence[int]) -> None:
        asked = self._asked.setdefault(group, deque())
        while asked and asked[0] <= claimed[-1]:
            delivery = asked.popleft()
            # Deliveries are claimed in order: who stands before the first of these was skipped.
            if delivery < claimed[0] and (desk := self._desk_of.pop(delivery, None)) is not None:
                desk.forget(delivery)
        open_desks = [desk for desk in self._desks if desk.is_ready]
        if not open_desks or len(self._desk_of) >= _STOCK or len(asked) >= _STOCK // 2:
            return
        people = self._upcoming(group, asked[-1] if asked else claimed[-1], _AT_ONCE * len(open_desks))
        for number, desk in enumerate(open_desks):
            share = people[number * _AT_ONCE : (number + 1) * _AT_ONCE]
            if share:
                desk.ask(self._now(), share)
                asked.extend(person.delivery for person in share)
                self._desk_of.update((person.delivery, desk) for person in share)


def _cores() -> int:
    # Only Linux tells which of the machine's cores this process may use.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class _Desk:
    """One process that signs: it is asked for many signatures at once and gives them back as they are made."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process, self._reader, self._writer = process, reader, writer
        self._awaited: dict[int, asyncio.Future[Signed | None]] = {}
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._listening = asyncio.create_task(self._listen())
        self._alarm = self._loop.call_later(_PATIENCE_SECONDS, self._look)
        self.is_ready = False
        self.is_proven = False

    @classmethod
    async def open(cls, recipe: Recipe) -> "_Desk":
        """Start a process; it says by itself when it is ready."""
        ours, theirs = socket.socketpair()
        with theirs:
            # Without -P a file in the current folder could take the place of a module. In a session of its own, since
            # a Ctrl-C is for the sender; it ends when the sender's end of the line is closed, for whatever reason.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "rtesmail.delivery.signing.process", str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        writer.write(pickle.dumps(recipe))
        return cls(process, reader, writer)

    def ask(self, moment: datetime, people: Sequence[Recipient]) -> None:
        if not self._awaited:
            self._heard_at = self._loop.time()
        # Tuples: whole recipients take several times as long to be packed.
        self._writer.write(pickle.dumps((moment, [_values_of(person) for person in people])))
        self._awaited.update((person.delivery, self._loop.create_future()) for person in people)

    async def take(self, delivery: int) -> Signed | None:
        try:
            return await self._awaited[delivery]
        finally:
            self.forget(delivery)

    def forget(self, delivery: int) -> None:
        self._awaited.pop(delivery, None)

    def give_up(self) -> None:
        """Have nothing more signed here; who waits for a signature learns that there is none."""
        self.is_ready = False
        self._alarm.cancel()
        self._writer.close()
        for awaited in self._awaited.values():
            if not awaited.done():
                awaited.set_result(None)

    async def close(self) -> None:
        self.give_up()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._listening.cancel()
        await asyncio.gather(self._listening, self._process.wait(), return_exceptions=True)

    async def _listen(self) -> None:
        try:
            while True:
                (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                moment, answers = pickle.loads(await self._reader.readexactly(length))
                self._heard_at = self._loop.time()
                self.is_ready = True
                for delivery, signature in answers:
                    awaited = self._awaited.get(delivery)
                    if awaited is not None and not awaited.done():
                        awaited.set_result(Signed(moment, signature))
        except (asyncio.IncompleteReadError, OSError):
            self.give_up()

    def _look(self) -> None:
        """A process that was stopped, or has no core to run on, holds up nobody."""
        is_silent = self._loop.time() - self._heard_at > _PATIENCE_SECONDS
        if is_silent and any(not awaited.done() for awaited in self._awaited.values()):
            self.give_up()
        else:
            self._alarm = self._loop.call_later(_PATIENCE_SECONDS, self._look)

"""A connection to a mail server, secured and logged in: writes bytes, gives replies.

A buffered protocol of our own: the transaction needs to know which bytes have left this process, and several commands
may wait for their replies at once (RFC 2920).
"""

import asyncio
from collections import deque
from gettext import gettext as _

from msgspec import Struct

_LONGEST_LINE = 8192
_MOST_LINES = 100
_BUFFER_BYTES = 16384
_SEND_BUFFER_BYTES = 512 * 1024


class Reply(Struct, frozen=True):
    """A server's reply: its code, and its words with one line each."""

    code: int
    text: str


class Abilities(Struct, frozen=True):
    """What the server offers that the transaction makes use of; `largest` 0 means that no size was declared."""

    has_pipelining: bool = False
    has_size: bool = False
    has_utf8: bool = False
    largest: int = 0


class LostConnectionError(ConnectionError):
    """The connection ended, or what came over it was no SMTP."""


class SmtpSession(asyncio.BufferedProtocol):
    """One connection. Used by one transaction at a time."""

    def __init__(self, transport: asyncio.Transport, abilities: Abilities) -> None:
        """Take over a connection on which nothing is under way."""
        self.abilities = abilities
        self.transactions = 0
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._buffer = bytearray(_BUFFER_BYTES)
        self._received = b""
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None
        self._is_full = False
        self._flushed: asyncio.Future[None] | None = None
        self._trouble: Exception | None = None
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        _widen(transport)
        # Told as soon as anything waits in our own buffer, and again when nothing does.
        transport.set_write_buffer_limits(high=0)
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Tell whether the connection can take a new transaction: a reply that nobody asked for is a goodbye."""
        return self._trouble is None and not self._transport.is_closing() and not self._replies

    def write(self, content: bytes) -> bool:
        """Hand bytes to the system; tell whether all of them have left this process.

        Raises:
            LostConnectionError: the connection is gone, and none of these bytes left.
        """
        if self._trouble is not None or self._transport.is_closing():
            raise self._lost()
        self._transport.write(content)
        if self._transport.is_closing():
            raise self._lost()
        return not self._is_full

    async def flush(self, seconds: float) -> None:
        """Wait until all bytes written have left this process.

        Raises:
            LostConnectionError: the connection ended with some of them still here, or they did not leave in time.
        """
        if not self._is_full:
            return
        self._flushed = self._loop.create_future()
        await self._wait(self._flushed, seconds)

    async def replies(self, number: int, seconds: float) -> list[Reply]:
        """Wait for so many replies; give fewer, but at least one, when the connection ended after them.

        Raises:
            LostConnectionError: the connection ended without a reply, or none came in time; it is closed then.
        """
        if len(self._replies) < number:
            self._wanted = number
            self._waiter = self._loop.create_future()
            try:
                await self._wait(self._waiter, seconds)
            except LostConnectionError:
                if not self._replies:
                    raise
        return [self._replies.popleft() for _reply in range(min(number, len(self._replies)))]

    async def reply(self, seconds: float) -> Reply:
        """Wait for one reply, as `replies`."""
        return (await self.replies(1, seconds))[0]

    async def quit(self, seconds: float) -> None:
        """Say goodbye and close, whatever the answer."""
        try:
            self.write(b"QUIT\r\n")
            await self.replies(1, seconds)
        except LostConnectionError:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Cut the connection at once."""
        self._fail(LostConnectionError(_("it was cut here")))

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        received = self._received + self._buffer[:nbytes]
        *lines, self._received = received.split(b"\n")
        for line in lines:
            self._take(line)
            if self._trouble is not None:
                # What follows nonsense answers nothing that was asked.
                return
        if len(self._received) > _LONGEST_LINE:
            self._fail(LostConnectionError(_("the server gave a reply without an end")))
        if self._waiter is not None and len(self._replies) >= self._wanted:
            _wake(self._waiter)

    def eof_received(self) -> None:
        self._fail(LostConnectionError(_("the server hung up")))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or LostConnectionError(_("the connection ended")))

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        if self._flushed is not None:
            _wake(self._flushed)

    def _take(self, line: bytes) -> None:
        line = line.removesuffix(b"\r")
        code = line[:3]
        if not code.isdigit() or line[3:4] not in (b" ", b"-", b"") or len(self._lines) >= _MOST_LINES:
            said = line[:200].decode("utf-8", "replace")
            self._fail(LostConnectionError(_("the server gave no SMTP reply but: {words}").format(words=said)))
            return
        self._lines.append(line[4:])
        if line[3:4] == b"-":
            return
        text = b"\n".join(self._lines).decode("utf-8", "surrogateescape")
        self._lines.clear()
        self._replies.append(Reply(int(code), text))

    async def _wait(self, future: "asyncio.Future[None]", seconds: float) -> None:
        if self._trouble is not None:
            raise self._lost()
        self._deadline = self._loop.time() + seconds
        if self._alarm is None or self._alarm.when() > self._deadline:
            self._set_alarm()
        try:
            await future
        finally:
            self._deadline = 0.0
        if self._trouble is not None:
            raise self._lost()

    def _set_alarm(self) -> None:
        """One timer for a whole connection: most waits are over long before it rings."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if not self._deadline:
            return
        if self._loop.time() >= self._deadline:
            self._fail(LostConnectionError(_("the server gave no answer in time")))
        else:
            self._set_alarm()

    def _fail(self, trouble: Exception) -> None:
        if self._trouble is None:
            self._trouble = trouble
            self._transport.abort()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for future in (self._waiter, self._flushed):
            if future is not None:
                _wake(future)

    def _lost(self) -> LostConnectionError:
        trouble = self._trouble or LostConnectionError(_("the connection ended"))
        return trouble if isinstance(trouble, LostConnectionError) else LostConnectionError(str(trouble))


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _widen(transport: asyncio.Transport) -> None:
    """Let the system take a whole newsletter at once."""
    import socket

    known = transport.get_extra_info("socket")
    if known is not None:
        known.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

"""The way out over SMTP: a pool of connections to one server."""

import asyncio
from collections.abc import Sequence
from gettext import gettext as _

from rtesmail.delivery.transports.credentials import read_password
from rtesmail.delivery.transports.smtp.connecting import SmtpServer, UnreachableError
from rtesmail.delivery.transports.smtp.replies import CLOSING
from rtesmail.delivery.transports.smtp.session import LostConnectionError, SmtpSession
from rtesmail.delivery.transports.smtp.transaction import Timeouts, transact
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import LOOPBACK, TransportSettings
from rtesmail.model.security import Security

_LONGEST_REST = 60.0
_GOODBYE_SECONDS = 2.0


class SmtpTransport:
    """Opens connections as they are needed.

    A server that takes fewer connections than configured is used with those that it takes. One that sends a
    connection away (421) gets no other in its place until that one has rested: twice as long each time in a row.
    """

    def __init__(self, settings: TransportSettings, *, timeouts: Timeouts | None = None) -> None:
        """Raise WorkspaceError when a named secret or certificate cannot be read."""
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        self._server = SmtpServer(settings, _password(settings), self._timeouts)
        self._idle: list[SmtpSession] = []
        self._sessions: set[SmtpSession] = set()
        self._opening = 0
        self._allowed = max(1, settings.connections)
        self._resting = 0
        self._rest = float(settings.rest_seconds)
        self._freed = asyncio.Event()
        self._is_cut = False

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def connections(self) -> int:
        return self._allowed

    @property
    def batch_size(self) -> int:
        return 1

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand messages over one by one, on a free connection or a new one."""
        return [await self._deliver(message) for message in messages]

    def abort(self) -> None:
        self._is_cut = True
        self._freed.set()
        for session in self._sessions:
            session.close()
        self._idle.clear()

    async def close(self) -> None:
        idle = [session for session in self._idle if session.is_open]
        await asyncio.gather(*(session.quit(_GOODBYE_SECONDS) for session in idle))
        self.abort()
        self._sessions.clear()

    async def _deliver(self, message: Message) -> Outcome:
        try:
            session = await self._take()
        except (asyncio.CancelledError, LostConnectionError):
            return Outcome(message.delivery, DeliveryState.PENDING, reply=_("stopped before a connection was made"))
        try:
            outcome = await transact(session, message, self._timeouts)
        except BaseException:
            self._drop(session)
            raise
        if outcome.code == CLOSING:
            self._let_rest()
        elif outcome.state is DeliveryState.ACCEPTED:
            self._rest = float(self._settings.rest_seconds)
        await self._give_back(session)
        return outcome

    async def _take(self) -> SmtpSession:
        while True:
            if self._is_cut:
                raise LostConnectionError("cut")
            while self._idle:
                session = self._idle.pop()
                if session.is_open:
                    return session
                self._drop(session)
            if len(self._sessions) + self._opening + self._resting < self._allowed:
                opened = await self._open()
                if opened is not None:
                    return opened
                continue
            self._freed.clear()
            await self._freed.wait()

    async def _open(self) -> SmtpSession | None:
        """Open one more connection; None when the server takes no more than there are."""
        self._opening += 1
        try:
            session = await self._server.open()
        except UnreachableError as error:
            others = len(self._sessions) + self._opening - 1
            if others == 0:
                raise self._server.unreachable(error) from error
            self._allowed = others + self._resting
            return None
        finally:
            self._opening -= 1
            self._freed.set()
        self._sessions.add(session)
        return session

    async def _give_back(self, session: SmtpSession) -> None:
        most = self._settings.messages_per_connection
        if session.is_open and most and session.transactions >= most:
            await session.quit(_GOODBYE_SECONDS)
        if session.is_open and not self._is_cut:
            self._idle.append(session)
            self._freed.set()
        else:
            self._drop(session)

    def _drop(self, session: SmtpSession) -> None:
        session.close()
        self._sessions.discard(session)
        self._freed.set()

    def _let_rest(self) -> None:
        """Keep one connection's place empty for a while (RFC 5321 section 3.8)."""
        if not self._rest:
            return
        self._resting += 1
        asyncio.get_running_loop().call_later(self._rest, self._rested)
        self._rest = min(2 * self._rest, _LONGEST_REST)

    def _rested(self) -> None:
        self._resting -= 1
        self._freed.set()


def _password(settings: TransportSettings) -> str:
    """Read the password of the user name, if there is one.

    Raises:
        WorkspaceError: it is missing, or would cross the network in clear.
    """
    if not settings.username:
        return ""
    if settings.security is Security.NONE and settings.host not in LOOPBACK:
        raise WorkspaceError(
            _("Transport {name} would send its password in clear to {host}.").format(
                name=settings.name, host=settings.host
            ),
            hint=_('Set security = "starttls" or "tls" in rtesmail.toml.'),
        )
    return read_password(settings)

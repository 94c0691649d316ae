"""The way out over SMTP. aiosmtplib connects, secures and logs in; the transaction is ours."""

import asyncio
import base64
import os
import ssl
from collections.abc import Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery.transports.contract import CallBook
from rtesmail.delivery.transports.smtp_replies import plain_words
from rtesmail.delivery.transports.smtp_transaction import Timeouts, transact
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import SmtpSecurity, TransportSettings

if TYPE_CHECKING:
    from aiosmtplib import SMTP

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SmtpTransport:
    """A pool of connections to one server, opened as they are needed.

    A server that takes fewer connections than configured is used with those that it takes.
    """

    def __init__(
        self, settings: TransportSettings, calls: CallBook | None = None, *, timeouts: Timeouts | None = None
    ) -> None:
        """Raise WorkspaceError when a named secret or certificate cannot be read."""
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        read_password(settings)
        self._tls = tls_context(settings)
        self._idle: list[SMTP] = []
        self._clients: set[SMTP] = set()
        self._opening = 0
        self._allowed = max(1, settings.connections)
        self._freed = asyncio.Event()
        self._local_hostname: str | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def connections(self) -> int:
        return self._allowed

    @property
    def batch_size(self) -> int:
        return 1

    @property
    def takes_parts(self) -> bool:
        return False

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand messages over one by one, on a free connection or a new one."""
        return [await self._deliver(message) for message in messages]

    async def _deliver(self, message: Message) -> Outcome:
        try:
            client = await self._take()
        except asyncio.CancelledError:
            return Outcome(message.delivery, DeliveryState.PENDING, reply=_("stopped before a connection was made"))
        try:
            return await transact(client, message, self._timeouts)
        finally:
            self._give_back(client)

    def abort(self) -> None:
        for client in list(self._clients):
            client.close()
        self._idle.clear()

    async def close(self) -> None:
        from aiosmtplib import SMTPException

        for client in self._idle:
            try:
                await client.quit(timeout=2)
            except (SMTPException, OSError):
                client.close()
        self.abort()
        self._clients.clear()

    async def _take(self) -> "SMTP":
        while True:
            while self._idle:
                client = self._idle.pop()
                if client.is_connected:
                    return client
                self._clients.discard(client)
            if len(self._clients) + self._opening < self._allowed:
                client_or_none = await self._open()
                if client_or_none is not None:
                    return client_or_none
                continue
            self._freed.clear()
            await self._freed.wait()

    async def _open(self) -> "SMTP | None":
        """Open one more connection; None when the server takes no more than there are."""
        self._opening += 1
        try:
            client = await self._connect()
        except (OSError, _UnreachableError) as error:
            others = len(self._clients) + self._opening - 1
            if others == 0:
                raise self._unreachable(error) from error
            self._allowed = others
            return None
        finally:
            self._opening -= 1
            self._freed.set()
        self._clients.add(client)
        return client

    def _give_back(self, client: "SMTP") -> None:
        if client.is_connected:
            self._idle.append(client)
        else:
            self._clients.discard(client)
        self._freed.set()

    async def _connect(self) -> "SMTP":
        from aiosmtplib import SMTP, SMTPConnectError, SMTPException, SMTPServerDisconnected, SMTPTimeoutError

        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=self._timeouts.greeting,
            use_tls=settings.security is SmtpSecurity.TLS,
            start_tls=False,
            tls_context=self._tls,
            local_hostname=await self._own_name(),
        )
        try:
            await client.connect()
            await client.ehlo()
            if settings.security is SmtpSecurity.STARTTLS:
                await client.starttls()
                await client.ehlo()
            if settings.username:
                await self._log_in(client)
        except (SMTPConnectError, SMTPServerDisconnected, SMTPTimeoutError) as error:
            client.close()
            if isinstance(error.__cause__, ssl.SSLError):
                raise self._untrusted(error.__cause__) from None
            raise _UnreachableError(plain_words(str(error))) from error
        except ssl.SSLError as error:
            client.close()
            raise self._untrusted(error) from None
        except SMTPException as error:
            client.close()
            raise StoppedError(
                _("The mail server {host}:{port} cannot be used: {reason}").format(
                    host=settings.host, port=settings.port, reason=plain_words(str(error))
                ),
                hint=_("Check the transport {name} in rtesmail.toml.").format(name=settings.name),
            ) from None
        except BaseException:
            client.close()
            raise
        return client

    async def _log_in(self, client: "SMTP") -> None:
        from aiosmtplib import SMTPServerDisconnected, SMTPTimeoutError
        from aiosmtplib.errors import SMTPException

        settings = self._settings
        password = read_password(settings)
        try:
            await client.login(settings.username, password)
        except (SMTPServerDisconnected, SMTPTimeoutError):
            raise
        except SMTPException as error:
            raise StoppedError(
                _("The mail server {host} refuses the login of {username}: {reason}").format(
                    host=settings.host, username=settings.username, reason=_without(password, plain_words(str(error)))
                ),
                hint=_("Check the user name and the password of transport {name}, then run it again.").format(
                    name=settings.name
                ),
                # The library's error may hold what was sent; it must not reach a log.
            ) from None

    async def _own_name(self) -> str:
        if self._local_hostname is None:
            import socket

            name = await asyncio.to_thread(socket.getfqdn)
            # RFC 5321 section 4.1.3: an address literal when there is no usable name.
            self._local_hostname = name if name.isascii() and "." in name else "[127.0.0.1]"
        return self._local_hostname

    def _unreachable(self, error: Exception) -> StoppedError:
        return StoppedError(
            _("The mail server {host}:{port} cannot be reached: {reason}").format(
                host=self._settings.host, port=self._settings.port, reason=plain_words(str(error))
            ),
            hint=_("Check the network and the transport {name} in rtesmail.toml, then run it again.").format(
                name=self._settings.name
            ),
        )

    def _untrusted(self, error: ssl.SSLError) -> StoppedError:
        reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
        return StoppedError(
            _("The certificate of {host}:{port} cannot be trusted: {reason}").format(
                host=self._settings.host, port=self._settings.port, reason=plain_words(reason)
            ),
            hint=_("Check the host name; give ca_file in transport {name} for a private authority.").format(
                name=self._settings.name
            ),
        )


class _UnreachableError(Exception):
    """No connection could be made, for now."""


def read_password(settings: TransportSettings) -> str:
    """Read the secret named by the settings, empty when they name none.

    Raises:
        WorkspaceError: the variable or file is missing or empty, or the login would cross the network in clear.
    """
    if not settings.username:
        return ""
    if settings.security is SmtpSecurity.NONE and settings.host not in _LOOPBACK:
        raise WorkspaceError(
            _("Transport {name} would send its password in clear to {host}.").format(
                name=settings.name, host=settings.host
            ),
            hint=_('Set security = "starttls" or "tls" in rtesmail.toml.'),
        )
    if settings.password_env:
        password = os.environ.get(settings.password_env, "")
        place = _("the environment variable {name}").format(name=settings.password_env)
    elif settings.password_file is not None:
        password, place = _file_text(settings), str(settings.password_file)
    else:
        password, place = "", _("password_env or password_file")
    if not password:
        raise WorkspaceError(
            _("Transport {name} has a user name but no password: {place} is missing or empty.").format(
                name=settings.name, place=place
            ),
            hint=_("Set it where this command runs (for cron, in the crontab or a file readable by its user only)."),
        )
    return password


def tls_context(settings: TransportSettings) -> ssl.SSLContext | None:
    """Trust the system's authorities and the private one, and check the host name.

    Raises:
        WorkspaceError: `ca_file` cannot be read.
    """
    if settings.security is SmtpSecurity.NONE:
        return None
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:
            raise WorkspaceError(
                _("The certificates in {path} cannot be read: {reason}").format(path=settings.ca_file, reason=error),
                hint=_("Correct ca_file in transport {name} of rtesmail.toml.").format(name=settings.name),
            ) from error
    return context


def _file_text(settings: TransportSettings) -> str:
    if settings.password_file is None:
        return ""
    try:
        return settings.password_file.read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            _("The password file {path} cannot be read.").format(path=settings.password_file),
            hint=_("Check that it exists, that it is UTF-8 text and that this user may read it."),
        ) from error


def _without(secret: str, words: str) -> str:
    """Keep a secret that a server echoes out of its words."""
    for shape in (secret, base64.b64encode(secret.encode()).decode()):
        words = words.replace(shape, "***")
    return words

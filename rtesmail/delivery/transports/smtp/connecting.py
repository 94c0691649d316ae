"""Open a connection to a mail server: greeted, secured and logged in by aiosmtplib, then taken over."""

import asyncio
import base64
import socket
import ssl
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery.transports.smtp.replies import plain_words
from rtesmail.delivery.transports.smtp.session import Abilities, SmtpSession
from rtesmail.delivery.transports.smtp.transaction import Timeouts
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.publication import TransportSettings
from rtesmail.model.security import Security
from rtesmail.model.system_words import is_unknown_name, system_words

if TYPE_CHECKING:
    from aiosmtplib import SMTP


_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class UnreachableError(Exception):
    """No connection could be made, for now."""


class SmtpServer:
    """The server that the settings name, to connect to."""

    def __init__(self, settings: TransportSettings, password: str, timeouts: Timeouts) -> None:
        """Raise WorkspaceError when the certificates cannot be read."""
        self._settings, self._password, self._timeouts = settings, password, timeouts
        self._tls = tls_context(settings)
        self._local_hostname: str | None = None

    async def open(self) -> SmtpSession:
        """Open one connection.

        Raises:
            UnreachableError: the server cannot be reached or takes no more connections now.
            StoppedError: it refuses the login, its certificate cannot be trusted, or it speaks no SMTP.
        """
        from aiosmtplib import SMTP, SMTPConnectError, SMTPException, SMTPServerDisconnected, SMTPTimeoutError

        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=self._timeouts.greeting,
            use_tls=settings.security is Security.TLS,
            start_tls=False,
            tls_context=self._tls,
            local_hostname=await self._own_name(),
        )
        try:
            await self._greet(client)
            return _taken_over(client)
        except (SMTPConnectError, SMTPServerDisconnected, SMTPTimeoutError) as error:
            client.close()
            if isinstance(error.__cause__, ssl.SSLError):
                raise self._untrusted(error.__cause__) from None
            raise UnreachableError(_why(error)) from error
        except ssl.SSLError as error:
            client.close()
            raise self._untrusted(error) from None
        except SMTPException as error:
            client.close()
            raise StoppedError(
                _("The mail server {host}:{port} cannot be used: {reason}").format(
                    host=settings.host, port=settings.port, reason=_server_words(error)
                ),
                hint=_("Check the transport {name} in rtesmail.toml.").format(name=settings.name),
            ) from None
        except OSError as error:
            client.close()
            raise UnreachableError(plain_words(system_words(error))) from error
        except BaseException:
            client.close()
            raise

    def unreachable(self, error: Exception) -> StoppedError:
        """Say that no connection at all could be opened."""
        settings = self._settings
        hint = _("Check the network and the transport {name} in rtesmail.toml, then run it again.")
        if settings.host in _HERE:
            hint = _(
                "Check the network and the transport {name} in rtesmail.toml, then run it again. To try without a "
                "server, take a transport whose kind is outbox: --transport NAME"
            )
        return StoppedError(
            _("The mail server {host}:{port} cannot be reached: {reason}").format(
                host=settings.host, port=settings.port, reason=_why(error)
            ),
            hint=hint.format(name=settings.name),
        )

    async def _greet(self, client: "SMTP") -> None:
        await client.connect()
        await client.ehlo()
        if self._settings.security is Security.STARTTLS:
            await client.starttls()
            await client.ehlo()
        if self._settings.username:
            await self._log_in(client)

    async def _log_in(self, client: "SMTP") -> None:
        from aiosmtplib import SMTPServerDisconnected, SMTPTimeoutError
        from aiosmtplib.errors import SMTPException

        settings = self._settings
        try:
            await client.login(settings.username, self._password)
        except (SMTPServerDisconnected, SMTPTimeoutError):
            raise
        except SMTPException as error:
            raise StoppedError(
                _("The mail server {host} refuses the login of {username}: {reason}").format(
                    host=settings.host,
                    username=settings.username,
                    reason=_without(self._password, _server_words(error)),
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


def tls_context(settings: TransportSettings) -> ssl.SSLContext | None:
    """Trust the system's authorities and the private one, and check the host name.

    Raises:
        WorkspaceError: `ca_file` cannot be read.
    """
    if settings.security is Security.NONE:
        return None
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:
            raise WorkspaceError(
                _("The certificates in {path} cannot be read: {reason}").format(
                    path=settings.ca_file, reason=system_words(error)
                ),
                hint=_("Correct ca_file in transport {name} of rtesmail.toml.").format(name=settings.name),
            ) from error
    return context


def _taken_over(client: "SMTP") -> SmtpSession:
    from aiosmtplib import SMTPServerDisconnected

    transport = client.transport
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        raise SMTPServerDisconnected("the connection ended")
    declared = client.esmtp_extensions.get("size", "")
    abilities = Abilities(
        has_pipelining=client.supports_extension("pipelining"),
        has_size=client.supports_extension("size"),
        has_utf8=client.supports_extension("smtputf8"),
        largest=int(declared) if declared.isdigit() else 0,
    )
    return SmtpSession(transport, abilities)


def _server_words(error: Exception) -> str:
    """Give what a server said, with its code, else what the library says."""
    from aiosmtplib.errors import SMTPResponseException

    if isinstance(error, SMTPResponseException):
        return plain_words(f"{error.code} {error.message}")
    return plain_words(str(error))


def _without(secret: str, words: str) -> str:
    """Keep a secret that a server echoes out of its words."""
    for shape in (secret, base64.b64encode(secret.encode()).decode()):
        words = words.replace(shape, "***")
    return words


def _why(error: Exception) -> str:
    """Say why no connection came about; what the machine says of it, when it is none of the usual reasons."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return _("no server answers there.")
        if isinstance(cause, socket.gaierror):
            if is_unknown_name(cause):
                return _("this name is not known.")
            return _("the name server gives no answer about this name.")
        if isinstance(cause, TimeoutError):
            return _("no answer in time.")
        cause = cause.__cause__ or cause.__context__
    cause = error.__cause__
    return plain_words(system_words(cause if isinstance(cause, OSError) and cause.errno else error))

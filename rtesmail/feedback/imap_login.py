"""A session with an IMAP server: connected, encrypted, its certificate verified, logged in."""

import socket
import ssl
from contextlib import suppress
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.feedback.credentials import read_secret
from rtesmail.feedback.notices import one_line
from rtesmail.model.errors import RtesmailError, StoppedError, WorkspaceError
from rtesmail.model.mailboxes import MailboxSettings
from rtesmail.model.security import Security
from rtesmail.model.system_words import is_unknown_name, system_words

if TYPE_CHECKING:
    from imapclient import IMAPClient

_CONNECT_SECONDS, _READ_SECONDS = 20.0, 60.0
_MOST_TOLD = 300


def open_session(settings: MailboxSettings) -> "IMAPClient":
    """Connect and log in.

    Raises:
        WorkspaceError: the secret is missing, or cannot be sent to this server.
        StoppedError: the server cannot be reached, its certificate is not trusted, or it refuses the login.
    """
    secret = read_secret(settings)
    client = _connected(settings)
    try:
        _log_in(client, settings, secret)
    except BaseException:
        _let_go(client)
        raise
    client.normalise_times = False
    return client


def told(error: BaseException, secret: str = "") -> str:
    """Give what a server or the system said, in one line, without the secret whatever repeats it."""
    words = system_words(error)
    words = words.removeprefix("b'").removesuffix("'") if words.startswith("b'") else words
    if secret:
        words = words.replace(secret, "…")
    return one_line(words)[:_MOST_TOLD] or type(error).__name__


def _connected(settings: MailboxSettings) -> "IMAPClient":
    from imapclient import IMAPClient, SocketTimeout
    from imapclient.exceptions import IMAPClientError

    context = _tls(settings)
    try:
        client = IMAPClient(
            settings.host.strip("[]"),
            settings.port,
            ssl=settings.security is Security.TLS,
            ssl_context=context,
            timeout=SocketTimeout(_CONNECT_SECONDS, _READ_SECONDS),
        )
    except (OSError, IMAPClientError, EOFError) as error:
        raise _unreachable(settings, error) from error
    if settings.security is not Security.STARTTLS:
        return client
    try:
        client.starttls(context)
    except (OSError, IMAPClientError, EOFError) as error:
        _let_go(client)
        raise _unreachable(settings, error) from error
    return client


def _let_go(client: "IMAPClient") -> None:
    # A handshake that failed has closed the socket already.
    with suppress(OSError):
        client.shutdown()


def _tls(settings: MailboxSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if settings.ca_file is not None:
            context.load_verify_locations(settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise WorkspaceError(
            _("The certificates in {path} cannot be read.").format(path=settings.ca_file),
            hint=_("ca_file must name a file of PEM certificates that this user may read."),
        ) from error
    return context


def _log_in(client: "IMAPClient", settings: MailboxSettings, secret: str) -> None:
    from imapclient.exceptions import IMAPClientError

    try:
        if settings.token_command:
            _log_in_with_token(client, settings, secret)
        elif client.has_capability("AUTH=PLAIN"):
            # In UTF-8 (RFC 4616), where LOGIN knows ASCII only.
            client.plain_login(settings.username, secret)
        elif secret.isascii() and settings.username.isascii():
            client.login(settings.username, secret)
        else:
            raise WorkspaceError(
                _("Mailbox {name}: this server takes no password with letters beyond ASCII.").format(
                    name=settings.name
                ),
                hint=_("Choose another password for this mailbox."),
            )
    except RtesmailError:
        raise
    except (OSError, EOFError, client.AbortError) as error:
        raise _unreachable(settings, error, secret) from None
    except IMAPClientError as error:
        # Without its cause: what is printed with --debug must not hold the secret either.
        raise StoppedError(
            _("Mailbox {name}: {host} refuses the login of {user}: {reason}").format(
                name=settings.name, host=settings.host, user=settings.username, reason=told(error, secret)
            ),
            hint=_("Check username and the password or token in [mailboxes.{name}].").format(name=settings.name),
        ) from None


def _log_in_with_token(client: "IMAPClient", settings: MailboxSettings, token: str) -> None:
    """OAUTHBEARER (RFC 7628) where the server has it, else XOAUTH2, which came before it."""
    if client.has_capability("AUTH=OAUTHBEARER"):
        client.oauthbearer_login(settings.username, token)
    elif client.has_capability("AUTH=XOAUTH2"):
        client.oauth2_login(settings.username, token)
    else:
        raise WorkspaceError(
            _("Mailbox {name}: {host} takes no OAuth2 tokens.").format(name=settings.name, host=settings.host),
            hint=_("Use password_env or password_file instead of token_command."),
        )


def _unreachable(settings: MailboxSettings, error: BaseException, secret: str = "") -> StoppedError:
    place = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return StoppedError(
            _("Mailbox {name}: the certificate of {place} is not trusted: {reason}").format(
                name=settings.name, place=place, reason=error.verify_message
            ),
            hint=_("Check the host's name; for an authority of your own, name its file in ca_file."),
        )
    if isinstance(error, ssl.SSLError):
        reason = _("it does not speak TLS as configured ({reason})").format(reason=error.reason or told(error))
    elif isinstance(error, socket.gaierror):
        silent = _("the name server gives no answer about this name")
        reason = _("no such server") if is_unknown_name(error) else silent
    elif isinstance(error, TimeoutError):
        reason = _("it does not answer")
    else:
        reason = told(error, secret)
    return StoppedError(
        _("Mailbox {name}: {place} cannot be reached: {reason}").format(name=settings.name, place=place, reason=reason),
        hint=_("Check host, port and security in [mailboxes.{name}], then run the same command again.").format(
            name=settings.name
        ),
    )

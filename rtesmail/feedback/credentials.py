"""What opens a mailbox: a password, or a token that a program gives; read where it stands, shown nowhere."""

import subprocess
from gettext import gettext as _

from rtesmail.content.passwords import named_password
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailboxes import MailboxSettings
from rtesmail.model.system_words import system_words

_MOST_SECONDS = 60.0
_MOST_CHARACTERS = 20_000


def read_secret(settings: MailboxSettings) -> str:
    """Give the password or the OAuth2 access token of a mailbox.

    Raises:
        WorkspaceError: the variable or file is missing, empty or unreadable, or the program gives no token.
    """
    if settings.token_command:
        return _token(settings)

    def lacking(place: str) -> str:
        return _("Mailbox {name} lacks its password: {place} is missing or empty.").format(
            name=settings.name, place=place
        )

    return named_password(settings.password_env, settings.password_file, lacking)


def _token(settings: MailboxSettings) -> str:
    """Run the program and take its first line. What else it says is not shown: it may hold the token."""
    program = settings.token_command[0]
    try:
        done = subprocess.run(
            settings.token_command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _no_token(settings, _("{program} gave none within a minute").format(program=program)) from None
    except OSError as error:
        reason = _("{program} cannot be run: {reason}").format(program=program, reason=system_words(error))
        raise _no_token(settings, reason) from error
    if done.returncode != 0:
        raise _no_token(settings, _("{program} ended with code {code}").format(program=program, code=done.returncode))
    lines = done.stdout[:_MOST_CHARACTERS].split()
    token = lines[0].decode("ascii", "replace") if len(lines) == 1 else ""
    if not token.isascii() or not token:
        raise _no_token(settings, _("{program} printed something else than one token").format(program=program))
    return token


def _no_token(settings: MailboxSettings, reason: str) -> WorkspaceError:
    return WorkspaceError(
        _("Mailbox {name} has no token: {reason}.").format(name=settings.name, reason=reason),
        hint=_(
            "Run token_command of [mailboxes.{name}] by hand, as the same user: it must print the token alone."
        ).format(name=settings.name),
    )

"""What opens a mailbox: a password, or a token that a program gives; read where it stands, shown nowhere."""

import os
import subprocess
from gettext import gettext as _

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailboxes import MailboxSettings

_MOST_SECONDS = 60.0
_MOST_CHARACTERS = 20_000


def read_secret(settings: MailboxSettings) -> str:
    """Give the password or the OAuth2 access token of a mailbox.

    Raises:
        WorkspaceError: the variable or file is missing, empty or unreadable, or the program gives no token.
    """
    if settings.token_command:
        return _token(settings)
    if settings.password_env:
        secret = os.environ.get(settings.password_env, "")
        place = _("the environment variable {name}").format(name=settings.password_env)
    else:
        secret, place = _file_text(settings), str(settings.password_file)
    if not secret:
        raise WorkspaceError(
            _("Mailbox {name} lacks its password: {place} is missing or empty.").format(
                name=settings.name, place=place
            ),
            hint=_("Set it where this command runs (for cron, in the crontab or a file readable by its user only)."),
        )
    return secret


def _file_text(settings: MailboxSettings) -> str:
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
        reason = _("{program} cannot be run: {reason}").format(program=program, reason=error.strerror)
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

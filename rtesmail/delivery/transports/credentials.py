"""Secrets that settings name: read where they stand, shown nowhere."""

import os
from gettext import gettext as _

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import TransportSettings


def read_password(settings: TransportSettings) -> str:
    """Read the password, or a provider's key, that `password_env` or `password_file` names.

    Raises:
        WorkspaceError: the variable or file is missing, empty or unreadable.
    """
    if settings.password_env:
        password = os.environ.get(settings.password_env, "")
        place = _("the environment variable {name}").format(name=settings.password_env)
    elif settings.password_file is not None:
        password, place = _file_text(settings), str(settings.password_file)
    else:
        password, place = "", _("password_env or password_file")
    if not password:
        raise WorkspaceError(
            _("Transport {name} lacks its password or key: {place} is missing or empty.").format(
                name=settings.name, place=place
            ),
            hint=_("Set it where this command runs (for cron, in the crontab or a file readable by its user only)."),
        )
    return password


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

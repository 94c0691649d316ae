"""Passwords and keys that settings name: read where they stand, shown nowhere."""

import os
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.errors import WorkspaceError


def named_password(variable: str, file: Path | None, lacking: Callable[[str], str]) -> str:
    """Give what stands in an environment variable, else in a file; `lacking` says for a place that it is not there.

    Raises:
        WorkspaceError: the variable or file is missing, empty or unreadable.
    """
    if variable:
        password = os.environ.get(variable, "")
        place = _("the environment variable {name}").format(name=variable)
    elif file is not None:
        password, place = _text_of(file), str(file)
    else:
        password, place = "", _("password_env or password_file")
    if not password:
        raise WorkspaceError(
            lacking(place),
            hint=_("Set it where this command runs (for cron, in the crontab or a file readable by its user only)."),
        )
    return password


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            _("The password file {path} cannot be read.").format(path=file),
            hint=_("Check that it exists, that it is UTF-8 text and that this user may read it."),
        ) from error

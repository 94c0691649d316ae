"""What describing any server in `rtesmail.toml` takes: its name, files beside it, and where its password stands."""

import re
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.reading import Reader
from rtesmail.model.quoting import quoted

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST = re.compile(r"[^\s/@\[\]]+|\[[0-9a-fA-F:.]+\]")


def read_host(table: Reader, default: str = "", *, required: bool = False, example: str) -> str:
    """Give the name of a server alone; anything else is noted. Without a default there may be none."""
    host = table.text("host", default, required=required)
    if _HOST.fullmatch(host) or not (host or default):
        return host
    # The host is not shown: `user:password@host` is a common mistake.
    table.wrong("host", "bad-host", _("host should be the name of a server alone."), f'host = "{example}"')
    return default


def read_password_variable(table: Reader, example: str) -> str:
    """Give the name of the environment variable that holds a password; what cannot be one is noted."""
    variable = table.text("password_env")
    if variable and not VARIABLE.fullmatch(variable):
        # The value is not shown either: it may be the password itself.
        table.wrong(
            "password_env",
            "secret-in-clear",
            _("password_env should be the name of an environment variable, not the password."),
            f'password_env = "{example}"',
        )
    return variable


def read_path(table: Reader, key: str, root: Path) -> Path | None:
    """Give a path, relative to the workspace's folder unless it is absolute; None when there is none."""
    value = table.one_line(key)
    if not value:
        return None
    try:
        return root / Path(value).expanduser()
    except RuntimeError:
        table.wrong(
            key, "bad-path", _("{path} names nobody's home folder.").format(path=quoted(value)), _("Write it in full.")
        )
        return None

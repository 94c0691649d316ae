"""The workspace's secret: it lies beside the database, and signs what must be recognised later."""

import os
from contextlib import suppress
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    from sqlite_utils import Database

SECRET_ENV = "RTESMAIL_SECRET"
SECRET_NAME = "secret.key"
_LEAST_SECRET_BYTES = 16


def secrets_beside(store: "Database") -> tuple[bytes, ...]:
    """Give the secrets of the workspace whose database this is, as `secrets_at` does."""
    (_number, _name, path) = next(row for row in store.conn.execute("PRAGMA database_list") if row[1] == "main")
    return secrets_at(Path(path).parent / SECRET_NAME)


def secret_at(path: Path) -> bytes:
    """Give the present secret: `RTESMAIL_SECRET`, or the first line of the file, made at first need.

    Raises:
        WorkspaceError: the secret is too short, or the file cannot be read or made.
    """
    given = os.environ.get(SECRET_ENV, "")
    return _long_enough(given.encode(), SECRET_ENV) if given else _kept(path)[0]


def secrets_at(path: Path) -> tuple[bytes, ...]:
    """Give every secret that something was made with: the present one first, then the older lines of the file.

    Letters stay in mailboxes for years, and who was erased stays so: both must be known again after a change of secret.

    Raises:
        WorkspaceError: a secret is too short, or the file cannot be read or made.
    """
    present = secret_at(path)
    return tuple(dict.fromkeys((present, *(_kept(path) if path.exists() else ()))))


def _kept(path: Path) -> tuple[bytes, ...]:
    try:
        if not path.exists():
            _make_secret(path)
    except OSError as error:
        raise WorkspaceError(
            _("The secret {path} cannot be made: {reason}").format(path=path, reason=system_words(error)),
            hint=_("Check that the file and its folder can be written to and that the disk is not full."),
        ) from error
    try:
        lines = path.read_bytes().strip().splitlines() or [b""]
    except OSError as error:
        raise WorkspaceError(
            _("The secret {path} cannot be read: {reason}").format(path=path, reason=system_words(error)),
            hint=_("This user must own the file; links already sent need the same secret."),
        ) from error
    return tuple(_long_enough(line.strip(), str(path)) for line in lines if line.strip() or len(lines) == 1)


def _make_secret(path: Path) -> None:
    """Make the secret for this user only; of two processes at once, both end with the first one's."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    # A name by chance: one that a killed process left behind must not stand in the way, and numbers come back.
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        os.write(handle, os.urandom(32).hex().encode() + b"\n")
        os.fsync(handle)
        with suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        os.close(handle)
        Path(partial).unlink()


def _long_enough(secret: bytes, place: str) -> bytes:
    if len(secret) < _LEAST_SECRET_BYTES:
        raise WorkspaceError(
            _("The secret in {place} is too short.").format(place=place),
            hint=_("Use at least {count} random characters.").format(count=_LEAST_SECRET_BYTES),
        )
    return secret

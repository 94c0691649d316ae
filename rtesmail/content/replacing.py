"""Replacing a file at once."""

import os
import tempfile
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.errors import RtesmailError, WorkspaceError
from rtesmail.model.system_words import system_words


def replace_file(path: Path, text: str) -> None:
    """Write a text so that the file is at any moment the old one or the new one, whole.

    A link is followed, permissions stay.

    Raises:
        WorkspaceError: it cannot be written; the old file is as it was.
    """
    replace_bytes(path.resolve(), text.encode(), shown=path)


def replace_bytes(target: Path, content: bytes, *, shown: Path | None = None) -> None:
    """Do the same with bytes, and put a file in the place of a link. `shown` is how a person knows the file.

    Raises:
        WorkspaceError: it cannot be written; the old file is as it was.
    """
    draft: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-", suffix=target.suffix)
        draft = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        draft.replace(target)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise WorkspaceError(
            _("{path} cannot be written: {reason}.").format(path=shown or target, reason=system_words(error)),
            hint=_("Check the folder's permissions and that the disk is not full; the old file is as it was."),
        ) from error


def write_asked(path: Path, content: bytes, hint: str) -> None:
    """Do the same where a person has asked for a file by its name, or by its folder's: what is wrong is theirs to say.

    Raises:
        RtesmailError: it cannot be written; `hint` says what to name instead.
    """
    try:
        replace_bytes(path, content)
    except WorkspaceError as error:
        raise RtesmailError(str(error), hint=hint) from error

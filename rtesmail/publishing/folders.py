"""A folder that a web server shows: files in it are replaced at once, nothing outside of it is touched."""

from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.replacing import replace_bytes
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.system_words import system_words


class PublicFolder(Struct, frozen=True):
    """Where files are put by names relative to `root`, with `/` between the parts."""

    root: Path

    def write(self, name: str, content: bytes) -> None:
        """Put a file there so that it is at any moment the old one or the new one, whole; an equal one is left alone.

        Raises:
            WorkspaceError: it cannot be written, or a link leads out of the folder.
        """
        path = self.root / name
        self._refuse_outside(path)
        # What has not changed keeps its time, so that servers and copies see only what has.
        if path.is_symlink() or self.read(name) != content:
            replace_bytes(path, content)

    def remove(self, name: str) -> None:
        """Take a file out, if it is there."""
        path = self.root / name
        if path.parent.is_dir():
            self._refuse_outside(path)
            path.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        """Give a file's content, None when there is none.

        Raises:
            WorkspaceError: it cannot be read.
        """
        path = self.root / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WorkspaceError(
                _("{path} cannot be read: {reason}.").format(path=path, reason=system_words(error)),
                hint=_("Check the folder's permissions."),
            ) from error

    def _refuse_outside(self, path: Path) -> None:
        if path.parent.resolve().is_relative_to(self.root.resolve()):
            return
        raise WorkspaceError(
            _("{path} is a link that leads out of the folder.").format(path=path.parent),
            hint=_("Take the link away, or choose another folder: --to FOLDER"),
        )

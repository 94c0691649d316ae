"""Pictures once made ready are kept, so that a preview after a save has nothing to encode."""

import hashlib
from contextlib import suppress
from pathlib import Path

from rtesmail.content.replacing import replace_bytes
from rtesmail.model.errors import WorkspaceError
from rtesmail.rendering.pictures.papers import is_paper, paper_reader
from rtesmail.rendering.pictures.preparing import MAKE, prepare_picture
from rtesmail.rendering.pictures.refusals import Refusal

FOLDER = ".pictures"
"""Below `out/`, where no issue's folder can be: an issue's name begins with a letter or a digit."""

MOST_KEPT = 500
"""Files; each is some hundreds of kilobytes at most. The oldest go first, and are made again when they are wanted."""

_SEAL = 32


def kept_picture(folder: Path, content: bytes, room: int, *, most_bytes: int) -> bytes | Refusal:
    """Do as `prepare_picture`, or give what it gave before for the same bytes.

    `folder` may vanish or be damaged at any time; where it cannot be written, nothing is kept.
    """
    path = folder / _name(content, room, most_bytes)
    found = _read(path)
    if found is not None:
        return found
    made = prepare_picture(content, room, most_bytes=most_bytes)
    if isinstance(made, bytes):
        with suppress(WorkspaceError, OSError):
            replace_bytes(path, hashlib.sha256(made).digest() + made)
            _forget_oldest(folder)
    return made


def _name(content: bytes, room: int, most_bytes: int) -> str:
    """Name a picture by all that it depends on."""
    import PIL

    maker = paper_reader() if is_paper(content) else ""
    settings = f"{MAKE}\n{PIL.__version__}\n{maker}\n{room}\n{most_bytes}\n".encode()
    return hashlib.sha256(settings + hashlib.sha256(content).digest()).hexdigest()


def _read(path: Path) -> bytes | None:
    """Give what is kept there; None when nothing is, or not what was written."""
    try:
        sealed = path.read_bytes()
    except OSError:
        return None
    content = sealed[_SEAL:]
    return content if hashlib.sha256(content).digest() == sealed[:_SEAL] else None


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[MOST_KEPT:]:
        path.unlink(missing_ok=True)

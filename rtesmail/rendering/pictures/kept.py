"""Pictures once made ready are kept, so that a preview after a save has nothing to encode."""

from pathlib import Path

from rtesmail.rendering.keeping import digest_of, kept, state_of
from rtesmail.rendering.pictures.papers import is_paper
from rtesmail.rendering.pictures.preparing import MAKE, prepare_picture
from rtesmail.rendering.pictures.refusals import Refusal, UnusableError

FOLDER = ".pictures"
"""Below `out/`, where no issue's folder can be: an issue's name begins with a letter or a digit."""


def kept_picture(folder: Path, content: bytes, room: int, *, most_bytes: int) -> bytes | Refusal:
    """Do as `prepare_picture`, or give what it gave before for the same bytes; what it refuses is not kept."""

    def prepared() -> bytes:
        made = prepare_picture(content, room, most_bytes=most_bytes)
        if isinstance(made, Refusal):
            raise UnusableError(made)
        return made

    # Another program that draws pages draws other pixels.
    makers = ("PIL", "pypdfium2") if is_paper(content) else ("PIL",)
    try:
        return kept(folder, digest_of(MAKE, state_of(*makers), str(room), str(most_bytes), content), prepared)
    except UnusableError as refused:
        return refused.refusal

"""The first page of a PDF as a picture, on white: the cover of a guide that nobody has to make by hand."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.rendering.pictures.refusals import Refusal, UnusableError
from rtesmail.rendering.pictures.sizes import Size, file_size

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument

_START = b"%PDF-"
# ISO 32000-1, annex H.3, note 13: readers take it anywhere in the first kilobyte.
_START_WITHIN = 1024

# PDFium keeps state of its own for the whole process.
_ONE_AT_A_TIME = threading.Lock()
_LONG = 100
"""A page of this many pixels for each of its points is larger than any picture that is shown of it."""


def is_paper(content: bytes) -> bool:
    """Tell a PDF by its first bytes."""
    return _START in content[:_START_WITHIN]


def first_page(content: bytes, room: int) -> "Image":
    """Draw the first page in RGB, as large as it must be to look sharp in a room of so many CSS pixels.

    Notes that people have stuck on it are not drawn.

    Raises:
        UnusableError: it is locked, broken or has no page.
    """
    with _ONE_AT_A_TIME, _opened(content) as document:
        if not len(document):
            raise UnusableError(_broken())
        page = document[0]
        width, height = page.get_size()
        if not (0 < width < float("inf") and 0 < height < float("inf")):
            raise UnusableError(_broken())
        wanted = file_size(Size(max(1, round(width * _LONG)), max(1, round(height * _LONG))), room)
        if wanted.height > wanted.width * 10:
            raise UnusableError(_broken())
        drawn = page.render(scale=wanted.width / width, draw_annots=False, fill_color=(255, 255, 255, 255))
        picture: Image = drawn.to_pil().convert("RGB")
        return picture.resize((wanted.width, wanted.height))


@contextmanager
def _opened(content: bytes) -> Iterator["PdfDocument"]:
    from pypdfium2 import PdfDocument, PdfiumError
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        document = PdfDocument(content)
    except PdfiumError as error:
        # PDFium may still tell the error of the document before.
        is_locked = error.err_code == FPDF_ERR_PASSWORD and b"/Encrypt" in content
        raise UnusableError(_locked() if is_locked else _broken()) from error
    try:
        yield document
    except PdfiumError as error:
        raise UnusableError(_broken()) from error
    finally:
        document.close()


def _locked() -> Refusal:
    return Refusal(
        _("The PDF {source} is locked with a password."),
        _("Save it without a password, or save its first page as a picture (PNG or JPEG)."),
    )


def _broken() -> Refusal:
    return Refusal(
        _("The PDF {source} has no first page that can be drawn."),
        _("Open it, save it anew, or save its first page as a picture (PNG or JPEG)."),
    )

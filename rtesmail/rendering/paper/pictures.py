"""Pictures for print: those of the workspace, as large as their resolution allows; those of the web stay out."""

import hashlib
import io
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct, field

from rtesmail.content.pictures import media_type_of
from rtesmail.model.content import Image, Loss, Snippet
from rtesmail.model.findings import Finding, Severity
from rtesmail.rendering.images import Picture, Shown
from rtesmail.rendering.pictures.papers import first_page, is_paper
from rtesmail.rendering.pictures.preparing import too_many_pixels, why_unreadable
from rtesmail.rendering.pictures.refusals import UnusableError, unread
from rtesmail.rendering.pictures.sizes import COLUMN

CHECK = "picture"
SCHEME = "picture:"
LEAST_DPI = 150
"""Below this a photograph looks coarse on paper; one with fewer pixels is printed smaller."""

TALLEST = 246
"""CSS pixels (65 mm): an upright photograph leaves room for words on its page."""

_CSS_DPI = 96


class PrintGallery(Struct):
    """Gathers the pictures that a letter prints and the remarks about those it cannot."""

    workspace_root: Path
    printed: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, snippet: Snippet, name: str, image: Image) -> Picture:
        """Give a picture for a template, its `src` empty when it stays out; its width is in CSS pixels."""
        read = image.lost or (_read(image.path, image.source) if image.path else None)
        if read is None:
            message = _("The letter leaves out {source}: pictures of the web are not fetched.")
            hint = _("Save the picture in the workspace and give its path.")
            self._remark(snippet, name, Severity.WARNING, Loss(CHECK, message.format(source=image.source), hint))
            return _picture(image)
        if isinstance(read, Loss):
            self._remark(snippet, name, Severity.ERROR, read)
            return _picture(image)
        content, width, height = read
        allowed = width * _CSS_DPI / LEAST_DPI
        return _picture(image, self.add(content), max(1, int(min(allowed, TALLEST * width / height))))

    def add(self, content: bytes) -> str:
        """Take a picture in and give the address under which a template names it."""
        src = f"{SCHEME}{hashlib.sha256(content).hexdigest()[:16]}"
        self.printed[src] = content
        return src

    def _remark(self, snippet: Snippet, name: str, severity: Severity, lost: Loss) -> None:
        path = snippet.path
        shown = path.relative_to(self.workspace_root) if path.is_relative_to(self.workspace_root) else path
        self.findings.append(Finding(lost.check, severity, lost.message, lost.hint, shown, snippet.line_of.get(name)))


def _picture(image: Image, src: str = "", width: int = 0) -> Picture:
    return Picture(image, image.alt, lambda _room: Shown(src, width))


def _read(path: Path, source: str) -> tuple[bytes, int, int] | Loss:
    """Give a picture in a format that the press reads, with its width and height in pixels as it is seen."""
    try:
        stored = path.read_bytes()
    except OSError as error:
        refusal = unread(error)
    else:
        try:
            content = _printable(stored)
            return content, *_size_of(content)
        except UnusableError as error:
            refusal = error.refusal
        except (OSError, ValueError, SyntaxError):
            refusal = why_unreadable(stored)
    return Loss(CHECK, refusal.about(source), refusal.hint)


def _printable(content: bytes) -> bytes:
    """Give a picture in a format that the press reads: the first page of a PDF, and what is neither PNG, JPEG nor GIF.

    Raises:
        UnusableError: the PDF cannot be read.
        ValueError, OSError, SyntaxError: it is no picture.
    """
    if media_type_of(content) is not None:
        return content
    from PIL import Image as Reader

    written = io.BytesIO()
    if is_paper(content):
        first_page(content, COLUMN).save(written, "PNG")
    else:
        with Reader.open(io.BytesIO(content)) as picture:
            picture.convert("RGBA" if picture.has_transparency_data else "RGB").save(written, "PNG")
    return written.getvalue()


def _size_of(content: bytes) -> tuple[int, int]:
    """Give a picture's width and height in pixels as it is seen, having read all of it.

    Raises:
        ValueError, OSError, SyntaxError: it is no picture, or damaged.
        UnusableError: it has more pixels than is sane.
    """
    from PIL import Image as Reader
    from PIL import ImageOps

    try:
        with Reader.open(io.BytesIO(content)) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture).size
    except Reader.DecompressionBombError as error:
        raise UnusableError(too_many_pixels()) from error

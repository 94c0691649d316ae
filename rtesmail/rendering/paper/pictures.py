"""Pictures for print: those of the workspace, as large as their resolution allows; those of the web stay out."""

import hashlib
import io
from dataclasses import dataclass, field
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.pictures import media_type_of
from rtesmail.model.content import Image, Snippet
from rtesmail.model.findings import Finding, Severity
from rtesmail.rendering.images import Picture

SCHEME = "picture:"
LEAST_DPI = 150
"""Below this a photograph looks coarse on paper; one with fewer pixels is printed smaller."""

TALLEST = 246
"""CSS pixels (65 mm): an upright photograph leaves room for words on its page."""

_CSS_DPI = 96


@dataclass
class PrintGallery:
    """Gathers the pictures that a letter prints and the remarks about those it cannot."""

    workspace_root: Path
    printed: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, snippet: Snippet, name: str, image: Image) -> Picture:
        """Give a picture for a template, its `src` empty when it stays out; its width is in CSS pixels."""
        left_out = Picture("", image.alt, 0)
        if image.path is None:
            self._remark(
                snippet,
                name,
                Severity.WARNING,
                _("The letter leaves out {source}: pictures of the web are not fetched.").format(source=image.source),
                _("Save the picture in the workspace and give its path."),
            )
            return left_out
        try:
            content = image.path.read_bytes()
            width, height = _size_of(content)
        except (OSError, ValueError, SyntaxError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._remark(
                snippet,
                name,
                Severity.ERROR,
                _("The picture {source} cannot be printed: {reason}.").format(source=image.source, reason=reason),
                _("Save it anew as PNG or JPEG, about 1100 pixels wide, or give its https address."),
            )
            return left_out
        allowed = width * _CSS_DPI / LEAST_DPI
        return Picture(self.add(content), image.alt, max(1, int(min(allowed, TALLEST * width / height))))

    def add(self, content: bytes) -> str:
        """Take a picture in and give the address under which a template names it."""
        src = f"{SCHEME}{hashlib.sha256(content).hexdigest()[:16]}"
        self.printed[src] = content
        return src

    def _remark(self, snippet: Snippet, name: str, severity: Severity, message: str, hint: str) -> None:
        path = snippet.path
        shown = path.relative_to(self.workspace_root) if path.is_relative_to(self.workspace_root) else path
        self.findings.append(Finding("picture", severity, message, hint, shown, snippet.line_of.get(name)))


def _size_of(content: bytes) -> tuple[int, int]:
    """Give a picture's width and height in pixels as it is seen, having read all of it.

    Raises:
        ValueError, OSError, SyntaxError: it is no PNG, JPEG or GIF, is damaged, or has more pixels than is sane.
    """
    if media_type_of(content) is None:
        raise ValueError(_("it is neither PNG, JPEG nor GIF"))
    from PIL import Image as Reader
    from PIL import ImageOps

    try:
        with Reader.open(io.BytesIO(content)) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture).size
    except Reader.DecompressionBombError as error:
        raise ValueError(str(error)) from error

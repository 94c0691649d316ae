"""Pictures: those of the workspace travel inside the message, those of the web stay where they are."""

import hashlib
import struct
from dataclasses import dataclass, field
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.pictures import EXTENSIONS, media_type_of
from rtesmail.model.content import Image, Snippet
from rtesmail.model.edition import InlineImage
from rtesmail.model.findings import Finding, Severity
from rtesmail.rendering.addresses import clean_address

LARGEST_BYTES = 400_000
"""A carried picture is encoded to 4/3 of its size in each message; heavier ones get whole mailings refused."""

CONTENT_WIDTH = 552
"""The mail's 600 pixels less its two gutters."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready for a template: `src`, its words, and the width in pixels to show it at."""

    src: str
    alt: str
    width: int


@dataclass
class Gallery:
    """Gathers the pictures that an edition carries and the remarks about those it cannot."""

    workspace_root: Path
    carried: dict[str, InlineImage] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, snippet: Snippet, name: str, image: Image) -> Picture:
        """Give a picture for a template; a file that cannot be carried becomes a finding."""
        if image.path is None:
            return Picture(clean_address(image.source), image.alt, CONTENT_WIDTH)
        try:
            content = image.path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            self._remark(snippet, name, _("The picture {source} cannot be read: {reason}."), image, reason=reason)
            return Picture("", image.alt, CONTENT_WIDTH)
        media_type = media_type_of(content)
        if media_type is None:
            self._remark(snippet, name, _("The picture {source} is neither PNG, JPEG nor GIF."), image)
            return Picture("", image.alt, CONTENT_WIDTH)
        if len(content) > LARGEST_BYTES:
            message = _("The picture {source} weighs {size} KB; at most {most} KB can travel in a message.")
            self._remark(snippet, name, message, image, size=f"{len(content) // 1000}", most=f"{LARGEST_BYTES // 1000}")
        content_id = f"{hashlib.sha256(content).hexdigest()[:16]}@rtesmail"
        self.carried.setdefault(content_id, InlineImage(content_id, media_type, content))
        return Picture(f"cid:{content_id}", image.alt, min(width_of(content) or CONTENT_WIDTH, CONTENT_WIDTH))

    def _remark(self, snippet: Snippet, name: str, message: str, image: Image, **values: str) -> None:
        path = snippet.path
        shown = path.relative_to(self.workspace_root) if path.is_relative_to(self.workspace_root) else path
        self.findings.append(
            Finding(
                "image",
                Severity.ERROR,
                message.format(source=image.source, **values),
                _("Save it anew as PNG or JPEG, about 1100 pixels wide, or give its https address."),
                shown,
                snippet.line_of.get(name),
            )
        )


def width_of(content: bytes) -> int | None:
    """Give a picture's width in pixels from its header, None when it is not there."""
    try:
        match media_type_of(content):
            case "image/png":
                return int(struct.unpack(">I", content[16:20])[0]) or None
            case "image/gif":
                return int(struct.unpack("<H", content[6:8])[0]) or None
            case "image/jpeg":
                return _jpeg_width(content)
            case _:
                return None
    except struct.error:
        return None


def _jpeg_width(content: bytes) -> int | None:
    """Walk the segments of ITU-T T.81 B.1.1 up to the frame header, which holds the size."""
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        # SOF0 to SOF15 without DHT, JPG and DAC, which share the range.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int(struct.unpack(">H", content[position + 7 : position + 9])[0]) or None
        if marker == 0xFF:
            position += 1
            continue
        position += 2 + int(struct.unpack(">H", content[position + 2 : position + 4])[0])
    return None


def file_name_of(image: InlineImage) -> str:
    """Give the name of a carried picture as a file."""
    return f"{image.content_id.split('@')[0]}.{EXTENSIONS[image.media_type]}"

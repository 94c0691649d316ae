"""Any picture that staff have becomes one that mail clients show: upright, sharp, light, and silent on its camera."""

import io
import warnings
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.content.pictures import media_type_of
from rtesmail.rendering.pictures.bare import bare_picture
from rtesmail.rendering.pictures.encoding import encode_picture
from rtesmail.rendering.pictures.papers import first_page, is_paper
from rtesmail.rendering.pictures.pixels import read_pixels
from rtesmail.rendering.pictures.refusals import Refusal, UnusableError
from rtesmail.rendering.pictures.sizes import COLUMN

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

LARGEST_SOURCE = 60_000_000
"""Bytes of a file that is read at all: photographs of the best cameras and guides made for the screen are below."""

MOST_PIXELS = 80_000_000
"""What a file of a few kilobytes may unfold into: 320 MB of memory. Cameras make 12 to 60 million."""

MAKE = "1"
"""How pictures are made here; another number makes them all anew."""

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
# ISO/IEC 23008-12, annex B: the brands of HEIF files with HEVC pictures.
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_WORTH_IT = 0.7
"""A photograph that is right as it is loses a little with each encoding: only much lighter is worth that."""


def prepare_picture(content: bytes, room: int = COLUMN, *, most_bytes: int) -> bytes | Refusal:
    """Give the file (PNG, JPEG or GIF) that shows a picture, or a PDF's first page, in a room of so many CSS pixels.

    It has at most two pixels for one of the page, stands upright, is in sRGB and tells nothing but its pixels. Nothing
    becomes larger or heavier than it was when it was right. The same bytes give the same bytes, as long as the
    libraries do not change. A film (animated GIF) is left as it is. Never raises.
    """
    if len(content) > LARGEST_SOURCE:
        return too_large()
    try:
        if is_paper(content):
            return encode_picture(first_page(content, room), most_bytes)
        return _prepare(content, room, most_bytes)
    except UnusableError as refused:
        return refused.refusal
    except Exception:  # noqa: BLE001 - a broken file makes its reader raise whatever it stumbles over
        return why_unreadable(content)


def why_unreadable(content: bytes) -> Refusal:
    """Say of a file that no reader of pictures takes whether it is damaged, or of a kind that is none of theirs."""
    return _broken() if media_type_of(content) else _unknown(content)


def too_large() -> Refusal:
    """Say that a file is too large to be read."""
    return Refusal(
        _("The file {source} is larger than {most} MB."),
        _("Save it smaller: a picture about 1100 pixels wide, a PDF for the screen rather than for print."),
        {"most": LARGEST_SOURCE // 1_000_000},
    )


def _prepare(content: bytes, room: int, most_bytes: int) -> bytes:
    with _opened(content) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise UnusableError(too_many_pixels())
        if opened.format == "GIF" and getattr(opened, "is_animated", False):
            opened.load()
            return content
        image, is_right = read_pixels(opened, room)
        made = encode_picture(image, most_bytes, is_photograph=True if opened.format in ("JPEG", "MPO") else None)
    bare = bare_picture(content) if is_right else None
    if bare is None:
        return made
    loses = media_type_of(made) == "image/jpeg" and len(bare) <= most_bytes
    return made if len(made) < len(bare) * (_WORTH_IT if loses else 1) else bare


def _opened(content: bytes) -> "ImageFile":
    """Open a picture of a kind that is wanted here, whatever else Pillow knows: some of it runs programs."""
    # Each registers the reader of its kind.
    from PIL import (
        AvifImagePlugin,  # noqa: F401
        BmpImagePlugin,  # noqa: F401
        GifImagePlugin,  # noqa: F401
        Image,
        JpegImagePlugin,  # noqa: F401
        PngImagePlugin,  # noqa: F401
        TiffImagePlugin,  # noqa: F401
        WebPImagePlugin,  # noqa: F401
    )

    # What matters of what Pillow wonders at is said here, in words for a person.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise UnusableError(too_many_pixels()) from error


def too_many_pixels() -> Refusal:
    """Say that a picture would fill the memory."""
    return Refusal(
        _("The picture {source} has more than {most} million pixels."),
        _("Save it anew as PNG or JPEG, about 1100 pixels wide."),
        {"most": MOST_PIXELS // 1_000_000},
    )


def _broken() -> Refusal:
    return Refusal(
        _("The picture {source} is damaged or not whole."),
        _("Open it in a picture program and save it anew as PNG or JPEG."),
    )


def _unknown(content: bytes) -> Refusal:
    """Name the kinds of pictures that people have and that cannot be read."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return Refusal(
            _("The picture {source} is a HEIC photograph, as telephones make them, and cannot be read here."),
            _("Save it as JPEG; on an iPhone: Settings, Camera, Formats, Most Compatible."),
        )
    if b"<svg" in content[:2000].lower():
        return Refusal(
            _("The picture {source} is an SVG drawing, which most mail programs do not show."),
            _("Export it as PNG, about 1100 pixels wide."),
        )
    return Refusal(
        _("The file {source} is no picture that can be read."),
        _("Save it anew as PNG or JPEG, about 1100 pixels wide."),
    )

"""Pixels become a file that every mail client shows: photographs as JPEG, drawings and what is transparent as PNG."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITIES = (80, 72, 64, 56)
"""libjpeg's scale, from the first on until the file is light enough: at two pixels for one, 80 shows no trace."""

_FLAT = 0.5
"""The share of neighbours of exactly one colour from which on a picture counts as drawn; photographs have noise."""

_ALIKE = 3.0
"""Root mean square of the difference, of 255, that a palette may make: below what a screen shows."""


def encode_picture(image: "Image", most_bytes: int, *, is_photograph: bool | None = None) -> bytes:
    """Give the file of an image in L, RGB or RGBA, at most so heavy where its kind allows; equal pixels, equal bytes.

    Without `is_photograph` the pixels tell.
    """
    if image.mode == "RGBA":
        return _as_png(image, most_bytes)
    if is_photograph is None:
        is_photograph = not _is_drawn(image)
    if is_photograph:
        return _as_jpeg(image, most_bytes)
    drawn = _as_png(image, most_bytes)
    if len(drawn) <= most_bytes:
        return drawn
    # A screenshot with a photograph in it.
    return min(drawn, _as_jpeg(image, most_bytes), key=len)


def _is_drawn(image: "Image") -> bool:
    from PIL import ImageChops

    if image.width < 2:
        return True
    left = image.crop((0, 0, image.width - 1, image.height))
    right = image.crop((1, 0, image.width, image.height))
    differences = ImageChops.difference(left, right).split()
    largest = differences[0]
    for band in differences[1:]:
        largest = ImageChops.lighter(largest, band)
    return largest.histogram()[0] >= _FLAT * largest.width * largest.height


def _as_jpeg(image: "Image", most_bytes: int) -> bytes:
    content = b""
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True, progressive=True, subsampling="4:2:0")
        content = written.getvalue()
        if len(content) <= most_bytes:
            break
    return content


def _as_png(image: "Image", most_bytes: int) -> bytes:
    whole = _png(image)
    if image.mode == "L":
        return whole
    palette = _with_palette(image)
    # What had few colours keeps just these.
    is_alike = _difference(image, palette) <= (0 if image.getcolors(256) else _ALIKE)
    reduced = _png(palette)
    return reduced if len(reduced) < len(whole) and (is_alike or len(whole) > most_bytes) else whole


def _with_palette(image: "Image") -> "Image":
    from PIL.Image import Dither, Quantize

    # Octrees alone know transparency in Pillow.
    method = Quantize.FASTOCTREE if image.mode == "RGBA" else Quantize.MEDIANCUT
    return image.quantize(256, method=method, dither=Dither.NONE)


def _difference(image: "Image", other: "Image") -> float:
    """Give the root mean square of the difference, that of the worst band."""
    from PIL import ImageChops, ImageStat

    # Multiplied by their alpha: what is transparent has no colour to differ in.
    mode = "RGBa" if image.mode == "RGBA" else image.mode
    found = ImageChops.difference(image.convert(mode), other.convert(image.mode).convert(mode))
    return max(ImageStat.Stat(found).rms)


def _png(image: "Image") -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()

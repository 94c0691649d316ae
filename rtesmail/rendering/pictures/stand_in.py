"""The frame that stands, before the eyes of who makes a letter, for a picture that cannot be shown."""

import io
from functools import lru_cache

_GROUND, _LINES = 0xE6, 0x8C
"""Greys that are seen on white and on the dark ground of a letter."""
_SHAPE = 9 / 16


@lru_cache(maxsize=16)
def frame(width: int) -> bytes:
    """Give a PNG so many pixels wide: a crossed frame, as page makers draw a picture that is still to come."""
    from PIL import Image, ImageDraw

    height = max(1, round(width * _SHAPE))
    drawn = Image.new("L", (width, height), _GROUND)
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 0, width - 1, height - 1), outline=_LINES)
    pen.line((0, 0, width - 1, height - 1), fill=_LINES)
    pen.line((0, height - 1, width - 1, 0), fill=_LINES)
    written = io.BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return written.getvalue()

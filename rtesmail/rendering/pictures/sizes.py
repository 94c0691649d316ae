"""How large a picture is, in pixels of its file and in CSS pixels of the page."""

import struct

from msgspec import Struct

from rtesmail.content.pictures import media_type_of

COLUMN = 552
"""The mail's 600 CSS pixels less its two gutters."""

DENSITY = 2
"""Pixels of the file for one of the page: the screens of telephones show more than one, and no eye misses a third."""

_PORTRAIT = 1.8
"""A photograph is never higher than this many times its width; what is, is a drawing to be read line by line."""


class Size(Struct, frozen=True):
    """Width and height, both at least 1."""

    width: int
    height: int


def shown_size(pixels: Size, room: int = COLUMN) -> Size:
    """Give the CSS size at which a picture is shown in a room so wide; it is never shown larger than it is.

    An upright photograph as wide as the column would fill a whole screen: it is no higher than the column is wide.
    """
    width = min(pixels.width, room)
    if room >= COLUMN and 1 < pixels.height / pixels.width <= _PORTRAIT:
        width = min(width, max(1, round(room * pixels.width / pixels.height)))
    return Size(width, max(1, round(width * pixels.height / pixels.width)))


def file_size(pixels: Size, room: int = COLUMN) -> Size:
    """Give the size in pixels that a file needs to look sharp in a room so wide; never larger than the picture."""
    shown = shown_size(pixels, room)
    if pixels.width <= shown.width * DENSITY:
        return pixels
    width = shown.width * DENSITY
    return Size(width, max(1, round(width * pixels.height / pixels.width)))


def size_of(content: bytes) -> Size | None:
    """Give a picture's size in pixels from its header, None when it is not there."""
    try:
        match media_type_of(content):
            case "image/png":
                width, height = struct.unpack(">II", content[16:24])
            case "image/gif":
                width, height = struct.unpack("<HH", content[6:10])
            case "image/jpeg":
                width, height = _jpeg_size(content)
            case _:
                return None
    except struct.error:
        return None
    return Size(width, height) if width and height else None


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Walk the segments of ITU-T T.81 B.1.1 up to the frame header, which holds the size."""
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        # SOF0 to SOF15 without DHT, JPG and DAC, which share the range.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        if marker == 0xFF:
            position += 1
            continue
        position += 2 + int(struct.unpack(">H", content[position + 2 : position + 4])[0])
    return 0, 0

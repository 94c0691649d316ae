"""A picture's file without what it tells of its maker, its place and its camera; not a pixel changes."""

import struct

from rtesmail.content.pictures import media_type_of

# W3C PNG (third edition), 5.6: all that a still picture in plain sRGB needs.
_PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
# JFIF's own segment, and Adobe's, which says how colours are coded; the others hold EXIF, XMP, IPTC, thumbnails.
_JPEG_KEPT = frozenset({0xE0, 0xEE})
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_START_OF_SCAN, _END = 0xDA, 0xD9


def is_see_through(content: bytes) -> bool:
    """Tell whether a PNG or a GIF may let its ground through."""
    match media_type_of(content):
        case "image/png":
            # Colour types 4 and 6 have an alpha; the others may name one before their pixels.
            return content[25:26] in (b"\x04", b"\x06") or b"tRNS" in content[: content.find(b"IDAT") + 1]
        case "image/gif":
            # GIF89a, 23: the graphic control extension's packed field.
            found = content.find(b"\x21\xf9\x04")
            return found >= 0 and bool(content[found + 3] & 1)
        case _:
            return False


def bare_picture(content: bytes) -> bytes | None:
    """Give the file with its pixels only; None for what is not whole, or neither PNG, JPEG nor GIF.

    What stands behind a picture's end goes too: telephones put a film there.
    """
    try:
        match media_type_of(content):
            case "image/png":
                return _bare_png(content)
            case "image/jpeg":
                return _bare_jpeg(content)
            case "image/gif":
                return content
            case _:
                return None
    except (struct.error, IndexError):
        return None


def _bare_png(content: bytes) -> bytes | None:
    kept = [content[:8]]
    position = 8
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        end = position + 12 + length
        if end > len(content):
            return None
        if kind in _PNG_CHUNKS:
            kept.append(content[position:end])
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    return None


def _bare_jpeg(content: bytes) -> bytes | None:
    """Walk from marker to marker (ITU-T T.81, B.1.1): lengths in headers, FF00 and restarts inside of scans."""
    kept = [content[:2]]
    position = 2
    while content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _END:
            kept.append(content[position : position + 2])
            return b"".join(kept)
        end = position + 2 + int(struct.unpack(">H", content[position + 2 : position + 4])[0])
        if marker == _START_OF_SCAN:
            end = _end_of_scan(content, end)
        if marker != _COMMENT and (marker not in _APPLICATION or marker in _JPEG_KEPT):
            kept.append(content[position:end])
        position = end
    return None


def _end_of_scan(content: bytes, position: int) -> int:
    while True:
        position = content.index(b"\xff", position)
        if content[position + 1] != 0 and not 0xD0 <= content[position + 1] <= 0xD7:
            return position
        position += 2

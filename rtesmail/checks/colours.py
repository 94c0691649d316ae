"""Colours of a page as computed from what stands on its elements: WCAG's contrast, ground under ground."""

import re
from functools import lru_cache

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
# CSS Color 4, section 6.1: the sixteen of HTML 4, and those one meets besides. The others are looked up.
_NAMES = {
    "black": "000000",
    "silver": "c0c0c0",
    "gray": "808080",
    "grey": "808080",
    "white": "ffffff",
    "maroon": "800000",
    "red": "ff0000",
    "purple": "800080",
    "fuchsia": "ff00ff",
    "green": "008000",
    "lime": "00ff00",
    "olive": "808000",
    "yellow": "ffff00",
    "navy": "000080",
    "blue": "0000ff",
    "teal": "008080",
    "aqua": "00ffff",
    "orange": "ffa500",
    "darkgray": "a9a9a9",
    "darkgrey": "a9a9a9",
    "lightgray": "d3d3d3",
    "lightgrey": "d3d3d3",
    "whitesmoke": "f5f5f5",
}
_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*(\d*\.?\d+)(%?)\s*)?\)")
_WORD = re.compile(r"#[0-9a-f]+|(?:rgb|hsl)a?\([^)]*\)|[a-z]+")
# What stands there so often that it is not looked up.
_NO_COLOURS = frozenset({"", "inherit", "initial", "transparent", "none", "currentcolor", "url", "no", "repeat"})


def read_colour(written: str, ground: Colour) -> Colour | None:
    """Give a CSS colour as it looks on a ground; None for what is no colour, or is see-through altogether."""
    text = written.strip().lower()
    digits = _NAMES.get(text, "")
    if _HEX.fullmatch(text):
        digits = text[1:]
        if len(digits) < 6:
            digits = "".join(digit * 2 for digit in digits)
    if digits:
        red, green, blue = (int(digits[start : start + 2], 16) for start in (0, 2, 4))
        return _blend((red, green, blue), int(digits[6:], 16) / 255 if digits[6:] else 1.0, ground)
    parts = _RGB.fullmatch(text)
    if not parts:
        return None if text in _NO_COLOURS else _rarely_written(text)
    alpha = float(parts[4] or 1) / (100 if parts[5] else 1)
    return _blend((min(int(parts[1]), 255), min(int(parts[2]), 255), min(int(parts[3]), 255)), alpha, ground)


def read_ground(written: str, ground: Colour) -> Colour | None:
    """Give the colour inside a `background` such as `#fff url(…)`; None when it names none."""
    for word in _WORD.findall(written.lower()):
        if (colour := read_colour(word, ground)) is not None:
            return colour
    return None


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def shown(colour: Colour) -> str:
    """Write a colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


@lru_cache(maxsize=256)
def _rarely_written(text: str) -> Colour | None:
    """Give a colour by another of its 148 names, as `hsl(…)`, or as `rgb(…)` in percent."""
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        return None
    return red, green, blue


def _blend(colour: Colour, alpha: float, ground: Colour) -> Colour | None:
    if alpha <= 0:
        return None
    share = min(alpha, 1.0)
    red, green, blue = (round(c * share + g * (1 - share)) for c, g in zip(colour, ground, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """WCAG's relative luminance."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

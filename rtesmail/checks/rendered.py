"""What a page looks like: each text with its colour, its ground and its size, as they come down the elements.

Editions carry their styles on the elements, for the clients that read no style sheet: that is what is computed here,
with `bgcolor` and `<font color>`. What a dark theme changes stands in a style sheet, and is laid over it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.checks.colours import BLACK, WHITE, Colour, read_colour, read_ground

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSEEN = frozenset({"style", "script", "head", "title"})
# Preheaders are filled up with these, so that nothing else shows after them.
_NOTHING = re.compile(r"[\s\u00a0\u200b-\u200f\u202f\u2060\u034f\ufeff\u00ad]*")
_SIZE = re.compile(r"(\d*\.?\d+)\s*(px|pt|em|rem|%)")
# CSS Fonts 4, section 2.5, where "medium" is 16 pixels.
_SIZES = {
    "xx-small": 9.6,
    "x-small": 12.0,
    "small": 14.2,
    "medium": 16.0,
    "large": 19.2,
    "x-large": 24.0,
    "xx-large": 32.0,
}
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DARK = re.compile(r"@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{", re.IGNORECASE)
_IMPORTANT = re.compile(r"\s*!\s*important\b")
_BARE_HEX = re.compile(r"[0-9a-fA-F]{6}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_PSEUDO_ELEMENT = re.compile(r"::|:(?:first-letter|first-line|before|after)\b")


class ShownText(Struct, frozen=True):
    """A text that readers see. `size` is in pixels; `ground` is None over a picture, whose colours nobody knows."""

    words: str
    colour: Colour
    ground: Colour | None
    size: float


Overlay = Mapping["_Element", Mapping[str, str]]
"""What a style sheet says with `!important` of some elements, over what stands on them."""


def shown_texts(document: "_Element", overlay: Overlay | None = None) -> Iterator[ShownText]:
    """Give each text of the page, in reading order; the words of pictures too, which many programs show instead."""
    return _walk(document, ShownText("", BLACK, WHITE, 16.0), overlay or {})


def is_seen(element: "_Element") -> bool:
    """Tell whether readers see words in an element, those of its pictures included."""
    if any(_hides(one, _values(one.get("style") or "")) for one in element.iterancestors()):
        return False
    return next(shown_texts(element), None) is not None


def dark_overlay(document: "_Element") -> Overlay:
    """Give what the page's dark theme (`prefers-color-scheme: dark`) says of its elements; empty when it has none."""
    rules = [rule for style in document.iter("style") for rule in _dark_rules(_COMMENT.sub("", style.text or ""))]
    said: dict[_Element, dict[str, str]] = {}
    # Of two rules the more specific one holds, and of two such the later one: sorting is stable.
    for _weight, path, declarations in sorted(rules, key=lambda rule: rule[0]):
        for element in cast("list[_Element]", document.getroottree().xpath(path)):
            said.setdefault(element, {}).update(declarations)
    return said


@lru_cache(maxsize=8)
def _dark_rules(sheet: str) -> tuple[tuple[tuple[int, int, int], str, dict[str, str]], ...]:
    from cssselect import HTMLTranslator, SelectorError, parse

    found = []
    translator = HTMLTranslator()
    for block in _dark_blocks(sheet):
        for selectors, body in _RULE.findall(block):
            said = {
                name: _IMPORTANT.sub("", value)
                for name, value in declarations(body).items()
                if _IMPORTANT.search(value)
            }
            for selector in selectors.split(","):
                if not said or _PSEUDO_ELEMENT.search(selector):
                    continue
                try:
                    (parsed,) = parse(selector.strip())
                    found.append((parsed.specificity(), translator.selector_to_xpath(parsed), said))
                except SelectorError:
                    continue
    return tuple(found)


def _dark_blocks(sheet: str) -> Iterator[str]:
    for start in _DARK.finditer(sheet):
        depth, position = 1, start.end()
        while depth and position < len(sheet):
            depth += {"{": 1, "}": -1}.get(sheet[position], 0)
            position += 1
        yield sheet[start.end() : position - 1]


def _walk(element: "_Element", around: ShownText, overlay: Overlay) -> Iterator[ShownText]:
    if not isinstance(element.tag, str) or element.tag in _UNSEEN:
        return
    written = element.get("style") or ""
    style = _values(written)
    if element in overlay:
        # No sheet is over what the element itself says with the same weight.
        weighty = {name for name, value in declarations(written).items() if _IMPORTANT.search(value)}
        style = {**style, **{name: value for name, value in overlay[element].items() if name not in weighty}}
    if _hides(element, style):
        return
    here = _styled(element, style, around)
    for text in (element.text, element.get("alt") if element.tag == "img" else None):
        if text and not _NOTHING.fullmatch(text):
            yield replace(here, words=" ".join(text.split()))
    for child in element:
        yield from _walk(child, here, overlay)
        if child.tail and not _NOTHING.fullmatch(child.tail):
            yield replace(here, words=" ".join(child.tail.split()))


def _hides(element: "_Element", style: Mapping[str, str]) -> bool:
    if element.get("hidden") is not None and "display" not in style:
        return True
    return style.get("display") == "none" or style.get("visibility") == "hidden" or style.get("opacity") == "0"


def _styled(element: "_Element", style: Mapping[str, str], around: ShownText) -> ShownText:
    ground = around.ground
    written = style.get("background-color") or style.get("background") or _attribute(element, "bgcolor")
    if written:
        ground = read_ground(written, ground or WHITE) or ground
    image = style.get("background-image") or style.get("background") or element.get("background") or ""
    if "url(" in image or "gradient(" in image or element.get("background"):
        ground = None
    colour = read_colour(style.get("color") or _attribute(element, "color"), ground or WHITE)
    size = _SIZE.search(style.get("font", ""))
    written_size = style.get("font-size") or (size[0] if size else "")
    return ShownText("", colour or around.colour, ground, _size(written_size, around.size))


def _attribute(element: "_Element", name: str) -> str:
    """Give a colour that stands outside of styles, where programs know it without its `#` too (HTML, 2.3.6)."""
    written = (element.get(name) or "").strip()
    return f"#{written}" if _BARE_HEX.fullmatch(written) else written


def _size(written: str, around: float) -> float:
    size = _SIZE.match(written)
    if not size:
        if written in _SIZES:
            return _SIZES[written]
        return 0.0 if written.strip() == "0" else around
    number = float(size[1])
    if size[2] == "em":
        return number * around
    return number * around / 100 if size[2] == "%" else number * _PIXELS[size[2]]


@lru_cache(maxsize=1024)
def _values(text: str) -> Mapping[str, str]:
    """Give what a style says by property, whatever its weight."""
    return {name: _IMPORTANT.sub("", value) for name, value in declarations(text).items()}


@lru_cache(maxsize=1024)
def declarations(text: str) -> Mapping[str, str]:
    """Give what a style says by property; what repeats a property wins, as in a browser."""
    found = {}
    for piece in text.split(";"):
        name, colon, value = piece.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip().lower()
    return found

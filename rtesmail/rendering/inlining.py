"""Our CSS put on the elements that it selects, by premailer; what was read of the styles is kept between commands.

Importing cssutils and reading our style sheet with it take three times as long as the inlining, and give the same each
time. So premailer gets, in the place of cssutils, one that remembers: by the text of a style sheet or of a `style`
attribute, what cssutils made of it. cssutils itself is imported when there is a text that it has not read yet.
"""

import sys
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import DecodeError, Struct, field
from msgspec.json import decode, encode

from rtesmail.rendering.keeping import digest_of, find_kept, keep, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from premailer import Premailer

IGNORED = 'data-premailer="ignore"'
"""The attribute of a style block that premailer is to leave as it is."""

MOST_REMEMBERED = 1000
"""Texts: those of a workspace's templates are some dozens."""

# What premailer would add as old attributes (bgcolor, width, …) MJML has already put where Outlook needs it.
_NO_ATTRIBUTES = ("text-align", "vertical-align", "background-color", "width", "height", "align", "valign", "bgcolor")


class Value(Struct, frozen=True):
    """What cssutils has as `propertyValue`."""

    cssText: str  # noqa: N815 - cssutils' name


class Declaration(Struct, frozen=True):
    """One `name: value`, under the names that cssutils has for its parts."""

    name: str
    value: str
    priority: str
    propertyValue: Value  # noqa: N815 - cssutils' name


class Declarations(Struct, frozen=True):
    """What stands between braces, or in a `style` attribute."""

    found: tuple[Declaration, ...]

    def __iter__(self) -> "Iterator[Declaration]":
        return iter(self.found)

    def getProperties(self) -> tuple[Declaration, ...]:  # noqa: N802 - cssutils' name
        """Give them as cssutils does: of two for the same thing the one that counts."""
        return self.found


class Rule(Struct, frozen=True):
    """A rule for elements; premailer puts no other on them."""

    STYLE_RULE: ClassVar[int] = 1
    MEDIA_RULE: ClassVar[int] = 4
    type: ClassVar[int] = STYLE_RULE

    selectorText: str  # noqa: N815 - cssutils' name
    style: Declarations


class Memory(Struct):
    """What cssutils made of each text that it has read."""

    sheets: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    styles: dict[str, Declarations] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sheets) + len(self.styles)


class Remembering(ModuleType):
    """cssutils as premailer uses it: style sheets, `style` attributes; all else comes from cssutils itself."""

    def __init__(self) -> None:
        super().__init__("cssutils")
        self.memory = Memory()

    def __getattr__(self, name: str) -> Any:
        return getattr(open_cssutils(), name)

    def parseString(self, text: str, *, validate: bool) -> tuple[Rule, ...]:  # noqa: N802 - cssutils' name
        """Give a style sheet's rules for elements."""
        known = self.memory.sheets.get(text)
        if known is None:
            rules = open_cssutils().parseString(text, validate=validate)
            found = (rule for rule in rules if rule.type == rule.STYLE_RULE)
            known = tuple(Rule(rule.selectorText, _declarations(rule.style)) for rule in found)
            self.memory.sheets[text] = known
        return known

    def parseStyle(self, text: str, *, validate: bool) -> Declarations:  # noqa: N802 - cssutils' name
        """Give what a `style` attribute says."""
        known = self.memory.styles.get(text)
        if known is None:
            known = self.memory.styles[text] = _declarations(open_cssutils().parseStyle(text, validate=validate))
        return known


STYLES = Remembering()
"""What this process has read."""

_importing = Lock()


def inline_css(html: str, css: str, folder: Path | None = None) -> str:
    """Put `css` on the elements it selects, touching nothing else and asking the network for nothing.

    What is read of styles is remembered, and kept in `folder` when there is one.
    """
    name = digest_of("styles", state_of("rtesmail.rendering", "cssutils"))
    if folder and not STYLES.memory:
        STYLES.memory = _recall(folder, name)
    known = len(STYLES.memory)
    inliner = _inliner_class()(
        css_text=[css],
        allow_network=False,
        allow_loading_external_files=False,
        strip_important=False,
        disable_validation=True,
        disable_link_rewrites=True,
        disable_basic_attributes=list(_NO_ATTRIBUTES),
        disable_leftover_css=True,
        align_floating_images=False,
        keep_style_tags=True,
    )
    inlined: str = inliner.transform(html, pretty_print=False)
    has_read = len(STYLES.memory) > known
    if len(STYLES.memory) > MOST_REMEMBERED:
        STYLES.memory = Memory()
    if folder and has_read:
        keep(folder, name, encode(STYLES.memory))
    return inlined.replace(f" {IGNORED}", "")


def _recall(folder: Path, name: str) -> Memory:
    content = find_kept(folder, name)
    try:
        return decode(content, type=Memory) if content else Memory()
    except DecodeError:
        return Memory()


def _declarations(style: Any) -> Declarations:
    return Declarations(
        tuple(Declaration(one.name, one.value, one.priority, Value(one.propertyValue.cssText)) for one in style)
    )


def open_cssutils() -> Any:
    """Import cssutils as it shall be: quiet about what it does not know, and colours left as they are written."""
    import logging

    import cssutils

    cssutils.log.setLevel(logging.CRITICAL)
    # It writes #ffffff as #fff, which Outlook's and Notes' old engines take for something else.
    cssutils.ser.prefs.minimizeColorHash = False
    return cssutils


def _inliner_class() -> "type[Premailer]":
    """Import premailer with the cssutils that remembers, and without requests, which it never may ask here.

    Importing both takes longer than all of the inlining.
    """
    stand_ins = {"requests": ModuleType("requests"), "cssutils": STYLES}
    with _importing:
        if "premailer" not in sys.modules:
            before = {name: sys.modules[name] for name in stand_ins if name in sys.modules}
            sys.modules.update(stand_ins)
            try:
                import_module("premailer")
            finally:
                for name in stand_ins:
                    del sys.modules[name]
                sys.modules.update(before)
    inliner: type[Premailer] = import_module("premailer").Premailer
    return inliner

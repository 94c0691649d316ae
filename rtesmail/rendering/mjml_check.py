"""Looks for mistakes in rendered MJML before it is converted: mjml-python drops or garbles what it does not know.

Each remark is about the template's own file and line, read from the stamp on each tag.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from gettext import gettext as _
from html.entities import html5
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.findings import Finding, Severity
from rtesmail.rendering.environment import ORIGIN
from rtesmail.rendering.mjml_schema import DEFAULTS, Component, components, parents_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_STAMP = re.compile(rf' {ORIGIN}="([^"]*):(\d+)"')
# The title becomes an attribute too, of the page's body.
_ATTRIBUTE = re.compile(r'(?<==)"[^"<]*"|<mj-title\b[^<]*')
# Of ASCII the backslash and control signs; beyond it letters and signs are asked one by one.
_MARKED = re.compile(r"[\\\x00-\x1f\x7f]|[^\x00-\x7f]")
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_VOID_TAG = re.compile(r"<(br|hr|img|wbr|meta|link)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)\s*/?>", re.IGNORECASE)
_SHORT_COLOUR = re.compile(r"#[0-9a-fA-F]{3}(?![0-9a-fA-F])")
_BARE_ZERO = re.compile(r"(?<![\w.#-])0(?![\w.%])")
_UNIT_ATTRIBUTE = re.compile(r"^(?:(?:inner|icon|text)-)?padding(?:-\w+)?$")

Locate = Callable[[str], Path]


def write_as_xml(mjml: str) -> str:
    """Give MJML in which HTML's own habits are XML: `&nbsp;` as its character, `<br>` closed.

    In attributes, what mjml-python would put as its own marks (`\\u{a0}` for a no-break space) stands as a number.
    """

    def decode(found: re.Match[str]) -> str:
        return found[0] if found[1] in _XML_ENTITIES else html5.get(f"{found[1]};", found[0])

    closed = _VOID_TAG.sub(r"<\1\2 />", _NAMED_ENTITY.sub(decode, mjml))
    return _ATTRIBUTE.sub(lambda found: _MARKED.sub(_as_number, found[0]), closed)


def _as_number(found: re.Match[str]) -> str:
    sign = found[0]
    is_marked = sign == "\\" or not sign.isprintable() or unicodedata.category(sign).startswith("M")
    return f"&#{ord(sign)};" if is_marked else sign


def remove_stamps(mjml: str) -> str:
    """Give MJML without the stamps of origin."""
    return _STAMP.sub("", mjml)


def origin_at(stamped: str, offset: int) -> tuple[str, int] | None:
    """Give the template and line of the last tag that begins before a byte offset of the MJML without stamps."""
    removed = 0
    origin = None
    for stamp in _STAMP.finditer(stamped):
        if len(stamped[: stamp.start()].encode()) - removed > offset:
            break
        origin = (stamp[1], int(stamp[2]))
        removed += len(stamp[0].encode())
    return origin


def check_mjml(mjml: str, locate: Locate) -> tuple[Finding, ...]:
    """Give every mistake of stamped MJML, in reading order; `locate` gives the path of a template's name."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, huge_tree=False)
    try:
        root = etree.fromstring(mjml.encode(), parser)
    except etree.XMLSyntaxError as error:
        return (_not_well_formed(mjml, error.msg or "", error.position[0], locate),)
    return tuple(_Walk(locate, frozenset(_class_names(root))).check(root, None))


def _class_names(root: "_Element") -> Iterator[str]:
    return (str(element.get("name")) for element in root.iter("mj-class"))


def _not_well_formed(mjml: str, message: str, line: int, locate: Locate) -> Finding:
    """Point at the tag that was opened and not closed when the parser names its line, else at the last one before."""
    opened = re.search(r"Opening and ending tag mismatch: \S+ line (\d+)", message)
    lines = mjml.split("\n")
    last = int(opened[1]) if opened else line
    found = None
    for number in range(min(last, len(lines)), 0, -1):
        stamps = list(_STAMP.finditer(lines[number - 1]))
        if stamps:
            found = stamps[-1]
            break
    return Finding(
        "mjml-syntax",
        Severity.ERROR,
        _("The MJML is not well-formed here: {detail}.").format(detail=message.split(", line ")[0].rstrip(".")),
        _("Close the tag opened last before the others, and write & as &amp;."),
        locate(found[1]) if found else None,
        int(found[2]) if found else None,
    )


class _Walk:
    """One pass over a tree of MJML."""

    def __init__(self, locate: Locate, classes: frozenset[str]) -> None:
        self._locate = locate
        self._classes = classes
        self._known = components()

    def check(self, element: "_Element", parent: "_Element | None") -> Iterator[Finding]:
        name = str(element.tag)
        component = self._known.get(name)
        is_default = parent is not None and parent.tag == DEFAULTS
        if is_default:
            yield from self._check_default(element, name, component)
            return
        if component is None or name == "mj-include":
            yield self._unknown(element, name)
            return
        yield from self._check_place(element, name, parent)
        yield from self._check_attributes(element, component)
        if component.holds_html:
            yield from self._check_html(element)
            return
        for child in element:
            if isinstance(child.tag, str):
                yield from self.check(child, element)

    def _check_default(self, element: "_Element", name: str, component: Component | None) -> Iterator[Finding]:
        if component is not None:
            yield from self._check_attributes(element, component)
        elif name in ("mj-all", "mj-class"):
            yield from self._check_values(element)
        else:
            yield self._unknown(element, name)

    def _unknown(self, element: "_Element", name: str) -> Finding:
        near = get_close_matches(name, self._known, n=1)
        if name == "mj-include":
            hint = _("mj-include loses widths in the body; use Jinja's include instead.")
        elif near:
            hint = _("Did you mean {name}?").format(name=near[0])
        else:
            hint = _("HTML stands inside mj-text, mj-table or mj-raw.")
        return self._remark("mjml-tag", element, _("MJML has no tag {name}.").format(name=name), hint)

    def _check_place(self, element: "_Element", name: str, parent: "_Element | None") -> Iterator[Finding]:
        if parent is None:
            if name != "mjml":
                message = _("The template must begin with mjml, not {name}.").format(name=name)
                yield self._remark("mjml-nesting", element, message, _("Wrap everything in <mjml>…</mjml>."))
            return
        if name in self._known[str(parent.tag)].children:
            return
        places = ", ".join(parents_of(name)) or "mjml"
        message = _("{name} cannot stand in {parent}.").format(name=name, parent=parent.tag)
        yield self._remark("mjml-nesting", element, message, _("It belongs in {places}.").format(places=places))

    def _check_attributes(self, element: "_Element", component: Component) -> Iterator[Finding]:
        for attribute in map(str, element.attrib):
            if attribute == ORIGIN or component.allows(attribute):
                continue
            near = get_close_matches(attribute, component.attributes, n=1)
            hint = (
                _("Did you mean {name}?").format(name=near[0])
                if near
                else _("It takes: {names}.").format(names=", ".join(sorted(component.attributes)) or "css-class")
            )
            message = _("{name} has no attribute {attribute}.").format(name=component.name, attribute=attribute)
            yield self._remark("mjml-attribute", element, message, hint)
        yield from self._check_values(element)
        is_picture = component.name in ("mj-image", "mj-carousel-image")
        if is_picture and element.get("alt") is None and element.getparent().tag != DEFAULTS:  # type: ignore[union-attr]  # checked inside a parent
            yield self._no_alt(element, component.name)
        for wanted in str(element.get("mj-class") or "").split():
            if wanted not in self._classes:
                message = _("There is no mj-class {name}.").format(name=wanted)
                yield self._remark("mjml-attribute", element, message, _("Define it in mj-attributes."))

    def _check_values(self, element: "_Element") -> Iterator[Finding]:
        for attribute, value in ((str(a), str(v)) for a, v in element.attrib.items()):
            if attribute == ORIGIN:
                continue
            short = _SHORT_COLOUR.search(value) if attribute not in ("href", "src", "alt", "title", "name") else None
            if short:
                message = _("The colour {colour} has three digits.").format(colour=short[0])
                longer = "#" + "".join(digit * 2 for digit in short[0][1:])
                hint = _("Write all six: {colour}.").format(colour=longer)
                yield self._remark("mjml-colour", element, message, hint)
            if _UNIT_ATTRIBUTE.match(attribute) and _BARE_ZERO.search(value):
                message = _('{attribute}="{value}" has a zero without unit.').format(attribute=attribute, value=value)
                hint = _('Write {attribute}="{value}".').format(attribute=attribute, value=_BARE_ZERO.sub("0px", value))
                yield self._remark("mjml-unit", element, message, hint)

    def _check_html(self, element: "_Element") -> Iterator[Finding]:
        for inner in element.iter():
            if inner is element or not isinstance(inner.tag, str):
                continue
            if inner.tag.startswith("mj-") or inner.tag == "mjml":
                message = _("{name} cannot stand in {parent}.").format(name=inner.tag, parent=element.tag)
                hint = _("{parent} holds HTML only.").format(parent=element.tag)
                yield self._remark("mjml-nesting", inner, message, hint)
            elif inner.tag == "img" and inner.get("alt") is None:
                yield self._no_alt(element, "img")

    def _no_alt(self, element: "_Element", name: str) -> Finding:
        message = _("{name} has no alt.").format(name=name)
        return self._remark(
            "mjml-alt", element, message, _('Write in alt what the picture says, or alt="" when it only decorates.')
        )

    def _remark(self, check: str, element: "_Element", message: str, hint: str) -> Finding:
        """Make a finding at the stamp of the element, or of the nearest one around it."""
        stamped: _Element | None = element
        while stamped is not None and stamped.get(ORIGIN) is None:
            stamped = stamped.getparent()
        if stamped is None:
            return Finding(check, Severity.ERROR, message, hint)
        name, _colon, line = str(stamped.get(ORIGIN)).rpartition(":")
        return Finding(check, Severity.ERROR, message, hint, self._locate(name), int(line))

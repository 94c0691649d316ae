"""Mail programs that do not know something that the letter uses, by caniemail's tests (https://www.caniemail.com/)."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from gettext import gettext as _
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from msgspec import Struct

from rtesmail.checks.client_words import feature_words, platform_words
from rtesmail.checks.registry import Remark, check
from rtesmail.checks.rendered import declarations
from rtesmail.checks.subject import Place, Subject
from rtesmail.checks.templates import template_place
from rtesmail.model.findings import Severity

DATA = Path(__file__).with_name("data") / "caniemail.json"
# Where these are not known nothing is lost: corners are square, a preheader is hidden by its other properties, people
# who listen hear what they always hear, and what the style sheet says stands on the elements too.
HARMLESS = frozenset(
    {
        *("css-border-radius", "css-max-height", "css-opacity", "css-overflow", "css-display-none", "css-table-layout"),
        *("css-white-space", "css-word-break", "css-word-spacing", "css-overflow-wrap", "css-word-wrap", "css-height"),
        *("css-box-shadow", "css-text-shadow", "css-cursor", "css-outline", "css-hyphens", "css-text-wrap"),
        *("css-color-scheme", "css-transition", "css-animation", "css-orphans", "css-widows"),
        *("html-aria-hidden", "html-aria-label", "html-aria-labelledby", "html-aria-describedby", "html-role"),
        *("html-lang", "html-dir", "html-body", "html-style", "html-loading-attribute", "html-target", "html-abbr"),
    }
)
_TAGS = {
    **dict.fromkeys(("article", "section", "header", "footer", "main", "nav", "aside", "figure"), "html-semantics"),
    **dict.fromkeys(("input",), "html-input-text"),
    **dict.fromkeys(("button",), "html-button-submit"),
    **dict.fromkeys(("map", "area"), "html-image-maps"),
}
# What Markdown makes these of.
_MARKS = {"code": "`"}
_FUNCTIONS = {
    "calc(": "css-unit-calc",
    "var(": "css-variables",
    "clamp(": "css-function-clamp",
    "max(": "css-function-max",
    "min(": "css-function-min",
    "linear-gradient(": "css-linear-gradient",
    "radial-gradient(": "css-radial-gradient",
    "light-dark(": "css-function-light-dark",
}
_UNIT = re.compile(r"\d(rem|vh|vw|vmin|vmax|ch|ex)\b")
_FORMATS = {"jpeg": "jpg", "tif": "tiff", "heic": "heif"}


class Feature(Struct, frozen=True):
    """What can be used in a mail, and the (family, platform) pairs that do not know it."""

    title: str
    without: tuple[tuple[str, str], ...]


@check("client-support", Severity.NOTE)
def find_what_programs_do_not_know(subject: Subject) -> Iterator[Remark]:
    wanted = subject.workspace.configuration.checks.clients
    features = support()[0]
    for slug, (place, pattern) in _used(subject).items():
        feature = features.get(slug)
        if feature is None or slug in HARMLESS:
            continue
        without = _in_words([client for client in feature.without if client[0] in wanted])
        if without:
            yield Remark(
                _("{feature} is not known to {clients}.").format(feature=feature_words(feature.title), clients=without),
                _("See that the letter is whole without it: {page}").format(
                    page=f"https://www.caniemail.com/features/{slug}/"
                ),
                place or template_place(subject, pattern),
            )


@lru_cache(maxsize=1)
def support() -> tuple[dict[str, Feature], dict[str, dict[str, str]]]:
    """Give caniemail's features by name, and how families and platforms are called."""
    whole = json.loads(DATA.read_text(encoding="utf-8"))
    clients = [(family, platform) for family, platform in whole["clients"]]
    features = {
        slug: Feature(told["title"], tuple(clients[number] for number in told["without"]))
        for slug, told in whole["features"].items()
    }
    return features, {"family": whole["families"], "platform": whole["platforms"]}


def _in_words(clients: list[tuple[str, str]]) -> str:
    """Name each family once, with its platforms in brackets."""
    names = support()[1]
    platforms: dict[str, list[str]] = {}
    for family, platform in clients:
        platforms.setdefault(family, []).append(platform_words(platform, names["platform"].get(platform, platform)))
    return ", ".join(f"{names['family'].get(family, family)} ({', '.join(all_)})" for family, all_ in platforms.items())


def _used(subject: Subject) -> dict[str, tuple[Place | None, str]]:
    """Give the features that stand on the elements, each with where a person wrote it and how a template would."""
    found: dict[str, tuple[Place | None, str]] = {}
    for element in subject.document.iter():
        if not isinstance(element.tag, str):
            continue
        slug = _TAGS.get(element.tag, f"html-{element.tag}")
        if slug not in found:
            found[slug] = (subject.place_of(_MARKS.get(element.tag, "")), rf"<{element.tag}\b")
        for name in map(str, element.attrib):
            found.setdefault(f"html-{name}", (None, rf"\s{re.escape(name)}\s*="))
        for name, value in declarations(element.get("style") or "").items():
            for slug in _of_declaration(name, value):
                found.setdefault(slug, (None, rf"(?i)\b{re.escape(name)}\s*:\s*{re.escape(value)}"))
        if element.tag == "img" and (picture := _format_of(element.get("src") or "")):
            source = element.get("src") or ""
            found.setdefault(picture, (subject.place_of(source), re.escape(source)))
    return found


def _of_declaration(name: str, value: str) -> Iterator[str]:
    yield f"css-{name}"
    yield f"css-{name}-{value.partition('!')[0].strip()}"
    yield from (slug for function, slug in _FUNCTIONS.items() if function in value)
    yield from (f"css-unit-{unit}" for unit in _UNIT.findall(value))


def _format_of(address: str) -> str:
    if address.startswith("data:"):
        return "image-base64"
    try:
        ending = PurePosixPath(urlsplit(address).path).suffix.removeprefix(".").lower()
    except ValueError:
        return ""
    return f"image-{_FORMATS.get(ending, ending)}" if ending and not address.startswith("cid:") else ""

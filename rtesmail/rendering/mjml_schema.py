"""What MJML knows: its tags, their attributes, and what may stand in what.

The facts come from the components of npm's `mjml` (`mjml_components.json`); mjml-python itself checks nothing.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

DATA = Path(__file__).parent / "mjml_components.json"

EVERYWHERE = frozenset({"css-class", "mj-class"})
"""Attributes that every component of the body takes."""

DEFAULTS = "mj-attributes"
"""Under this tag, any component's name gives its default attributes."""


class Component(Struct, frozen=True):
    """One MJML tag. `holds_html`: what is inside is HTML, not MJML."""

    name: str
    attributes: frozenset[str]
    children: frozenset[str]
    holds_html: bool

    def allows(self, attribute: str) -> bool:
        return attribute in self.attributes or attribute in EVERYWHERE


@lru_cache(maxsize=1)
def components() -> Mapping[str, Component]:
    """Give every MJML tag by name."""
    data = json.loads(DATA.read_text(encoding="utf-8"))["components"]
    return {
        name: Component(name, frozenset(row["attributes"]), frozenset(row["children"]), bool(row["holds_html"]))
        for name, row in data.items()
    }


def parents_of(name: str) -> tuple[str, ...]:
    """Give the tags that a tag may stand in, in alphabetical order."""
    return tuple(sorted(parent.name for parent in components().values() if name in parent.children))

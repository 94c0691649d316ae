"""The reference of the checks as a page of the preview: what stands behind a finding's name, without a web site."""

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rtesmail.checks.pages import PAGE
from rtesmail.content.bundled import bundled_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token
    from markupsafe import Markup


@lru_cache(maxsize=1)
def checks_manual() -> "Markup":
    """Give the reference as HTML, each heading with its words as its id, so that `#image-alt` leads to that check.

    Links to other documents, which are not at hand here, leave their words.
    """
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse((bundled_root() / PAGE).read_text(encoding="utf-8"))
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            before.attrSet("id", token.content)
        if token.type == "inline":
            token.children = _without_documents(token.children or ())
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def _without_documents(children: "Sequence[Token]") -> "list[Token]":
    kept, is_open = [], True
    for child in children:
        if child.type == "link_open":
            is_open = str(child.attrGet("href")).startswith(("https://", "#"))
        if is_open or child.type not in ("link_open", "link_close"):
            kept.append(child)
    return kept

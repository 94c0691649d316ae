"""Markdown to HTML for mail, and to plain text for reading: both from the same tokens, never one from the other."""

import re
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING

from rtesmail.rendering.addresses import is_web_address, quiet_marks_in_address
from rtesmail.rendering.typography import typographer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

WIDTH = 72
"""Columns of a plain-text line: quoted once or twice it still fits the 80 of old readers."""

LAST_HEADING = 6

# Private characters stand for what is not running text while a paragraph's typography is set as a whole.
_EDGE = "\ue000"
_HELD = re.compile("[\ue000]")
_BLANKS = re.compile(r"[ \t\r\n]+")


# The letter and its page on the web say the same, and a save changes one snippet.
@lru_cache(maxsize=256)
def markdown_to_html(text: str, *, language: str = "en", heading_level: int = 4) -> str:
    """Give the HTML of Markdown, well-formed as XML. HTML in the source comes out as text.

    The source's first heading level becomes `heading_level`, so that headings stay in order under a title.
    """
    tokens = _parse(text, language)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + heading_level - 1, LAST_HEADING)}"
    parser = _parser()
    return str(parser.renderer.render(tokens, parser.options, {})).strip()


@lru_cache(maxsize=256)
def markdown_to_text(text: str, *, width: int = WIDTH, language: str = "en") -> str:
    """Give the plain text of Markdown: paragraphs wrapped at `width`, links as `words (https://…)`, no emphasis."""
    from markdown_it.tree import SyntaxTreeNode

    return _blocks_to_text(SyntaxTreeNode(_parse(text, language)).children, width)


def markdown_to_plain(text: str, *, language: str = "en") -> str:
    """Give the words alone on one line, without link addresses: for summaries and calendar entries."""
    blocks = ("".join(map(_words_of, token.children or ())) for token in _parse(text, language))
    return _BLANKS.sub(" ", " ".join(filter(None, blocks))).strip()


def _parse(text: str, language: str) -> "list[Token]":
    tokens = _parser().parse(text)
    set_text = typographer(language)
    for token in tokens:
        if token.type == "inline" and token.children:
            _set_inline(token.children, set_text)
    return tokens


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    # Pictures come with their words, from the front matter: one inside the text becomes a link to it.
    parser.disable("image")
    parser.validateLink = is_web_address  # type: ignore[method-assign]  # documented as the way to narrow links
    normalize = parser.normalizeLink
    parser.normalizeLink = lambda url: quiet_marks_in_address(normalize(url))  # type: ignore[method-assign]  # the same
    return parser


def _set_inline(children: "Sequence[Token]", set_text: "Callable[[str], str]") -> None:
    """Set the typography of a paragraph across its emphasis and links; code and bare addresses stay as they are."""
    runs: list[Token] = []
    is_address = False
    for child in children:
        if child.type == "link_open":
            is_address = child.info == "auto"
        elif child.type == "link_close":
            is_address = False
        elif child.type == "text" and not is_address:
            runs.append(child)
    if not runs:
        return
    joined = _EDGE.join(_HELD.sub("", run.content) for run in runs)
    for run, content in zip(runs, set_text(joined).split(_EDGE), strict=True):
        run.content = content


def _words_of(token: "Token") -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _blocks_to_text(nodes: "Sequence[SyntaxTreeNode]", width: int) -> str:
    return "\n\n".join(filter(None, (_block_to_text(node, width) for node in nodes)))


def _block_to_text(node: "SyntaxTreeNode", width: int) -> str:
    match node.type:
        case "paragraph":
            return wrap(_inline_to_text(node.children), width)
        case "heading":
            title = wrap(_inline_to_text(node.children), width)
            return f"{title}\n{'-' * max(map(len, title.splitlines()))}" if title else ""
        case "bullet_list":
            return _list_to_text(node, ["- "] * len(node.children), width)
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            marks = [f"{first + i}. " for i in range(len(node.children))]
            widest = max(map(len, marks))
            return _list_to_text(node, [mark.rjust(widest) for mark in marks], width)
        case "blockquote":
            inside = _blocks_to_text(node.children, max(width - 2, 20))
            return textwrap.indent(inside, "> ", lambda _line: True).replace("> \n", ">\n")
        case "code_block" | "fence":
            return textwrap.indent(node.content.rstrip("\n"), "    ")
        case "hr":
            return "* * *"
        case _:
            return _blocks_to_text(node.children, width)


def _list_to_text(node: "SyntaxTreeNode", marks: list[str], width: int) -> str:
    items = []
    is_tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    for mark, item in zip(marks, node.children, strict=True):
        blank = " " * len(mark)
        blocks = (_block_to_text(child, max(width - len(mark), 20)) for child in item.children)
        inside = ("\n" if is_tight else "\n\n").join(filter(None, blocks))
        items.append(mark + textwrap.indent(inside, blank)[len(blank) :])
    return ("\n" if is_tight else "\n\n").join(items)


def _inline_to_text(nodes: "Sequence[SyntaxTreeNode]") -> str:
    """Give a paragraph's words; a hard line break is a newline."""
    pieces = []
    for node in nodes:
        match node.type:
            case "text" | "code_inline":
                pieces.append(node.content)
            case "softbreak":
                pieces.append(" ")
            case "hardbreak":
                pieces.append("\n")
            case "link":
                pieces.append(_link_to_text(node))
            case _:
                pieces.append(_inline_to_text(node.children))
    return "".join(pieces)


def _link_to_text(node: "SyntaxTreeNode") -> str:
    words = _inline_to_text(node.children)
    url = str(node.attrs.get("href", ""))
    shown = url.removeprefix("mailto:")
    if not words or words in (url, shown, url.removeprefix("https://"), url.removeprefix("http://")):
        return shown
    return f"{words} ({shown})"


def wrap(text: str, width: int = WIDTH, indent: str = "") -> str:
    """Wrap each line of text at `width` columns; an address longer than that is never broken."""
    return "\n".join(
        textwrap.fill(
            line,
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.split("\n")
    )

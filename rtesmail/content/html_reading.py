"""HTML of any origin (Word, Outlook, a web page) to the Markdown that letters know."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.content.link_cleaning import clean_link
from rtesmail.content.markdown_runs import BREAK, Run, plain_signs, plain_signs_of_source, runs_to_markdown, words_of

if TYPE_CHECKING:
    from lxml.etree import _Element

# Deeper than any page means: what is below is read for its words only.
_DEEPEST = 60
_LEFT_OUT = frozenset(
    {
        *("script", "style", "head", "title", "noscript", "iframe", "object", "embed", "svg", "math", "template"),
        *("form", "input", "button", "select", "textarea", "xml", "audio", "video", "canvas", "map", "applet"),
        *("frameset", "link", "meta", "base"),
        # What somebody took out while changes were tracked, and still stands in the file.
        "del",
    }
)
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "header", "hr", "html", "main", "nav", "p", "pre", "section"),
        *("table", "tbody", "thead", "tfoot", "tr", "td", "th", "ul", "ol", "li", "caption", "summary"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    }
)
_HEADING = re.compile(r"h([1-6])")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*italic", re.IGNORECASE)
_WORD_LEVEL = re.compile(r"mso-list\s*:[^;]*level(\d)", re.IGNORECASE)
_WORD_MARK = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)
_WORD_TITLE = "MsoTitle"
_BULLET = re.compile(r"^\s*[•·▪●◦‣\uf0b7\uf0a7]\s*")
_MOST_BLOCKS = 20_000


class Block(Struct, frozen=True):
    """One block of Markdown: a paragraph, a heading (`level`), or an item of a list (`mark`, indented by `depth`)."""

    text: str
    level: int = 0
    mark: str = ""
    depth: int = 0


class HtmlText(Struct):
    """What was read: blocks in order, and the pictures as (src, alt)."""

    blocks: list[Block] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)


def read_html(html: str, base: str = "") -> HtmlText:
    """Read HTML; never raises for what stands in it. Scripts, hidden parts and links that run are left out.

    `base` is the address of its page: links that name no site are of that one; without it they lose their address.
    """
    found = HtmlText()
    root = _parsed(html)
    if root is not None:
        _Walk(found, base).block(root, _Look(), 0)
    return found


def words_of_html(html: str) -> str:
    """Give the words of a title alone, on one line, be it HTML or plain; never raises."""
    from lxml import etree

    root = _parsed(html)
    if root is None:
        return ""
    etree.strip_elements(root, *_LEFT_OUT, with_tail=False)
    return " ".join(plain_signs("".join(map(str, root.itertext()))).split())


def _parsed(html: str) -> "_Element | None":
    """Give the root of what the parser makes of any text; None when there is nothing in it."""
    from lxml import etree
    from lxml import html as lxml_html

    text = plain_signs_of_source(html)
    if not text.strip():
        return None
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        return lxml_html.document_fromstring(text.encode(), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def blocks_to_markdown(blocks: list[Block]) -> str:
    """Give the Markdown; headings begin at the first level, as letters expect."""
    top = min((block.level for block in blocks if block.level), default=1)
    written: list[str] = []
    was_item = False
    # CommonMark 5.2: what is inside an item begins under its first word.
    widths: list[int] = []
    for block in blocks:
        if block.level:
            text = f"{'#' * (block.level - top + 1)} {block.text}"
        elif block.mark:
            widths = [*widths[: block.depth], max(3, len(block.mark) + 1)]
            indent, inside = " " * sum(widths[:-1]), " " * sum(widths)
            text = f"{indent}{block.mark} " + block.text.replace("\n", f"\n{inside}")
        else:
            text = block.text
        written.append(("\n" if was_item and block.mark else "\n\n") + text)
        was_item = bool(block.mark)
    return "".join(written).strip("\n")


class _Look(Struct, frozen=True):
    is_bold: bool = False
    is_italic: bool = False
    link: str = ""


class _Walk:
    """One walk through a document; the runs of the paragraph at hand, and the list around it."""

    def __init__(self, found: HtmlText, base: str = "") -> None:
        self.found = found
        self.base = base
        self.runs: list[Run] = []
        self.mark = ""
        self.depth = 0
        self.item = -1

    def flush(self, level: int = 0) -> None:
        """End the paragraph at hand."""
        runs, self.runs = self.runs, []
        if len(self.found.blocks) >= _MOST_BLOCKS or not words_of(runs):
            return
        if level:
            # A heading is bold by itself.
            runs = [Run(run.text, link=run.link) for run in runs]
        mark, depth = self.mark, self.depth
        bullet = _BULLET.match(runs[0].text) if runs else None
        if bullet and not mark and not level:
            runs[0] = Run(runs[0].text[bullet.end() :], runs[0].is_bold, runs[0].is_italic, runs[0].link)
            mark = "-"
        text = runs_to_markdown(runs, keep_breaks=not level)
        blocks = self.found.blocks
        if text and mark and not level and self.item == len(blocks) - 1 >= 0:
            # A further paragraph of the same item is no item of its own, which would count on.
            blocks[-1] = replace(blocks[-1], text=f"{blocks[-1].text}\\\n{text}")
        elif text:
            blocks.append(Block(text, level, "" if level else mark, depth if mark else 0))
            self.item = len(blocks) - 1 if self.mark and not level else -1

    def block(self, element: "_Element", look: _Look, deep: int) -> None:
        """Read one element and all below it; its tail is the parent's."""
        name = _name(element)
        style = element.get("style") or ""
        if name in _LEFT_OUT or _HIDDEN.search(style) or _WORD_MARK.search(style) or element.get("hidden") is not None:
            return
        if deep > _DEEPEST:
            self.runs.append(_run("".join(map(str, element.itertext())), look))
            return
        if name == "br":
            self.runs.append(Run(BREAK))
        elif name == "img":
            self._picture(element)
        elif name in ("ul", "ol"):
            self._list(element, look, deep)
        elif name == "table" and _is_data(element):
            self._table(element)
        elif name in _BLOCKS:
            self._own_block(element, name, style, look, deep)
        else:
            self._children(element, _look_of(element, name, style, look, self.base), deep)

    def _own_block(self, element: "_Element", name: str, style: str, look: _Look, deep: int) -> None:
        self.flush()
        heading = _HEADING.fullmatch(name)
        level = _WORD_LEVEL.search(style)
        around = (self.mark, self.depth)
        if level and not self.mark:
            self.mark, self.depth = _word_mark(element), min(int(level[1]) - 1, 5) if self.found.blocks else 0
            before = self.found.blocks[-1] if self.found.blocks else None
            self.depth = min(self.depth, before.depth + 1 if before and before.mark else 0)
            self.item = -1
        self._children(element, look, deep)
        is_title = _WORD_TITLE in (element.get("class") or "").split()
        self.flush(int(heading[1]) if heading else int(is_title))
        if level:
            self.mark, self.depth = around

    def _children(self, element: "_Element", look: _Look, deep: int) -> None:
        self.runs.append(_run(element.text or "", look))
        for child in element:
            if isinstance(child.tag, str):
                self.block(child, look, deep + 1)
            self.runs.append(_run(child.tail or "", look))

    def _list(self, element: "_Element", look: _Look, deep: int) -> None:
        self.flush()
        around = (self.mark, self.depth)
        depth = self.depth + 1 if self.mark else self.depth
        # Old pages indent by a list without items.
        self.runs.append(_run(element.text or "", look))
        self.flush()
        number = _number(element.get("start"), 1) - 1
        for item in element:
            if not isinstance(item.tag, str):
                continue
            if _name(item) == "li":
                number = _number(item.get("value"), number + 1)
            self.mark, self.depth = ("-" if _name(element) == "ul" else f"{number}."), min(depth, 6)
            self.item = -1
            self.block(item, look, deep + 1)
            self.flush()
            self.runs.append(_run(item.tail or "", look))
            self.flush()
        self.mark, self.depth, self.item = *around, -1

    def _table(self, element: "_Element") -> None:
        """A table of data: one item a row, for letters have no tables."""
        self.flush()
        for caption in element.iterchildren("caption"):
            self.block(caption, _Look(), 1)
        for row in element.iter("tr"):
            cells = []
            for cell in row.iterchildren("td", "th"):
                inner = _Walk(HtmlText(), self.base)
                inner._children(cell, _Look(is_bold=_name(cell) == "th"), 1)
                inner.flush()
                self.found.pictures += inner.found.pictures
                text = " ".join(block.text.replace("\\\n", " ") for block in inner.found.blocks)
                if text:
                    cells.append(text)
            if cells and len(self.found.blocks) < _MOST_BLOCKS:
                self.found.blocks.append(Block(" · ".join(cells), mark="-"))

    def _picture(self, element: "_Element") -> None:
        source = element.get("src") or ""
        if source:
            self.found.pictures.append((source, " ".join(plain_signs(element.get("alt") or "").split())))


def _name(element: "_Element") -> str:
    return str(element.tag).lower() if isinstance(element.tag, str) else ""


def _run(text: str, look: _Look) -> Run:
    return Run(re.sub(r"\s+", " ", plain_signs(text)), look.is_bold, look.is_italic, look.link)


def _look_of(element: "_Element", name: str, style: str, look: _Look, base: str) -> _Look:
    link = clean_link(joined(base, element.get("href") or "")) if name == "a" else ""
    return _Look(
        look.is_bold or name in ("b", "strong") or bool(_BOLD.search(style)),
        look.is_italic or name in ("i", "em") or bool(_ITALIC.search(style)),
        link or look.link,
    )


def joined(base: str, address: str) -> str:
    """Give an address as it reads on a page; what is none stays as it is."""
    try:
        return urljoin(base, address.strip()) if base and address.strip() else address
    except ValueError:
        return address


def _number(written: str | None, otherwise: int) -> int:
    """Give the number that a list or an item asks for; one that no Markdown has is not followed."""
    text = (written or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def _is_data(table: "_Element") -> bool:
    """Tell a table of values from one that only sets a page: several columns, nothing but words in the cells."""
    if table.get("role") == "presentation" or any(isinstance(e.tag, str) for e in table.iterfind(".//table")):
        return False
    widths = [len(list(row.iterchildren("td", "th"))) for row in table.iter("tr")]
    rich = {"ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "img"}
    has_blocks = any(_name(e) in rich for e in table.iter())
    return len(widths) > 1 and max(widths) > 1 and not has_blocks


def _word_mark(paragraph: "_Element") -> str:
    for span in paragraph.iter("span"):
        if _WORD_MARK.search(span.get("style") or ""):
            number = re.match(r"\s*(\d{1,4})[.)]", "".join(map(str, span.itertext())))
            return f"{number[1]}." if number else "-"
    return "-"

"""What a check looks at: the issue, its edition with the HTML parsed once, and where each text was written."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.content import Issue, Snippet
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Workspace

if TYPE_CHECKING:
    from lxml.etree import _Element

    from rtesmail.checks.rendered import ShownText

CONFIGURATION_FILE = Path("rtesmail.toml")

# What nobody reads: their text is no text of the edition.
_SILENT = frozenset({"style", "script", "head", "title"})


class Place(Struct, frozen=True):
    """A line of a file; `line` is None for the whole file. `others` may as well be meant, and stand after it."""

    path: Path
    line: int | None = None
    others: "tuple[Place, ...]" = ()


class SourceText(Struct, frozen=True):
    """A text as a person wrote it, in one field of one file. `line` is where it begins."""

    field: str
    text: str
    path: Path
    line: int | None

    def place_at(self, position: int) -> Place:
        """Where the character at `position` stands; exact in a body, the field's line elsewhere."""
        if self.line is None or self.field != "body":
            return Place(self.path, self.line)
        return Place(self.path, self.line + self.text.count("\n", 0, position))


class Subject(Struct, frozen=True, dict=True):
    """What every check is given: an issue and what its readers get of it.

    With blocks for some readers only, `edition` is what those of one `variant` get, and `readers` tells in words who
    they are, empty for those whom no condition names; `issue` holds every block all the same. Where links are counted
    `edition` leads directly, and `sent_html` is what leaves.
    """

    workspace: Workspace
    issue: Issue
    edition: Edition
    variant: str = ""
    readers: str = ""
    sent_html: str = ""

    @cached_property
    def document(self) -> "_Element":
        """The edition's HTML, parsed once."""
        return parse_html(self.edition.html)

    @cached_property
    def shown_texts(self) -> "tuple[ShownText, ...]":
        """Each text of the HTML with its colour, ground and size, in the light."""
        from rtesmail.checks.rendered import shown_texts

        return tuple(shown_texts(self.document))

    @cached_property
    def visible_text(self) -> str:
        """The words of the HTML that a reader can see, pieces separated by line breaks."""
        return "\n".join(_visible_pieces(self.document))

    @cached_property
    def sources(self) -> tuple[SourceText, ...]:
        """Every text of the issue: its own lines first, then its snippets in reading order."""
        issue = self.issue
        own = (("subject", issue.subject), ("preheader", issue.preheader), ("title", issue.title))
        texts = [SourceText(name, text, issue.path, issue.line_of.get(name)) for name, text in own if text]
        for snippet in issue.snippets:
            texts.extend(texts_of(snippet))
        return tuple(texts)

    def place_of(self, needle: str) -> Place | None:
        """The first place where these characters were written; None when they come from a template."""
        if not needle:
            return None
        for source in self.sources:
            position = source.text.find(needle)
            if position >= 0:
                return source.place_at(position)
        return None

    def place_of_words(self, words: str) -> Place | None:
        """The first line that holds these words, whatever typography or emphasis has made of them."""
        wanted = bare(words)
        if not wanted:
            return None
        for source in self.sources:
            position = 0
            for line in source.text.splitlines(keepends=True):
                if wanted in bare(line):
                    return source.place_at(position)
                position += len(line)
        return None

    def place_in_issue(self, field: str) -> Place:
        """The line of a field of `issue.toml`."""
        return Place(self.issue.path, self.issue.line_of.get(field))

    def place_in_configuration(self, key: str) -> Place:
        """The line of a key of `rtesmail.toml`, such as `identity.legal`."""
        return Place(CONFIGURATION_FILE, self.workspace.configuration.line_of.get(key))


def parse_html(text: str) -> "_Element":
    """Parse HTML as mail programs do, forgiving; a text without any gives an empty page."""
    from lxml import etree, html

    # As bytes: lxml refuses a str that declares an encoding of its own.
    parser = html.HTMLParser(encoding="utf-8")
    content = text.replace("\x00", "").encode("utf-8", "replace")
    try:
        return html.document_fromstring(content, parser=parser)
    except etree.LxmlError:
        return html.document_fromstring(b"<html><body></body></html>", parser=parser)


def bare(text: str) -> str:
    """Letters and digits only, to compare: typography changes spaces and apostrophes, wrapping the line ends."""
    return "".join(character for character in text.casefold() if character.isalnum())


def place_in(snippet: Snippet, field: str) -> Place:
    """The line of a snippet's field, the whole file when it is not there."""
    return Place(snippet.path, snippet.line_of.get(field))


def texts_of(snippet: Snippet) -> Iterator[SourceText]:
    """Every text of a snippet with its field, addresses included."""
    for name, value in (
        ("title", snippet.title),
        ("lead", snippet.lead),
        ("url", snippet.url),
        *snippet.details.items(),
    ):
        line = snippet.line_of.get(name)
        for text in _texts_in(value):
            yield SourceText(name, text, snippet.path, line)
    if snippet.image is not None:
        for text in (snippet.image.source, snippet.image.alt):
            yield SourceText("image", text, snippet.path, snippet.line_of.get("image"))
    if snippet.body:
        yield SourceText("body", snippet.body, snippet.path, snippet.body_line)


def _texts_in(value: object) -> Iterator[str]:
    """Every text inside a field's value: alone, in a tuple, in an image, in the days of a programme."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _texts_in(getattr(value, name))


def _visible_pieces(element: "_Element") -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in _SILENT:
        return
    if element.text and element.text.strip():
        yield element.text
    for child in element:
        yield from _visible_pieces(child)
        if child.tail and child.tail.strip():
            yield child.tail

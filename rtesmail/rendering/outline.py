"""What stands in an edition, read from the edition itself: one that was approved last year has nothing else left."""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field

from rtesmail.model.edition import Edition

_RULE = re.compile(r"(={3,}|-{3,})")
_FOOTER = "-" * 72
_ADDRESS = re.compile(r"(?:https?|mailto|webcal):\S+|@@\w+@@\S*")


class Block(Struct, frozen=True):
    """One snippet, or what stands in a section before its first, without a title.

    `words` are those of its text without addresses: where lines end plays no part, and a no-break space parts no words.
    `nth` tells blocks of the same title apart.
    """

    title: str
    section: str
    nth: int = 0
    words: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    readers: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.title or f"={self.section}", self.nth


class Outline(Struct, frozen=True):
    """An edition's sections and blocks in reading order; `surroundings` are the words around them, head and foot."""

    sections: tuple[str, ...]
    blocks: tuple[Block, ...]
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()


class _Part(Struct):
    title: str
    section: str
    lines: list[str] = field(default_factory=list)


def outline_of(edition: Edition) -> Outline:
    """Give what stands in an edition, from the headings of its plain text: underlined with `=` or `-`."""
    body, foot = _cut_foot(edition.text)
    parts = _parts(body)
    head = parts[0]
    if len(parts) > 1 and parts[1].title == "" and parts[1].section:
        # The first heading underlined with `=` is the letter's own name; its sections follow.
        head.lines += [parts[1].section, "", *parts[1].lines]
        del parts[1]
    sections = tuple(part.section for part in parts[1:] if not part.title)
    seen: Counter[str] = Counter()
    blocks: list[Block] = []
    for part in parts[1:]:
        if not part.title and not any(line.strip() for line in part.lines):
            continue
        words, addresses = _words(part.lines)
        name = part.title or f"={part.section}"
        blocks.append(Block(part.title, part.section, seen[name], words, addresses))
        seen[name] += 1
    blocks = [_with_readers(edition, block) for block in blocks]
    return Outline(sections, tuple(blocks), _words(_without_contents(head.lines, sections))[0], _words(foot)[0])


def _cut_foot(text: str) -> tuple[list[str], list[str]]:
    lines = text.split("\n")
    places = [n for n, line in enumerate(lines) if line == _FOOTER and (n == 0 or not lines[n - 1].strip())]
    return (lines[: places[-1]], lines[places[-1] + 1 :]) if places else (lines, [])


def _parts(lines: list[str]) -> list[_Part]:
    """Cut lines at their headings: a heading is the paragraph that ends right above its rule."""
    parts = [_Part("", "")]
    for line in lines:
        found = _RULE.fullmatch(line)
        heading = _taken_heading(parts[-1].lines) if found else ""
        if found is None or not heading:
            parts[-1].lines.append(line)
        elif line[0] == "=":
            parts.append(_Part("", heading))
        else:
            parts.append(_Part(heading, parts[-1].section))
    return parts


def _taken_heading(lines: list[str]) -> str:
    """Take the last paragraph out of the lines, as one line; empty when the last line is."""
    taken: list[str] = []
    while lines and lines[-1].strip():
        taken.append(lines.pop().strip())
    return " ".join(reversed(taken))


def _words(lines: list[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    found = [word for line in lines for word in re.split(r"[ \t]+", line) if word]
    addresses = frozenset(word for word in found if _ADDRESS.search(word))
    return tuple(word for word in found if word not in addresses), addresses


def _without_contents(lines: list[str], sections: tuple[str, ...]) -> list[str]:
    """Leave out the table of contents: it says again what the sections say."""
    names = {section.casefold() for section in sections}

    def kept() -> Iterator[str]:
        is_contents = False
        for line in lines:
            if line.startswith("- "):
                is_contents = line[2:].replace("\N{NO-BREAK SPACE}", " ").split(" :")[0].strip().casefold() in names
            elif not line.startswith("  "):
                is_contents = False
            if not is_contents:
                yield line

    return list(kept())


def _with_readers(edition: Edition, block: Block) -> Block:
    """Give the block with whom it is for: the condition that holds in exactly the variants that show it."""
    if not edition.variants or not block.title:
        return block
    shown = {one.key for one in edition.variants if _shows(one.text, block)}
    for position, condition in enumerate(edition.conditions):
        if shown == {one.key for one in edition.variants if one.key[position] == "1"}:
            return Block(block.title, block.section, block.nth, block.words, block.addresses, condition.words)
    return block


def _shows(text: str, block: Block) -> bool:
    return any(part.title == block.title and part.section == block.section for part in _parts(_cut_foot(text)[0]))

"""What differs between two editions, as a person would tell it: not lines of HTML, but words, pieces and links."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from html import unescape

from msgspec import Struct

from rtesmail.model.edition import Edition
from rtesmail.rendering.links import lead_directly
from rtesmail.rendering.outline import Block, Outline, outline_of

ALIKE = 0.6
"""From here on two texts are taken for one that was rewritten under another title."""

AROUND = 3
"""Words shown before a changed passage, so that it can be found."""

_LINK = re.compile(r"""<a\b[^>]*?\shref=("[^"]*"|'[^']*')[^>]*>(.*?)</a\s*>""", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s(src|alt)=("[^"]*"|'[^']*')""", re.IGNORECASE)
_UNSEEN = re.compile(r"<(style|head|script)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class Aspect(StrEnum):
    """What a change is about."""

    SUBJECT = "subject"
    PREHEADER = "preheader"
    SENDER = "sender"
    SECTION = "section"
    SNIPPET = "snippet"
    READERS = "readers"
    SURROUNDINGS = "surroundings"
    LINK = "link"
    PICTURE = "picture"
    TIME_ZONE = "time_zone"
    LOOK = "look"


class Turn(StrEnum):
    """What happened to it."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    RENAMED = "renamed"
    CHANGED = "changed"


class Passage(Struct, frozen=True):
    """Words that were replaced; one of the two is empty when words only came or went. `lead` stands before them."""

    before: str
    after: str
    lead: str = ""


class Change(Struct, frozen=True):
    """One thing that differs. `name` is its title or words; `before` and `after` are short, or empty."""

    aspect: Aspect
    turn: Turn
    name: str = ""
    before: str = ""
    after: str = ""
    passages: tuple[Passage, ...] = ()

    @property
    def details(self) -> tuple[Passage, ...]:
        """The passages that say more than `before` and `after`: a subject and its like are told whole."""
        return self.passages if self.aspect in (Aspect.SNIPPET, Aspect.SURROUNDINGS) else ()


class Comparison(Struct, frozen=True):
    """All that differs, in the order of the letter; nothing exactly when the two have the same digest.

    Two issues are never the same, but can have no changes to tell.
    """

    before: str
    after: str
    changes: tuple[Change, ...]

    @property
    def is_same(self) -> bool:
        return self.before == self.after


def compare_editions(before: Edition, after: Edition, public_url: str = "") -> Comparison:
    """Tell what differs between an earlier edition and a later one, of the same issue or of two.

    Counted links are told by where they lead, if the editions know (`links`) and `public_url` is the house's address.
    """
    digests = before.digest, after.digest
    if public_url:
        before, after = lead_directly(before, public_url), lead_directly(after, public_url)
    told = _changes(before, after)
    if not told and digests[0] != digests[1] and before.issue == after.issue:
        told = [Change(Aspect.LOOK, Turn.CHANGED)]
    return Comparison(*digests, tuple(told))


def _changes(before: Edition, after: Edition) -> list[Change]:
    one, two = outline_of(before), outline_of(after)
    told = [*_envelope(before, after), *_sections(one, two), *_blocks(one, two), *_surroundings(one, two)]
    came_and_went = {
        address
        for outline, other in ((one, two), (two, one))
        for block in outline.blocks
        if block.key not in {b.key for b in other.blocks}
        for address in block.addresses
    }
    told += [*_links(before, after, came_and_went), *_pictures(before, after), *_time_zone(before, after)]
    return [*told, *_look(before, after, told)]


def changed_passages(before: Sequence[str], after: Sequence[str]) -> tuple[Passage, ...]:
    """Give what differs between two texts, word by word."""
    passages: list[Passage] = []
    for tag, i, j, m, n in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            passages.append(
                Passage(" ".join(before[i:j]), " ".join(after[m:n]), " ".join(before[max(0, i - AROUND) : i]))
            )
    return tuple(passages)


def _envelope(before: Edition, after: Edition) -> Iterator[Change]:
    pairs = (
        (Aspect.SENDER, _sender(before), _sender(after)),
        (Aspect.SUBJECT, before.subject, after.subject),
        (Aspect.PREHEADER, before.preheader, after.preheader),
    )
    for part, old, new in pairs:
        if old != new:
            yield Change(part, Turn.CHANGED, before=old, after=new, passages=changed_passages(old.split(), new.split()))


def _sender(edition: Edition) -> str:
    sender = edition.sender
    reply = f", {sender.reply_to}" if sender.reply_to else ""
    return f"{sender.name} <{sender.address}>{reply}"


def _sections(one: Outline, two: Outline) -> Iterator[Change]:
    yield from (Change(Aspect.SECTION, Turn.REMOVED, name) for name in one.sections if name not in two.sections)
    yield from (Change(Aspect.SECTION, Turn.ADDED, name) for name in two.sections if name not in one.sections)
    yield from (Change(Aspect.SECTION, Turn.MOVED, name) for name in _moved(one.sections, two.sections))


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Give what stands in both, but not in the same order: as few as explain it."""
    kept_before = [name for name in before if name in after]
    kept_after = [name for name in after if name in before]
    still: set[str] = set()
    for block in SequenceMatcher(None, kept_before, kept_after, autojunk=False).get_matching_blocks():
        still.update(kept_after[block.b : block.b + block.size])
    return tuple(name for name in kept_after if name not in still)


def _blocks(one: Outline, two: Outline) -> Iterator[Change]:
    old, new = {block.key: block for block in one.blocks}, {block.key: block for block in two.blocks}
    renamed = _renamed([b for b in one.blocks if b.key not in new], [b for b in two.blocks if b.key not in old])
    taken = {block.key for block in renamed.values()}
    for block in one.blocks:
        if block.key not in new and block.key not in taken and not _is_whole(block, two.sections):
            yield Change(Aspect.SNIPPET, Turn.REMOVED, _begun(block), before=block.section)
    names = {key: f"{key[0]}\0{key[1]}" for key in (*old, *new)}
    order = [names[b.key] for b in one.blocks], [names[b.key] for b in two.blocks]
    moved = set(_moved(*order))
    for block in two.blocks:
        known = old.get(block.key) or renamed.get(block.key)
        if known is None:
            if not _is_whole(block, one.sections):
                yield Change(Aspect.SNIPPET, Turn.ADDED, _begun(block), after=block.section)
            continue
        if known.title != block.title:
            yield Change(Aspect.SNIPPET, Turn.RENAMED, block.title, before=known.title, after=block.title)
        if known.section != block.section and known.section in two.sections:
            yield Change(Aspect.SNIPPET, Turn.MOVED, _name(block), before=known.section, after=block.section)
        elif names[block.key] in moved and known.section == block.section:
            yield Change(Aspect.SNIPPET, Turn.MOVED, _name(block), after=block.section)
        if known.words != block.words:
            yield Change(
                Aspect.SNIPPET, Turn.CHANGED, _name(block), passages=changed_passages(known.words, block.words)
            )
        if known.readers != block.readers:
            yield Change(Aspect.READERS, Turn.CHANGED, _name(block), before=known.readers, after=block.readers)


def _is_whole(block: Block, others: Sequence[str]) -> bool:
    """Tell whether a block has no title but its section's, which the other edition lacks: that is said already."""
    return not block.title and block.section not in others


def _name(block: Block) -> str:
    return block.title or block.section


def _begun(block: Block) -> str:
    """Name a block that came or went beside its section: one without a title by its words."""
    return block.title or " ".join(block.words) or block.section


def _renamed(gone: list[Block], come: list[Block]) -> dict[tuple[str, int], Block]:
    """Give, for blocks that came, the one that went from the same section and says nearly the same."""
    found: dict[tuple[str, int], Block] = {}
    for block in come:
        likeness = [
            (SequenceMatcher(None, other.words, block.words, autojunk=False).ratio(), n)
            for n, other in enumerate(gone)
            if other.section == block.section and other.words and other not in found.values()
        ]
        if likeness and max(likeness)[0] >= ALIKE:
            found[block.key] = gone[max(likeness)[1]]
    return found


def _surroundings(one: Outline, two: Outline) -> Iterator[Change]:
    passages = (*changed_passages(one.head, two.head), *changed_passages(one.foot, two.foot))
    if passages:
        yield Change(Aspect.SURROUNDINGS, Turn.CHANGED, passages=passages)


def _links(before: Edition, after: Edition, told: set[str]) -> Iterator[Change]:
    """Compare where the same words lead; links that came or went with their whole block are told by it."""
    old, new = _links_in(before.html), _links_in(after.html)
    for words in dict.fromkeys((*old, *new)):
        gone = [url for url in old.get(words, ()) if url not in new.get(words, ())]
        come = [url for url in new.get(words, ()) if url not in old.get(words, ())]
        if len(gone) == len(come):
            pairs = zip(gone, come, strict=True)
            yield from (Change(Aspect.LINK, Turn.CHANGED, words, before=a, after=b) for a, b in pairs)
            continue
        yield from (Change(Aspect.LINK, Turn.REMOVED, words, before=url) for url in gone if url not in told)
        yield from (Change(Aspect.LINK, Turn.ADDED, words, after=url) for url in come if url not in told)


def _links_in(html: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for quoted, inside in _LINK.findall(html):
        words = " ".join(unescape(_TAG.sub(" ", inside)).split())
        address = unescape(quoted[1:-1])
        if words and not address.startswith("#") and address not in found.get(words, ()):
            found[words] = (*found.get(words, ()), address)
    return found


def _pictures(before: Edition, after: Edition) -> Iterator[Change]:
    old, new = _pictures_in(before), _pictures_in(after)
    by_content = {content: alt for alt, content in old.items()}
    explained: set[str] = set()
    for alt, content in new.items():
        if alt in old:
            if old[alt] != content:
                yield Change(Aspect.PICTURE, Turn.CHANGED, alt)
        elif content in by_content and by_content[content] not in new:
            explained.add(by_content[content])
            yield Change(Aspect.PICTURE, Turn.RENAMED, alt, before=by_content[content], after=alt)
        else:
            yield Change(Aspect.PICTURE, Turn.ADDED, alt)
    yield from (Change(Aspect.PICTURE, Turn.REMOVED, alt) for alt in old if alt not in new and alt not in explained)


def _pictures_in(edition: Edition) -> dict[str, str]:
    """Give, by their description, what the pictures show: a digest for one that is carried, else the address."""
    carried = {f"cid:{i.content_id}": hashlib.sha256(i.content).hexdigest() for i in edition.images}
    found: dict[str, str] = {}
    for tag in _IMAGE.findall(edition.html):
        values = {name.lower(): unescape(quoted[1:-1]) for name, quoted in _ATTRIBUTE.findall(tag)}
        source, alt = values.get("src", ""), " ".join(values.get("alt", "").split())
        # A picture without words is known by its address alone.
        found[alt or source] = carried.get(source, source)
    return found


def _time_zone(before: Edition, after: Edition) -> Iterator[Change]:
    if before.time_zone != after.time_zone and before.time_zone and after.time_zone:
        yield Change(Aspect.TIME_ZONE, Turn.CHANGED, before=before.time_zone, after=after.time_zone)


def _look(before: Edition, after: Edition, told: Sequence[Change]) -> list[Change]:
    """Tell what no reader of words sees: style and structure; in the words of the HTML, if only those differ."""
    if before.html == after.html:
        return []
    if before.issue == after.issue and not any(change.passages or change.aspect is Aspect.SNIPPET for change in told):
        passages = changed_passages(_seen_words(before.html), _seen_words(after.html))
        if passages:
            return [Change(Aspect.SURROUNDINGS, Turn.CHANGED, passages=passages)]
    styles = [re.findall(r"<style\b.*?</style\s*>", edition.html, re.DOTALL | re.I) for edition in (before, after)]
    return [Change(Aspect.LOOK, Turn.CHANGED)] if styles[0] != styles[1] or not told else []


def _seen_words(html: str) -> list[str]:
    return [word for word in re.split(r"[ \t\n]+", unescape(_TAG.sub(" ", _UNSEEN.sub(" ", html)))) if word]

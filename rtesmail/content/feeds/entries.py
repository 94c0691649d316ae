"""What any feed gives: entries, and which of them are the same thing."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

from msgspec import Struct, field

# A scheme (https:, tag:, urn:), a domain (UIDs have one), or a text too long for a counter.
_WORLDWIDE = re.compile(r"[a-z][a-z0-9+.-]*:|[^@]+@[^@]+\.|\S{20,}", re.IGNORECASE)
LONGEST_TITLE = 300
MOST_ENTRIES = 500
"""Entries that are read of one feed: sites show ten to fifty, calendars a few hundred."""


class FeedEntry(Struct, frozen=True):
    """One entry as its site tells it, cleaned.

    `keys` are the names under which it is known again, best first; `url` is where readers go, empty when nowhere.
    `fields` are those of a snippet beside title, url and body. `day` is when it was published, or is over.
    `problem` says why it cannot be a draft; `is_cancelled` that what it announces will not be.
    """

    title: str
    keys: tuple[str, ...] = ()
    url: str = ""
    body: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    day: date | None = None
    pictures: int = 0
    problem: str = ""
    is_cancelled: bool = False

    @property
    def digest(self) -> str:
        """What changes when the source changes."""
        told = [self.title, self.url, self.body, sorted(self.fields.items())]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


class ReadFeed(Struct, frozen=True):
    """A feed's entries; `kind` is what they are unless the configuration says so.

    `is_repeating` tells that other entries come out of the same bytes when days pass; `beyond` counts entries not read.
    """

    kind: str
    entries: Sequence[FeedEntry]
    is_repeating: bool = False
    beyond: int = 0


def source_name(name: str, address: str) -> str:
    """Give what a feed calls an entry as a name in the whole world: a bare number is one on its own site only."""
    name = " ".join(name.split())
    if not name or _WORLDWIDE.match(name):
        return name
    try:
        return f"{urlsplit(address).hostname or ''}/{name}"
    except ValueError:
        return f"/{name}"

"""Feeds: where a site's news and dates are read from, and what became of each entry."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field

Default = str | tuple[str, ...]
"""What a field gets when the feed says nothing: a text or a list."""


class FeedText(StrEnum):
    """Which text of an entry a draft gets: all of it, or the few lines that its site shows of it."""

    WHOLE = "whole"
    SUMMARY = "summary"


class FeedSettings(Struct, frozen=True):
    """One `[feeds.NAME]` table: an address or a file.

    Without a `kind`, a calendar gives events and everything else articles. What is older than `keep_days` when it is
    first seen does not become a draft; 0 takes all.
    """

    name: str
    url: str = ""
    path: Path | None = None
    kind: str = ""
    text: FeedText = FeedText.WHOLE
    keep_days: int = 60
    defaults: Mapping[str, Default] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it is read from, as a person knows it."""
        return self.url or str(self.path)


class PullResult(StrEnum):
    """What became of one entry."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    SKIPPED = "skipped"


class PulledEntry(Struct, frozen=True):
    """One entry of a feed: what became of it, the draft's path inside the workspace, and why where that needs words.

    `is_worth_saying` tells that a person should see it by name, not in the counts alone.
    """

    result: PullResult
    title: str
    url: str = ""
    path: Path | None = None
    id: str = ""
    reason: str = ""
    is_worth_saying: bool = True


class PulledFeed(Struct, frozen=True):
    """One feed read: its entries, or why it could not be read.

    `is_unmodified` tells that the site said so and sent nothing; `left_out` counts the pictures that stand elsewhere.
    """

    name: str
    place: str
    entries: Sequence[PulledEntry] = ()
    left_out: int = 0
    is_unmodified: bool = False
    error: str = ""
    hint: str = ""

    def count(self, result: PullResult) -> int:
        """Give how many entries ended so."""
        return sum(entry.result is result for entry in self.entries)

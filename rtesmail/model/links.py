"""A link of a letter that is counted: the same short address for every reader, and where it leads."""

import hashlib

from msgspec import Struct

MARK_LENGTH = 16
"""64 bits: that two addresses of one issue share a mark is less likely than that the database breaks."""

FEWEST_SHOWN = 5
"""Below it a total says too much of few people."""


class CountedLink(Struct, frozen=True):
    """One counted link of an edition: `mark` ends its short address, `address` in ASCII is where it leads."""

    mark: str
    address: str


class LinkTotal(Struct, frozen=True):
    """How often a link was opened; `clicks` is None when that is fewer than `FEWEST_SHOWN` times."""

    address: str
    clicks: int | None


def mark_of(address: str) -> str:
    """Give the mark of an address: the same for the same address, made with no secret."""
    return hashlib.sha256(address.encode()).hexdigest()[:MARK_LENGTH]

"""What a mailbox gives, and where each message goes once it is dealt with."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum, auto
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

MOST_FORWARDED = 30_000_000
"""A larger message is left to a person: hardly any server takes more."""


class Place(Enum):
    """Where a message goes: out of the way when nobody needs it any more, or left for a person."""

    TREATED = auto()
    FORWARDED = auto()
    BLOCKED = auto()
    STAYS = auto()


class Arrival(Struct, frozen=True):
    """One message: where it lies (for a person), the mailbox's own mark for it, as much of it as is read.

    `size` is that of the whole message; `arrived_at` is when the mailbox took it, None where that is not known;
    `trouble` says why it cannot be read.
    """

    where: str
    mark: int | str
    content: bytes
    size: int
    arrived_at: datetime | None = None
    trouble: str = ""

    @property
    def identity(self) -> str:
        """What tells the same message coming twice: its bytes, however lines end where it lies."""
        return sha256(self.content.replace(b"\r\n", b"\n")).hexdigest()


class Mailbox(Protocol):
    """A place where returned messages lie."""

    @property
    def name(self) -> str: ...

    def groups(self) -> Iterator[Sequence[Arrival]]:
        """Give the messages that may want something, oldest first, a few at a time.

        Raises:
            StoppedError: the mailbox cannot be reached, or the connection was lost.
            WorkspaceError: it is not there, or its settings lack something.
        """
        ...

    def whole(self, arrival: Arrival) -> bytes:
        """Give all bytes of a message, to be forwarded.

        Raises:
            StoppedError: the connection was lost.
        """
        ...

    def settle(self, settled: Sequence[tuple[Arrival, Place]]) -> None:
        """Put messages where they go; one that is gone meanwhile is no trouble.

        Raises:
            StoppedError: the connection was lost; the next run does it again.
        """
        ...

    def gives_again(self, place: Place) -> bool:
        """Tell whether the next run meets what was put there, too."""
        ...

    def close(self) -> None:
        """Let the mailbox go; never raises."""
        ...


def folder_of(place: Place) -> str:
    """Name the folder below `rtesmail` for what goes there."""
    return place.name.lower()

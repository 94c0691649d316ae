"""What the engine asks of every way out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rtesmail.model.mailing import Message, Outcome


class Transport(Protocol):
    """A way out.

    `connections` is how many batches it takes at once, `batch_size` how many messages a batch may hold. With
    `takes_parts` its messages come as parts for the provider to build, else as MIME bytes.
    """

    @property
    def name(self) -> str: ...

    @property
    def connections(self) -> int: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def takes_parts(self) -> bool: ...

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand a batch over and say what became of each message, in order; expected troubles are outcomes.

        Raises:
            StoppedError: the whole run must stop, and none of these messages left.
        """
        ...

    def abort(self) -> None:
        """Cut everything at once: a `deliver` under way returns, with the outcomes this leaves it."""
        ...

    async def close(self) -> None:
        """End politely when nothing is under way."""
        ...


class CallBook(Protocol):
    """Where a transport whose provider knows idempotency keys keeps each call before making it."""

    def keep(self, key: str, payload: bytes, deliveries: Sequence[int], *, expires_at: datetime) -> None:
        """Keep a call; it is on the disk when this returns."""
        ...

    def answered(self, key: str) -> None:
        """Note that the provider's answer to a call is known."""
        ...

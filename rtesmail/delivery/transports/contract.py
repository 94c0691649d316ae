"""What the engine asks of every way out."""

from collections.abc import Sequence
from typing import Protocol

from rtesmail.model.mailing import Message, Outcome


class Transport(Protocol):
    """A way out.

    `connections` is how many batches it takes at once, `batch_size` how many messages a batch may hold.
    """

    @property
    def name(self) -> str: ...

    @property
    def connections(self) -> int: ...

    @property
    def batch_size(self) -> int: ...

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

"""What the engine asks of every way out."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class ProviderTransport(Transport, Protocol):
    """A way out that builds the message itself, from what it is handed."""

    def refuse(self, sample: Message) -> str | None:
        """Say what of a message this way out cannot carry; None when it carries all. Asked before anybody is frozen."""
        ...


@runtime_checkable
class RepeatingTransport(Transport, Protocol):
    """A way out whose provider recognises a call that it had before."""

    async def repeat(self, payload: bytes, deliveries: Sequence[int]) -> Sequence[Outcome]:
        """Make a kept call again, as it was, and say what became of its messages.

        Raises:
            StoppedError: the provider cannot be reached; what became of the first call is as unknown as before.
        """
        ...


class CallBook(Protocol):
    """Where a transport keeps each call before it makes it, when its provider recognises a repeated one."""

    def keep(self, key: str, payload: bytes, deliveries: Sequence[int], *, life: timedelta) -> None:
        """Keep a call; it is on the disk when this returns. `life` is how long the provider remembers its key."""
        ...

    def answered(self, key: str) -> None:
        """Note that what became of a call is known; written down with the next one, when its outcome is settled."""
        ...

    def close(self) -> None:
        """Write down what was noted; after the last outcome is settled."""
        ...

"""What the engine asks of every way out."""

from typing import Protocol

from rtesmail.model.mailing import Message, Outcome


class Transport(Protocol):
    """A way out. `connections` is how many messages it takes at once."""

    @property
    def name(self) -> str: ...

    @property
    def connections(self) -> int: ...

    async def deliver(self, message: Message) -> Outcome:
        """Hand one message over and say what became of it; expected troubles are outcomes.

        Raises:
            StoppedError: the whole run must stop, and this message surely never left.
        """
        ...

    def abort(self) -> None:
        """Cut every connection at once: a `deliver` under way returns, with the outcome this leaves it."""
        ...

    async def close(self) -> None:
        """End politely when nothing is under way."""
        ...

"""What a reader asks for beyond the lists: how often to be written to, and a letter on paper."""

from enum import StrEnum

from msgspec import Struct

EVERYTHING = "everything"
"""The frequency of who never chose one, as it is typed and sent in a form."""


class Frequency(StrEnum):
    """What a publication is and what a reader may want alone.

    A publication without any is occasional, such as an invitation; a reader without any gets everything.
    """

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Wishes(Struct, frozen=True):
    """What one person asked for. `frequency` None is everything, `postal_address` empty no letter on paper."""

    frequency: Frequency | None = None
    postal_address: tuple[str, ...] = ()

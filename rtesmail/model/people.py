"""Subscribers and the lists they are on."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class SubscriberStatus(StrEnum):
    """Only active subscribers are written to."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One person. `email` is kept as typed; `email_key` is its form for comparison."""

    id: int
    email: str
    email_key: str
    name: str = ""
    organisation: str = ""
    role: str = ""
    level: str = ""
    region: str = ""
    status: SubscriberStatus = SubscriberStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class MailingList:
    """A named list with the number of its members and of those who can be written to."""

    name: str
    members: int
    active: int


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Give a word as it is compared with another: without accents, capitals, spaces and signs."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if character.isalnum())

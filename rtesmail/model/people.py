"""Subscribers and the lists they are on."""

from dataclasses import dataclass
from enum import StrEnum


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

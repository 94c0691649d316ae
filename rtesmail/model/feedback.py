"""What providers tell afterwards of messages that they took."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What happened to a message. `blocked` never left the provider; `other` changes nothing (opened, queued…)."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """One event of a provider's webhook.

    `message_id` is our own Message-ID with its angle brackets, empty when the provider does not give it back;
    `provider_id` is the provider's number for the message, as its answer had it (it stands in the delivery's reply).
    `happened_at` is None when the event has no moment that can be trusted. `words` are the provider's own.
    """

    kind: FeedbackKind
    address: str
    message_id: str
    provider_id: str
    happened_at: datetime | None
    words: str

"""What comes back of messages that left: events of providers' webhooks, and mail."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class FeedbackKind(StrEnum):
    """What came back, whether a webhook or a mail tells it.

    `delivered` and `deferred` are reports about a message that is not lost. `blocked` is about us, our message or a
    policy, never about the address. `unsubscribed` is what a provider has carried out, `unsubscribe_request` what
    somebody asks by mail. `unrelated` is mail of machines that has nothing to do with us; `unidentified` is what nobody
    but a person can tell. `other` is a webhook's event that changes nothing (opened, queued…).
    """

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    MAILBOX_FULL = "mailbox_full"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    UNSUBSCRIBE_REQUEST = "unsubscribe_request"
    CHALLENGE = "challenge"
    AUTO_REPLY = "auto_reply"
    HUMAN_REPLY = "human_reply"
    UNRELATED = "unrelated"
    UNIDENTIFIED = "unidentified"
    OTHER = "other"

    @property
    def is_bounce(self) -> bool:
        """The message did not reach its reader, and nobody tries any more."""
        return self in _BOUNCES


_BOUNCES = frozenset(
    {FeedbackKind.HARD_BOUNCE, FeedbackKind.SOFT_BOUNCE, FeedbackKind.MAILBOX_FULL, FeedbackKind.BLOCKED}
)


class FeedbackEvent(Struct, frozen=True):
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


class ReturnedDelivery(Struct, frozen=True):
    """The delivery that a signed return address names, and the address that it went to."""

    delivery: int
    email: str


class RecipientReport(Struct, frozen=True):
    """What a bounce says of one recipient.

    `status` is an enhanced code (RFC 3463) such as `5.1.1`, empty without; `diagnostic` the server's words in one line;
    `action` that of RFC 3464 section 2.3.3: failed, delayed, delivered, relayed or expanded.
    """

    kind: FeedbackKind
    recipient: str
    status: str = ""
    diagnostic: str = ""
    action: str = ""


class ReturnedMessage(Struct, frozen=True):
    """What one message that came back is, and about whom.

    `status`, `diagnostic` and `action` are those of the first recipient of this kind; `reports` has every recipient of
    a bounce, also those with whom it went otherwise. `delivery` is the one named by a signed return address, None
    without; `message_id` that of the message it is about, with its brackets, where it is quoted; `token` what stands
    behind "unsubscribe" in an unsubscribe request, not verified.
    """

    kind: FeedbackKind
    recipients: tuple[str, ...] = ()
    status: str = ""
    diagnostic: str = ""
    action: str = ""
    reports: tuple[RecipientReport, ...] = ()
    delivery: int | None = None
    message_id: str = ""
    subject: str = ""
    token: str = ""


class Decision(StrEnum):
    """What was done with one thing that came back.

    `suppressed` is written to no more, `already` was so before. `counted` is a failure that may pass, `alerted` one
    that is about us, for a person. `noted` needs nothing, `forward` is a person's words for the contact address, `kept`
    is for a person to look at.
    """

    SUPPRESSED = "suppressed"
    ALREADY = "already"
    COUNTED = "counted"
    ALERTED = "alerted"
    NOTED = "noted"
    FORWARD = "forward"
    KEPT = "kept"


class Treatment(Struct, frozen=True):
    """What was done about one person, and why, in words for a person.

    `address` is whom it is about as we know them, empty when nobody of ours; `is_repeat` tells that this very thing was
    treated before, so that nothing was written again.
    """

    kind: FeedbackKind
    decision: Decision
    address: str
    reason: str
    is_repeat: bool = False


class Belief(StrEnum):
    """Which bounces are acted upon: those that are proven to answer a message of ours, or also those that name one to
    whom we wrote some days before.
    """

    PROVEN = "proven"
    NAMED = "named"


class FeedbackPolicy(Struct, frozen=True):
    """`[feedback]` of rtesmail.toml: how many soft bounces within how many days stop the writing; what is believed.

    A monthly letter can fail five times in half a year, and never in one month.
    """

    soft_bounces: int = 5
    soft_days: int = 180
    believe: Belief = Belief.PROVEN

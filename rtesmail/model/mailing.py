"""Mailings, deliveries and what a transport says of them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class DeliveryState(StrEnum):
    """Where one subscriber stands in one mailing.

    `pending → sending → accepted | deferred | refused | unknown`, `pending → skipped`, `deferred → sending`;
    `sending → pending` only when the message surely never left. A person may put refused and unknown ones back to
    pending, or call an unknown one accepted.
    """

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class MailingState(StrEnum):
    """`scheduled` waits for its time, `sending` has its audience frozen, the others are over."""

    SCHEDULED = "scheduled"
    SENDING = "sending"
    FINISHED = "finished"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Mailing(Struct, frozen=True):
    """An approved edition at a time for a list, or for those of it whom a segment asks for.

    `segment` is its name and `condition` its expression, both empty for the whole list. `edition_digest` and
    `audience` are None until the audience is frozen.
    """

    id: int
    issue: str
    list_name: str
    state: MailingState
    created_at: datetime
    edition_digest: str | None = None
    audience: int | None = None
    scheduled_at: datetime | None = None
    not_after: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    resume_at: datetime | None = None
    segment: str = ""
    condition: str = ""


class Recipient(Struct, frozen=True):
    """Who a delivery is for: what the slots are filled with, and which variant of the edition they get."""

    delivery: int
    subscriber: int
    email: str
    name: str
    organisation: str
    attempts: int = 0
    variant: str = ""


class Message(Struct, frozen=True):
    """Envelope plus bytes, ready to hand over. `content` has CRLF line ends and is not dot-stuffed.

    `message_id` has its angle brackets. `is_dot_safe` promises that no line begins with a dot: SMTP need not look.
    """

    delivery: int
    envelope_sender: str
    recipient: str
    content: bytes
    message_id: str
    is_dot_safe: bool = False


class Outcome(Struct, frozen=True):
    """What a transport said of one message.

    `state` is accepted, deferred, refused, unknown, or pending (it surely never left). `code` is the SMTP reply
    code, `enhanced` the RFC 3463 code, `reply` the server's own words.
    """

    delivery: int
    state: DeliveryState
    code: int | None = None
    enhanced: str = ""
    reply: str = ""


class Totals(Struct, frozen=True):
    """A mailing's account: the states always add up to the audience."""

    audience: int
    by_state: Mapping[DeliveryState, int]

    def of(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)

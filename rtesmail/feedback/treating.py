"""What is done about a message that came back, written down in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.suppression import suppress
from rtesmail.model.feedback import Decision, FeedbackKind, FeedbackPolicy, ReturnedMessage, Treatment

if TYPE_CHECKING:
    from sqlite_utils import Database

_FINAL = {FeedbackKind.HARD_BOUNCE: "bounced", FeedbackKind.COMPLAINT: "complained"}


def treat_message(
    store: "Database",
    message: ReturnedMessage,
    *,
    identity: str,
    source: str,
    happened_at: datetime | None,
    policy: FeedbackPolicy,
    secrets: Sequence[bytes],
    now: datetime,
) -> tuple[Treatment, ...]:
    """Act on what one message says: an address that is proven to fail, or to complain, is written to no more."""
    kind = message.kind
    people = message.recipients if message.delivery is not None else ()
    if kind in _FINAL and people:
        return tuple(_stop(store, kind, address, message.diagnostic, source, now) for address in people[:1])
    address = next(iter(message.recipients), "")
    match kind:
        case FeedbackKind.SOFT_BOUNCE | FeedbackKind.MAILBOX_FULL if people:
            return (Treatment(kind, Decision.COUNTED, address, message.diagnostic),)
        case FeedbackKind.BLOCKED:
            return (Treatment(kind, Decision.ALERTED, address, message.diagnostic),)
        case FeedbackKind.HUMAN_REPLY:
            return (Treatment(kind, Decision.FORWARD, address, _("a person's words")),)
        case kind if kind.is_bounce or kind in (
            FeedbackKind.COMPLAINT,
            FeedbackKind.UNSUBSCRIBE_REQUEST,
            FeedbackKind.UNIDENTIFIED,
        ):
            return (Treatment(kind, Decision.KEPT, "", _("nothing in it proves whom of our readers it is about")),)
    return (Treatment(kind, Decision.NOTED, address, ""),)


def _stop(store: "Database", kind: FeedbackKind, address: str, words: str, source: str, now: datetime) -> Treatment:
    try:
        known = parse_address(address).email
    except InvalidAddress:
        return Treatment(kind, Decision.KEPT, "", _("not an address that could be written to"))
    is_new = suppress(store, known, _FINAL[kind], source=source, now=now)
    return Treatment(kind, Decision.SUPPRESSED if is_new else Decision.ALREADY, known, words)

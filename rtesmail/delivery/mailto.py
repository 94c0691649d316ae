"""Who leaves by the mail that a letter's unsubscribe address writes: the same no as the link's."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rtesmail.audience.departures import find_subscriber, leave_everything
from rtesmail.delivery.tokens import Purpose, verify_with
from rtesmail.model.feedback import Decision, FeedbackKind, Treatment

if TYPE_CHECKING:
    from sqlite_utils import Database


def leave_by_mail(
    store: "Database", secrets: Sequence[bytes], token: str, *, source: str, now: datetime
) -> Treatment | None:
    """Write down the no of whom a token names, whoever has sent it; None when the token is not one of ours.

    A token of an older secret counts, and one of somebody who has left already. Why is said by who writes it down.
    """
    grant = verify_with(secrets, Purpose.UNSUBSCRIBE, token) if token else None
    if grant is None:
        return None
    person = find_subscriber(store, grant.subscriber)
    has_left = leave_everything(store, grant.subscriber, source=source, now=now)
    return Treatment(
        FeedbackKind.UNSUBSCRIBE_REQUEST,
        Decision.SUPPRESSED if has_left else Decision.ALREADY,
        person.email if person else "",
        reason="",
    )

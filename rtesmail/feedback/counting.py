"""Failures that may pass, counted so that neither their order nor their repetition changes the sum.

One failure a mailing and one a day count: a letter that is told of twice has failed once, and a mailbox that is full on
a day with two mailings is full once. A letter that arrives in between takes nothing back: what a server says to that
may come late, and the sum would depend on when; failures grow old instead.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.feedback import Decision, FeedbackKind
from rtesmail.store.moments import from_text, to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

PASSING = (FeedbackKind.SOFT_BOUNCE, FeedbackKind.MAILBOX_FULL)
"""What may pass."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Failure(Struct, frozen=True):
    """When a letter failed, and the delivery, None when that is not known."""

    at: datetime
    delivery: int | None


def failures_of(store: "Database", email_key: str, since: datetime | None) -> list[Failure]:
    """Give the failures that were counted for an address since a moment."""
    rows = store.execute(
        """SELECT happened_at, delivery_id FROM feedback_events
        WHERE email_key = ? AND kind IN (?, ?) AND decision IN (?, ?, ?) AND happened_at >= ?""",
        (email_key, *PASSING, Decision.COUNTED, Decision.SUPPRESSED, Decision.ALREADY, to_text(since or _BEGINNING)),
    )
    return [Failure(from_text(row[0]), row[1]) for row in rows]


def most_within(failures: Iterable[Failure], days: int) -> int:
    """Give how many failures count in those of so many days in a row that have most of them."""
    inorder = sorted(failures, key=lambda failure: failure.at)
    most = 0
    for position, first in enumerate(inorder):
        end = first.at + timedelta(days=days)
        near = [failure for failure in inorder[position:] if failure.at < end]
        dates = {failure.at.astimezone(UTC).date() for failure in near}
        mailings = {failure.delivery or failure.at.astimezone(UTC).date() for failure in near}
        most = max(most, min(len(dates), len(mailings)))
    return most

"""The ledger as a person reads it."""

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery import ledger, mailings
from rtesmail.model.mailing import DeliveryState, Mailing, Totals
from rtesmail.store.moments import optional_moment
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database


class DeliveryLine(Struct, frozen=True):
    """One row of the ledger, for a person to read; `settled_by` names who decided its last step, if a person did."""

    delivery: int
    subscriber: int
    email: str
    name: str
    organisation: str
    state: DeliveryState
    attempts: int
    code: int | None
    enhanced: str
    reply: str
    message_id: str
    transport: str
    next_attempt_at: datetime | None
    sending_at: datetime | None
    settled_at: datetime | None
    variant: str
    settled_by: str


class MailingStatus(Struct, frozen=True):
    """Where a mailing stands."""

    mailing: Mailing
    totals: Totals
    next_attempt_at: datetime | None


def mailing_status(store: "Database", issue_id: str) -> tuple[MailingStatus, ...]:
    """Give where each mailing of an issue stands, oldest first."""
    return tuple(
        MailingStatus(mailing, ledger.totals(store, mailing.id), ledger.next_attempt(store, mailing.id))
        for mailing in mailings.of_issue(store, issue_id)
    )


def who(store: "Database", mailing: int, state: DeliveryState | None = None) -> tuple[DeliveryLine, ...]:
    """Give the rows of a mailing, those in one state or all, in the order of sending."""
    with reading(store) as connection:
        rows = connection.execute(
            "SELECT * FROM deliveries WHERE mailing_id = ? AND (? IS NULL OR state = ?) ORDER BY id",
            (mailing, state, state),
        ).fetchall()
    return tuple(_line(row) for row in rows)


def _line(row: "sqlite3.Row") -> DeliveryLine:
    return DeliveryLine(
        delivery=row["id"],
        subscriber=row["subscriber_id"],
        email=row["email"] or _("(erased)"),
        name=row["name"],
        organisation=row["organisation"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        code=row["code"],
        enhanced=row["enhanced"],
        reply=row["reply"],
        message_id=row["message_id"],
        transport=row["transport"],
        next_attempt_at=optional_moment(row["next_attempt_at"]),
        sending_at=optional_moment(row["sending_at"]),
        settled_at=optional_moment(row["settled_at"]),
        variant=row["variant"],
        settled_by=row["settled_by"],
    )


def state_words() -> dict[DeliveryState, str]:
    """Name each delivery state for a person."""
    return {
        DeliveryState.PENDING: _("waiting"),
        DeliveryState.SENDING: _("being sent"),
        DeliveryState.ACCEPTED: _("accepted"),
        DeliveryState.DEFERRED: _("deferred"),
        DeliveryState.REFUSED: _("refused"),
        DeliveryState.UNKNOWN: _("unknown"),
        DeliveryState.SKIPPED: _("skipped"),
    }

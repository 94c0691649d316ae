"""The ledger: all the SQL on deliveries. A delivery is one subscriber in one mailing, with a state.

The database itself refuses an illegal step (triggers of the first migration). Functions that take a connection
are part of their caller's transaction; those that take a store make their own.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Outcome, Recipient, Totals
from rtesmail.store.moments import from_text, optional_moment, optional_text, to_text
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

# RFC 5321 section 4.5.4.1: retry at least 30 minutes apart in the long run, give up after 4 to 5 days at most.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 480, 720))
GIVE_UP_AFTER = timedelta(days=3)

MOST_LOST_CONNECTIONS = 5
"""A message that loses its connection this often waits as a deferred one, so that it cannot stop all others."""

_LIVE = "('pending', 'sending', 'deferred')"

_WRITABLE_MEMBERS = """
FROM memberships AS membership
JOIN lists AS list ON list.id = membership.list_id
JOIN subscribers AS person ON person.id = membership.subscriber_id
WHERE list.name = :list AND person.status = 'active'
  AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = person.email_key)
"""

_EARLIER_MAILING = """
(SELECT MIN(other.mailing_id) FROM deliveries AS other JOIN mailings ON mailings.id = other.mailing_id
 WHERE mailings.issue = :issue AND other.mailing_id <> :mailing AND other.state <> 'skipped'
   AND (other.subscriber_id = person.id OR other.email_key = person.email_key))
"""

_FREEZE = f"""
INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, state, reply, settled_at)
SELECT :mailing, id, email, email_key, name, organisation,
  CASE WHEN earlier IS NULL THEN 'pending' ELSE 'skipped' END,
  CASE WHEN earlier IS NULL THEN '' ELSE replace(:reason, '{{number}}', earlier) END,
  CASE WHEN earlier IS NULL THEN NULL ELSE :now END
FROM (SELECT person.*, {_EARLIER_MAILING} AS earlier {_WRITABLE_MEMBERS})
ORDER BY id
"""

_NEXT = """
SELECT delivery.id, delivery.subscriber_id, delivery.email, delivery.name, delivery.organisation, delivery.attempts,
  CASE WHEN person.status <> 'active' THEN person.status
    ELSE (SELECT reason FROM suppressions WHERE suppressions.email_key IN (delivery.email_key, person.email_key))
  END AS suppressed
FROM deliveries AS delivery JOIN subscribers AS person ON person.id = delivery.subscriber_id
WHERE delivery.mailing_id = :mailing AND delivery.state = :state
  AND (delivery.state = 'pending' OR delivery.next_attempt_at <= :now)
ORDER BY delivery.attempts, delivery.id LIMIT :size
"""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One row of the ledger, for a person to read."""

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
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What every row claimed in one run has in common."""

    mailing: int
    transport: str
    message_id: Callable[[int], str]


def freeze(connection: sqlite3.Connection, mailing: int, *, issue: str, list_name: str, now: datetime) -> int:
    """Write one row per member who can be written to; give their number.

    Who already stands in another mailing of the issue gets a `skipped` row: nobody gets an issue twice.
    """
    values = {
        "mailing": mailing,
        "issue": issue,
        "list": list_name,
        "now": to_text(now),
        "reason": _("already in mailing {number}"),
    }
    return connection.execute(_FREEZE, values).rowcount


def turn(
    store: "Database", passage: Passage, outcomes: Iterable[Outcome], *, size: int, now: datetime
) -> tuple[Recipient, ...]:
    """Settle a group and claim the next one, at most `size` people, in one transaction.

    The claimed rows are `sending` on disk when this returns: only then may a byte of their messages leave.
    """
    with transaction(store) as connection:
        settle(connection, outcomes, now=now)
        return claim_next(connection, passage, size=size, now=now) if size > 0 else ()


def claim_next(connection: sqlite3.Connection, passage: Passage, *, size: int, now: datetime) -> tuple[Recipient, ...]:
    """Mark the next people as `sending`; who was suppressed since the freeze becomes `skipped` instead."""
    claimed: list[Recipient] = []
    for state in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        while len(claimed) < size:
            rows = connection.execute(
                _NEXT,
                {
                    "mailing": passage.mailing,
                    "state": state.value,
                    "now": to_text(now),
                    "size": size - len(claimed),
                },
            ).fetchall()
            if not rows:
                break
            claimed += [_claim(connection, passage, row, now) for row in rows if row["suppressed"] is None]
            _skip(connection, [(row["id"], row["suppressed"]) for row in rows if row["suppressed"] is not None], now)
    return tuple(claimed)


def settle(connection: sqlite3.Connection, outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """Write what the transport said of messages being sent."""
    for outcome in outcomes:
        state, next_attempt_at = _verdict(connection, outcome, now)
        changed = connection.execute(
            "UPDATE deliveries SET state = ?, code = ?, enhanced = ?, reply = ?, next_attempt_at = ?, settled_at = ? "
            "WHERE id = ? AND state = 'sending'",
            (
                state.value,
                outcome.code,
                outcome.enhanced,
                outcome.reply,
                optional_text(next_attempt_at),
                to_text(now),
                outcome.delivery,
            ),
        ).rowcount
        if changed != 1:
            raise StoppedError(
                _("Delivery {number} was changed by somebody else while its message was being sent.").format(
                    number=outcome.delivery
                ),
                hint=_("Look at it with: rtesmail status. Nothing is sent again by itself."),
            )


def recover(store: "Database", mailing: int, *, now: datetime) -> int:
    """Turn rows left `sending` by a run that died into `unknown`; give their number.

    Call it only while holding the sending lock: then no living process owns those rows.
    """
    with transaction(store) as connection:
        return connection.execute(
            "UPDATE deliveries SET state = 'unknown', reply = ?, settled_at = ? "
            "WHERE mailing_id = ? AND state = 'sending'",
            (_("the run was interrupted while this message was being handed over"), to_text(now), mailing),
        ).rowcount


def skip_remaining(connection: sqlite3.Connection, mailing: int, *, reason: str, now: datetime) -> int:
    """Skip everybody who still waits, first or next attempt; give their number."""
    return connection.execute(
        "UPDATE deliveries SET state = 'skipped', reply = ?, settled_at = ?, next_attempt_at = NULL "
        "WHERE mailing_id = ? AND state IN ('pending', 'deferred')",
        (reason, to_text(now), mailing),
    ).rowcount


def has_live_rows(connection: sqlite3.Connection, mailing: int) -> bool:
    """Tell whether anybody still waits or is being written to."""
    found = connection.execute(
        f"SELECT 1 FROM deliveries WHERE mailing_id = ? AND state IN {_LIVE} LIMIT 1", (mailing,)
    ).fetchone()
    return found is not None


def totals(store: "Database", mailing: int) -> Totals:
    """Give a mailing's account; the states add up to the audience."""
    with reading(store) as connection:
        rows = connection.execute(
            "SELECT state, COUNT(*) AS people FROM deliveries WHERE mailing_id = ? GROUP BY state", (mailing,)
        ).fetchall()
        audience = connection.execute("SELECT audience FROM mailings WHERE id = ?", (mailing,)).fetchone()
    frozen = 0 if audience is None or audience[0] is None else int(audience[0])
    return Totals(frozen, {DeliveryState(row["state"]): row["people"] for row in rows})


def next_attempt(store: "Database", mailing: int) -> datetime | None:
    """Give when the first deferred delivery is to be tried again."""
    with reading(store) as connection:
        row = connection.execute(
            "SELECT MIN(next_attempt_at) FROM deliveries WHERE mailing_id = ? AND state = 'deferred'", (mailing,)
        ).fetchone()
    return optional_moment(row[0])


def who(store: "Database", mailing: int, state: DeliveryState | None = None) -> tuple[DeliveryLine, ...]:
    """Give the rows of a mailing, those in one state or all, in the order of sending."""
    with reading(store) as connection:
        rows = connection.execute(
            "SELECT * FROM deliveries WHERE mailing_id = ? AND (? IS NULL OR state = ?) ORDER BY id",
            (mailing, state, state),
        ).fetchall()
    return tuple(_line(row) for row in rows)


def newcomers(store: "Database", mailing: int, list_name: str) -> int:
    """Count who joined the list since the freeze: they are not in this mailing."""
    with reading(store) as connection:
        row = connection.execute(
            f"SELECT COUNT(*) {_WRITABLE_MEMBERS} AND NOT EXISTS "
            "(SELECT 1 FROM deliveries AS row WHERE row.mailing_id = :mailing AND row.subscriber_id = person.id)",
            {"list": list_name, "mailing": mailing},
        ).fetchone()
    return int(row[0])


def foresee(store: "Database", issue: str, list_name: str) -> tuple[tuple[Recipient, ...], dict[str, int]]:
    """Give who a freeze would take now, and how many members it would hold back by reason. Nothing is written."""
    values = {"mailing": 0, "issue": issue, "list": list_name}
    with reading(store) as connection:
        members = connection.execute(
            f"SELECT person.*, {_EARLIER_MAILING} AS earlier {_WRITABLE_MEMBERS} ORDER BY person.id", values
        ).fetchall()
        held = connection.execute(
            """SELECT CASE WHEN person.status <> 'active' THEN person.status ELSE suppression.reason END AS reason,
                      COUNT(*) AS people
               FROM memberships AS membership JOIN lists AS list ON list.id = membership.list_id
               JOIN subscribers AS person ON person.id = membership.subscriber_id
               LEFT JOIN suppressions AS suppression ON suppression.email_key = person.email_key
               WHERE list.name = :list AND (person.status <> 'active' OR suppression.email_key IS NOT NULL)
               GROUP BY reason ORDER BY reason""",
            values,
        ).fetchall()
    reasons = {suppression_reason(row["reason"]): int(row["people"]) for row in held}
    people = []
    for row in members:
        if row["earlier"] is None:
            people.append(Recipient(0, row["id"], row["email"], row["name"], row["organisation"]))
            continue
        reason = _("already in mailing {number}").format(number=row["earlier"])
        reasons[reason] = reasons.get(reason, 0) + 1
    return tuple(people), reasons


def suppression_reason(reason: str) -> str:
    """Say in a person's words why somebody is not written to."""
    words = {
        "unsubscribed": _("unsubscribed"),
        "bounced": _("the address bounced"),
        "complained": _("complained"),
        "erased": _("erased"),
    }
    return words.get(reason, reason)


def _claim(connection: sqlite3.Connection, passage: Passage, row: sqlite3.Row, now: datetime) -> Recipient:
    connection.execute(
        "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, message_id = ?, transport = ?, "
        "sending_at = ?, settled_at = NULL, settled_by = '', "
        "first_attempt_at = COALESCE(first_attempt_at, ?) WHERE id = ?",
        (passage.message_id(row["id"]), passage.transport, to_text(now), to_text(now), row["id"]),
    )
    return Recipient(
        row["id"], row["subscriber_id"], row["email"], row["name"], row["organisation"], row["attempts"] + 1
    )


def _skip(connection: sqlite3.Connection, people: Sequence[tuple[int, str]], now: datetime) -> None:
    connection.executemany(
        "UPDATE deliveries SET state = 'skipped', reply = ?, settled_at = ?, next_attempt_at = NULL WHERE id = ?",
        [(suppression_reason(reason), to_text(now), delivery) for delivery, reason in people],
    )


def _verdict(connection: sqlite3.Connection, outcome: Outcome, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """Give the state to write and when to try again."""
    if outcome.state not in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        return outcome.state, None
    row = connection.execute(
        "SELECT attempts, first_attempt_at FROM deliveries WHERE id = ?", (outcome.delivery,)
    ).fetchone()
    if outcome.state is DeliveryState.PENDING and row["attempts"] < MOST_LOST_CONNECTIONS:
        return DeliveryState.PENDING, None
    if now - from_text(row["first_attempt_at"]) >= GIVE_UP_AFTER:
        return DeliveryState.REFUSED, None
    return DeliveryState.DEFERRED, now + RETRY_DELAYS[min(row["attempts"], len(RETRY_DELAYS)) - 1]


def _line(row: sqlite3.Row) -> DeliveryLine:
    return DeliveryLine(
        delivery=row["id"],
        subscriber=row["subscriber_id"],
        email=row["email"],
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
        settled_at=optional_moment(row["settled_at"]),
    )

"""The ledger: the steps of deliveries. A delivery is one subscriber in one mailing, with a state.

What a run asks of the database stands here; `audiences` writes the rows when a mailing begins, `accounts` reads them
for a person.

The database itself refuses an illegal step (triggers of the first migration). Functions that take a connection
are part of their caller's transaction; those that take a store make their own.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.audiences import suppression_reason
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

_TURN_WAIT_SECONDS = 0.1
"""A run waits for another command's transaction by trying again, so that it hears a wish to stop in between."""

_FIRST_ATTEMPTS = ("pending",)
_ANY_ATTEMPTS = ("pending", "deferred")
_LIVE = "('pending', 'sending', 'deferred')"

_NEXT = """
SELECT delivery.id, delivery.subscriber_id, delivery.email, delivery.name, delivery.organisation, delivery.attempts,
  delivery.variant, CASE WHEN person.status <> 'active' THEN person.status
    WHEN EXISTS (SELECT 1 FROM departures WHERE departures.subscriber_id = delivery.subscriber_id
      AND departures.list_name = (SELECT list_name FROM mailings WHERE mailings.id = :mailing)) THEN 'left'
    WHEN EXISTS (SELECT 1 FROM frequency_wishes AS wish WHERE wish.subscriber_id = delivery.subscriber_id
      AND wish.frequency <> (SELECT frequency FROM mailings WHERE mailings.id = :mailing)) THEN 'frequency'
    ELSE (SELECT reason FROM suppressions WHERE suppressions.email_key IN (delivery.email_key, person.email_key))
  END AS suppressed
FROM deliveries AS delivery JOIN subscribers AS person ON person.id = delivery.subscriber_id
WHERE delivery.mailing_id = :mailing AND delivery.state = :state AND delivery.pace_group = :group
  AND (delivery.state = 'pending' OR delivery.next_attempt_at <= :now)
ORDER BY delivery.attempts, delivery.id LIMIT :size
"""

_UPCOMING = """
SELECT id, subscriber_id, email, name, organisation, attempts, variant FROM deliveries
WHERE mailing_id = :mailing AND state = 'pending' AND pace_group = :group AND attempts = 0 AND id > :after
ORDER BY id LIMIT :size
"""

# A row tells of its last attempt, the history of those before: only who was tried again has any. One attempt may stand
# in several rows of the history: UNION tells it once.
_SENT_SINCE = """
WITH recent AS (SELECT id FROM mailings WHERE started_at IS NOT NULL AND (finished_at IS NULL OR finished_at >= :since))
SELECT id, pace_group, sending_at FROM deliveries
WHERE mailing_id IN recent AND transport = :transport AND sending_at >= :since
UNION SELECT delivery.id, delivery.pace_group, past.sending_at
FROM deliveries AS delivery JOIN delivery_history AS past ON past.delivery_id = delivery.id
WHERE delivery.mailing_id IN recent AND delivery.attempts > 1
  AND past.transport = :transport AND past.sending_at >= :since
"""


class Passage(Struct, frozen=True):
    """What every row claimed in one run has in common.

    With `only_pending` those whom a server put off are left alone: another way out than theirs is not to be tried.
    """

    mailing: int
    transport: str
    message_id: Callable[[int], str]
    only_pending: bool = False


def turn(
    store: "Database", passage: Passage, outcomes: Sequence[Outcome], *, sizes: Mapping[str, int], now: datetime
) -> dict[str, list[Recipient]]:
    """Settle what has ended and claim whom to write to next, at most so many of each pace group, in one transaction.

    The claimed rows are `sending` on disk when this returns: only then may a byte of their messages leave.

    Raises:
        UnusableStoreError: nothing is settled or claimed; when it `is_busy`, soon tried again.
    """
    with transaction(store, wait_seconds=_TURN_WAIT_SECONDS) as connection:
        settle(connection, outcomes, now=now)
        return claim_next(connection, passage, sizes, now=now)


def claim_next(
    connection: sqlite3.Connection, passage: Passage, sizes: Mapping[str, int], *, now: datetime
) -> dict[str, list[Recipient]]:
    """Mark the next people as `sending`; who was suppressed since the freeze becomes `skipped` instead.

    Gives those marked by pace group, in the order of sending.
    """
    claimed: dict[str, list[Recipient]] = {}
    states = _FIRST_ATTEMPTS if passage.only_pending else _ANY_ATTEMPTS
    for group, size in sizes.items():
        people = claimed[group] = []
        for state in states:
            while len(people) < size:
                wanted = {"mailing": passage.mailing, "state": state, "group": group, "now": to_text(now)}
                rows = connection.execute(_NEXT, {**wanted, "size": size - len(people)}).fetchall()
                if not rows:
                    break
                people += _claim(connection, passage, [row for row in rows if row["suppressed"] is None], now)
                _skip(connection, [row for row in rows if row["suppressed"] is not None], now)
    return claimed


def upcoming(store: "Database", mailing: int, group: str, after: int, size: int) -> list[Recipient]:
    """Give whose first attempt comes next in a pace group, after a delivery; nothing is claimed."""
    wanted = {"mailing": mailing, "group": group, "after": after, "size": size}
    with reading(store) as connection:
        return [_recipient(row) for row in connection.execute(_UPCOMING, wanted)]


def settle(connection: sqlite3.Connection, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write what the transport said of messages being sent."""
    if not outcomes:
        return
    changed = connection.executemany(
        "UPDATE deliveries SET state = ?, code = ?, enhanced = ?, reply = ?, next_attempt_at = ?, settled_at = ? "
        "WHERE id = ? AND state = 'sending'",
        [_settled(connection, outcome, now) for outcome in outcomes],
    ).rowcount
    if changed != len(outcomes):
        raise StoppedError(
            _("Deliveries were changed by somebody else while their messages were being sent: {numbers}.").format(
                numbers=", ".join(str(outcome.delivery) for outcome in outcomes)
            ),
            hint=_("Look at them with: rtesmail status. Nothing is sent again by itself."),
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


def standing_in(connection: sqlite3.Connection, mailing: int, state: DeliveryState) -> dict[str, int]:
    """Give the deliveries in a state by their people's address keys, in the order of sending."""
    rows = connection.execute(
        "SELECT id, email_key FROM deliveries WHERE mailing_id = ? AND state = ? ORDER BY id", (mailing, state.value)
    ).fetchall()
    return {row["email_key"]: int(row["id"]) for row in rows}


def resolve(
    connection: sqlite3.Connection, deliveries: Sequence[int], after: DeliveryState, *, by: str, now: datetime
) -> None:
    """Take a step that only a person can take; the days until an attempt is the last one begin anew.

    Who waits again has been told nothing: the words of the attempt before are in the history.
    """
    forgets = ", code = NULL, enhanced = '', reply = ''" if after is DeliveryState.PENDING else ""
    connection.executemany(
        "UPDATE deliveries SET state = ?, settled_by = ?, settled_at = ?, next_attempt_at = NULL, "
        f"first_attempt_at = NULL{forgets} WHERE id = ?",
        [(after.value, by, to_text(now), delivery) for delivery in deliveries],
    )


def skip_remaining(connection: sqlite3.Connection, mailing: int, *, reason: str, now: datetime) -> int:
    """Skip everybody who still waits, first or next attempt; give their number."""
    return connection.execute(
        "UPDATE deliveries SET state = 'skipped', reply = ?, settled_at = ?, settled_by = '', next_attempt_at = NULL "
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


def waiting_groups(store: "Database", passage: Passage, *, now: datetime) -> frozenset[str]:
    """Give the pace groups of which somebody could be written to now."""
    states = "('pending')" if passage.only_pending else "('pending', 'deferred')"
    with reading(store) as connection:
        rows = connection.execute(
            f"SELECT DISTINCT pace_group FROM deliveries WHERE mailing_id = :mailing AND state IN {states} "
            "AND (state = 'pending' OR next_attempt_at <= :now)",
            {"mailing": passage.mailing, "now": to_text(now)},
        ).fetchall()
    return frozenset(row["pace_group"] for row in rows)


def regroup(store: "Database", mailing: int, group_of: Callable[[str], str]) -> int:
    """Put who still waits into the pace groups of today's settings; give how many changed groups."""
    with transaction(store) as connection:
        connection.create_function("pace_group_of", 1, group_of, deterministic=True)
        return connection.execute(
            "UPDATE deliveries SET pace_group = pace_group_of(email) WHERE mailing_id = ? "
            "AND state IN ('pending', 'deferred') AND pace_group <> pace_group_of(email)",
            (mailing,),
        ).rowcount


def sent_since(store: "Database", transport: str, *, since: datetime) -> list[tuple[str, datetime]]:
    """Give (pace group, moment) of each attempt through a transport since a moment, whatever the mailing.

    Found by the mailings that were under way since then: an index on time would be written with each message.
    """
    values = {"transport": transport, "since": to_text(since)}
    with reading(store) as connection:
        rows = connection.execute(_SENT_SINCE, values).fetchall()
    return [(row["pace_group"], from_text(row["sending_at"])) for row in rows]


def _claim(
    connection: sqlite3.Connection, passage: Passage, rows: Sequence[sqlite3.Row], now: datetime
) -> list[Recipient]:
    moment = to_text(now)
    connection.executemany(
        "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, message_id = ?, transport = ?, "
        "sending_at = ?, settled_at = NULL, settled_by = '', first_attempt_at = COALESCE(first_attempt_at, ?) "
        "WHERE id = ?",
        [(passage.message_id(row["id"]), passage.transport, moment, moment, row["id"]) for row in rows],
    )
    return [_recipient(row) for row in rows]


def _recipient(row: sqlite3.Row) -> Recipient:
    return Recipient(
        row["id"],
        row["subscriber_id"],
        row["email"],
        row["name"],
        row["organisation"],
        row["attempts"] + 1,
        row["variant"],
    )


def _skip(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row], now: datetime) -> None:
    connection.executemany(
        "UPDATE deliveries SET state = 'skipped', reply = ?, settled_at = ?, settled_by = '', next_attempt_at = NULL "
        "WHERE id = ?",
        [(suppression_reason(row["suppressed"]), to_text(now), row["id"]) for row in rows],
    )


def _settled(connection: sqlite3.Connection, outcome: Outcome, now: datetime) -> tuple[str | int | None, ...]:
    state, next_attempt_at = _verdict(connection, outcome, now)
    return (
        state.value,
        outcome.code,
        outcome.enhanced,
        outcome.reply,
        optional_text(next_attempt_at),
        to_text(now),
        outcome.delivery,
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

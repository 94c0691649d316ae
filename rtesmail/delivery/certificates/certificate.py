"""The account of a mailing that is over, as somebody signs it: every number read from the ledger, and checked there.

It holds counts, never a person's address: it can be kept for as long as the house wants. A mailing in which people
still wait has no certificate, since a paper that will be wrong tomorrow is taken for the last word; `status` tells
where such a mailing stands.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery import mailings, targets
from rtesmail.delivery.approvals import find_approval, load_edition
from rtesmail.model.edition import Approval, Edition
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState, Totals
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    from sqlite_utils import Database

_LIVE = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DEFERRED)
_ADDRESS = re.compile(r"[^\s<>(),;:\"@]+@[\w-][\w.-]*")

_SUMS = """
SELECT COUNT(*) AS rows, COUNT(DISTINCT subscriber_id) AS people, COUNT(DISTINCT email_key) AS addresses,
  COALESCE(SUM(state = 'accepted' AND (message_id = '' OR transport = '' OR settled_at IS NULL)), 0) AS untold,
  COALESCE(SUM(message_id <> ''), 0) - COUNT(DISTINCT NULLIF(message_id, '')) AS repeated
FROM deliveries WHERE mailing_id = ?
"""

_TRANSPORTS = """
SELECT transport, state, COUNT(*) AS people FROM deliveries
WHERE mailing_id = ? AND state IN ('accepted', 'refused', 'unknown') GROUP BY transport, state ORDER BY transport, state
"""

_REFUSALS = """
SELECT pace_group, COALESCE(code, 0) AS number, enhanced, impersonal(reply, email) AS words, COUNT(*) AS people
FROM deliveries WHERE mailing_id = ? AND state = 'refused'
GROUP BY pace_group, number, enhanced, words ORDER BY people DESC, MIN(id)
"""

_OMISSIONS = """
SELECT reply, COUNT(*) AS people FROM deliveries WHERE mailing_id = ? AND state = 'skipped'
GROUP BY reply ORDER BY people DESC, reply
"""

# A step's beginning is what the same delivery said before it. Rows of the history come before the row itself.
_DECISIONS = """
WITH steps AS (
  SELECT past.delivery_id AS delivery, past.id AS number, past.state, past.settled_at, past.settled_by
  FROM deliveries JOIN delivery_history AS past ON past.delivery_id = deliveries.id WHERE mailing_id = :mailing
  UNION ALL
  SELECT id, 9223372036854775807, state, settled_at, settled_by FROM deliveries WHERE mailing_id = :mailing
), told AS (SELECT *, LAG(state) OVER (PARTITION BY delivery ORDER BY number) AS earlier FROM steps)
SELECT settled_by, settled_at, earlier, state, COUNT(*) AS people FROM told
WHERE settled_by <> '' AND earlier IS NOT NULL GROUP BY settled_by, settled_at, earlier, state
ORDER BY settled_at, settled_by, earlier, state
"""

_ROWS = (
    "SELECT json_array(id, subscriber_id, email, email_key, name, organisation, pace_group, state, attempts, "
    "message_id, transport, code, enhanced, reply, next_attempt_at, first_attempt_at, sending_at, settled_at, "
    "settled_by) FROM deliveries WHERE mailing_id = ? ORDER BY id",
    "SELECT json_array(past.id, past.delivery_id, past.state, past.attempts, past.message_id, past.transport, "
    "past.code, past.enhanced, past.reply, past.sending_at, past.settled_at, past.settled_by) FROM deliveries "
    "JOIN delivery_history AS past ON past.delivery_id = deliveries.id WHERE mailing_id = ? ORDER BY past.id",
)

# The same without who it was and what servers said of them: what stays when somebody is erased.
_STEPS = (
    "SELECT json_array(id, subscriber_id, pace_group, state, attempts, message_id, transport, code, enhanced, "
    "next_attempt_at, first_attempt_at, sending_at, settled_at, settled_by) FROM deliveries WHERE mailing_id = ? "
    "ORDER BY id",
    "SELECT json_array(past.id, past.delivery_id, past.state, past.attempts, past.message_id, past.transport, "
    "past.code, past.enhanced, past.sending_at, past.settled_at, past.settled_by) FROM deliveries "
    "JOIN delivery_history AS past ON past.delivery_id = deliveries.id WHERE mailing_id = ? ORDER BY past.id",
)

_ERASED = """
SELECT COUNT(*) FROM deliveries JOIN erasures
  ON deliveries.email_key = 'erased:' || erasures.id || ':' || deliveries.id
WHERE mailing_id = ? AND erased_at >= ?
"""


class Refusal(Struct, frozen=True):
    """Why some people of one pace group were refused: the codes they share and the words most of them were told."""

    group: str
    code: int | None
    enhanced: str
    words: str
    people: int


class Omission(Struct, frozen=True):
    """Why some people were left out."""

    reason: str
    people: int


class PersonsDecision(Struct, frozen=True):
    """What somebody decided of deliveries, all at once."""

    by: str
    at: datetime
    before: DeliveryState
    after: DeliveryState
    people: int


class MailingAccount(Struct, frozen=True):
    """What the ledger says of one mailing that is over; the totals add up to the frozen audience.

    `transports` counts by way out what became of the messages that it was last given; `ledger` is the SHA-256 of every
    row and of all that a row said before, `steps` the same without addresses, names and servers' words.
    """

    mailing: Mailing
    edition: Edition
    approval: Approval
    totals: Totals
    transports: Mapping[str, Mapping[DeliveryState, int]]
    refusals: tuple[Refusal, ...]
    omissions: tuple[Omission, ...]
    decisions: tuple[PersonsDecision, ...]
    ledger: str
    steps: str


def account_of(store: "Database", issue_id: str, list_name: str, segment: str = "") -> MailingAccount:
    """Give the account of an issue's mailing to a list or a segment of it; of the last cancelled one if none other.

    Raises:
        RefusedError: people still wait, it was never begun, or its numbers do not add up.
        WorkspaceError: there is none, or its edition was altered.
    """
    target = (issue_id, list_name, segment)
    mailing = mailings.find(store, *target) or _last_cancelled(store, *target)
    if mailing is None:
        raise WorkspaceError(
            _("There is no mailing of {issue} to {list}.").format(
                issue=issue_id, list=targets.words(list_name, segment)
            ),
            hint=_("Look at what there is with: rtesmail status {issue}").format(issue=issue_id),
        )
    if mailing.audience is None:
        raise RefusedError(
            _("{issue} to {list} was never begun: there is nothing to account for.").format(
                issue=issue_id, list=targets.words(list_name, segment)
            ),
            hint=_("Look at what there is with: rtesmail status {issue}").format(issue=issue_id),
        )
    account = read_account(store, mailing)
    waiting = sum(account.totals.of(state) for state in _LIVE)
    if waiting or mailing.state is MailingState.SENDING:
        raise _not_over(account.mailing, waiting)
    return account


def read_account(store: "Database", mailing: Mailing) -> MailingAccount:
    """Give the account of a begun mailing as the ledger now has it, over or not, all of it of one moment.

    Raises:
        RefusedError: the numbers do not add up, or the edition has no approval.
        WorkspaceError: the edition was altered.
    """
    edition = load_edition(store, mailing.edition_digest or "")
    approval = find_approval(store, edition)
    if approval is None:
        raise _untrue(mailing, _("its edition has no approval"))
    with reading(store) as connection:
        connection.create_function("impersonal", 2, impersonal, deterministic=True)
        return MailingAccount(
            mailing=mailing,
            edition=edition,
            approval=approval,
            totals=_checked_totals(connection, mailing),
            transports=_transports(connection, mailing),
            refusals=_summed_up(connection.execute(_REFUSALS, (mailing.id,))),
            omissions=tuple(Omission(*row) for row in connection.execute(_OMISSIONS, (mailing.id,))),
            decisions=tuple(_decision(row) for row in connection.execute(_DECISIONS, {"mailing": mailing.id})),
            ledger=_digest(connection, mailing.id, _ROWS),
            steps=_digest(connection, mailing.id, _STEPS),
        )


def erased_since(store: "Database", mailing: int, moment: datetime) -> int:
    """Count the people of a mailing who were erased at that moment or later."""
    with reading(store) as connection:
        return int(connection.execute(_ERASED, (mailing, to_text(moment))).fetchone()[0])


def _last_cancelled(store: "Database", issue_id: str, list_name: str, segment: str) -> Mailing | None:
    """Give the last one that a person gave up after it had begun."""
    known = [
        mailing
        for mailing in mailings.of_issue(store, issue_id)
        if (mailing.list_name, mailing.segment) == (list_name, segment) and mailing.audience is not None
    ]
    return known[-1] if known else None


def _not_over(mailing: Mailing, waiting: int) -> RefusedError:
    from gettext import ngettext

    places = {
        "issue": mailing.issue,
        "list": targets.words(mailing.list_name, mailing.segment),
        "options": targets.options(mailing.list_name, mailing.segment),
        "n": waiting,
        "audience": mailing.audience,
    }
    return RefusedError(
        ngettext(
            "{issue} to {list} is not over: {n} person of {audience} still waits. A certificate is the last word.",
            "{issue} to {list} is not over: {n} people of {audience} still wait. A certificate is the last word.",
            waiting,
        ).format(**places),
        hint=_(
            "Go on with it (rtesmail send {issue} --list {options} --resume) or give it up (rtesmail cancel); "
            "rtesmail status {issue} tells where it stands."
        ).format(**places),
    )


def _untrue(mailing: Mailing, why: str) -> RefusedError:
    return RefusedError(
        _("The ledger of {issue} to {list} cannot be vouched for: {reason}.").format(
            issue=mailing.issue, list=targets.words(mailing.list_name, mailing.segment), reason=why
        ),
        hint=_(
            "Somebody changed the database by other means. Put it back from a backup, and keep a copy of it as it is."
        ),
    )


def _checked_totals(connection: sqlite3.Connection, mailing: Mailing) -> Totals:
    """Count each state; refuse numbers that do not say the same."""
    states = connection.execute(
        "SELECT state, COUNT(*) AS people FROM deliveries WHERE mailing_id = ? GROUP BY state", (mailing.id,)
    )
    totals = Totals(mailing.audience or 0, {DeliveryState(row["state"]): row["people"] for row in states})
    sums = connection.execute(_SUMS, (mailing.id,)).fetchone()
    counted = {sum(totals.by_state.values()), sums["rows"], sums["people"], sums["addresses"]}
    if counted != {totals.audience}:
        raise _untrue(
            mailing,
            _("the audience was frozen at {audience}, the rows are {rows} for {people} people").format(
                audience=totals.audience, rows=sums["rows"], people=min(sums["people"], sums["addresses"])
            ),
        )
    if sums["untold"]:
        raise _untrue(mailing, _("{n} accepted deliveries do not say how they left").format(n=sums["untold"]))
    if sums["repeated"]:
        raise _untrue(mailing, _("{n} deliveries share the Message-ID of another one").format(n=sums["repeated"]))
    return totals


def _transports(connection: sqlite3.Connection, mailing: Mailing) -> dict[str, dict[DeliveryState, int]]:
    counted: dict[str, dict[DeliveryState, int]] = {}
    for row in connection.execute(_TRANSPORTS, (mailing.id,)):
        counted.setdefault(row["transport"], {})[DeliveryState(row["state"])] = row["people"]
    return counted


def _summed_up(rows: Iterable[sqlite3.Row]) -> tuple[Refusal, ...]:
    """Put together what has the same codes in the same group, with the most frequent words; most people first.

    Without a code it was rtesmail that could not write: its words are the reason.
    """
    found: dict[tuple[str, int, str, str], tuple[str, int]] = {}
    for row in rows:
        reason = (row["pace_group"], row["number"], row["enhanced"], "" if row["number"] else row["words"])
        first_words, people = found.get(reason, (row["words"], 0))
        found[reason] = (first_words, people + row["people"])
    summed = [Refusal(key[0], key[1] or None, key[2], words, n) for key, (words, n) in found.items()]
    return tuple(sorted(summed, key=lambda refusal: -refusal.people))


def impersonal(reply: str, email: str) -> str:
    """Give a server's words without the person whom it refused: servers like to repeat an address, or its beginning."""
    words, name = _ADDRESS.sub("…", reply), re.escape(email.rpartition("@")[0])
    # Who was erased has no address any more; their words lost it then.
    return re.sub(rf"(?<![\w.+-]){name}(?![\w+-])", "…", words, flags=re.IGNORECASE) if name else words


def _decision(row: sqlite3.Row) -> PersonsDecision:
    return PersonsDecision(
        by=row["settled_by"],
        at=from_text(row["settled_at"]),
        before=DeliveryState(row["earlier"]),
        after=DeliveryState(row["state"]),
        people=row["people"],
    )


def _digest(connection: sqlite3.Connection, mailing: int, statements: tuple[str, ...]) -> str:
    """Give the SHA-256 over every row of a mailing, in order, and over all that they said before."""
    hashed = hashlib.sha256()
    for statement in statements:
        for (row,) in connection.execute(statement, (mailing,)):
            hashed.update(row.encode())
            hashed.update(b"\n")
        hashed.update(b"\n")
    return hashed.hexdigest()

"""What came back lately, summed up: what was done, who is written to no more, who is near that, who blocks us."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.restoring import works_since
from rtesmail.feedback import counting
from rtesmail.feedback.reasons import words_of
from rtesmail.model.feedback import Decision, FeedbackKind, FeedbackPolicy
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

NEAR = 2
"""How many failures short of the limit is near it."""


class Line(Struct, frozen=True):
    """One thing that came back; `address` is empty when it is about nobody of ours."""

    at: datetime
    kind: FeedbackKind
    address: str
    reason: str
    diagnostic: str
    source: str


class Block(Struct, frozen=True):
    """The servers of one domain that turned letters away, how often, and their words, commonest first."""

    domain: str
    count: int
    words: tuple[tuple[str, int], ...]


class Summary(Struct, frozen=True):
    """What came back since a moment. `near` has who can be written to, and how many failures count against them."""

    since: datetime
    counts: tuple[tuple[FeedbackKind, Decision, int], ...]
    suppressed: tuple[Line, ...]
    near: tuple[tuple[str, int], ...]
    blocked: tuple[Block, ...]
    kept: tuple[Line, ...]


def summary_of(store: "Database", policy: FeedbackPolicy, *, since: datetime, now: datetime) -> Summary:
    """Sum up what was written down since a moment."""
    with reading(store) as connection:
        lines = [
            (Decision(row["decision"]), _line(row))
            for row in connection.execute(
                """SELECT event.*, coalesce(subscribers.email, event.email_key) AS email
                FROM feedback_events AS event LEFT JOIN subscribers ON subscribers.email_key = event.email_key
                WHERE treated_at >= ? ORDER BY treated_at, event.id""",
                (to_text(since),),
            )
        ]
        near = _near(store, policy, now)
    counts = Counter((line.kind, decision) for decision, line in lines)

    def those(wanted: Decision) -> tuple[Line, ...]:
        return tuple(line for decision, line in lines if decision is wanted)

    return Summary(
        since,
        tuple((kind, decision, count) for (kind, decision), count in counts.most_common()),
        those(Decision.SUPPRESSED),
        near,
        _blocks(those(Decision.ALERTED)),
        those(Decision.KEPT),
    )


def _line(row: "sqlite3.Row") -> Line:
    address = "" if row["email"].startswith("erased:") else row["email"]
    return Line(
        from_text(row["happened_at"]),
        FeedbackKind(row["kind"]),
        address,
        words_of(row["reason"]),
        " ".join(filter(None, (row["status"], row["diagnostic"]))),
        row["source"],
    )


def _near(store: "Database", policy: FeedbackPolicy, now: datetime) -> tuple[tuple[str, int], ...]:
    """Give who would be written to no more after a few more failures, nearest first."""
    since = now - timedelta(days=policy.soft_days)
    rows = store.execute(
        """SELECT DISTINCT event.email_key, subscribers.email FROM feedback_events AS event
        JOIN subscribers ON subscribers.email_key = event.email_key AND subscribers.status = 'active'
        WHERE event.decision = ? AND event.happened_at >= ?""",
        (Decision.COUNTED, to_text(since)),
    ).fetchall()
    found = []
    for key, email in rows:
        begun = max(filter(None, (works_since(store, key), since)))
        count = counting.most_within(counting.failures_of(store, key, begun), policy.soft_days)
        if count >= max(1, policy.soft_bounces - NEAR):
            found.append((str(email), count))
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))


def _blocks(lines: tuple[Line, ...]) -> tuple[Block, ...]:
    by_domain: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_domain[line.address.rpartition("@")[2].lower()].append(line)
    blocks = [
        Block(domain, len(these), tuple(Counter(line.diagnostic for line in these).most_common()))
        for domain, these in by_domain.items()
    ]
    return tuple(sorted(blocks, key=lambda block: (-block.count, block.domain)))

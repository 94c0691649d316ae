"""The table of what came back: each thing once for each person, never changed, never a message."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.storable import storable
from rtesmail.feedback.notices import one_line
from rtesmail.feedback.reasons import words_of
from rtesmail.model.feedback import Decision, FeedbackKind, Treatment
from rtesmail.store.moments import to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

_MOST_WORDS = 500
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=]+@[^\s<>()\[\]\"',;:]+")


class Words(Struct, frozen=True):
    """What a server or a provider said: an enhanced code (RFC 3463) and one line."""

    status: str = ""
    diagnostic: str = ""


def recorded(store: "Database", identity: str) -> tuple[Treatment, ...]:
    """Give what was done about a thing before; nothing when it is new."""
    rows = store.query(
        """SELECT kind, decision, reason, coalesce(subscribers.email, event.email_key) AS email
        FROM feedback_events AS event LEFT JOIN subscribers ON subscribers.email_key = event.email_key
        WHERE identity = ? ORDER BY event.id""",
        (identity,),
    )
    return tuple(
        Treatment(
            FeedbackKind(row["kind"]),
            Decision(row["decision"]),
            "" if row["email"].startswith("erased:") else row["email"],
            words_of(row["reason"]),
            # Whether a person's words were handed on is known elsewhere; being read is not that.
            is_repeat=row["decision"] != Decision.FORWARD,
        )
        for row in rows
    )


def write(
    store: "Database",
    treatment: Treatment,
    *,
    reason: str,
    identity: str,
    email_key: str,
    words: Words,
    source: str,
    delivery: int | None,
    happened_at: datetime,
    now: datetime,
) -> None:
    """Write one treatment down, in the caller's transaction. What a server says of a stranger loses their address."""
    said = storable(one_line(words.diagnostic))[:_MOST_WORDS]
    store.execute(
        """INSERT INTO feedback_events (identity, email_key, kind, decision, reason, status, diagnostic, source,
          delivery_id, happened_at, treated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
        (
            identity,
            email_key,
            treatment.kind.value,
            treatment.decision.value,
            reason,
            storable(words.status)[:20],
            said if email_key else _ADDRESS.sub("…", said),
            storable(source),
            delivery,
            to_text(happened_at),
            to_text(now),
        ),
    )

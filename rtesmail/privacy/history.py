"""What happened with one person, in order of time: what they said, what was sent, what servers and people decided."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.consent import journal_of
from rtesmail.feedback.reasons import words_of
from rtesmail.model.quoting import joined
from rtesmail.privacy.persons import Person
from rtesmail.store.moments import from_text
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

# A row that a server's answer settled happened then; one that waits, when its mailing's audience was frozen.
_STEPS = """
SELECT coalesce(delivery.settled_at, delivery.sending_at, mailing.started_at, mailing.created_at) AS at, delivery.state,
  delivery.code, delivery.reply, delivery.settled_by, delivery.transport, mailing.issue, mailing.list_name, 1 AS last
FROM deliveries AS delivery JOIN mailings AS mailing ON mailing.id = delivery.mailing_id
WHERE delivery.email_key IN (SELECT value FROM json_each(:keys))
UNION ALL
SELECT past.settled_at, past.state, past.code, past.reply, past.settled_by, past.transport, mailing.issue,
  mailing.list_name, 0
FROM delivery_history AS past JOIN deliveries AS delivery ON delivery.id = past.delivery_id
JOIN mailings AS mailing ON mailing.id = delivery.mailing_id
WHERE delivery.email_key IN (SELECT value FROM json_each(:keys))
ORDER BY at, last
"""


class EventKind(StrEnum):
    """Where an entry comes from; what it says is in `Entry.what`, a word of that kind's own."""

    KNOWN = "known"
    CONSENT = "consent"
    DELIVERY = "delivery"
    SUPPRESSION = "suppression"
    FEEDBACK = "feedback"
    RESTORATION = "restoration"


class Entry(Struct, frozen=True):
    """One thing that happened. `what` is a consent event, a delivery's state, a suppression's reason or the kind of
    what came back, about which `decision` was taken for `reason`; `about` is the issue or the list; `words` are a
    server's, a source's or a person's own; `by` is the colleague who decided it.
    """

    at: datetime
    kind: EventKind
    what: str
    about: str = ""
    list_name: str = ""
    words: str = ""
    by: str = ""
    code: int | None = None
    decision: str = ""
    reason: str = ""


def history_of(store: "Database", person: Person) -> tuple[Entry, ...]:
    """Give everything that happened with a person, oldest first."""
    entries = [*_beginnings(store, person), *_consents(store, person), *_deliveries(store, person)]
    entries += [*_suppressions(store, person), *_returns(store, person), *_restorations(store, person)]
    return tuple(sorted(entries, key=lambda entry: entry.at))


def lists_of(store: "Database", person: Person) -> tuple[str, ...]:
    """Give the names of the lists that a person is on."""
    rows = store.execute(
        "SELECT name FROM memberships JOIN lists ON lists.id = list_id WHERE subscriber_id = ? ORDER BY name",
        (person.subscriber,),
    )
    return tuple(row[0] for row in rows)


def _beginnings(store: "Database", person: Person) -> "Iterable[Entry]":
    rows = store.execute("SELECT created_at FROM subscribers WHERE id = ?", (person.subscriber,)).fetchall()
    return [Entry(from_text(row[0]), EventKind.KNOWN, "collected") for row in rows]


def _consents(store: "Database", person: Person) -> "Iterable[Entry]":
    return [
        Entry(
            event.at,
            EventKind.CONSENT,
            event.kind.value,
            list_name=event.list_name,
            words=joined((event.source, event.detail, event.wording)),
        )
        for event in journal_of(store, person.keys)
    ]


def _deliveries(store: "Database", person: Person) -> "Iterable[Entry]":
    with reading(store) as connection:
        rows = connection.execute(_STEPS, {"keys": person.parameters["keys"]}).fetchall()
    return [
        Entry(
            from_text(row["at"]),
            EventKind.DELIVERY,
            row["state"],
            about=row["issue"],
            list_name=row["list_name"],
            words=row["reply"],
            by=row["settled_by"],
            code=row["code"],
        )
        for row in rows
    ]


def _suppressions(store: "Database", person: Person) -> "Iterable[Entry]":
    # A no that the journal has already needs no second line.
    rows = store.query(
        """SELECT reason, source, suppressed_at FROM suppressions AS held
        WHERE email_key IN (SELECT value FROM json_each(?)) AND NOT (reason = 'unsubscribed' AND EXISTS (
          SELECT 1 FROM consent_events WHERE email_key = held.email_key AND event = 'unsubscribed'
            AND happened_at = held.suppressed_at))""",
        (person.parameters["keys"],),
    )
    return [
        Entry(from_text(row["suppressed_at"]), EventKind.SUPPRESSION, row["reason"], words=row["source"])
        for row in rows
    ]


def _returns(store: "Database", person: Person) -> "Iterable[Entry]":
    rows = store.query(
        """SELECT event.happened_at, event.kind, event.decision, event.reason, event.status, event.diagnostic,
          event.source, coalesce(mailing.issue, '') AS issue, coalesce(mailing.list_name, '') AS list_name
        FROM feedback_events AS event LEFT JOIN deliveries ON deliveries.id = event.delivery_id
        LEFT JOIN mailings AS mailing ON mailing.id = deliveries.mailing_id
        WHERE event.email_key IN (SELECT value FROM json_each(?)) ORDER BY event.happened_at, event.id""",
        (person.parameters["keys"],),
    )
    return [
        Entry(
            from_text(row["happened_at"]),
            EventKind.FEEDBACK,
            row["kind"],
            about=row["issue"],
            list_name=row["list_name"],
            words=joined((row["status"], row["diagnostic"], row["source"])),
            decision=row["decision"],
            reason=words_of(row["reason"]),
        )
        for row in rows
    ]


def _restorations(store: "Database", person: Person) -> "Iterable[Entry]":
    rows = store.query(
        """SELECT restored_at, reason, restored_by FROM restorations
        WHERE email_key IN (SELECT value FROM json_each(?))""",
        (person.parameters["keys"],),
    )
    return [
        Entry(
            from_text(row["restored_at"]),
            EventKind.RESTORATION,
            "restored",
            by=row["restored_by"],
            reason=row["reason"],
        )
        for row in rows
    ]

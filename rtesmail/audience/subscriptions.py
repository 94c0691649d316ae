"""People who subscribe themselves: asked by a mail to say yes again, then put on the lists they chose."""

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience import consent
from rtesmail.audience.addresses import parse_address
from rtesmail.audience.departures import put_on_lists
from rtesmail.audience.erased import erased_at
from rtesmail.audience.suppression import resubscribe
from rtesmail.model.consent import ConsentKind
from rtesmail.model.people import SubscriberStatus
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database


class Consent(Struct, frozen=True):
    """What a person agreed to: which lists, in which words, when they asked and how that came in.

    The addresses in the network from which they asked and confirmed are empty when they are not kept.
    """

    email: str
    list_names: tuple[str, ...]
    wording: str
    source: str
    asked_at: datetime
    asked_from: str = ""
    confirmed_from: str = ""


def may_be_asked(store: "Database", email: str) -> bool:
    """May this address be asked to confirm? Not one that bounced or complained; who was erased is a stranger.

    Raises:
        InvalidAddress: it is not an address.
    """
    return _held(store, parse_address(email).key) in (None, SubscriberStatus.UNSUBSCRIBED)


def subscribe(store: "Database", agreed: Consent, *, now: datetime) -> bool:
    """Put who confirmed on their lists, and write the proof to the consent journal; doing it twice changes nothing.

    Who had said no to everything comes back for these lists alone, who was erased as a new person. A no that came after
    the question stays a no: gives False when nothing of the consent holds any more.

    Raises:
        InvalidAddress: it is not an address.
    """
    address = parse_address(agreed.email)
    at, asked = to_text(now), to_text(agreed.asked_at)
    with transaction(store):
        held = _held(store, address.key)
        if held not in (None, SubscriberStatus.UNSUBSCRIBED) or _said_no_since(store, address.key, asked):
            return False
        subscriber = _number_of(store, address.email, address.key, at)
        left_since = _left_since(store, subscriber, asked)
        wanted = [name for name in agreed.list_names if name not in left_since]
        if held is not None:
            _leave_others(store, subscriber, wanted, at)
        for name in put_on_lists(store, subscriber, wanted, now=now):
            _write_proof(store, address.key, agreed, name, now)
    if wanted and held is not None:
        resubscribe(store, address.email, source=agreed.source, wording=agreed.wording, now=now)
    return bool(wanted)


def last_yes_at(store: "Database", email_key: str) -> datetime | None:
    """Give when the person of an address, in its form for comparison, last said yes themselves; None if never."""
    found = store.execute(
        """SELECT max(happened_at) FROM consent_events
        WHERE email_key = ? AND event IN ('confirmed', 'subscribed', 'resubscribed')""",
        (email_key,),
    ).fetchone()[0]
    return from_text(found) if found else None


def _write_proof(store: "Database", key: str, agreed: Consent, list_name: str, now: datetime) -> None:
    """Write both halves of a double opt-in: nothing was written when the person asked, but when is known."""
    for kind, moment, caller in (
        (ConsentKind.REQUESTED, agreed.asked_at, agreed.asked_from),
        (ConsentKind.CONFIRMED, now, agreed.confirmed_from),
    ):
        consent.record(
            store, key, kind, source=agreed.source, now=moment, list_name=list_name, wording=agreed.wording, ip=caller
        )


def _held(store: "Database", key: str) -> SubscriberStatus | None:
    """Give why an address is not written to, None when it may be; `unsubscribed` only when nothing weighs more."""
    reasons = {
        SubscriberStatus(row[0])
        for row in store.execute(
            """SELECT reason FROM suppressions WHERE email_key = :key
            UNION SELECT status FROM subscribers WHERE email_key = :key AND status <> 'active'""",
            {"key": key},
        )
    }
    heavier = reasons - {SubscriberStatus.UNSUBSCRIBED}
    return next(iter(heavier or reasons), None)


def _said_no_since(store: "Database", key: str, asked: str) -> bool:
    found = store.execute("SELECT 1 FROM suppressions WHERE email_key = ? AND suppressed_at > ?", (key, asked))
    erased = erased_at(store, key)
    return found.fetchone() is not None or (erased is not None and to_text(erased) > asked)


def _number_of(store: "Database", email: str, key: str, at: str) -> int:
    store.execute(
        """INSERT INTO subscribers (email, email_key, created_at, updated_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (email_key) DO NOTHING""",
        (email, key, at, at),
    )
    return int(store.execute("SELECT id FROM subscribers WHERE email_key = ?", (key,)).fetchone()[0])


def _left_since(store: "Database", subscriber: int, asked: str) -> frozenset[str]:
    found = store.execute(
        "SELECT list_name FROM departures WHERE subscriber_id = ? AND left_at > ?", (subscriber, asked)
    )
    return frozenset(row[0] for row in found)


def _leave_others(store: "Database", subscriber: int, wanted: list[str], at: str) -> None:
    """Turn the memberships under a no to everything into a no to each list but those wanted now."""
    others = [
        row[0]
        for row in store.execute(
            "SELECT lists.name FROM memberships JOIN lists ON lists.id = list_id WHERE subscriber_id = ?", (subscriber,)
        )
        if row[0] not in wanted
    ]
    for name in others:
        store.execute(
            "DELETE FROM memberships WHERE subscriber_id = ? AND list_id = (SELECT id FROM lists WHERE name = ?)",
            (subscriber, name),
        )
        store.execute(
            "INSERT INTO departures (subscriber_id, list_name, left_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (subscriber, name, at),
        )

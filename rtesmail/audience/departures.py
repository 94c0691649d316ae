"""Who leaves one list, or every one, and how they come back by their own wish.

A person is named by number, as in the links of letters. Who left a list stays off it whatever is imported.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rtesmail.audience import consent
from rtesmail.audience.subscribers import as_subscriber
from rtesmail.audience.suppression import suppress
from rtesmail.model.consent import ConsentKind
from rtesmail.model.people import Subscriber, SubscriberStatus
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database


def find_subscriber(store: "Database", subscriber: int) -> Subscriber | None:
    """Give the person of a number, None when there is none."""
    row = next(iter(store.query("SELECT * FROM subscribers WHERE id = ?", (subscriber,))), None)
    return as_subscriber(row) if row else None


def lists_of(store: "Database", subscriber: int) -> tuple[str, ...]:
    """Give the names of the lists through which a person is written to; none when they are not written to at all."""
    found = store.execute(
        """SELECT lists.name FROM memberships JOIN lists ON lists.id = memberships.list_id
        JOIN subscribers ON subscribers.id = memberships.subscriber_id
        WHERE subscribers.id = ? AND subscribers.status = 'active'
          AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = subscribers.email_key)
        ORDER BY lists.name""",
        (subscriber,),
    )
    return tuple(row[0] for row in found)


def has_left(store: "Database", subscriber: int, list_name: str) -> bool:
    """Did this person leave this list?"""
    found = store.execute("SELECT 1 FROM departures WHERE subscriber_id = ? AND list_name = ?", (subscriber, list_name))
    return found.fetchone() is not None


def leave_everything(store: "Database", subscriber: int, *, source: str, now: datetime) -> bool:
    """Write to a person no more; give False when that was so already, or when there is no such person."""
    person = find_subscriber(store, subscriber)
    if person is None or person.status is SubscriberStatus.ERASED:
        return False
    return suppress(store, person.email, "unsubscribed", source=source, now=now)


def leave_list(store: "Database", subscriber: int, list_name: str, *, source: str, now: datetime) -> bool:
    """Take a person off one list for good; give False when they were not on it."""
    at = to_text(now)
    with transaction(store) as connection:
        gone = connection.execute(
            """DELETE FROM memberships WHERE subscriber_id = ?
            AND list_id = (SELECT id FROM lists WHERE name = ?)""",
            (subscriber, list_name),
        )
        if gone.rowcount < 1:
            return False
        connection.execute(
            """INSERT INTO departures (subscriber_id, list_name, left_at) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET left_at = excluded.left_at""",
            (subscriber, list_name, at),
        )
        key = _key_of(store, subscriber)
        consent.record(store, key, ConsentKind.UNSUBSCRIBED, source=source, now=now, list_name=list_name)
    return True


def join_lists(
    store: "Database", subscriber: int, list_names: Sequence[str], *, source: str, wording: str, now: datetime
) -> tuple[str, ...]:
    """Put a person on lists by their own wish, those included that they had left; give those that are new to them."""
    with transaction(store):
        joined = put_on_lists(store, subscriber, list_names, now=now)
        for name in joined:
            key = _key_of(store, subscriber)
            consent.record(store, key, ConsentKind.SUBSCRIBED, source=source, now=now, list_name=name, wording=wording)
    return joined


def put_on_lists(store: "Database", subscriber: int, list_names: Sequence[str], *, now: datetime) -> tuple[str, ...]:
    """Put a person on lists within the caller's transaction, who writes the consent down; give those new to them."""
    at, joined = to_text(now), []
    for name in list_names:
        store.execute("INSERT INTO lists (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, at))
        store.execute("DELETE FROM departures WHERE subscriber_id = ? AND list_name = ?", (subscriber, name))
        made = store.execute(
            """INSERT INTO memberships (list_id, subscriber_id, added_at)
            SELECT id, ?, ? FROM lists WHERE name = ? ON CONFLICT DO NOTHING""",
            (subscriber, at, name),
        )
        if made.rowcount:
            joined.append(name)
    return tuple(joined)


def _key_of(store: "Database", subscriber: int) -> str:
    return str(store.execute("SELECT email_key FROM subscribers WHERE id = ?", (subscriber,)).fetchone()[0])

"""Whom something that came back is about, and what proves it.

A bounce is proven by the signed address that it came to, or by the Message-ID of a letter of ours that it quotes: it
begins with the delivery's number, and the rest can be made with our secret only. Whoever has such a letter can tell
both, as they could press its unsubscribe link.
"""

import re
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.erased import was_erased
from rtesmail.audience.storable import storable
from rtesmail.store.moments import optional_moment, to_text

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

_NUMBER = re.compile(r"<([1-9][0-9]{0,18})\.")
_MOST_IN_SQLITE = 2**63 - 1


class Subject(Struct, frozen=True):
    """One of ours, by the address that we wrote to or know; both are empty once the person was erased.

    `delivery` is the one that it is about, None when that is not proven; `sent_at` is when that left.
    """

    email: str
    key: str
    delivery: int | None = None
    sent_at: datetime | None = None


def proven(store: "Database", delivery: int | None, message_id: str) -> Subject | None:
    """Give whom a message is about by a delivery that is known to be meant, else by the Message-ID that is quoted."""
    if delivery is not None:
        return _of(store.execute("SELECT * FROM deliveries WHERE id = ?", (delivery,)).fetchone())
    found = _NUMBER.match(message_id)
    if found is None or int(found[1]) > _MOST_IN_SQLITE:
        return None
    # One that was tried again may have left under another secret before.
    return _of(
        store.execute(
            """SELECT * FROM deliveries WHERE id = :id AND (message_id = :message_id OR EXISTS (
              SELECT 1 FROM delivery_history WHERE delivery_id = :id AND delivery_history.message_id = :message_id))""",
            {"id": int(found[1]), "message_id": storable(message_id)},
        ).fetchone()
    )


def by_provider(store: "Database", text: str, provider_id: str) -> Subject | None:
    """Give the delivery to an address whose answer has the provider's number for it."""
    key = _key(text)
    if not (key and provider_id):
        return None
    return _of(
        store.execute(
            "SELECT * FROM deliveries WHERE email_key = ? AND instr(reply, ?) ORDER BY id DESC LIMIT 1",
            (key, storable(provider_id)),
        ).fetchone()
    )


def written_to_lately(store: "Database", text: str, *, since: datetime, until: datetime) -> Subject | None:
    """Give the last delivery that left for an address between two moments."""
    return _of(
        store.execute(
            """SELECT * FROM deliveries WHERE email_key = ? AND state <> 'skipped' AND sending_at BETWEEN ? AND ?
            ORDER BY sending_at DESC, id DESC LIMIT 1""",
            (_key(text), to_text(since), to_text(until)),
        ).fetchone()
    )


def known(store: "Database", text: str) -> Subject | None:
    """Give whoever of ours has an address; None for a stranger, for who was erased, or when it is no address."""
    key = _key(text)
    found = store.execute(
        """SELECT email FROM subscribers WHERE email_key = :key UNION ALL
        SELECT email FROM deliveries WHERE email_key = :key UNION ALL
        SELECT email_key FROM suppressions WHERE email_key = :key LIMIT 1""",
        {"key": key},
    ).fetchone()
    return Subject(found[0], key) if key and found else None


def stranger(store: "Database", text: str) -> Subject | None:
    """Give somebody who is not ours, by their address; None when it is none, or that of a person who was erased."""
    try:
        address = parse_address(storable(text))
    except InvalidAddress:
        return None
    return None if was_erased(store, address.key) else Subject(address.email, address.key)


def is_subscriber(store: "Database", key: str) -> bool:
    """Is this the address of somebody who is, or was, on a list?"""
    return store.execute("SELECT 1 FROM subscribers WHERE email_key = ?", (key,)).fetchone() is not None


def _key(text: str) -> str:
    try:
        return parse_address(storable(text)).key
    except InvalidAddress:
        return ""


def _of(row: "sqlite3.Row | None") -> Subject | None:
    if row is None:
        return None
    key = row["email_key"] if row["email"] else ""
    return Subject(row["email"], key, row["id"], optional_moment(row["sending_at"]))

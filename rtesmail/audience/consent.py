"""The journal of what people agreed to, refused and asked for: it only grows, and proves (GDPR article 7(1))."""

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from rtesmail.audience.storable import storable
from rtesmail.model.consent import ConsentEvent, ConsentKind
from rtesmail.store.moments import from_text, to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

_WITH_ADDRESS = (ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.SUBSCRIBED)
"""Only these keep an IP address: the house must be able to prove them, and nothing else needs one (article 5(1)(c))."""


def record(
    store: "Database",
    email_key: str,
    kind: ConsentKind,
    *,
    source: str,
    now: datetime,
    list_name: str = "",
    detail: str = "",
    wording: str = "",
    ip: str = "",
) -> None:
    """Write one act into the journal, in the caller's transaction.

    `source` says how it came in, `wording` is the whole text that the person saw and agreed to, `detail` what they
    changed. `ip` is kept only with a request, its confirmation and a subscription, and only if it is one.
    """
    store.execute(
        "INSERT INTO consent_events (email_key, event, list_name, source, detail, wording, ip, happened_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            email_key,
            kind.value,
            storable(list_name),
            storable(source),
            storable(detail),
            keep_wording(store, wording, now=now),
            _address(ip) if kind in _WITH_ADDRESS else "",
            to_text(now),
        ),
    )


def keep_wording(store: "Database", text: str, *, now: datetime) -> str | None:
    """Keep a wording once, whoever agrees to it, and give its SHA-256; None for no wording."""
    wording = storable(text.strip())
    if not wording:
        return None
    digest = hashlib.sha256(wording.encode()).hexdigest()
    store.execute(
        "INSERT INTO wordings (sha256, text, first_used_at) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
        (digest, wording, to_text(now)),
    )
    return digest


def journal_of(store: "Database", email_keys: Iterable[str]) -> tuple[ConsentEvent, ...]:
    """Give what the journal says of a person, known by these addresses, oldest first."""
    rows = store.query(
        """SELECT event, happened_at, list_name, source, detail, coalesce(wordings.text, '') AS wording, ip
        FROM consent_events LEFT JOIN wordings ON wordings.sha256 = consent_events.wording
        WHERE email_key IN (SELECT value FROM json_each(?)) ORDER BY happened_at, id""",
        (json.dumps(list(email_keys)),),
    )
    return tuple(
        ConsentEvent(
            kind=ConsentKind(row["event"]),
            at=from_text(row["happened_at"]),
            list_name=row["list_name"],
            source=row["source"],
            detail=row["detail"],
            wording=row["wording"],
            ip=row["ip"],
        )
        for row in rows
    )


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""

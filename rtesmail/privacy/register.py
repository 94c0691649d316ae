"""The record of processing (GDPR article 30): the lists, why their people may be written to, how many, for how long."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.consent import PROOFS, ListPurpose
from rtesmail.model.quoting import labelled
from rtesmail.privacy.retention import months_before, overdue_people
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace

_LISTS = """
SELECT lists.name, COUNT(person.id) AS people, COUNT(CASE WHEN EXISTS (
    SELECT 1 FROM consent_events AS event WHERE event.email_key = person.email_key
      AND event.event IN (SELECT value FROM json_each(:proofs)) AND event.list_name IN ('', lists.name)) THEN 1 END)
  AS proven
FROM lists LEFT JOIN memberships ON memberships.list_id = lists.id
LEFT JOIN subscribers AS person ON person.id = memberships.subscriber_id
GROUP BY lists.id ORDER BY lists.name
"""

_ERASURES = "SELECT reason, COUNT(*) AS times FROM erasures GROUP BY reason ORDER BY reason"


class RegisterLine(Struct, frozen=True):
    """One list: its people, those whose agreement the journal can prove, and what `rtesmail.toml` says of it."""

    list_name: str
    people: int
    proven: int
    purpose: ListPurpose


class Register(Struct, frozen=True):
    """What the house does with people's data. `recipients` are hosts or providers to which addresses are handed.

    `counting` are publications whose links are counted, by their titles.
    `erasures` counts by reason (`request`, `retention`); `overdue` are people whom the next purge would erase.
    """

    lists: tuple[RegisterLine, ...]
    people: int
    refusing: int
    recipients: tuple[str, ...]
    keep_months: int
    overdue: int
    erasures: Mapping[str, int]
    counting: tuple[str, ...] = ()


def make_register(store: "Database", workspace: "Workspace", *, now: datetime) -> Register:
    """Give the record of processing as it stands at that moment."""
    configuration = workspace.configuration
    keep_months = configuration.privacy.keep_months
    with reading(store) as connection:
        proofs = json.dumps(sorted(kind.value for kind in PROOFS))
        lists = connection.execute(_LISTS, {"proofs": proofs}).fetchall()
        (people,) = connection.execute(
            "SELECT COUNT(*) FROM subscribers WHERE email_key NOT GLOB 'erased:*'"
        ).fetchone()
        (refusing,) = connection.execute("SELECT COUNT(*) FROM suppressions WHERE reason <> 'erased'").fetchone()
        erasures = {row["reason"]: row["times"] for row in connection.execute(_ERASURES)}
    return Register(
        lists=tuple(
            RegisterLine(
                row["name"], row["people"], row["proven"], configuration.list_purposes.get(row["name"], ListPurpose())
            )
            for row in lists
        ),
        people=people,
        refusing=refusing,
        recipients=recipients_of(workspace),
        keep_months=keep_months,
        overdue=len(overdue_people(store, limit=months_before(now, keep_months))),
        erasures=erasures,
        counting=tuple(entry.title for entry in configuration.publications.values() if entry.count_links),
    )


def recipients_of(workspace: "Workspace") -> tuple[str, ...]:
    """Name whom addresses are handed to so that mail arrives: mail servers and providers of the configuration."""
    from rtesmail.model.publication import TransportKind

    named = []
    for transport in workspace.configuration.transports.values():
        match transport.kind:
            case TransportKind.OUTBOX | TransportKind.MAILDIR:
                continue
            case TransportKind.SMTP:
                named.append(labelled("SMTP", transport.host))
            case _:
                named.append(transport.kind.value)
    return tuple(dict.fromkeys(named))

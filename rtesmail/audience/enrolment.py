"""The rows of a file held against the people already known, and written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience.columns import Entry, ReadRow, RejectedRow
from rtesmail.audience.erased import erased_among
from rtesmail.audience.reports import RowReport, RowStatus
from rtesmail.model.people import Subscriber, SubscriberStatus
from rtesmail.store.moments import to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

KEYS_AT_ONCE = 500
"""Below SQLite's oldest limit of 999 parameters in a statement."""

_FIELDS = ("name", "organisation", "role", "level", "region")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file changes: people to make (their id is 0), people to rewrite, people to put on the list."""

    rows: tuple[RowReport, ...]
    newcomers: tuple[Subscriber, ...]
    changed: tuple[Subscriber, ...]
    joining: tuple[Subscriber, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says of the addresses of a file, by key."""

    people: Mapping[str, Subscriber]
    held: Mapping[str, SubscriberStatus]
    members: frozenset[int]


def plan_enrolment(store: "Database", read: Sequence[ReadRow], list_name: str) -> Plan:
    """Work out what the rows of a file change; nothing is written."""
    keys = dict.fromkeys(item.outcome.address.key for item in read if isinstance(item.outcome, Entry))
    known = _look_up(store, tuple(keys), list_name)
    rows: list[RowReport] = []
    newcomers: list[Subscriber] = []
    changed: list[Subscriber] = []
    joining: list[Subscriber] = []
    line_of: dict[str, int] = {}
    said_before = _("the same address as line {line}; this row was not used")
    said_known = _("already known, now on this list too")
    for item in read:
        line, entry = item.row.line, item.outcome
        if isinstance(entry, RejectedRow):
            rows.append(RowReport(line, RowStatus.REJECTED, entry.email, entry.reason))
            continue
        key = entry.address.key
        if key in line_of:
            said = said_before.format(line=line_of[key])
            rows.append(RowReport(line, RowStatus.DUPLICATE, entry.address.email, said))
            continue
        line_of[key] = line
        if key in known.held:
            rows.append(RowReport(line, RowStatus.HELD_BACK, entry.address.email, _why_held(known.held[key])))
            continue
        person = known.people.get(key)
        if person is None:
            newcomers.append(_newcomer(entry))
            rows.append(_report(line, RowStatus.ADDED, entry))
            continue
        completed = _complete(person, entry)
        if completed != person:
            changed.append(completed)
        if person.id not in known.members:
            joining.append(person)
            rows.append(_report(line, RowStatus.ADDED, entry, said_known))
        elif completed != person:
            rows.append(_report(line, RowStatus.UPDATED, entry))
        else:
            rows.append(_report(line, RowStatus.UNCHANGED, entry))
    return Plan(tuple(rows), tuple(newcomers), tuple(changed), tuple(joining))


def enrol(store: "Database", plan: Plan, list_name: str, *, source: str, now: datetime) -> None:
    """Write a plan; the caller holds the transaction in which it was made. `source` goes to the consent journal."""
    at = to_text(now)
    list_id = _list_id(store, list_name, at)
    made = _numbered(plan.newcomers, _next_id(store))
    store.table("subscribers").insert_all(_as_row(person, at) for person in made)
    store.conn.executemany(
        f"UPDATE subscribers SET {', '.join(f'{field} = ?' for field in _FIELDS)}, updated_at = ? WHERE id = ?",
        [(*(getattr(person, field) for field in _FIELDS), at, person.id) for person in plan.changed],
    )
    joining = (*made, *plan.joining)
    store.conn.executemany(
        "INSERT INTO memberships (list_id, subscriber_id, added_at) VALUES (?, ?, ?)",
        [(list_id, person.id, at) for person in joining],
    )
    store.table("consent_events").insert_all(
        {
            "email_key": person.email_key,
            "event": "imported",
            "list_name": list_name,
            "source": source,
            "happened_at": at,
        }
        for person in joining
    )


def _look_up(store: "Database", keys: Sequence[str], list_name: str) -> _Known:
    from rtesmail.audience.subscribers import as_subscriber

    people: dict[str, Subscriber] = {}
    held: dict[str, SubscriberStatus] = {}
    for some in _in_parts(keys):
        marks = ", ".join("?" * len(some))
        for row in store.query(f"SELECT * FROM subscribers WHERE email_key IN ({marks})", some):
            person = people[row["email_key"]] = as_subscriber(row)
            if person.status is not SubscriberStatus.ACTIVE:
                held[person.email_key] = person.status
        for row in store.query(f"SELECT email_key, reason FROM suppressions WHERE email_key IN ({marks})", some):
            held[row["email_key"]] = SubscriberStatus(row["reason"])
        held.update(dict.fromkeys(erased_among(store, some), SubscriberStatus.ERASED))
    on_list = store.query(
        "SELECT subscriber_id FROM memberships JOIN lists ON lists.id = list_id WHERE lists.name = ?", (list_name,)
    )
    return _Known(people, held, frozenset(row["subscriber_id"] for row in on_list))


def _in_parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), KEYS_AT_ONCE):
        yield keys[start : start + KEYS_AT_ONCE]


def _newcomer(entry: Entry) -> Subscriber:
    return _complete(Subscriber(id=0, email=entry.address.email, email_key=entry.address.key), entry)


def _complete(person: Subscriber, entry: Entry) -> Subscriber:
    """Take what the row says; what it leaves empty stays."""
    return replace(
        person,
        name=entry.name or person.name,
        organisation=entry.organisation or person.organisation,
        role=entry.role or person.role,
        level=entry.level or person.level,
        region=entry.region or person.region,
    )


def _report(line: int, status: RowStatus, entry: Entry, said: str = "") -> RowReport:
    return RowReport(line, status, entry.address.email, "; ".join(filter(None, (said, *entry.notes))))


def _why_held(reason: SubscriberStatus) -> str:
    match reason:
        case SubscriberStatus.UNSUBSCRIBED:
            return _("this person unsubscribed: not put back")
        case SubscriberStatus.BOUNCED:
            return _("mail to this address came back: not put back")
        case SubscriberStatus.COMPLAINED:
            return _("this person reported a mail as spam: not put back")
        case _:
            return _("this person asked to be forgotten: not put back")


def _list_id(store: "Database", name: str, at: str) -> int:
    store.execute("INSERT INTO lists (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, at))
    return int(store.execute("SELECT id FROM lists WHERE name = ?", (name,)).fetchone()[0])


def _next_id(store: "Database") -> int:
    return int(store.execute("SELECT coalesce(max(id), 0) + 1 FROM subscribers").fetchone()[0])


def _numbered(newcomers: Iterable[Subscriber], first: int) -> tuple[Subscriber, ...]:
    return tuple(replace(person, id=number) for number, person in enumerate(newcomers, first))


def _as_row(person: Subscriber, at: str) -> dict[str, str | int]:
    row: dict[str, str | int] = {"id": person.id, "email": person.email, "email_key": person.email_key}
    row.update((field, getattr(person, field)) for field in _FIELDS)
    return {**row, "status": person.status.value, "created_at": at, "updated_at": at}

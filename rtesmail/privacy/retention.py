"""How long people are kept: so many months after the last contact that came from them, or after they were collected.

A contact is an act of the person that the journal holds (`model.consent.CONTACTS`): asking for the letter, confirming
it, changing what they get, saying no, writing back. A mail that was sent to them is none, and whether a mail was opened
is not known here; the CNIL does not count that either (deliberation SAN-2020-003 of 28 July 2020, Spartoo).
"""

import calendar
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.model.consent import CONTACTS
from rtesmail.privacy.erasure import required_name, take_out
from rtesmail.privacy.persons import person_of
from rtesmail.privacy.sweeping import sweep
from rtesmail.store.moments import from_text, to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace

_OVERDUE = """
WITH known AS (
  SELECT email_key, created_at AS at, 'collected' AS what FROM subscribers WHERE email_key NOT GLOB 'erased:*'
  UNION ALL SELECT email_key, suppressed_at, 'collected' FROM suppressions
    WHERE reason <> 'erased' AND email_key NOT IN (SELECT email_key FROM subscribers)
  UNION ALL SELECT email_key, happened_at, event FROM consent_events
    WHERE email_key NOT GLOB 'erased:*' AND event IN (SELECT value FROM json_each(:contacts))
)
SELECT email_key, MAX(at) AS last_at, what FROM known
WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.email_key = known.email_key AND state = 'sending')
GROUP BY email_key HAVING MAX(at) < :limit ORDER BY last_at, email_key
"""


class Overdue(Struct, frozen=True):
    """Somebody kept for too long. `what` is their last contact, `collected` when there never was one."""

    email_key: str
    last_at: datetime
    what: str


class Purge(Struct, frozen=True):
    """What a purge did, or would do: the people, and whether the file was rewritten."""

    people: tuple[Overdue, ...]
    limit: datetime
    is_swept: bool


def overdue_people(store: "Database", *, limit: datetime) -> tuple[Overdue, ...]:
    """Give whose last contact was before `limit`, longest ago first."""
    values = {"limit": to_text(limit), "contacts": json.dumps(sorted(kind.value for kind in CONTACTS))}
    rows = store.execute(_OVERDUE, values).fetchall()
    return tuple(Overdue(row["email_key"], from_text(row["last_at"]), row["what"]) for row in rows)


def purge(store: "Database", workspace: "Workspace", *, by: str, dry_run: bool = False, now: Clock = utc_now) -> Purge:
    """Erase everybody whose time is over, one after the other; a dry run only says whom. `by` answers for it.

    Raises:
        StoppedError: the database cannot be written to; who was erased stays erased, the next purge goes on.
        WorkspaceError: no name is given.
    """
    limit = months_before(now(), workspace.configuration.privacy.keep_months)
    people = overdue_people(store, limit=limit)
    if dry_run:
        return Purge(people, limit, is_swept=False)
    name = required_name(by)
    done = tuple(_erased(store, people, name, now))
    return Purge(done, limit, sweep(store, workspace.database.parent, now=now()))


def months_before(moment: datetime, months: int) -> datetime:
    """Give the same day so many months earlier, the month's last one when it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _erased(store: "Database", people: tuple[Overdue, ...], by: str, now: Clock) -> Iterator[Overdue]:
    for overdue in people:
        take_out(store, person_of(store.conn, overdue.email_key), reason="retention", by=by, now=now())
        yield overdue

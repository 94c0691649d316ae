"""Whom the mailings do not reach: member organisations without a reader, ended mandates, addresses that only bounce."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.organisations import as_organisation
from rtesmail.audience.subscribers import as_subscriber
from rtesmail.model.organisations import Organisation
from rtesmail.model.people import Subscriber
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    from sqlite_utils import Database


class Unreached(StrEnum):
    """Why nobody at an organisation can be written to."""

    NOBODY = "nobody"
    """Nobody is known there."""
    BOUNCED = "bounced"
    """Every address that is known came back."""
    SAID_NO = "said_no"
    """Everybody who is known said no, or their address came back."""
    NO_LIST = "no_list"
    """There are people who could be written to, on no list that is looked at."""


class Coverage(Struct, frozen=True):
    """How many members there are, those whom nothing reaches and why, and the people to look after."""

    members: int
    unreached: tuple[tuple[Organisation, Unreached], ...]
    ended: tuple[Subscriber, ...]
    bouncing: tuple[Subscriber, ...]

    @property
    def reached(self) -> int:
        """How many members somebody can be written to."""
        return self.members - len(self.unreached)


_MAY_BE_WRITTEN_TO = """(person.status = 'active'
  AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = person.email_key))"""
_CAME_BACK = """(person.status = 'bounced' OR EXISTS (SELECT 1 FROM suppressions
  WHERE suppressions.email_key = person.email_key AND suppressions.reason = 'bounced'))"""
_ON_LIST = """(:list = '' OR EXISTS (SELECT 1 FROM memberships JOIN lists ON lists.id = memberships.list_id
  WHERE memberships.subscriber_id = person.id AND lists.name = :list))"""

_UNREACHED = f"""
SELECT organisations.*, COUNT(person.id) AS people,
  COUNT(CASE WHEN {_CAME_BACK} THEN 1 END) AS came_back,
  COUNT(CASE WHEN {_MAY_BE_WRITTEN_TO} THEN 1 END) AS writable
FROM organisations LEFT JOIN subscribers AS person
  ON person.organisation_id = organisations.id AND person.status <> 'erased'
WHERE is_member = 1
GROUP BY organisations.id
HAVING COUNT(CASE WHEN {_MAY_BE_WRITTEN_TO} AND {_ON_LIST} THEN 1 END) = 0
ORDER BY organisations.region, organisations.departement, organisations.name_key, organisations.id
"""

_ENDED = f"""
SELECT person.* FROM subscribers AS person
WHERE person.status = 'active' AND person.mandate_ends_on <> '' AND person.mandate_ends_on < :today
  AND {_MAY_BE_WRITTEN_TO} AND {_ON_LIST}
ORDER BY person.mandate_ends_on, person.organisation, person.id
"""

# Somebody who still counts as active, but whom a server refused each time that an answer came.
_BOUNCING = f"""
SELECT person.* FROM subscribers AS person
WHERE {_ON_LIST} AND ({_CAME_BACK} OR (person.status = 'active'
  AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.subscriber_id = person.id AND deliveries.state = 'refused')
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.subscriber_id = person.id
    AND deliveries.state = 'accepted')))
ORDER BY person.organisation, person.id
"""


def look_at_coverage(store: "Database", *, today: date, list_name: str = "") -> Coverage:
    """Work out whom the mailings of a list, or of any, do not reach; `today` is the local day.

    Raises:
        WorkspaceError: there is no list of that name.
    """
    from rtesmail.audience.subscribers import require_list

    if list_name:
        require_list(store, list_name)
    values = {"list": list_name, "today": today.isoformat()}
    with reading(store) as connection:
        members = connection.execute("SELECT COUNT(*) FROM organisations WHERE is_member = 1").fetchone()[0]
        unreached = connection.execute(_UNREACHED, values).fetchall()
        ended = connection.execute(_ENDED, values).fetchall()
        bouncing = connection.execute(_BOUNCING, values).fetchall()
    return Coverage(
        int(members),
        tuple((as_organisation(row), _why(dict(row))) for row in unreached),
        tuple(as_subscriber(row) for row in ended),
        tuple(as_subscriber(row) for row in bouncing),
    )


def _why(row: Mapping[str, int]) -> Unreached:
    if not row["people"]:
        return Unreached.NOBODY
    if row["writable"]:
        return Unreached.NO_LIST
    return Unreached.BOUNCED if row["came_back"] == row["people"] else Unreached.SAID_NO

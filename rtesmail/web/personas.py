"""Through whose eyes an edition can be seen: people and segments, from the database, which is never changed here."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rtesmail.model.errors import RtesmailError
from rtesmail.store.opening import opened_for_reading
from rtesmail.web.choices import Choice

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.edition import Edition
    from rtesmail.model.people import Subscriber
    from rtesmail.model.publication import Workspace

MOST_FOUND = 8
MOST_SEARCHED = 100
"""Characters of a search: no name or address is longer."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A segment's people who can be written to, and how many of them get which variant, the most first."""

    name: str
    title: str
    people: int
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """What the picker of readers shows: who was asked for (`who`, a `segment`) and found, and the `segments` there are.

    `trouble` says why nothing can be read.
    """

    who: str = ""
    person: "Subscriber | None" = None
    found: "tuple[Subscriber, ...]" = ()
    segments: tuple[tuple[str, str], ...] = ()
    segment: Audience | None = None
    has_people: bool = False
    trouble: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.who or self.segment or self.person or self.trouble)


def look_for_readers(
    workspace: "Workspace", edition: "Edition", *, who: str = "", segment: str = "", number: int = 0
) -> Picker:
    """Find the people whose address, name or organisation holds `who`, those of a segment, and one by their number."""
    if not workspace.database.exists():
        return Picker(who)
    try:
        with opened_for_reading(workspace.database) as store:
            return _look(store, workspace, edition, who.strip(), segment, number)
    except RtesmailError as error:
        return Picker(who, trouble=str(error), has_people=True)
    except sqlite3.Error:
        return Picker(who, trouble=_("The database cannot be read at the moment."), has_people=True)


def find_person(workspace: "Workspace", number: int) -> "Subscriber | None":
    """Give the subscriber of that number; None when there is none, or the database cannot be read."""
    from rtesmail.audience.subscribers import get_by_number

    if not number or not workspace.database.exists():
        return None
    try:
        with opened_for_reading(workspace.database) as store:
            return get_by_number(store, number)
    except (sqlite3.Error, RtesmailError):
        return None


def as_picked(choice: Choice, picker: Picker) -> Choice:
    """Give the choice with its person, if there is one; with a segment, what most of its people get."""
    if picker.person is not None:
        return choice.as_person(picker.person.id)
    if picker.segment is not None and picker.segment.kinds and not choice.readers:
        return choice.to(picker.segment.kinds[0][0])
    return choice.to(choice.readers)


def _look(store: "Database", workspace: "Workspace", edition: "Edition", who: str, segment: str, number: int) -> Picker:
    from rtesmail.audience.subscribers import find_people, get_by_number
    from rtesmail.content.segment_file import load_segments

    segments = load_segments(workspace)
    found = find_people(store, text=who, limit=MOST_FOUND) if who else ()
    audience = None
    if segment in segments:
        from rtesmail.audience.segments import asking

        zone = ZoneInfo(workspace.configuration.identity.time_zone)
        today = datetime.now(zone).date()
        node = segments[segment].node
        kinds = Counter[str]()
        for (level, region, role), people in asking.count_kinds(store, node, today=today):
            kinds[edition.variant_of(level, region, role)] += people
        audience = Audience(segment, segments[segment].title, kinds.total(), tuple(kinds.most_common()))
        found = found or asking.first_page(store, node, today=today, limit=MOST_FOUND)
    return Picker(
        who=who,
        person=get_by_number(store, number) if number else None,
        found=found,
        segments=tuple((name, one.title) for name, one in segments.items()),
        segment=audience,
        has_people=bool(find_people(store, limit=1)),
    )

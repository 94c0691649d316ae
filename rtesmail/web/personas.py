"""Through whose eyes an edition can be seen: people and segments, from the database, which is never changed here."""

import sqlite3
from collections import Counter
from datetime import date, datetime
from functools import lru_cache
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from rtesmail.model.errors import RtesmailError
from rtesmail.store.opening import opened_for_reading
from rtesmail.web.changes import people_stamp
from rtesmail.web.choices import Choice

if TYPE_CHECKING:
    from rtesmail.model.edition import Edition
    from rtesmail.model.people import Subscriber
    from rtesmail.model.publication import Workspace

MOST_FOUND = 8
MOST_SEARCHED = 100
"""Characters of a search: no name or address is longer."""


class Audience(Struct, frozen=True):
    """A segment's people who can be written to, and how many of them get which variant, the most first."""

    name: str
    title: str
    people: int
    kinds: tuple[tuple[str, int], ...]


class Picker(Struct, frozen=True):
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
    is_open: bool = False


class _Answer(Struct, frozen=True):
    """What the database says: the people found, and how many of a segment are of which level, region and role."""

    people: "tuple[Subscriber, ...]"
    kinds: tuple[tuple[tuple[str, str, str], int], ...]
    has_people: bool


def look_for_readers(
    workspace: "Workspace", edition: "Edition", *, who: str = "", segment: str = "", number: int = 0
) -> Picker:
    """Find the people whose address, name or organisation holds `who`, those of a segment, and one by their number."""
    who, is_asked = who.strip(), bool(who or segment or number)
    if not workspace.database.exists():
        return Picker(who)
    try:
        return _look(workspace, edition, who, segment, number)
    except RtesmailError as error:
        return Picker(who, trouble=str(error), has_people=True, is_open=is_asked)
    except sqlite3.Error:
        words = _("The database cannot be read at the moment.")
        return Picker(who, trouble=words, has_people=True, is_open=is_asked)


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


def _look(workspace: "Workspace", edition: "Edition", who: str, segment: str, number: int) -> Picker:
    from rtesmail.content.segment_file import load_segments

    segments, today = (
        load_segments(workspace),
        datetime.now(ZoneInfo(workspace.configuration.identity.time_zone)).date(),
    )
    asked = segments.get(segment)
    answer = _ask(workspace.database, people_stamp(workspace.root), who, asked.expression if asked else "", today)
    audience = None
    if asked is not None:
        kinds = Counter[str]()
        for (level, region, role), people in answer.kinds:
            kinds[edition.variant_of(level, region, role)] += people
        audience = Audience(segment, asked.title, kinds.total(), tuple(kinds.most_common()))
    person = find_person(workspace, number)
    return Picker(
        who=who,
        person=person,
        found=answer.people,
        segments=tuple((name, one.title) for name, one in segments.items()),
        segment=audience,
        has_people=answer.has_people,
        is_open=bool(who or audience or person),
    )


@lru_cache(maxsize=8)
def _ask(database: Path, stamp: str, who: str, expression: str, today: date) -> _Answer:
    """Ask the database once per state of it: a page that shows people is made anew at each save of a text.

    Raises:
        sqlite3.Error: it cannot be read.
        WorkspaceError: the expression asks for a list that there is not.
    """
    from rtesmail.audience.segments import asking
    from rtesmail.audience.segments.parsing import parse
    from rtesmail.audience.subscribers import find_people

    del stamp
    with opened_for_reading(database) as store:
        node = parse(expression) if expression else None
        kinds = asking.count_kinds(store, node, today=today) if node else ()
        found = find_people(store, text=who, limit=MOST_FOUND) if who else ()
        if node and not found:
            found = asking.first_page(store, node, today=today, limit=MOST_FOUND)
        return _Answer(found, kinds, has_people=bool(found or find_people(store, limit=1)))

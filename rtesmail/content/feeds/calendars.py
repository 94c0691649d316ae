"""iCalendar (RFC 5545) becomes entries: one for each date, in the house's local time."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from gettext import gettext as _
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rtesmail.content.feeds.entries import LONGEST_TITLE, MOST_ENTRIES, FeedEntry, ReadFeed, source_name
from rtesmail.content.feeds.repetitions import (
    Repetition,
    Start,
    UnclearRuleError,
    first_of,
    local_of,
    moment_of,
    repeats_of,
)
from rtesmail.content.html_reading import blocks_to_markdown, read_html, words_of_html
from rtesmail.content.link_cleaning import clean_link
from rtesmail.content.pasting import as_html, decoded
from rtesmail.model.errors import WorkspaceError

if TYPE_CHECKING:
    from icalendar import Event

# A fold may stand inside a letter of several bytes (RFC 5545 3.1): lines are joined before they are decoded.
_FOLD = re.compile(rb"\r?\n[ \t]")
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR", re.IGNORECASE)
_ONLINE = re.compile(
    r"\b(?:en ligne|à distance|distanciel|visio(?:conf[ée]rence)?|webinaire|web-?conf[ée]rence|online|webinar|remote"
    r"|zoom|(?:microsoft )?teams|google meet|livestorm|big ?blue ?button)\b",
    re.IGNORECASE,
)
# A place and a screen: "Mairie de Brumeval et en visio".
_BOTH = re.compile(r"\b(?:et|ou|and|or)\b|[,;/+&(]", re.IGNORECASE)
_LINES = re.compile(r"<(?:br|p|div|li|tr|h[1-6])\b", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# RFC 7986 5.11, and what Google, Outlook and Apple write before everybody knew it.
_MEETINGS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
_SECONDS = 10.0
_MIDNIGHT = datetime.min.time()


def is_calendar(content: bytes) -> bool:
    """Tell whether bytes begin as iCalendar does."""
    return _BEGIN.match(content) is not None


def read_calendar(content: bytes, address: str, zone: ZoneInfo, today: date) -> ReadFeed:
    """Read every VEVENT; what repeats gives its next dates. `address` is where it came from.

    An event is known again by its UID alone: a page or a meeting room may serve several.

    Raises:
        WorkspaceError: it cannot be read.
    """
    from icalendar import Calendar, Event
    from icalendar.timezone import tzp

    # icalendar keeps the zones of one calendar for the next, by names that both may use for different times.
    tzp.use_default()
    try:
        text = decoded(_FOLD.sub(b"", content))
        found = Calendar.from_ical(text, multiple=True)
        events = [event for one in found for event in one.walk("VEVENT") if isinstance(event, Event)]
    except Exception as error:
        raise _broken(address) from error
    if not found:
        raise _broken(address)
    read = _Reading(address, zone, today, time.monotonic() + _SECONDS)
    entries = [entry for master, moved in _series(events) for entry in read.entries_of(master, moved)]
    entries.sort(key=lambda entry: entry.day or today)
    coming = [entry for entry in entries if entry.problem or (entry.day or today) >= today]
    over = len(entries) - len(coming)
    # Over is what most entries of an old calendar are; the first ones to come are wanted.
    kept = coming[:MOST_ENTRIES] + [e for e in entries if e.day and e.day < today and not e.problem][-MOST_ENTRIES:]
    return ReadFeed("event", tuple(kept), read.is_repeating, beyond=max(len(coming) + over - len(kept), 0))


def _broken(address: str) -> WorkspaceError:
    return WorkspaceError(
        _("The calendar at {place} cannot be read.").format(place=address),
        hint=_("It is broken or cut short: ask who keeps the site to export it again."),
    )


def _series(events: list["Event"]) -> Iterator[tuple["Event", dict[str, "Event"]]]:
    """Give each event with the dates of its series that were moved or called off, by the date they had."""
    moved: dict[str, dict[str, Event]] = {}
    masters: dict[str, Event] = {}
    alone: list[Event] = []
    for number, event in enumerate(events):
        identity = str(event.get("UID") or f"\0{number}")
        if "RECURRENCE-ID" in event:
            moved.setdefault(identity, {})[_instant_of(event, "RECURRENCE-ID") or f"\0{number}"] = event
        elif identity not in masters or _sequence(event) >= _sequence(masters[identity]):
            masters[identity] = event
    for identity, others in moved.items():
        if identity not in masters:
            alone += others.values()
    for identity, master in masters.items():
        yield master, moved.get(identity, {})
    for event in alone:
        yield event, {}


def _sequence(event: "Event") -> int:
    value = event.get("SEQUENCE")
    return int(value) if isinstance(value, int) else 0


def _instant_of(event: "Event", name: str) -> str:
    """Give a date's or a moment's name, the same in whatever zone it is told."""
    value = moment_of(event, name)
    return instant_name(value) if value else ""


def instant_name(value: Start) -> str:
    """Give a date's or a moment's name, the same in whatever zone it is told; a moment without a zone is local."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
        return f"{value:%Y%m%dT%H%M}Z"
    return f"{value:%Y%m%dT%H%M}" if isinstance(value, datetime) else f"{value:%Y%m%d}"


class _Reading:
    """One calendar being read, within a limit of time: a rule can keep a program busy that never gives a date."""

    def __init__(self, address: str, zone: ZoneInfo, today: date, deadline: float) -> None:
        self.address = address
        self.zone = zone
        self.today = today
        self.deadline = deadline
        self.is_repeating = False

    def entries_of(self, master: "Event", moved: dict[str, "Event"]) -> Iterator[FeedEntry]:
        """Give the entries of one event or series; one that cannot be read is an entry with a problem."""
        try:
            yield from self._dates(master, moved)
        except UnclearRuleError as error:
            yield FeedEntry(_title(master), problem=str(error))
        except Exception:  # noqa: BLE001 - one event that breaks icalendar or dateutil must not hide the others
            yield FeedEntry(_title(master), problem=_("the dates of this event cannot be read"))

    def _dates(self, master: "Event", moved: dict[str, "Event"]) -> list[FeedEntry]:
        start, length = _times(master)
        uid = str(master.get("UID") or "")
        name = source_name(uid or f"{_title(master)} {instant_name(start)}", self.address)
        repeats = repeats_of(master)
        if repeats is None:
            # An event that is moved before it repeats, or whose series is not in this calendar.
            own = _instant_of(master, "RECURRENCE-ID")
            return [self._entry(master, start, length, (f"{name}@{own}" if own else name,))]
        self.is_repeating = True
        if time.monotonic() > self.deadline:
            return [FeedEntry(_title(master), problem=_("the calendar's repetitions take too long to work out"))]
        found = []
        unmet = dict(moved)
        for date_of in Repetition(start, repeats, self.zone).coming(self.today):
            own = instant_name(date_of)
            # The first date keeps the name that it had before the event began to repeat.
            names = (f"{name}@{own}", *((name,) if own == instant_name(start) else ()))
            other = unmet.pop(own, None)
            if other is None:
                found.append(self._entry(master, date_of, length, names))
            else:
                found.append(self._entry(other, *_times(other), names))
        # Those that were moved here from a day that is over, or from beyond what is looked at.
        found += [self._entry(other, *_times(other), (f"{name}@{own}",)) for own, other in unmet.items()]
        return found

    def _entry(self, event: "Event", start: Start, length: timedelta, names: tuple[str, ...]) -> FeedEntry:
        begins, ends = local_of(start, self.zone), local_of(_plus(start, length), self.zone)
        is_whole_days = not isinstance(start, datetime) or (ends > begins and _MIDNIGHT == begins.time() == ends.time())
        if is_whole_days:
            # RFC 5545 3.6.1: the end of an all-day event is the day after. Some programs write its midnights.
            ends = max(begins, ends - timedelta(days=1))
        fields = {"start": _written(begins, is_whole_days=is_whole_days)}
        if ends > begins:
            fields["end"] = _written(ends, is_whole_days=is_whole_days)
        link = _link(event, "URL")
        place, meeting = _place(event)
        if place:
            fields["place"] = place
        if meeting is not None:
            fields["online"] = "true"
        read = read_html(as_html(_text(event), keep_lines=True))
        title = _title(event)
        return FeedEntry(
            title=title,
            keys=tuple(f"uid:{name}" for name in names),
            url=link or meeting or "",
            body=blocks_to_markdown(read.blocks),
            fields=fields,
            day=ends.date(),
            pictures=len(read.pictures),
            problem="" if title else _("neither a title nor a text"),
            is_cancelled=str(event.get("STATUS") or "").strip().upper() == "CANCELLED",
        )


def _times(event: "Event") -> tuple[Start, timedelta]:
    """Give the start and how long it lasts; a day that says nothing lasts a day (RFC 5545 3.6.1)."""
    start, end = moment_of(event, "DTSTART"), moment_of(event, "DTEND")
    length = getattr(event.get("DURATION"), "dt", None)
    if start is None:
        raise ValueError
    if isinstance(start, datetime):
        told = _between(start, end) if isinstance(end, datetime) else timedelta(0)
    else:
        told = end - start if end and not isinstance(end, datetime) else timedelta(days=1)
    return start, max(length if isinstance(length, timedelta) and not end else told, timedelta(0))


def _between(start: datetime, end: datetime) -> timedelta:
    """Give how long it takes; in one zone Python subtracts what clocks show, also on the night when they change."""
    if start.tzinfo is None or end.tzinfo is None:
        return end.replace(tzinfo=None) - start.replace(tzinfo=None)
    return end.astimezone(UTC) - start.astimezone(UTC)


def _plus(start: Start, length: timedelta) -> Start:
    if isinstance(start, datetime) and start.tzinfo is not None:
        return start.astimezone(UTC) + length
    return start + length


def _written(moment: datetime, *, is_whole_days: bool) -> str:
    return moment.date().isoformat() if is_whole_days else moment.isoformat(" ", "minutes")


def _title(event: "Event") -> str:
    return words_of_html(str(event.get("SUMMARY") or ""))[:LONGEST_TITLE]


def _text(event: "Event") -> str:
    """Give the description; where its markup makes no lines, those that were typed are kept."""
    text = str(event.get("DESCRIPTION") or "")
    return text if _LINES.search(text) or "<" not in text else text.replace("\n", "<br>\n")


def _link(event: "Event", name: str) -> str:
    url = clean_link(str(first_of(event.get(name)) or ""))
    return url if url.startswith("http") else ""


def _place(event: "Event") -> tuple[str, str | None]:
    """Give the place, and the address of the meeting: empty when it is online without one, None when it is not."""
    written = words_of_html(str(event.get("LOCATION") or ""))[:LONGEST_TITLE]
    meeting = next((link for link in (_link(event, name) for name in _MEETINGS) if link), None)
    links = [clean_link(found) for found in _LINK.findall(written)]
    place = " ".join(_LINK.sub(" ", written).split()).strip(" ,;:-–()")
    if links and meeting is None:
        meeting = links[0]
    if _ONLINE.search(place):
        meeting = meeting or ""
        rest = _ONLINE.sub("", place)
        place = place if _BOTH.search(place) and len(re.findall(r"\w{3,}", rest)) > 0 else ""
    return place, meeting

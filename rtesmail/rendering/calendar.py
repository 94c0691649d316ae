"""Calendar entries (RFC 5545) of what has a date, for "Add to calendar" links."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from rtesmail.model.content import Issue, Snippet, When
from rtesmail.model.publication import Identity, Workspace
from rtesmail.rendering.addresses import clean_address
from rtesmail.rendering.keeping import KEPT, digest_of, kept, state_of
from rtesmail.rendering.markdown import markdown_to_plain
from rtesmail.rendering.translations import state_of_texts, translation
from rtesmail.rendering.typography import typographer
from rtesmail.rendering.views import CALENDAR_KINDS

if TYPE_CHECKING:
    from icalendar import Event


def dated_snippets(issue: Issue) -> tuple[Snippet, ...]:
    """Give the snippets of an issue that one can put in a calendar, each once."""
    found = {s.id: s for s in issue.snippets if s.kind in CALENDAR_KINDS and s.start is not None}
    return tuple(found.values())


def kept_calendar(workspace: Workspace, issue: Issue, snippet: Snippet) -> bytes:
    """Do as `make_calendar`, or give what it gave before for the same facts."""
    facts = (workspace.configuration.identity, issue.publication, issue.planned_for, snippet)
    name = digest_of(state_of("rtesmail.rendering", "icalendar"), state_of_texts(), repr(facts))
    return kept(workspace.out / KEPT, name, lambda: make_calendar(workspace, issue, snippet))


def make_calendar(workspace: Workspace, issue: Issue, snippet: Snippet) -> bytes:
    """Give the .ics of an event, or of a programme with one entry per day.

    Times are UTC; a day without hour is an all-day entry. The entries' identity and stamp come from the issue, so that
    the same input gives the same bytes.
    """
    from icalendar import Calendar

    identity = workspace.configuration.identity
    calendar = Calendar()
    calendar.add("prodid", f"-//{identity.name}//rtesmail//{issue.publication.language.upper()}")
    calendar.add("version", "2.0")
    days = snippet.programme_days
    if not days:
        calendar.add_component(_entry(identity, issue, snippet, snippet.start, snippet.end))
    for number, day in enumerate(days, start=1):
        start = When(day.day, day.start)
        end = When(day.day, day.end) if day.end else None
        suffix = f"-{number}" if len(days) > 1 else ""
        calendar.add_component(_entry(identity, issue, snippet, start, end, suffix=suffix, subtitle=day.title))
    return bytes(calendar.to_ical())


def _entry(
    identity: Identity,
    issue: Issue,
    snippet: Snippet,
    start: When | None,
    end: When | None,
    *,
    suffix: str = "",
    subtitle: str = "",
) -> "Event":
    from icalendar import Event

    set_text = typographer(issue.publication.language)
    zone = ZoneInfo(identity.time_zone)
    entry = Event()
    entry.add("uid", f"{snippet.id}{suffix}@{_domain(identity, issue)}")
    entry.add("dtstamp", issue.planned_for.replace(tzinfo=zone).astimezone(UTC))
    _add_times(entry, start, end, zone)
    pattern = translation(issue.publication.language).gettext("{title}: {subtitle}")
    entry.add(
        "summary", set_text(pattern.format(title=snippet.title, subtitle=subtitle) if subtitle else snippet.title)
    )
    place = _place(snippet, issue.publication.language)
    if place:
        entry.add("location", set_text(place))
    words = markdown_to_plain(snippet.lead, language=issue.publication.language)
    if words:
        entry.add("description", words)
    url = clean_address(snippet.url)
    if url:
        entry.add("url", url)
    return entry


def _add_times(entry: "Event", start: When | None, end: When | None, zone: ZoneInfo) -> None:
    if start is None:
        return
    last = end or start
    if start.time is None or (end is not None and end.day != start.day and end.time is None):
        # RFC 5545 3.6.1: the end of an all-day entry is the day after.
        entry.add("dtstart", start.day)
        entry.add("dtend", last.day + timedelta(days=1))
        return
    begins = datetime.combine(start.day, start.time, tzinfo=zone)
    entry.add("dtstart", begins.astimezone(UTC))
    if end is not None and end.time is not None:
        ends = datetime.combine(end.day, end.time, tzinfo=zone)
        if ends > begins:
            entry.add("dtend", ends.astimezone(UTC))


def _place(snippet: Snippet, language: str) -> str:
    """Give where it is: the place with its address, or "online"."""
    texts = [str(snippet.details[name]) for name in ("place", "address") if snippet.details.get(name)]
    if texts:
        return ", ".join(texts)
    return translation(language).gettext("Online") if snippet.details.get("online") else ""


def _domain(identity: Identity, issue: Issue) -> str:
    """Give a domain of the house: RFC 7986 5.3 asks for identities that stay unique in the world."""
    for url in (identity.public_url, identity.site):
        host = urlsplit(url).hostname
        if host:
            return host
    return issue.publication.sender.address.rpartition("@")[2] or "rtesmail.invalid"

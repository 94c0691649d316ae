"""RSS and Atom, of any version and as broken as sites publish them, become entries."""

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from gettext import gettext as _
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from rtesmail.content.feeds.entries import LONGEST_TITLE, MOST_ENTRIES, FeedEntry, ReadFeed, source_name
from rtesmail.content.fields import is_url
from rtesmail.content.html_reading import blocks_to_markdown, joined, read_html, words_of_html
from rtesmail.content.link_cleaning import clean_link, page_key
from rtesmail.content.pasting import as_html
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.feeds import FeedText

_WORDS_OF_A_TITLE = 10
_MARKUP = re.compile(r"\\(?=[^\w\s])|\*+|\]\([^)]*\)|(?<!\\)\[")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "text/calendar")


def read_syndication(
    content: bytes, address: str, zone: ZoneInfo, *, media_type: str = "", text: FeedText = FeedText.WHOLE
) -> ReadFeed:
    """Read RSS or Atom. `address` is where it came from, `media_type` what the server called it.

    Raises:
        WorkspaceError: there is no feed in it.
    """
    import io

    import feedparser

    told = {"content-location": address, **({"content-type": media_type} if media_type else {})}
    try:
        # Links and markup are cleaned by our own reader. A stream, so that no text is taken for an address to open.
        parsed = feedparser.parse(
            io.BytesIO(content), response_headers=told, resolve_relative_uris=False, sanitize_html=False
        )
        found = parsed.entries
        is_feed = bool(parsed.version or found)
    except Exception as error:
        raise not_a_feed(content, address) from error
    if not is_feed:
        raise not_a_feed(content, address)
    entries = _told_apart([_entry(entry, address, zone, text) for entry in found[:MOST_ENTRIES]])
    return ReadFeed("article", entries, beyond=max(len(found) - MOST_ENTRIES, 0))


def _told_apart(entries: list[FeedEntry]) -> tuple[FeedEntry, ...]:
    """Leave out the ids that several pages have: some sites give each entry their own address, or none but 0."""
    pages: dict[str, set[str]] = {}
    for entry in entries:
        if len(entry.keys) > 1:
            pages.setdefault(entry.keys[-1], set()).add(entry.keys[0])
    return tuple(
        replace(entry, keys=entry.keys[:1]) if len(pages.get(entry.keys[-1], ())) > 1 and len(entry.keys) > 1 else entry
        for entry in entries
    )


def not_a_feed(content: bytes, address: str) -> WorkspaceError:
    """Say that there is no feed; when it is a page that names its feeds, say their addresses."""
    hint = _("Open it in a browser: a feed begins with <rss, <feed or BEGIN:VCALENDAR.")
    if _PAGE.search(content[:4096]):
        named = _feeds_named_in(content, address)
        hint = (
            _("This is a page; it names this feed: {address}").format(address=named)
            if named
            else _("This is a page, not a feed: look on the site for “RSS”, “Atom” or “iCal”.")
        )
    return WorkspaceError(_("There is neither RSS nor Atom nor iCalendar at {place}.").format(place=address), hint=hint)


def _feeds_named_in(content: bytes, address: str) -> str:
    from lxml import etree
    from lxml import html as lxml_html

    try:
        page = lxml_html.document_fromstring(content)
    except (etree.LxmlError, ValueError, AssertionError):
        return ""
    for link in page.iter("link"):
        if "alternate" in (link.get("rel") or "") and (link.get("type") or "").lower() in _FEED_TYPES:
            return clean_link(joined(address, link.get("href") or ""))
    return ""


def _entry(entry: Any, address: str, zone: ZoneInfo, wanted: FeedText) -> FeedEntry:
    """Take what a draft needs; feedparser's dictionaries may hold anything, or nothing, under any name."""
    link = _text(entry, "feedburner_origlink") or _text(entry, "link")
    url = clean_link(joined(address, link)) if link else ""
    url = url.partition("#")[0] if url.startswith("http") else ""
    html, base = _content(entry, wanted)
    read = read_html(as_html(html), base or url or address)
    body = blocks_to_markdown(read.blocks)
    title = words_of_html(_text(entry, "title"))
    if not title and read.blocks:
        words = _MARKUP.sub("", read.blocks[0].text).replace("\n", " ").split()
        title = " ".join(words[:_WORDS_OF_A_TITLE]) + ("…" if len(words) > _WORDS_OF_A_TITLE else "")
    day = _day(entry, zone)
    name = source_name(_text(entry, "id"), address)
    page = page_key(url)
    keys = tuple(key for key in (f"url:{page}" if page else "", f"id:{name}" if name else "") if key)
    return FeedEntry(
        title=title[:LONGEST_TITLE],
        keys=keys or (f"title:{source_name(title[:LONGEST_TITLE], address)}",),
        url=url,
        body=body,
        fields={"date": day.isoformat()} if day else {},
        day=day,
        pictures=len(read.pictures),
        problem="" if title else _("neither a title nor a text"),
    )


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _content(entry: Any, wanted: FeedText) -> tuple[str, str]:
    """Give the HTML or text of an entry and the address that its links start from."""
    parts = entry.get("content")
    whole = [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    summary = entry.get("summary_detail")
    summaries = [summary] if isinstance(summary, Mapping) else []
    ordered = [*whole, *summaries] if wanted is FeedText.WHOLE else [*summaries, *whole]
    for part in ordered:
        value = part.get("value")
        if isinstance(value, str) and value.strip():
            base = part.get("base")
            # Without markup it may be HTML all the same: WordPress ends its summaries in &hellip;
            return value if "<" in value else unescape(value), base if isinstance(base, str) and is_url(base) else ""
    return "", ""


def _day(entry: Any, zone: ZoneInfo) -> date | None:
    """Give the local day on which it was published, else updated."""
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        # `get` would give one for the other, with a warning.
        moment = dict.get(entry, name)
        if moment is None:
            continue
        try:
            instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=calendar.timegm(moment))
            return instant.astimezone(zone).date()
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None

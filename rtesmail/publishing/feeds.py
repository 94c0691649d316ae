"""The archive for programs: an Atom feed (RFC 4287), a sitemap (https://www.sitemaps.org), one calendar (RFC 5545)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rtesmail.model.publication import Identity
from rtesmail.publishing.facts import PublishedEdition

if TYPE_CHECKING:
    from icalendar import Component

MOST_ENTRIES = 50
"""A feed is read again and again; what is older stands in the index."""

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def make_feed(
    identity: Identity, title: str, base: str, editions: Sequence[PublishedEdition], updated: datetime
) -> bytes:
    """Give the feed of editions that come newest first, none included; `base` is the archive's address with its slash.

    `updated` is when the archive last changed, which a feed has to say (RFC 4287 4.1.1).
    """
    from lxml import etree

    feed = etree.Element("feed", nsmap={None: _ATOM})  # type: ignore[dict-item]  # the stubs know no default namespace
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", identity.language)

    def add(parent: "etree._Element", name: str, text: str = "", **attributes: str) -> "etree._Element":
        child = etree.SubElement(parent, name, attributes)
        child.text = text or None
        return child

    add(feed, "id", base)
    add(feed, "title", title)
    add(feed, "subtitle", identity.full_name)
    add(feed, "link", rel="alternate", type="text/html", href=base)
    add(feed, "link", rel="self", type="application/atom+xml", href=f"{base}feed.xml")
    add(feed, "updated", _instant(updated))
    add(add(feed, "author"), "name", identity.name)
    for edition in editions[:MOST_ENTRIES]:
        entry = add(feed, "entry")
        entry.set("{http://www.w3.org/XML/1998/namespace}lang", edition.language)
        add(entry, "id", edition.entry_id)
        add(entry, "title", edition.title)
        add(entry, "link", rel="alternate", type="text/html", href=f"{base}{edition.issue}/")
        add(entry, "published", _instant(edition.published))
        add(entry, "updated", _instant(edition.updated))
        add(entry, "category", term=edition.publication)
        if edition.description:
            add(entry, "summary", edition.description)
    return _document(feed)


def make_sitemap(base: str, editions: Iterable[PublishedEdition], updated: datetime) -> bytes:
    """Give the addresses of the index, which last changed when `updated` says, and of every edition."""
    from lxml import etree

    root = etree.Element("urlset", nsmap={None: _SITEMAP})  # type: ignore[dict-item]  # the same
    listed = [(f"{base}{edition.issue}/", edition.updated) for edition in editions]
    for address, moment in [(base, updated), *listed]:
        url = etree.SubElement(root, "url")
        etree.SubElement(url, "loc").text = address
        etree.SubElement(url, "lastmod").text = _instant(moment)
    return _document(root)


def make_calendar_of_all(identity: Identity, title: str, calendars: Iterable[bytes]) -> bytes:
    """Give one calendar of all entries by their day, each once by its UID: as the first of `calendars` has it."""
    from icalendar import Calendar

    entries: dict[str, Component] = {}
    for content in calendars:
        for entry in Calendar.from_ical(content).walk("VEVENT"):
            entries.setdefault(str(entry["uid"]), entry)
    whole = Calendar()
    whole.add("prodid", f"-//{identity.name}//rtesmail//{identity.language.upper()}")
    whole.add("version", "2.0")
    whole.add("name", title)
    # What calendar programs knew before RFC 7986 gave calendars a name.
    whole.add("x-wr-calname", title)
    for _uid, entry in sorted(entries.items(), key=lambda item: (_begins(item[1]), item[0])):
        whole.add_component(entry)
    return bytes(whole.to_ical())


def _begins(entry: "Component") -> str:
    return str(entry.decoded("dtstart"))


def _instant(moment: datetime) -> str:
    """Write a moment as RFC 3339 wants it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _document(root: object) -> bytes:
    from lxml import etree

    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)  # type: ignore[call-overload]
    return written

"""What a published page says of itself: its own address, and how others may announce it."""

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

LOCALES = {"fr": "fr_FR", "en": "en_GB"}

_LOADED = re.compile(r"""<(?:img|script|link|iframe|source|video|audio|object|embed)\b[^>]*?\b(?:src|data)="([^"]+)""")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What stands in the head of an edition's page. `image` is an address, empty without a picture.

    A page that is not `is_listed` asks search engines to leave it out, and does not lead to the feed.
    """

    title: str
    description: str
    address: str
    language: str
    site: str
    image: str
    feed: str
    feed_title: str
    is_listed: bool = True


def with_head(html: str, facts: PageFacts) -> str:
    """Give the page with its canonical address (RFC 6596), description, OpenGraph (https://ogp.me) and feed."""
    lines = [f'<link rel="canonical" href="{escape(facts.address)}">']
    if facts.description:
        lines.append(f'<meta name="description" content="{escape(facts.description)}">')
    properties = {
        "og:title": facts.title,
        "og:description": facts.description,
        "og:url": facts.address,
        "og:type": "article",
        "og:site_name": facts.site,
        "og:locale": LOCALES.get(facts.language, ""),
        "og:image": facts.image,
    }
    lines += [f'<meta property="{name}" content="{escape(text)}">' for name, text in properties.items() if text]
    if facts.is_listed:
        lines.append(
            f'<link rel="alternate" type="application/atom+xml" href="{escape(facts.feed)}" '
            f'title="{escape(facts.feed_title)}">'
        )
    else:
        lines.append('<meta name="robots" content="noindex">')
    before, end, after = html.partition("</head>")
    return f"{before}{''.join(f'{line}{chr(10)}' for line in lines)}{end}{after}"


def foreign_hosts(html: str, own: str) -> tuple[str, ...]:
    """Give the hosts, other than that of `own`, from which a page would load something by itself."""
    house = urlsplit(own).hostname
    hosts = {urlsplit(address).hostname for address in _LOADED.findall(html) if "//" in address}
    return tuple(sorted(host for host in hosts if host and host != house))

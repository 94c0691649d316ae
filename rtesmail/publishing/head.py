"""What a published page says of itself: its own address, and how others may announce it."""

import re
from html import escape, unescape
from urllib.parse import urlsplit

from msgspec import Struct

LOCALES = {"fr": "fr_FR", "en": "en_GB"}

_LOADED = re.compile(r"""<(?:img|script|link|iframe|source|video|audio|object|embed)\b[^>]*?\b(?:src|data)="([^"]+)""")


_PICTURE = re.compile(r"<img\b[^>]*>")
_ALT = re.compile(r"""\balt="([^"]*)""")


class LinkPicture(Struct, frozen=True):
    """The picture that others show beside a link to the page: its address, its size in pixels, what it shows."""

    address: str
    width: int
    height: int
    alt: str

    @property
    def is_wide(self) -> bool:
        """Tell whether it fills the large frame (2:1, from 300 by 157) that X keeps for pictures without cutting it.

        https://developer.x.com/en/docs/x-for-websites/cards/overview/summary-card-with-large-image
        """
        return self.width >= 300 and self.height >= 157 and 2 * self.width >= 3 * self.height


class PageFacts(Struct, frozen=True):
    """What stands in the head of an edition's page.

    A page that is not `is_listed` asks search engines to leave it out, and does not lead to the feed.
    """

    title: str
    description: str
    address: str
    language: str
    site: str
    picture: LinkPicture
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
        "og:image": facts.picture.address,
        "og:image:width": str(facts.picture.width),
        "og:image:height": str(facts.picture.height),
        "og:image:alt": facts.picture.alt,
    }
    lines += [f'<meta property="{name}" content="{escape(text)}">' for name, text in properties.items() if text]
    lines.append(
        f'<meta name="twitter:card" content="{"summary_large_image" if facts.picture.is_wide else "summary"}">'
    )
    if facts.is_listed:
        lines.append(
            f'<link rel="alternate" type="application/atom+xml" href="{escape(facts.feed)}" '
            f'title="{escape(facts.feed_title)}">'
        )
    else:
        lines.append('<meta name="robots" content="noindex">')
    before, end, after = html.partition("</head>")
    return f"{before}{''.join(f'{line}{chr(10)}' for line in lines)}{end}{after}"


def alt_in(html: str, source: str) -> str:
    """Give the words that stand for a picture in a page, where it is shown first."""
    shown = next((tag for tag in _PICTURE.findall(html) if f'src="{escape(source)}"' in tag), "")
    found = _ALT.search(shown)
    return unescape(found[1]) if found else ""


def foreign_hosts(html: str, own: str) -> tuple[str, ...]:
    """Give the hosts, other than that of `own`, from which a page would load something by itself."""
    house = urlsplit(own).hostname
    hosts = {urlsplit(address).hostname for address in _LOADED.findall(html) if "//" in address}
    return tuple(sorted(host for host in hosts if host and host != house))

"""Counted links: content links of a finished edition become short addresses of the house, and back.

Only the addresses change. What stays as it is: links to the house's own pages, to mailboxes and per person; links whose
words are an address, since mail programs warn of words that show one address and lead to another.
"""

import re
from contextlib import suppress
from html import escape, unescape
from urllib.parse import quote, unquote

from msgspec.structs import replace

from rtesmail.model.edition import Edition, Variant
from rtesmail.model.links import CountedLink, mark_of
from rtesmail.model.slots import SLOT_MARK

PATH = "/l/"
"""Below the public address, where counted links stand."""

_LINK = re.compile(r"""(<a\b(?:[^>"']|"[^"]*"|'[^']*')*?\shref=)("[^"]*"|'[^']*')([^>]*>(.*?)</a\s*>)""", re.I | re.S)
_ANY_TAG = re.compile(r"<[^>]*>")
_PARTS = re.compile(r"(https?://)([^/?#@\\]*)((?:[/?#].*)?)", re.IGNORECASE | re.DOTALL)
_TEXT_ADDRESS = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_AFTER_ADDRESS = ")].,;:!?…’'*_"
_SHOWN_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?:/\S*)?", re.IGNORECASE)
# RFC 3986's reserved and unreserved characters, and the sign of what is encoded already.
_URL_SIGNS = "!#$%&'()*+,/:;=?@[]~"


def count_links(edition: Edition, public_url: str) -> Edition:
    """Give the edition with its content links as short addresses below `public_url`, and the `links` they stand for.

    The text follows the HTML: an address that only the text has stays. The same edition gives the same bytes.
    """
    base = public_url.rstrip("/")
    own = ascii_address(base) or base
    links: dict[str, CountedLink] = {}

    def shorten(found: re.Match[str]) -> str:
        before, quoted, after, inside = found.groups()
        address = ascii_address(unescape(quoted[1:-1]))
        words = unescape(_ANY_TAG.sub("", inside)).strip()
        if address is None or _is_own(address, own) or _SHOWN_ADDRESS.fullmatch(words):
            return found[0]
        link = links.setdefault(address, CountedLink(mark_of(address), address))
        return f'{before}"{escape(_short(base, edition.issue, link))}"{after}'

    html = _LINK.sub(shorten, edition.html)

    def shorten_text(found: re.Match[str]) -> str:
        """Shorten an address, and keep the signs of the sentence around it."""
        shown, after = found[0], ""
        while shown:
            link = links.get(ascii_address(shown) or "")
            if link is not None:
                return _short(base, edition.issue, link) + after
            if shown[-1] not in _AFTER_ADDRESS:
                break
            shown, after = shown[:-1], shown[-1] + after
        return found[0]

    text = _TEXT_ADDRESS.sub(shorten_text, edition.text)
    return replace(edition, html=html, text=text, links=tuple(links.values()))


def lead_directly(edition: Edition, public_url: str) -> Edition:
    """Give the edition as it would be without counting, so that its links can be checked before they are kept."""
    if not edition.links:
        return edition
    address_of = {_short(public_url.rstrip("/"), edition.issue, link): link.address for link in edition.links}
    short = re.compile("|".join(re.escape(url) for url in address_of))

    def html_of(html: str) -> str:
        return short.sub(lambda found: escape(address_of[found[0]]), html)

    def text_of(text: str) -> str:
        return short.sub(lambda found: address_of[found[0]], text)

    variants = tuple(Variant(one.key, html_of(one.html), text_of(one.text)) for one in edition.variants)
    return replace(edition, html=html_of(edition.html), text=text_of(edition.text), variants=variants, links=())


def ascii_address(url: str) -> str | None:
    """Give a web address as browsers ask for it: the host as DNS has it, the rest percent-encoded where it must be.

    None for what is no web address, has a user's name in it, or holds a slot.
    """
    found = _PARTS.fullmatch(url.strip())
    if found is None or SLOT_MARK.search(url):
        return None
    scheme, authority, rest = found.groups()
    host, colon, port = authority.partition(":")
    host = _dns_name(unquote(host))
    if not re.fullmatch(r"[A-Za-z0-9._-]+", host) or (colon and not re.fullmatch(r"[0-9]+", port)):
        return None
    with suppress(UnicodeError):
        return f"{scheme.lower()}{host}{colon}{port}{quote(rest, safe=_URL_SIGNS)}"
    return None


def _dns_name(host: str) -> str:
    """Give a host as DNS has it; empty when it cannot."""
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return ""


def _short(base: str, issue: str, link: CountedLink) -> str:
    return f"{base}{PATH}{issue}/{link.mark}"


def _is_own(address: str, base: str) -> bool:
    return address == base or address.startswith((f"{base}/", f"{base}?", f"{base}#"))

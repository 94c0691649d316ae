"""DMARC (RFC 7489): where a domain's policy stands, and which other domains count as its own."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtesmail.delivery.dns.names import Names


# Section 6.3: `v` comes first, and its value is written so; anything else is another record.
_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)")


def find_dmarc(names: "Names", domain: str) -> tuple[str, tuple[str, ...]]:
    """Give the domain whose policy counts, its own or its organisation's, and the records there (6.6.3).

    More than one record there counts as none; without any, the domain is empty.
    """
    for place in dict.fromkeys((domain, organisation_of(names, domain))):
        records = _records(names, place)
        if records:
            return place, records
    return "", ()


def organisation_of(names: "Names", domain: str) -> str:
    """Give the domain that all of a house's are under: the shortest one above with a DMARC record, or itself.

    Looking above is what the revision of RFC 7489 (draft-ietf-dmarc-dmarcbis) does in place of a list of public
    suffixes; `psd=y` is what such a suffix says of itself.
    """
    labels = domain.split(".")
    for position in range(len(labels) - 2, -1, -1):
        place = ".".join(labels[position:])
        records = _records(names, place)
        if len(records) == 1 and read_tags(records[0]).get("psd", "").lower() != "y":
            return place
    return domain


def is_aligned(names: "Names", domain: str, other: str, *, is_strict: bool) -> bool:
    """Tell whether another domain counts as the visible one's own (RFC 7489, 3.1)."""
    if not other or domain == other:
        return bool(other)
    if is_strict:
        return False
    if domain.endswith(f".{other}") or other.endswith(f".{domain}"):
        return True
    return organisation_of(names, domain) == organisation_of(names, other)


def _records(names: "Names", domain: str) -> tuple[str, ...]:
    return tuple(text for text in names.texts(f"_dmarc.{domain}") if _VERSION.match(text))


def read_tags(record: str) -> dict[str, str]:
    """Read `v=DKIM1; k=rsa; p=…` (RFC 6376, 3.2); spaces inside a value, which web forms add, do not count."""
    pairs = (piece.partition("=") for piece in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}

"""DMARC (RFC 7489): where a domain's policy stands, and which other domains count as its own."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtesmail.delivery.standing.names import Names


def find_dmarc(names: "Names", domain: str) -> tuple[str, str]:
    """Give the nearest domain, this one or one above, with one DMARC record, and the record; empty when none has.

    Walking up is what the revision of RFC 7489 (draft-ietf-dmarc-dmarcbis) does in place of a list of public suffixes.
    """
    labels = domain.split(".")
    for position in range(max(1, len(labels) - 1)):
        place = ".".join(labels[position:])
        records = [text for text in names.texts(f"_dmarc.{place}") if text.lower().startswith("v=dmarc1")]
        if len(records) == 1:
            return place, records[0]
    return "", ""


def is_aligned(domain: str, other: str, place: str, *, is_strict: bool) -> bool:
    """Tell whether another domain counts as the visible one's own (RFC 7489, 3.1); `place` has the policy."""
    if not other or domain == other:
        return bool(other)
    if is_strict:
        return False
    return all(name == place or name.endswith(f".{place}") for name in (domain, other)) or (
        domain.endswith(f".{other}") or other.endswith(f".{domain}")
    )


def read_tags(record: str) -> dict[str, str]:
    """Read `v=DKIM1; k=rsa; p=…` (RFC 6376, 3.2); spaces inside a value, which web forms add, do not count."""
    pairs = (piece.partition("=") for piece in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}

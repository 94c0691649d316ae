"""SPF (RFC 7208): which machines a domain lets write with it as the envelope's sender."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtesmail.delivery.standing.names import Names

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_LOOKUPS = 10
"""Section 4.6.4: terms that ask DNS, all records together; receivers give up beyond."""
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(r"([-+~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/\s]+))?((?:/\d+)?(?://\d+)?)", re.IGNORECASE)


class SpfResult(StrEnum):
    """What a receiver concludes; section 2.6."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"


@dataclass
class Reading:
    """One evaluation: the address that is tried (None tries none, and so meets every term) and what it cost."""

    names: "Names"
    address: Address | None
    lookups: int = 0
    records: list[str] = field(default_factory=list)
    has_macros: bool = False


def spf_records(names: "Names", domain: str) -> tuple[str, ...]:
    """Give the SPF records of a domain; more than one is a mistake (section 4.5)."""
    texts = (text.strip() for text in names.texts(domain))
    return tuple(text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 "))


def evaluate(reading: Reading, domain: str) -> SpfResult:
    """Say what a receiver concludes of `reading.address`; `reading` then tells lookups and records met.

    Terms with macros (section 7) depend on each message: they count as not matching, and `has_macros` says so.
    """
    records = spf_records(reading.names, domain)
    if len(records) != 1:
        return SpfResult.PERMERROR if records else SpfResult.NONE
    reading.records.append(records[0])
    redirect = ""
    for term in records[0].split()[1:]:
        name, equals, value = term.partition("=")
        if equals and ":" not in name:
            redirect = value if name.lower() == "redirect" else redirect
            continue
        found = _TERM.fullmatch(term)
        if not found:
            return SpfResult.PERMERROR
        try:
            matches = _matches(reading, domain, found[2].lower(), found[3] or "", found[4])
        except ValueError:
            return SpfResult.PERMERROR
        if reading.lookups > MOST_LOOKUPS or matches is None:
            return SpfResult.PERMERROR
        if matches:
            return SpfResult(_RESULTS[found[1] or "+"])
    if redirect and not re.search(r"(?:^|\s)[-+~?]?all(?:\s|$)", records[0], re.IGNORECASE):
        reading.lookups += 1
        if reading.lookups > MOST_LOOKUPS:
            return SpfResult.PERMERROR
        result = evaluate(reading, redirect)
        return SpfResult.PERMERROR if result is SpfResult.NONE else result
    return SpfResult.NEUTRAL


def _matches(reading: Reading, domain: str, kind: str, value: str, prefix: str) -> bool | None:
    """Say whether a term means the address; None when the record cannot be used for it."""
    address = reading.address
    if kind == "all":
        return address is not None
    if kind in ("ip4", "ip6"):
        network = ipaddress.ip_network(value + prefix, strict=False)
        return address is not None and address in network
    reading.lookups += 1
    if reading.lookups > MOST_LOOKUPS:
        return None
    if "%" in value:
        reading.has_macros = True
        return False
    if kind == "include":
        result = evaluate(reading, value)
        return None if result in (SpfResult.NONE, SpfResult.PERMERROR) else result is SpfResult.PASS
    if kind in ("ptr", "exists"):
        return kind == "exists" and address is not None and bool(reading.names.addresses(value))
    hosts = reading.names.mail_hosts(value or domain)[:MOST_LOOKUPS] if kind == "mx" else (value or domain,)
    return address is not None and any(_is_at(reading, host, prefix, address) for host in hosts if host)


def _is_at(reading: Reading, host: str, prefix: str, address: Address) -> bool:
    sizes = prefix.replace("//", "/6:").split("/")[1:]
    wanted = next((s.removeprefix("6:") for s in sizes if s.startswith("6:") == (address.version == 6)), "")
    for number in reading.names.addresses(host):
        size = wanted or ("32" if address.version == 4 else "128")
        if ipaddress.ip_address(number).version == address.version and address in ipaddress.ip_network(
            f"{number}/{size}", strict=False
        ):
            return True
    return False

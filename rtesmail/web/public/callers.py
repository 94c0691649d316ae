"""Who calls: the address behind a trusted proxy, the language that a browser asks for."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from rtesmail.content.publications import LANGUAGES

UNKNOWN = "unknown"


def caller_of(peer: str, forwarded: Iterable[str], trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """Give the address of the one who calls, in its shortest form; `unknown` without any.

    `peer` is who is connected, `forwarded` the X-Forwarded-For fields in their order. Each proxy adds on the right
    whom it saw: from there on, entries count as long as they were written by one that is trusted. The rest of the
    field is whatever the caller wrote.
    """
    hops = [part.strip() for field in forwarded for part in field.split(",")]
    caller = _address(peer)
    while caller and hops and any(ip_address(caller) in network for network in trusted):
        caller = _address(hops.pop()) or caller
    return caller or UNKNOWN


def neighbourhood(caller: str) -> str:
    """Give what one household or server has: an IPv4 address, or the /64 of an IPv6 one."""
    if ":" not in caller:
        return caller
    return str(ip_network(f"{caller}/64", strict=False))


def language_of(query: Mapping[str, str], accepted: str, default: str) -> str:
    """Give the language of a page: `?lang=` before Accept-Language (RFC 9110 section 12.5.4) before the house's."""
    asked = query.get("lang", "")
    if asked in LANGUAGES:
        return asked
    best, weight = default, 0.0
    for entry in accepted[:1000].split(","):
        tag, _semicolon, parameters = entry.partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = _quality(parameters)
        if language in LANGUAGES and quality > weight:
            best, weight = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _sign, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _address(text: str) -> str:
    try:
        found = ip_address(text.strip().strip("[]"))
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)

"""An SPF record as it is written: its terms (RFC 7208, sections 4.6.1, 5 and 6) and its macros (section 7)."""

import ipaddress
import re
from urllib.parse import quote

from msgspec import Struct

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TERM = re.compile(r"([-+~?]?)([a-z0-9]+)(?::([!-~]*?))?(?:/(\d{1,2}))?(?://(\d{1,3}))?", re.IGNORECASE)
_NETWORK = re.compile(r"([-+~?]?)ip([46]):([0-9a-f.:]+(?:/\d{1,3})?)", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=([!-~]*)", re.IGNORECASE)
# Letters and delimiters of section 7.1; c, r and t are for explanations (exp=), which nobody here reads.
_MACRO = re.compile(r"%(?:\{([slodiphv])(\d*)(r?)([.\-+,/_=]*)\}|([%_-]))", re.IGNORECASE)
_DOMAIN_END = re.compile(r"\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$", re.IGNORECASE)
_LONGEST_NAME = 253


class Mechanism(Struct, frozen=True):
    """One term that may mean the sending address; `sign` says what follows if it does."""

    sign: str
    kind: str
    target: str = ""
    network: Network | None = None
    bits: tuple[int, int] = (32, 128)
    """How much of an IPv4 and of an IPv6 address has to be the same."""


class Record(Struct, frozen=True):
    """The terms up to `all`, beyond which nobody reads, and the record that stands in for an end."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str = ""


def read_record(text: str) -> Record:
    """Read a whole record: one mistake anywhere spoils it, whatever comes before (section 4.6).

    Raises:
        ValueError: it is none; the message is the term that cannot be read.
    """
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in text.split(" ")[1:]:
        found = _MODIFIER.fullmatch(term)
        if found and found[1].lower() in ("redirect", "exp"):
            if found[1].lower() in modifiers or (found[1].lower() == "redirect" and not _is_target(found[2])):
                raise ValueError(term)
            modifiers[found[1].lower()] = found[2]
        elif term and not found:
            mechanisms.append(_mechanism(term))
    end = next((place for place, one in enumerate(mechanisms) if one.kind == "all"), None)
    if end is not None:
        return Record(tuple(mechanisms[: end + 1]))
    return Record(tuple(mechanisms), modifiers.get("redirect", ""))


def _mechanism(term: str) -> Mechanism:
    if found := _NETWORK.fullmatch(term):
        try:
            make = ipaddress.IPv4Network if found[2] == "4" else ipaddress.IPv6Network
            return Mechanism(found[1] or "+", f"ip{found[2]}", network=make(found[3], strict=False))
        except ValueError:
            raise ValueError(term) from None
    found = _TERM.fullmatch(term)
    if not found:
        raise ValueError(term)
    kind, target = found[2].lower(), found[3]
    is_plain = found[4] is None and found[5] is None
    is_right = {
        "all": target is None and is_plain,
        "include": bool(target) and is_plain,
        "exists": bool(target) and is_plain,
        "ptr": is_plain,
        "a": True,
        "mx": True,
    }.get(kind, False)
    bits = (int(found[4] or 32), int(found[5] or 128))
    if not is_right or bits[0] > 32 or bits[1] > 128 or (target is not None and not _is_target(target)):
        raise ValueError(term)
    return Mechanism(found[1] or "+", kind, target or "", bits=bits)


def _is_target(text: str) -> bool:
    """Tell whether text is a domain or a pattern of one (`domain-spec`, section 7.1)."""
    if any(found[2] and int(found[2]) == 0 for found in _MACRO.finditer(text)):
        return False
    last = text.rpartition("%")[2]
    return "%" not in _MACRO.sub("", text) and bool(
        _DOMAIN_END.search(text) or ("%" in text and _MACRO.fullmatch(f"%{last}"))
    )


def fill_macros(target: str, domain: str, sender: str, address: Address | None) -> str | None:
    """Give the name that a pattern means for one letter; None when that takes an address, and none is known.

    `%{h}`, the name in HELO, is only known to the server: the envelope's domain stands for it. `%{p}`, which the RFC
    wants nobody to use, is `unknown`.
    """
    local, _at, sender_domain = sender.rpartition("@")
    values = {"s": sender, "l": local, "o": sender_domain, "h": sender_domain, "d": domain, "p": "unknown"}
    if address is not None:
        is_v4 = address.version == 4
        values["i"] = str(address) if is_v4 else ".".join(address.exploded.replace(":", ""))
        values["v"] = "in-addr" if is_v4 else "ip6"
    pieces, position = [], 0
    for found in _MACRO.finditer(target):
        pieces.append(target[position : found.start()])
        position = found.end()
        if found[5]:
            pieces.append({"%": "%", "_": " ", "-": "%20"}[found[5]])
        elif found[1].lower() not in values:
            return None
        else:
            pieces.append(_transformed(values[found[1].lower()], found))
    name = "".join([*pieces, target[position:]]).rstrip(".")
    while len(name) > _LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def _transformed(value: str, found: re.Match[str]) -> str:
    parts = re.split(f"[{re.escape(found[4] or '.')}]", value)
    if found[3]:
        parts.reverse()
    text = ".".join(parts[-int(found[2]) :] if found[2] else parts)
    return quote(text, safe="") if found[1].isupper() else text

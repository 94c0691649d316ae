"""What DNS says of a name: texts, mail servers, addresses."""

import ipaddress
import re
from collections.abc import Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from dns.rdata import Rdata

PATIENCE_S = 5.0
"""Seconds for one question, repeated ones included."""


class SilentNamesError(Exception):
    """DNS gives no answer for a name: neither that it is there, nor that it is not."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Names:
    """Asks DNS, each question once. `server` is (address, port); None asks those of this machine."""

    def __init__(self, server: tuple[str, int] | None = None, patience_s: float = PATIENCE_S) -> None:
        from dns.resolver import Resolver

        self._resolver = Resolver(configure=server is None)
        if server is not None:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
        self._resolver.lifetime = patience_s
        self._known: dict[tuple[str, str], tuple[Rdata, ...] | None] = {}

    def texts(self, name: str) -> tuple[str, ...]:
        """Give the TXT records, the strings of each joined (RFC 7208, 3.3; RFC 6376, 3.6.2.2)."""
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT"))  # type: ignore[attr-defined]

    def mail_hosts(self, name: str) -> tuple[str, ...]:
        """Give the mail servers, the preferred first; `("",)` when the domain takes no mail at all (RFC 7505)."""
        found = sorted((record.preference, record.exchange.to_text(True)) for record in self._ask(name, "MX"))  # type: ignore[attr-defined]
        return tuple(host.lower().rstrip(".") for _preference, host in found)

    def addresses(self, name: str, kinds: Sequence[str] = ("A", "AAAA")) -> tuple[str, ...]:
        """Give the IPv4 (A) and IPv6 (AAAA) addresses, or those of one kind."""
        return tuple(record.to_text() for kind in kinds for record in self._ask(name, kind))

    def _ask(self, name: str, kind: str) -> "tuple[Rdata, ...]":
        """Give the records; none when the name or the kind is not there, or the name cannot be one.

        Raises:
            SilentNamesError: no server gave an answer that can be used.
        """
        from dns.exception import DNSException
        from dns.name import from_text
        from dns.resolver import NXDOMAIN, NoAnswer

        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            try:
                asked = from_text(f"{key[0]}.")
            except (DNSException, ValueError):
                return ()
            try:
                self._known[key] = tuple(self._resolver.resolve(asked, kind))
            except (NXDOMAIN, NoAnswer):
                self._known[key] = ()
            except (DNSException, OSError, ValueError):
                self._known[key] = None
        records = self._known[key]
        if records is None:
            raise SilentNamesError(key[0])
        return records


def read_server(text: str) -> tuple[str, int] | None:
    """Read `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:5353`; None for an empty text.

    Raises:
        ValueError: it is no address of a server.
    """
    if not text:
        return None
    found = re.fullmatch(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::(\d{1,5}))?", text)
    host, port = (found[1] or found[2], found[3] or "53") if found else (text, "53")
    try:
        number = int(port)
        address = str(ipaddress.ip_address(host))
    except ValueError:
        number, address = 0, ""
    if not 0 < number < 65536 or not address:
        raise ValueError(_("{text} is not the address of a DNS server, such as 192.0.2.1.").format(text=quoted(text)))
    return address, number

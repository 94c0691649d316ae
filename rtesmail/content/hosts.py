"""Names and numbers of machines that only a house's own network reaches."""

import ipaddress
import socket

# RFC 6761 (localhost), RFC 6762 (.local, and in its appendix G those that networks use), RFC 8375 (home.arpa).
_PRIVATE_ENDS = (
    *("localhost", "local", "intranet", "internal", "private", "corp", "home", "lan", "home.arpa"),
    # Not named there, and no domain of the internet either: what French houses call theirs.
    *("intra", "interne", "prive"),
)
# An IPv4 number in the last 32 bits, beside what `ipaddress` knows: RFC 6052 (2.1) and RFC 4291 (2.5.5.1).
_CARRYING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))

# IANA gives addresses of the internet out of this network alone; `ipaddress` takes some others for public too
# (fec0::/10, RFC 3879; 64:ff9b:1::/48, RFC 8215), and of IPv4 some that are kept for protocols (RFC 6890).
_PUBLIC = ipaddress.IPv6Network("2000::/3")
_FOR_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")


def is_private_host(host: str) -> bool:
    """Tell whether a link's host is a number of a private network, a name without a dot, or one kept for such use."""
    name = host.strip("[]").rstrip(".").lower()
    number = number_of(name)
    if number is not None:
        return is_private_number(number)
    return "." not in name or any(name == end or name.endswith(f".{end}") for end in _PRIVATE_ENDS)


def number_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Give the IP number that a host is, None for a name; `127.1` and `2130706433` are numbers to browsers too."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)) if host and host[-1].isalnum() else None
    except OSError:
        return None


def is_private_number(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether a number is of no public machine (IANA's registries), also when an IPv6 address carries it."""
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo or (None, None))[1]
        if inner is None and any(number in network for network in _CARRYING):
            inner = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is not None:
            return is_private_number(inner)
        if number not in _PUBLIC:
            return True
    elif number in _FOR_PROTOCOLS:
        return True
    return not number.is_global or number.is_multicast

"""How a connection to a mail server is protected."""

from enum import StrEnum


class Security(StrEnum):
    """STARTTLS on a plain port, TLS from the first byte, or nothing (loopback only)."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"

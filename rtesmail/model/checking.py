"""What a house says of its checks in `[checks]`."""

from collections.abc import Mapping

from msgspec import Struct, field

from rtesmail.model.findings import Severity

FAMILIES = (
    *("aol", "apple-mail", "fastmail", "free-fr", "gmail", "gmx", "hey", "ionos-1and1", "laposte", "mail-ru"),
    *("orange", "outlook", "protonmail", "rainloop", "samsung-email", "sfr", "t-online-de", "thunderbird"),
    *("web-de", "wp-pl", "yahoo"),
)
"""The mail programs that caniemail knows, by its names."""
CLIENTS = (
    "apple-mail",
    "free-fr",
    "gmail",
    "laposte",
    "orange",
    "outlook",
    "samsung-email",
    "sfr",
    "thunderbird",
    "yahoo",
)
"""Those of them that matter unless the house says otherwise: the large ones, and those of French providers."""


class CheckSettings(Struct, frozen=True):
    """How much each named check weighs here, None where it is off, and what some of them go by.

    `clients` are the mail programs that matter, `spellings` the house's own ways to write a name, `smallest_text` is in
    pixels, `heaviest_picture_kb` in thousands of bytes. `private_hosts` are sites of the house's own network that links
    may lead to all the same.
    """

    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    clients: tuple[str, ...] = CLIENTS
    spellings: tuple[str, ...] = ()
    smallest_text: int = 14
    heaviest_picture_kb: int = 200
    private_hosts: tuple[str, ...] = ()

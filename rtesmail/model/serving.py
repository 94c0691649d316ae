"""What `[server]` of `rtesmail.toml` says: which lists are open, who may call, what is kept."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from rtesmail.model.publication import Sender, TransportKind

LOOPBACK_NETWORKS = (ip_network("127.0.0.1/32"), ip_network("::1/128"))


class OpenList(Struct, frozen=True):
    """A list that anybody may join, in a reader's words."""

    name: str
    title: str
    description: str = ""


class HookSettings(Struct, frozen=True):
    """Where the secret of a provider's webhooks stands: an environment variable or a file."""

    provider: "TransportKind"
    secret_env: str = ""
    secret_file: Path | None = None


class ServerSettings(Struct, frozen=True):
    """The public pages.

    `sender` and `transport` carry the letters that ask for a confirmation; `consent` replaces the words that a person
    agrees to. `trusted_proxies` are the only ones whose X-Forwarded-For counts. With `keep_ip` the address from which
    somebody subscribed is kept with their consent. `paper` offers the letter on paper.
    """

    lists: tuple[OpenList, ...] = ()
    sender: "Sender | None" = None
    transport: str = ""
    consent: str = ""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK_NETWORKS
    keep_ip: bool = False
    paper: bool = False
    hooks: "Mapping[TransportKind, HookSettings]" = field(default_factory=dict)

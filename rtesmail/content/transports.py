"""What `rtesmail.toml` says of the ways out and of which list takes which."""

import re
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from pathlib import Path
from urllib.parse import urlsplit

from rtesmail.content.commands import read_command
from rtesmail.content.pacing import read_pace
from rtesmail.content.reading import Reader, read_address
from rtesmail.content.servers import read_host, read_password_variable, read_path
from rtesmail.model.publication import LOOPBACK, SigningKey, TransportKind, TransportSettings
from rtesmail.model.quoting import quoted
from rtesmail.model.security import Security

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_SELECTOR = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_FOLDERS = (TransportKind.OUTBOX, TransportKind.MAILDIR)
PROVIDERS = (
    TransportKind.BREVO,
    TransportKind.MAILJET,
    TransportKind.POSTMARK,
    TransportKind.MAILGUN,
    TransportKind.SCALEWAY,
)


def read_transports(tables: Sequence[tuple[str, Reader]], root: Path) -> dict[str, TransportSettings]:
    """Give every `[transports.NAME]`; what is wrong is noted and replaced by a default."""
    found = {name: _transport(name, table, root) for name, table in tables}
    for name, table in tables:
        table.reference("fallback", found.keys() - {name}, _("There is no other transport {name}."))
    return found


def read_list_transports(lists: Reader, transports: Mapping[str, TransportSettings]) -> dict[str, str]:
    """Give the transport that each `[lists.NAME]` asks for, whatever the publication's is.

    A list has whatever name it was imported under, in quotes if it holds more than letters, digits and hyphens.
    """
    chosen = {}
    for name in lists.values:
        table = lists.table(name)
        table.only(("transport", "legal_basis", "purpose"))
        transport = table.reference("transport", transports, _("There is no transport {name}."))
        if transport:
            chosen[name] = transport
    return chosen


def _transport(name: str, table: Reader, root: Path) -> TransportSettings:
    table.only(field for field in TransportSettings.__struct_fields__ if field != "name")
    kind = TransportKind(table.choice("kind", [k.value for k in TransportKind], "smtp"))
    if "kind" not in table.values:
        table.missing("kind")
    folder = read_path(table, "folder", root)
    if kind in _FOLDERS and folder is None:
        table.missing("folder")
    security = Security(table.choice("security", [s.value for s in Security], "none"))
    host = read_host(table, "localhost", example="smtp.example.org")
    variable = read_password_variable(table, "RTESMAIL_SMTP_PASSWORD")
    username = table.text("username")
    has_password = bool(variable or table.text("password_file"))
    is_in_clear = kind is TransportKind.SMTP and security is Security.NONE and host not in LOOPBACK
    if username and is_in_clear:
        table.wrong(
            "security",
            "password-in-clear",
            _("The password would travel in clear to {host}.").format(host=host),
            'security = "starttls"',
        )
    if kind is TransportKind.MAILJET and not username:
        table.missing("username")
    if kind is TransportKind.SCALEWAY and not username:
        table.wrong(
            "username",
            "missing-field",
            _("Scaleway needs the ID of its project, as username."),
            'username = "7c5f1a3e-0b3d-4a2c-9d55-2f8e1f0a6b11"',
        )
    if kind is TransportKind.SES and has_password and not username:
        table.missing("username")
    if kind in PROVIDERS and not has_password:
        table.wrong(
            "password_env",
            "missing-field",
            _("This provider needs its key: password_env or password_file."),
            f'password_env = "RTESMAIL_{kind.upper()}_KEY"',
        )
    elif username and not has_password:
        table.wrong(
            "username",
            "missing-field",
            _("A username needs password_env or password_file."),
            'password_env = "RTESMAIL_SMTP_PASSWORD"',
        )
    return TransportSettings(
        name=name,
        kind=kind,
        host=host,
        port=table.integer("port", 25, least=1, most=65535),
        security=security,
        username=username,
        password_env=variable,
        password_file=read_path(table, "password_file", root),
        ca_file=read_path(table, "ca_file", root),
        envelope_sender=read_address(table, "envelope_sender"),
        verp=_verp(table),
        connections=table.integer("connections", 4, least=1, most=100),
        messages_per_connection=table.integer("messages_per_connection", 0, least=0, most=1_000_000),
        rest_seconds=table.integer("rest_seconds", 5, least=0, most=3600),
        folder=folder,
        command=read_command(table, root),
        api_url=_api_url(table),
        stream=table.text("stream"),
        region=_region(table),
        fallback=table.text("fallback"),
        pace=read_pace(table.table("pace")),
        dkim=tuple(_signing_key(key, root) for key in table.tables("dkim")),
    )


def _verp(table: Reader) -> bool:
    verp = table.boolean("verp")
    if verp and not table.text("envelope_sender"):
        table.wrong(
            "verp",
            "missing-field",
            _("verp needs the address that takes returns."),
            'envelope_sender = "returns@example.org"',
        )
    return verp


def is_domain(text: str) -> bool:
    """Tell whether text is a domain's name in ASCII."""
    return _DOMAIN.fullmatch(text) is not None


def is_selector(text: str) -> bool:
    """Tell whether text can name a DKIM key (RFC 6376 section 3.1)."""
    return _SELECTOR.fullmatch(text) is not None


def _api_url(table: Reader) -> str:
    url = table.text("api_url").rstrip("/")
    if url and not _keeps_a_key(url):
        # The address is not shown: a key may stand in it.
        table.wrong(
            "api_url",
            "bad-url",
            _("api_url should be an address that starts with https://, without a name or key in it."),
            'api_url = "https://api.example.org"',
        )
        return ""
    return url


def _region(table: Reader) -> str:
    region = table.text("region")
    if region and not _REGION.fullmatch(region):
        table.wrong(
            "region",
            "bad-name",
            _("{value} is not the name of a region.").format(value=quoted(region)),
            'region = "eu-west-3"',
        )
        return ""
    return region


def _keeps_a_key(url: str) -> bool:
    """Tell whether a key can be sent to an address: encrypted, or to this very machine."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return bool(host) and is_safe and not ("@" in parts.netloc or parts.query or parts.fragment)


def _signing_key(table: Reader, root: Path) -> SigningKey:
    table.only(SigningKey.__struct_fields__)
    domain, selector = table.text("domain", required=True), table.text("selector", required=True)
    if domain and not is_domain(domain):
        table.wrong(
            "domain",
            "bad-domain",
            _("{value} is not the name of a domain.").format(value=quoted(domain)),
            'domain = "example.org"',
        )
    if selector and not is_selector(selector):
        table.wrong(
            "selector",
            "bad-name",
            _("{value} is not a DKIM selector.").format(value=quoted(selector)),
            'selector = "letter2026"',
        )
    key_file = read_path(table, "key_file", root)
    if key_file is None:
        table.missing("key_file")
    return SigningKey(domain.lower(), selector.lower(), key_file or root)

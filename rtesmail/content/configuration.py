"""What `rtesmail.toml` says, with every mistake found at once."""

import re
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from zoneinfo import ZoneInfo

from rtesmail.content.publications import ID, LANGUAGES, read_publication
from rtesmail.content.reading import Reader
from rtesmail.model.findings import Finding
from rtesmail.model.publication import (
    Configuration,
    Identity,
    Sender,
    SmtpSecurity,
    Theme,
    TransportKind,
    TransportSettings,
)

COLOURS = ("ink", "ground", "paper", "accent", "date", "meta", "rule")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST = re.compile(r"[^\s/@\[\]]+|\[[0-9a-fA-F:.]+\]")


def read_configuration(
    values: Mapping[str, object], lines: Mapping[str, int], path: Path, root: Path, findings: list[Finding]
) -> Configuration:
    """Give the configuration; what is wrong is added to `findings` and replaced by a default."""
    top = Reader(values, lines, path, findings)
    top.only(("identity", "regions", "theme", "senders", "transports", "publications"))
    identity = _identity(top.table("identity"))
    senders = {name: _sender(table) for name, table in _named(top, "senders")}
    transports = {name: _transport(name, table, root) for name, table in _named(top, "transports")}
    regions = top.texts("regions")
    publications = {
        name: read_publication(name, table, senders, transports, identity, regions)
        for name, table in _named(top, "publications")
    }
    if not publications:
        top.wrong(
            "publications", "missing-field", _("No publication is described."), _("Add a table: [publications.monthly]")
        )
    return Configuration(identity, _theme(top.table("theme")), publications, transports, regions, dict(lines))


def _named(top: Reader, key: str) -> list[tuple[str, Reader]]:
    table = top.table(key)
    found = []
    for name in table.values:
        if not ID.fullmatch(name):
            table.wrong(
                name,
                "bad-name",
                _("{name} is not a good name.").format(name=repr(name)),
                _("Use small letters, digits and hyphens."),
            )
            continue
        found.append((name, table.table(name)))
    return found


def _identity(table: Reader) -> Identity:
    table.only(Identity.__dataclass_fields__)
    public_url = table.text("public_url").rstrip("/")
    if public_url and not public_url.startswith(("https://", "http://")):
        table.wrong("public_url", "bad-url", _("public_url should start with https://."), 'public_url = "https://…"')
    zone = table.text("time_zone", "Europe/Paris")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        table.wrong(
            "time_zone",
            "unknown-value",
            _("{zone} is not a time zone.").format(zone=repr(zone)),
            'time_zone = "Europe/Paris"',
        )
        zone = "Europe/Paris"
    return Identity(
        name=table.one_line("name", required=True),
        full_name=table.one_line("full_name", required=True),
        contact=_address(table, "contact", required=True),
        unsubscribe=_address(table, "unsubscribe", required=True),
        site=table.text("site"),
        address=table.text("address"),
        legal=table.text("legal"),
        public_url=public_url,
        language=table.choice("language", LANGUAGES, "fr"),
        time_zone=zone,
    )


def _address(table: Reader, key: str, *, required: bool = False) -> str:
    value = table.one_line(key, required=required)
    if value and not _ADDRESS.fullmatch(value):
        table.wrong(
            key,
            "bad-address",
            _("{value} is not an e-mail address.").format(value=repr(value)),
            f'{key} = "letter@example.org"',
        )
    return value


def _sender(table: Reader) -> Sender:
    table.only(Sender.__dataclass_fields__)
    return Sender(
        table.one_line("name", required=True), _address(table, "address", required=True), _address(table, "reply_to")
    )


def _transport(name: str, table: Reader, root: Path) -> TransportSettings:
    table.only(f for f in TransportSettings.__dataclass_fields__ if f != "name")
    kind = TransportKind(table.choice("kind", [k.value for k in TransportKind], "smtp"))
    if "kind" not in table.values:
        table.missing("kind")
    folder = _path(table, "folder", root)
    if kind is TransportKind.OUTBOX and folder is None:
        table.missing("folder")
    security = SmtpSecurity(table.choice("security", [s.value for s in SmtpSecurity], "none"))
    host = table.text("host", "localhost")
    if not _HOST.fullmatch(host):
        # The host is not shown: `user:password@host` is a common mistake.
        table.wrong("host", "bad-host", _("host should be the name of a server alone."), 'host = "smtp.example.org"')
        host = "localhost"
    variable = table.text("password_env")
    if variable and not _VARIABLE.fullmatch(variable):
        # The value is not shown either: it may be the password itself.
        table.wrong(
            "password_env",
            "secret-in-clear",
            _("password_env should be the name of an environment variable, not the password."),
            'password_env = "RTESMAIL_SMTP_PASSWORD"',
        )
    username = table.text("username")
    if username and security is SmtpSecurity.NONE and host not in ("localhost", "127.0.0.1", "::1"):
        table.wrong(
            "security",
            "password-in-clear",
            _("The password would travel in clear to {host}.").format(host=host),
            'security = "starttls"',
        )
    if username and not (variable or table.text("password_file")):
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
        password_file=_path(table, "password_file", root),
        ca_file=_path(table, "ca_file", root),
        envelope_sender=_address(table, "envelope_sender"),
        connections=table.integer("connections", 4, least=1, most=100),
        folder=folder,
    )


def _path(table: Reader, key: str, root: Path) -> Path | None:
    value = table.one_line(key)
    if not value:
        return None
    try:
        return root / Path(value).expanduser()
    except RuntimeError:
        table.wrong(
            key, "bad-path", _("{path} names nobody's home folder.").format(path=repr(value)), _("Write it in full.")
        )
        return None


def _theme(table: Reader) -> Theme:
    table.only(("title_font", "text_font", "light", "dark"))
    return Theme(
        light=_colours(table.table("light")),
        dark=_colours(table.table("dark")),
        title_font=table.text("title_font", "Georgia, 'Times New Roman', serif"),
        text_font=table.text("text_font", "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"),
    )


def _colours(table: Reader) -> dict[str, str]:
    table.only(COLOURS)
    colours = {}
    for name in COLOURS:
        value = table.text(name, "#000000", required=True)
        if not _COLOUR.fullmatch(value):
            table.wrong(
                name,
                "bad-colour",
                _("{value} is not a colour.").format(value=repr(value)),
                _("Write it with six digits: #0b6b5c"),
            )
            value = "#000000"
        colours[name] = value.lower()
    return colours

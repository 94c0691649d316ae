"""What `rtesmail.toml` says, with every mistake found at once."""

import re
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from zoneinfo import ZoneInfo

from rtesmail.content.kinds import KINDS
from rtesmail.content.reading import Reader, one_of
from rtesmail.model.content import Level
from rtesmail.model.findings import Finding
from rtesmail.model.publication import (
    Configuration,
    Identity,
    Publication,
    SectionOrder,
    SectionRule,
    Sender,
    SmtpSecurity,
    Theme,
    TransportKind,
    TransportSettings,
)

COLOURS = ("ink", "ground", "paper", "accent", "date", "meta", "rule")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
LANGUAGES = ("fr", "en")


def read_configuration(
    values: Mapping[str, object], lines: Mapping[str, int], path: Path, root: Path, findings: list[Finding]
) -> Configuration:
    """Give the configuration; what is wrong is added to `findings` and replaced by a default."""
    top = Reader(values, lines, path, findings)
    top.only(("identity", "regions", "theme", "senders", "transports", "publications"))
    identity = _identity(top.table("identity"))
    senders = {name: _sender(table) for name, table in _named(top, "senders")}
    transports = {name: _transport(name, table, root) for name, table in _named(top, "transports")}
    publications = {
        name: _publication(name, table, senders, transports, identity) for name, table in _named(top, "publications")
    }
    if not publications:
        top.wrong(
            "publications", "missing-field", _("No publication is described."), _("Add a table: [publications.monthly]")
        )
    return Configuration(
        identity, _theme(top.table("theme")), publications, transports, top.texts("regions"), dict(lines)
    )


def _named(top: Reader, key: str) -> list[tuple[str, Reader]]:
    table = top.table(key)
    found = []
    for name in table.values:
        if not _ID.fullmatch(name):
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
        name=table.text("name", required=True),
        full_name=table.text("full_name", required=True),
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
    value = table.text(key, required=required)
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
        table.text("name", required=True), _address(table, "address", required=True), _address(table, "reply_to")
    )


def _transport(name: str, table: Reader, root: Path) -> TransportSettings:
    for secret in ("password", "secret", "token"):
        if secret in table.values:
            table.wrong(
                secret,
                "secret-in-clear",
                _("A secret must not stand in this file."),
                _('Put it in an environment variable and name that: password_env = "RTESMAIL_SMTP_PASSWORD"'),
            )
    table.only([*(f for f in TransportSettings.__dataclass_fields__ if f != "name"), "password", "secret", "token"])
    kind = TransportKind(table.choice("kind", [k.value for k in TransportKind], "smtp"))
    if "kind" not in table.values:
        table.missing("kind")
    folder = _path(table, "folder", root)
    if kind is TransportKind.OUTBOX and folder is None:
        table.missing("folder")
    security = SmtpSecurity(table.choice("security", [s.value for s in SmtpSecurity], "none"))
    host = table.text("host", "localhost")
    username = table.text("username")
    if username and security is SmtpSecurity.NONE and host not in ("localhost", "127.0.0.1", "::1"):
        table.wrong(
            "security",
            "password-in-clear",
            _("The password would travel in clear to {host}.").format(host=host),
            'security = "starttls"',
        )
    if username and not (table.text("password_env") or table.text("password_file")):
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
        password_env=table.text("password_env"),
        password_file=_path(table, "password_file", root),
        ca_file=_path(table, "ca_file", root),
        envelope_sender=_address(table, "envelope_sender"),
        connections=table.integer("connections", 4, least=1, most=100),
        folder=folder,
    )


def _path(table: Reader, key: str, root: Path) -> Path | None:
    value = table.text(key)
    return root / Path(value).expanduser() if value else None


def _publication(
    name: str,
    table: Reader,
    senders: Mapping[str, Sender],
    transports: Mapping[str, TransportSettings],
    identity: Identity,
) -> Publication:
    table.only(("title", "description", "template", "sender", "transport", "language", "sections"))
    sender = table.text("sender", required=True)
    if sender and sender not in senders:
        table.wrong(
            "sender",
            "unknown-value",
            _("There is no sender {name}.").format(name=repr(sender)),
            one_of(sender, senders),
        )
    transport = table.text("transport", required=True)
    if transport and transport not in transports:
        table.wrong(
            "transport",
            "unknown-value",
            _("There is no transport {name}.").format(name=repr(transport)),
            one_of(transport, transports),
        )
    sections = tuple(_section(section) for section in table.tables("sections"))
    _note_duplicates(table, sections)
    return Publication(
        id=name,
        title=table.text("title", required=True),
        template=table.text("template", required=True),
        sender=senders.get(sender) or Sender(identity.name, identity.contact),
        transport=transport,
        sections=sections,
        description=table.text("description"),
        language=table.choice("language", LANGUAGES, identity.language),
    )


def _note_duplicates(table: Reader, sections: tuple[SectionRule, ...]) -> None:
    if not sections:
        table.wrong(
            "sections",
            "missing-field",
            _("The publication has no section."),
            f"[[{table.prefix}.sections]]",
        )
    seen: set[str] = set()
    for index, section in enumerate(sections):
        if section.id in seen:
            table.wrong(
                f"sections.{index}",
                "duplicate",
                _("Two sections have the id {id}.").format(id=repr(section.id)),
                _("Give each its own."),
            )
        seen.add(section.id)


def _section(table: Reader) -> SectionRule:
    table.only(SectionRule.__dataclass_fields__)
    kinds = table.texts("kinds")
    for kind in kinds:
        if kind not in KINDS:
            table.wrong(
                "kinds", "unknown-value", _("There is no kind {name}.").format(name=repr(kind)), one_of(kind, KINDS)
            )
    if not kinds:
        table.wrong("kinds", "missing-field", _("The section names no kind."), 'kinds = ["article"]')
    levels = table.texts("levels")
    for level in levels:
        if level not in list(Level):
            table.wrong(
                "levels",
                "unknown-value",
                _("There is no level {name}.").format(name=repr(level)),
                one_of(level, list(Level)),
            )
    return SectionRule(
        id=table.text("id", required=True),
        title=table.text("title", required=True),
        kinds=kinds,
        order=SectionOrder(table.choice("order", [o.value for o in SectionOrder], "path")),
        maximum=table.integer("maximum", 0, least=0, most=1000),
        repeats=table.boolean("repeats"),
        levels=levels,
        regions=table.texts("regions"),
    )


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

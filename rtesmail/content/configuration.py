"""What `rtesmail.toml` says, with every mistake found at once."""

import re
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from zoneinfo import ZoneInfo

from rtesmail.content.checking import read_checks
from rtesmail.content.feedback import read_feedback
from rtesmail.content.feeds.settings import read_feeds
from rtesmail.content.mailboxes import read_mailboxes
from rtesmail.content.picture_settings import read_pictures
from rtesmail.content.privacy import read_list_purposes, read_privacy
from rtesmail.content.publications import LANGUAGES, read_publication
from rtesmail.content.publishing import read_publishing
from rtesmail.content.reading import Reader, named_tables, read_address
from rtesmail.content.serving import read_server
from rtesmail.content.transports import read_list_transports, read_transports
from rtesmail.model.findings import Finding
from rtesmail.model.publication import (
    Configuration,
    Identity,
    Sender,
    Theme,
)
from rtesmail.model.quoting import quoted

COLOURS = ("ink", "ground", "paper", "accent", "date", "meta", "rule")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def read_configuration(
    values: Mapping[str, object], lines: Mapping[str, int], path: Path, root: Path, findings: list[Finding]
) -> Configuration:
    """Give the configuration; what is wrong is added to `findings` and replaced by a default."""
    top = Reader(values, lines, path, findings)
    top.only(
        (
            "identity",
            "regions",
            "theme",
            "senders",
            "transports",
            "lists",
            "publications",
            "privacy",
            "publishing",
            "server",
            "mailboxes",
            "feedback",
            "checks",
            "feeds",
            "pictures",
        )
    )
    identity = _identity(top.table("identity"))
    senders = {name: _sender(table) for name, table in named_tables(top.table("senders"))}
    transports = read_transports(named_tables(top.table("transports")), root)
    lists = top.table("lists")
    list_transports = read_list_transports(lists, transports)
    regions = top.texts("regions")
    tables = dict(named_tables(top.table("publications")))
    publications = {
        name: read_publication(name, table, senders, transports, identity, regions, tables)
        for name, table in tables.items()
    }
    if not publications:
        top.wrong(
            "publications", "missing-field", _("No publication is described."), _("Add a table: [publications.monthly]")
        )
    return Configuration(
        identity,
        _theme(top.table("theme")),
        publications,
        transports,
        regions,
        dict(lines),
        list_transports,
        list_purposes=read_list_purposes(lists),
        privacy=read_privacy(top.table("privacy")),
        server=read_server(top.table("server"), senders, transports, root),
        feedback=read_feedback(top.table("feedback")),
        mailboxes=read_mailboxes(top.table("mailboxes"), senders, transports, identity, root),
        senders=senders,
        publishing=read_publishing(top.table("publishing"), root),
        checks=read_checks(top.table("checks")),
        feeds=read_feeds(top.table("feeds"), root, regions),
        pictures=read_pictures(top.table("pictures")),
    )


def _identity(table: Reader) -> Identity:
    table.only(Identity.__struct_fields__)
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
            _("{zone} is not a time zone.").format(zone=quoted(zone)),
            'time_zone = "Europe/Paris"',
        )
        zone = "Europe/Paris"
    return Identity(
        name=table.one_line("name", required=True),
        full_name=table.one_line("full_name", required=True),
        contact=read_address(table, "contact", required=True),
        unsubscribe=read_address(table, "unsubscribe", required=True),
        site=table.text("site"),
        address=table.text("address"),
        legal=table.text("legal"),
        public_url=public_url,
        language=table.choice("language", LANGUAGES, "fr"),
        time_zone=zone,
    )


def _sender(table: Reader) -> Sender:
    table.only(Sender.__struct_fields__)
    return Sender(
        table.one_line("name", required=True),
        read_address(table, "address", required=True),
        read_address(table, "reply_to"),
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
                _("{value} is not a colour.").format(value=quoted(value)),
                _("Write it with six digits: #0b6b5c"),
            )
            value = "#000000"
        colours[name] = value.lower()
    return colours

"""What `rtesmail.toml` says of a transport's pace: limits, groups of domains, warm-up, quiet hours."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from gettext import gettext as _

from rtesmail.content.key_labels import key_named
from rtesmail.content.reading import Reader, named_tables, one_of
from rtesmail.model.publication import DomainPace, Limits, PaceSettings, WarmUp
from rtesmail.model.quoting import quoted

# Private mailboxes by who runs their mail servers. Companies that rent theirs from the same house keep their own
# domains, which cannot be told from here.
KNOWN_GROUPS: Mapping[str, tuple[str, ...]] = {
    "gmail": ("gmail.com", "googlemail.com"),
    "microsoft": (
        "hotmail.be",
        "hotmail.ca",
        "hotmail.ch",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.de",
        "hotmail.es",
        "hotmail.fr",
        "hotmail.it",
        "live.be",
        "live.ca",
        "live.co.uk",
        "live.com",
        "live.de",
        "live.fr",
        "live.it",
        "live.nl",
        "msn.com",
        "outlook.be",
        "outlook.com",
        "outlook.de",
        "outlook.es",
        "outlook.fr",
        "outlook.it",
        "windowslive.com",
    ),
    "orange": ("orange.fr", "voila.fr", "wanadoo.fr"),
    "laposte": ("laposte.net",),
    "free": ("alice.fr", "aliceadsl.fr", "free.fr", "libertysurf.fr"),
    "sfr": (
        "9online.fr",
        "cegetel.net",
        "club-internet.fr",
        "club.fr",
        "estvideo.fr",
        "evc.net",
        "modulonet.fr",
        "neuf.fr",
        "noos.fr",
        "numericable.com",
        "numericable.fr",
        "sfr.fr",
    ),
    "bouygues": ("bbox.fr",),
    "yahoo": (
        "aim.com",
        "aol.com",
        "aol.fr",
        "rocketmail.com",
        "yahoo.ca",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.de",
        "yahoo.es",
        "yahoo.fr",
        "yahoo.it",
        "ymail.com",
    ),
    "apple": ("icloud.com", "mac.com", "me.com"),
}

_LIMITS = tuple(Limits.__struct_fields__)
_MOST = 10_000_000
_MOST_CONNECTIONS = 100
_MOST_GROWTH = 10.0
_START_HINT = "starts = 2026-12-01"
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def read_pace(table: Reader) -> PaceSettings:
    """Give what `[transports.NAME.pace]` says; what is wrong is noted and read as no limit."""
    table.only((*_LIMITS, "warm_up", "quiet_hours", "groups"))
    return PaceSettings(
        limits=_limits(table),
        groups=_groups(table.table("groups")),
        warm_up=_warm_up(table.table("warm_up")) if "warm_up" in table.values else None,
        quiet_hours=_quiet_hours(table),
    )


def _limits(table: Reader) -> Limits:
    return Limits(
        connections=table.integer("connections", 0, least=0, most=_MOST_CONNECTIONS),
        per_second=table.integer("per_second", 0, least=0, most=_MOST),
        per_minute=table.integer("per_minute", 0, least=0, most=_MOST),
        per_hour=table.integer("per_hour", 0, least=0, most=_MOST),
        per_day=table.integer("per_day", 0, least=0, most=_MOST),
    )


def _groups(table: Reader) -> tuple[DomainPace, ...]:
    groups = []
    group_of: dict[str, str] = {}
    for name, group in named_tables(table):
        group.only((*_LIMITS, "domains"))
        domains = _domains(name, group)
        _tell_shared(name, group, domains, group_of)
        groups.append(DomainPace(name, domains, _limits(group)))
    return tuple(groups)


def _domains(name: str, table: Reader) -> tuple[str, ...]:
    if "domains" not in table.values and name in KNOWN_GROUPS:
        return KNOWN_GROUPS[name]
    if "domains" not in table.values:
        table.wrong(
            "domains",
            "missing-field",
            _("{name} is no group known by itself: it needs its domains.").format(name=name),
            one_of(name, KNOWN_GROUPS) + " " + _('Or add a line: domains = ["example.org"]'),
        )
        return ()
    written = table.texts("domains")
    if not written and table.values["domains"] == []:
        table.wrong(
            "domains",
            "missing-field",
            _("The group {name} has no domain.").format(name=name),
            'domains = ["example.org"]',
        )
    return tuple(domain for index, text in enumerate(written) if (domain := _domain(text, f"domains.{index}", table)))


def _domain(text: str, key: str, table: Reader) -> str:
    """Give a domain as DNS has it, in small letters; '' if it is none."""
    domain = text.strip().lower()
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            domain = ""
    if _DOMAIN.fullmatch(domain):
        return domain
    table.wrong(
        key,
        "bad-domain",
        _("{value} is not the name of a domain.").format(value=quoted(text)),
        _("Write what stands after the @ of an address: {example}").format(example='domains = ["example.org"]'),
    )
    return ""


def _tell_shared(name: str, table: Reader, domains: tuple[str, ...], group_of: dict[str, str]) -> None:
    written = table.values.get("domains")
    for index, domain in enumerate(domains):
        other = group_of.setdefault(domain, name)
        # The same domain twice in one list does no harm.
        if other == name:
            continue
        key = f"domains.{index}" if isinstance(written, list) and len(written) == len(domains) else "domains"
        table.wrong(
            key,
            "duplicate",
            _("{domain} is in the group {other} already.").format(domain=domain, other=other),
            _("Give each domain one group; `domains = […]` under {other} or {name} replaces its list.").format(
                other=other, name=name
            ),
        )


def _warm_up(table: Reader) -> WarmUp | None:
    noted = len(table.findings)
    table.only(WarmUp.__struct_fields__)
    starts, growth = table.values.get("starts"), table.values.get("growth", 2.0)
    if "starts" not in table.values:
        table.wrong("starts", "missing-field", _("{key} is missing.").format(key=key_named("starts")), _START_HINT)
    # In TOML a date with a time is a datetime, which is a date in Python.
    elif not isinstance(starts, date) or isinstance(starts, datetime):
        table.wrong("starts", "bad-date", _("starts should be a date, without quotes or a time."), _START_HINT)
    if "first_day" not in table.values:
        table.wrong(
            "first_day", "missing-field", _("{key} is missing.").format(key=key_named("first_day")), "first_day = 200"
        )
    first_day = table.integer("first_day", 1, least=1, most=_MOST)
    if isinstance(growth, bool) or not isinstance(growth, int | float) or not 1 <= growth <= _MOST_GROWTH:
        table.wrong(
            "growth",
            "wrong-number",
            _("growth should be a number from 1 to {most}: each day so many times the day before.").format(
                most=int(_MOST_GROWTH)
            ),
            "growth = 1.5",
        )
        return None
    if len(table.findings) > noted or not isinstance(starts, date):
        return None
    return WarmUp(starts, first_day, float(growth))


def _quiet_hours(table: Reader) -> tuple[time, time] | None:
    written = table.text("quiet_hours")
    if not written:
        return None
    hint = 'quiet_hours = "20:00-07:30"'
    found = _HOURS.fullmatch(written)
    begin, end = (None, None) if found is None else (_time(found[1], found[2]), _time(found[3], found[4]))
    if begin is None or end is None:
        table.wrong(
            "quiet_hours",
            "bad-time",
            _("{value} does not read as two times of day.").format(value=quoted(written)),
            hint,
        )
        return None
    if begin == end:
        table.wrong(
            "quiet_hours",
            "bad-time",
            _("The quiet hours end when they begin: nothing would ever leave, or always."),
            hint,
        )
        return None
    return begin, end


def _time(hours: str, minutes: str) -> time | None:
    if (int(hours), int(minutes)) == (24, 0):
        return time()
    return time(int(hours), int(minutes)) if int(hours) < 24 and int(minutes) < 60 else None

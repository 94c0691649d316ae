"""What receivers make of a sender: MX, SPF, DKIM, DMARC, and whether they go together.

Gmail and Yahoo ask all of them of whoever writes to many: https://support.google.com/a/answer/81126 and
https://senders.yahooinc.com/best-practices/.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from gettext import gettext as _

from msgspec import Struct

from rtesmail.content.transports import PROVIDERS
from rtesmail.delivery.dns.alignment import find_dmarc, is_aligned, read_tags
from rtesmail.delivery.dns.names import Names, SilentNamesError
from rtesmail.delivery.dns.published_keys import judge_key
from rtesmail.delivery.dns.spf import MOST_LOOKUPS, MOST_VOID, Evaluation, SpfResult, evaluate, spf_records
from rtesmail.delivery.dns.spf_record import Address
from rtesmail.delivery.messages.headers import domain_of
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Configuration, Sender, TransportKind, TransportSettings

FOLDERS = (TransportKind.OUTBOX, TransportKind.MAILDIR)


class Way(Struct, frozen=True):
    """One sender by one way out, as the configuration puts them together."""

    sender: Sender
    transport: TransportSettings

    @property
    def from_domain(self) -> str:
        return _domain(self.sender.address)

    @property
    def envelope_domain(self) -> str:
        """That of MAIL FROM; empty when a provider puts its own there."""
        return _domain(self.envelope_sender)

    @property
    def envelope_sender(self) -> str:
        """MAIL FROM, without what is each delivery's own; empty when a provider puts its own there."""
        if self.transport.kind in PROVIDERS:
            return ""
        return self.transport.envelope_sender or self.sender.address


def ways_of(configuration: Configuration) -> tuple[Way, ...]:
    """Give each sender with each transport that its publications and their fallbacks use; folders lead to nobody."""
    used: dict[tuple[Sender, str], Way] = {}
    for publication in configuration.publications.values():
        name = publication.transport
        while name in configuration.transports and (publication.sender, name) not in used:
            transport = configuration.transports[name]
            used[publication.sender, name] = Way(publication.sender, transport)
            name = transport.fallback
    return tuple(way for way in used.values() if way.transport.kind not in FOLDERS)


def judge(names: Names, ways: Iterable[Way], address: Address | None = None) -> tuple[Finding, ...]:
    """Say what receivers would hold against these senders; `address` is the one that letters come from, if known."""
    found: dict[Finding, None] = {}
    for way in ways:
        for look in (_mail_servers, lambda names, way: _spf(names, way, address), _dkim, _dmarc):
            found.update(dict.fromkeys(_answered(look, names, way)))
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))


Look = Callable[[Names, Way], Iterator[Finding]]


def _answered(look: Look, names: Names, way: Way) -> Iterator[Finding]:
    try:
        yield from look(names, way)
    except SilentNamesError as error:
        yield Finding(
            "sender-dns",
            Severity.WARNING,
            _("DNS gives no answer for {name}.").format(name=error.name),
            _("Try again; if it lasts, ask whoever runs the DNS of your domain."),
        )


def _mail_servers(names: Names, way: Way) -> Iterator[Finding]:
    """RFC 5321, section 5.1, and RFC 7505: where answers and returned mail go."""
    for domain in dict.fromkeys((way.from_domain, way.envelope_domain, _domain(way.sender.reply_to))):
        if not domain:
            continue
        hosts = names.mail_hosts(domain)
        if hosts == ("",):
            message = _("{domain} says in DNS that it takes no mail (MX 0 .).")
        elif hosts or names.addresses(domain):
            continue
        else:
            message = _("{domain} has no mail server in DNS (MX): answers and returned mail reach nobody.")
        yield Finding(
            "sender-mx",
            Severity.ERROR,
            message.format(domain=domain),
            _("Add an MX record for {domain}, or write from another domain.").format(domain=domain),
        )


def _spf(names: Names, way: Way, address: Address | None) -> Iterator[Finding]:
    domain = way.envelope_domain
    if not domain:
        return
    records = spf_records(names, domain)
    if not records:
        yield Finding(
            "sender-spf",
            Severity.WARNING,
            _("{domain} has no SPF record: receivers do not know which servers write for it.").format(domain=domain),
            _('Publish a TXT record at {domain}: "v=spf1 ip4:YOUR-SERVER -all"').format(domain=domain),
        )
        return
    if len(records) > 1:
        yield Finding(
            "sender-spf",
            Severity.ERROR,
            _("{domain} has {n} SPF records; receivers then heed none.").format(domain=domain, n=len(records)),
            _("Join them into one."),
        )
        return
    evaluation = Evaluation(names, address, way.envelope_sender)
    result = evaluate(evaluation, domain)
    if evaluation.lookups > MOST_LOOKUPS:
        yield Finding(
            "sender-spf",
            Severity.ERROR,
            _("The SPF record of {domain} asks DNS more than {most} times; receivers then heed none of it.").format(
                domain=domain, most=MOST_LOOKUPS
            ),
            _("Take out what no longer sends for you."),
        )
    elif len(evaluation.missing) > MOST_VOID:
        yield Finding(
            "sender-spf",
            Severity.ERROR,
            _(
                "The SPF record of {domain} asks for names that are not in DNS: {names}; receivers heed none of it."
            ).format(domain=domain, names=", ".join(dict.fromkeys(evaluation.missing))),
            _("Take out what no longer sends for you."),
        )
    elif result is SpfResult.PERMERROR:
        yield Finding(
            "sender-spf",
            Severity.ERROR,
            _("The SPF record of {domain}, or one that it includes, cannot be read: {record}").format(
                domain=domain, record=evaluation.fault
            ),
            _("Correct it; every include must lead to a record."),
        )
    elif any(term.lower() in ("all", "+all") for term in records[0].split()):
        yield Finding(
            "sender-spf",
            Severity.ERROR,
            _("The SPF record of {domain} lets anybody write for it (+all).").format(domain=domain),
            _("Write -all at its end."),
        )
    elif address is None:
        yield Finding(
            "sender-spf",
            Severity.NOTE,
            _(
                "SPF lets these write for {domain}: {terms}. Which address {transport} sends from is not known here."
            ).format(domain=domain, terms=" ".join(records[0].split()[1:]), transport=way.transport.name),
            _("Try it: rtesmail doctor --from-ip ADDRESS"),
        )
    elif result is not SpfResult.PASS:
        yield Finding(
            "sender-spf",
            Severity.ERROR,
            _("SPF does not let {address} write for {domain} ({result}).").format(
                address=address, domain=domain, result=result.value
            ),
            _("Add {term} to the record of {domain}, before its all.").format(
                term=f"ip{address.version}:{address}", domain=domain
            ),
        )


def _dkim(names: Names, way: Way) -> Iterator[Finding]:
    if not way.transport.dkim:
        if way.transport.kind not in PROVIDERS:
            yield Finding(
                "sender-dkim",
                Severity.WARNING,
                _("{transport} does not sign what leaves (DKIM), unless its server does.").format(
                    transport=way.transport.name
                ),
                _("Next: rtesmail dkim new {domain}").format(domain=way.from_domain),
            )
        return
    for key in way.transport.dkim:
        yield from judge_key(names, key)


def _dmarc(names: Names, way: Way) -> Iterator[Finding]:
    """RFC 7489: what is to become of mail that neither SPF nor DKIM proves to be the From domain's own."""
    domain = way.from_domain
    place, records = find_dmarc(names, domain)
    if not records:
        yield Finding(
            "sender-dmarc",
            Severity.WARNING,
            _("{domain} has no DMARC record; Gmail and Yahoo want one of whoever writes to many.").format(
                domain=domain
            ),
            _('Publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:ADDRESS"').format(domain=domain),
        )
        return
    if len(records) > 1:
        yield Finding(
            "sender-dmarc",
            Severity.ERROR,
            _("{place} has {n} DMARC records; receivers then heed none.").format(
                place=f"_dmarc.{place}", n=len(records)
            ),
            _("Join them into one."),
        )
        return
    record = records[0]
    tags = read_tags(record)
    policy = (tags.get("p", "") if place == domain else tags.get("sp", tags.get("p", ""))).lower()
    if policy not in ("none", "quarantine", "reject"):
        yield Finding(
            "sender-dmarc",
            Severity.ERROR,
            _("The DMARC record at {place} has no policy: {record}").format(place=f"_dmarc.{place}", record=record),
            _("Write p=none, p=quarantine or p=reject."),
        )
        return
    if way.transport.kind in PROVIDERS:
        return
    signing = any(
        is_aligned(names, domain, key.domain.lower(), is_strict=tags.get("adkim", "").lower() == "s")
        for key in way.transport.dkim
    )
    bouncing = is_aligned(names, domain, way.envelope_domain, is_strict=tags.get("aspf", "").lower() == "s")
    if signing:
        return
    signed = ", ".join(dict.fromkeys(key.domain for key in way.transport.dkim)) or _("nothing")
    if not bouncing:
        yield Finding(
            "sender-dmarc",
            Severity.ERROR,
            _(
                "Neither the signature ({signed}) nor the envelope ({envelope}) is of the domain that readers see,"
                " {domain}: DMARC fails, and its policy is {policy}."
            ).format(signed=signed, envelope=way.envelope_domain, domain=domain, policy=policy),
            _("Sign with a key of {domain}: rtesmail dkim new {domain}").format(domain=domain),
        )
        return
    yield Finding(
        "sender-dmarc",
        Severity.WARNING,
        _("Only SPF proves that {domain} writes: forwarded letters lose that, and the policy is {policy}.").format(
            domain=domain, policy=policy
        ),
        _("Sign with a key of {domain}: rtesmail dkim new {domain}").format(domain=domain),
    )


def read_address(text: str) -> Address | None:
    """Read an IP address; None for an empty text.

    Raises:
        ValueError: it is none.
    """
    if not text:
        return None
    address = ipaddress.ip_address(text)
    # RFC 7208, section 5: an IPv4 address that IPv6 carries is an IPv4 address.
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address


def _domain(address: str) -> str:
    if not address:
        return ""
    try:
        return domain_of(address).lower()
    except ValueError:
        return address.rpartition("@")[2].lower()

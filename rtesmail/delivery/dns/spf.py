"""SPF (RFC 7208): which machines a domain lets write with it as the envelope's sender."""

from enum import StrEnum
from ipaddress import ip_network
from typing import TYPE_CHECKING

from msgspec import Struct, field

from rtesmail.delivery.dns.spf_record import Address, Mechanism, fill_macros, read_record

if TYPE_CHECKING:
    from rtesmail.delivery.dns.names import Names

MOST_LOOKUPS = 10
"""Section 4.6.4: terms that ask DNS, all records together; receivers give up beyond."""
MOST_VOID = 2
"""Section 4.6.4: of these, how many may ask for what is not in DNS."""
MOST_MAIL_HOSTS = 10
"""Section 4.6.4: mail servers of one domain."""


class SpfResult(StrEnum):
    """What a receiver concludes; section 2.6."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"


_RESULTS = {"+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL}


class Evaluation(Struct):
    """One evaluation: the address that is tried (None tries none, and so meets every term) and what it cost.

    `sender` is the envelope's, for macros. `fault` is the record or the term for which receivers give up.
    """

    names: "Names"
    address: Address | None
    sender: str = ""
    lookups: int = 0
    missing: list[str] = field(default_factory=list)
    fault: str = ""


def spf_records(names: "Names", domain: str) -> tuple[str, ...]:
    """Give the SPF records of a domain; more than one is a mistake (section 4.5)."""
    texts = names.texts(domain)
    return tuple(text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 "))


def evaluate(evaluation: Evaluation, domain: str) -> SpfResult:
    """Say what a receiver concludes of `evaluation.address`; `evaluation` then tells what that took."""
    records = spf_records(evaluation.names, domain)
    if len(records) != 1:
        return SpfResult.PERMERROR if records else SpfResult.NONE
    try:
        record = read_record(records[0])
    except ValueError:
        evaluation.fault = records[0]
        return SpfResult.PERMERROR
    for term in record.mechanisms:
        matches = _matches(evaluation, domain, term)
        if matches is None or len(evaluation.missing) > MOST_VOID:
            evaluation.fault = evaluation.fault or f"{term.kind}:{term.target or domain}"
            return SpfResult.PERMERROR
        if matches:
            return _RESULTS[term.sign]
    if not record.redirect:
        return SpfResult.NEUTRAL
    result = _evaluate_other(evaluation, domain, record.redirect)
    if result is SpfResult.NONE:
        evaluation.fault = f"redirect={record.redirect}"
        return SpfResult.PERMERROR
    return SpfResult.NEUTRAL if result is None else result


def _evaluate_other(evaluation: Evaluation, domain: str, target: str) -> SpfResult | None:
    """Evaluate the record that a term leads to; None when which one depends on an address that is not known."""
    evaluation.lookups += 1
    if evaluation.lookups > MOST_LOOKUPS:
        return SpfResult.PERMERROR
    other = fill_macros(target, domain, evaluation.sender, evaluation.address)
    return None if other is None else evaluate(evaluation, other)


def _matches(evaluation: Evaluation, domain: str, term: Mechanism) -> bool | None:
    """Say whether a term means the address; None when receivers give up.

    `ptr` never does: the RFC (5.5) wants it published no more, and large receivers pass it over.
    """
    address = evaluation.address
    if term.kind == "all":
        return address is not None
    if term.network is not None:
        return address is not None and address in term.network
    if term.kind == "include":
        result = _evaluate_other(evaluation, domain, term.target)
        return None if result in (SpfResult.NONE, SpfResult.PERMERROR) else result is SpfResult.PASS
    evaluation.lookups += 1
    if evaluation.lookups > MOST_LOOKUPS:
        return None
    name = fill_macros(term.target, domain, evaluation.sender, address) if term.target else domain
    if name is None or term.kind == "ptr":
        return False
    if term.kind == "mx":
        return _is_mail_host(evaluation, name, term)
    # `exists` asks for an IPv4 address whatever the sender's is (5.7).
    kinds = ("A",) if term.kind == "exists" else _kinds(address)
    found = evaluation.names.addresses(name, kinds)
    if not found:
        evaluation.missing.append(name)
    if term.kind == "exists":
        return address is not None and bool(found)
    return _is_among(found, term, address)


def _is_mail_host(evaluation: Evaluation, name: str, term: Mechanism) -> bool | None:
    hosts = evaluation.names.mail_hosts(name)
    if not hosts:
        evaluation.missing.append(name)
    if len(hosts) > MOST_MAIL_HOSTS:
        return None
    return evaluation.address is not None and any(
        _is_among(evaluation.names.addresses(host, _kinds(evaluation.address)), term, evaluation.address)
        for host in hosts
        if host
    )


def _kinds(address: Address | None) -> tuple[str, ...]:
    """Receivers ask for addresses of the sender's own kind only (section 5)."""
    return ("A", "AAAA") if address is None else ("A",) if address.version == 4 else ("AAAA",)


def _is_among(numbers: tuple[str, ...], term: Mechanism, address: Address | None) -> bool:
    if address is None:
        return False
    size = term.bits[0] if address.version == 4 else term.bits[1]
    return any(address in ip_network(f"{number}/{size}", strict=False) for number in numbers)

"""What DNS says of a sender is held against what leaves, with a real name server."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.dns.alignment import find_dmarc, is_aligned, read_tags
from rtesmail.delivery.dns.names import Names, read_server
from rtesmail.delivery.dns.sender import Way, judge, read_address
from rtesmail.delivery.signing.keys import KeyKind, dns_record, make_keys
from rtesmail.model.publication import Sender, SigningKey, TransportKind, TransportSettings

from .name_server import Zone, serving

SENDER = Sender("Exemple", "lettre@example.org", "contact@example.org")
ADDRESS = ipaddress.ip_address("192.0.2.7")
GOOD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "example.org MX": ("10 mx.example.org.",),
        "example.org TXT": ('"v=spf1 ip4:192.0.2.0/28 -all"', '"some=other text"'),
        "_dmarc.example.org TXT": ('"v=DMARC1; p=reject"',),
    }
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    (made,) = make_keys("example.org", "m1", (KeyKind.RSA,), tmp_path_factory.mktemp("keys") / "dkim")
    return made


@pytest.fixture
def way(key: SigningKey) -> Way:
    return Way(SENDER, TransportSettings("principal", TransportKind.SMTP, dkim=(key,)))


@pytest.fixture
def zone(key: SigningKey) -> dict[str, tuple[str, ...]]:
    record = dns_record(key)
    return {**GOOD, f"{record.name} TXT": (record.zone_line.partition("( ")[2].rstrip(" )"),)}


def told(zone: Zone, way: Way, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None = ADDRESS) -> list[str]:
    with serving(zone) as server:
        return [f"{x.check} {x.severity.value}" for x in judge(Names(server), (way,), address)]


def test_a_sender_whose_records_go_together_has_no_finding(zone: Zone, way: Way) -> None:
    assert told(zone, way) == []


def test_which_address_sends_is_told_as_unknown_and_not_guessed(zone: Zone, way: Way) -> None:
    with serving(zone) as server:
        (found,) = judge(Names(server), (way,))
    assert (found.check, found.severity.value) == ("sender-spf", "note")
    assert "ip4:192.0.2.0/28 -all" in found.message
    assert "--from-ip" in found.hint


@pytest.mark.parametrize(
    ("name", "records", "expected"),
    [
        ("example.org MX", (), ["sender-mx error"]),
        ("example.org MX", ("0 .",), ["sender-mx error"]),
        ("example.org TXT", (), ["sender-spf warning"]),
        ("example.org TXT", ('"v=spf1 -all"', '"v=spf1 mx -all"'), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 ip4:198.51.100.1 -all"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 ip4:198.51.100.1 ~all"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 +all"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 ipv4:192.0.2.7 -all"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 ip4:192.0.2.7/99 -all"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 include:nobody.example -all"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 include:example.org -all"',), ["sender-spf error"]),
        ("_dmarc.example.org TXT", (), ["sender-dmarc warning"]),
        ("_dmarc.example.org TXT", ('"v=DMARC1; rua=mailto:a@example.org"',), ["sender-dmarc error"]),
        ("m1._domainkey.example.org TXT", (), ["sender-dkim error"]),
        ("m1._domainkey.example.org TXT", ('"v=DKIM1; k=rsa; p="',), ["sender-dkim error"]),
        ("m1._domainkey.example.org TXT", ('"v=DKIM1; k=rsa; p=AAAA"',), ["sender-dkim error"]),
        ("m1._domainkey.example.org TXT", ('"v=DKIM1; p=a"', '"v=DKIM1; p=b"'), ["sender-dkim error"]),
        ("_dmarc.example.org TXT", ('"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'), ["sender-dmarc error"]),
        ("_dmarc.example.org TXT", ('"v=DMARC10; p=none"',), ["sender-dmarc warning"]),
        ("_dmarc.example.org TXT", ('"v=DMARC1; p=Reject"',), []),
        ("example.org TXT", ('"v=spf1 ip4:192.0.2.7 -all mistake"',), ["sender-spf error"]),
        ("example.org TXT", ('"v=spf1 a:a.example a:b.example a:c.example ip4:192.0.2.7 -all"',), ["sender-spf error"]),
        ("example.org FAIL", ("",), ["sender-dns warning"]),
    ],
)
def test_each_record_that_is_missing_or_wrong_is_told(
    zone: dict[str, tuple[str, ...]], way: Way, name: str, records: tuple[str, ...], expected: list[str]
) -> None:
    assert told({**zone, name: records}, way) == expected


def test_a_key_that_is_only_tried_is_a_note(zone: dict[str, tuple[str, ...]], way: Way, key: SigningKey) -> None:
    name = f"{dns_record(key).name} TXT"
    assert told({**zone, name: ('"t=y; " ' + zone[name][0],)}, way) == ["sender-dkim note"]


@pytest.mark.parametrize("tag", ["v=DKIM2", "h=sha1", "s=tlsrpt"])
def test_the_right_key_that_verifiers_pass_over_is_an_error_that_names_the_tag(
    zone: dict[str, tuple[str, ...]], way: Way, key: SigningKey, tag: str
) -> None:
    name, value = f"{dns_record(key).name} TXT", dns_record(key).value.removeprefix("v=DKIM1; ")
    with serving({**zone, name: (f'"{tag}; {value[:200]}" "{value[200:]}"',)}) as server:
        (found,) = judge(Names(server), (way,), ADDRESS)
    assert (found.check, found.severity.value) == ("sender-dkim", "error")
    assert tag in found.message


def test_a_key_that_is_for_mail_by_name_is_as_good_as_one_for_everything(
    zone: dict[str, tuple[str, ...]], way: Way, key: SigningKey
) -> None:
    name = f"{dns_record(key).name} TXT"
    assert told({**zone, name: (zone[name][0] + ' "; s=tlsrpt:email; h=sha1:sha256"',)}, way) == []


def test_names_of_the_record_that_are_not_in_dns_are_told(zone: dict[str, tuple[str, ...]], way: Way) -> None:
    record = '"v=spf1 a:a.example a:b.example mx:c.example ip4:192.0.2.7 -all"'
    with serving({**zone, "example.org TXT": (record,)}) as server:
        (found,) = judge(Names(server), (way,), ADDRESS)
    assert "a.example, b.example, c.example" in found.message


def test_the_term_that_leads_to_no_record_is_told(zone: dict[str, tuple[str, ...]], way: Way) -> None:
    more = {
        "example.org TXT": ('"v=spf1 include:good.example include:nobody.example -all"',),
        "good.example TXT": ('"v=spf1 ip4:198.51.100.1 -all"',),
    }
    with serving({**zone, **more}) as server:
        (found,) = judge(Names(server), (way,), ADDRESS)
    assert "include:nobody.example" in found.message


def test_without_a_signature_forwarded_letters_lose_their_proof(zone: Zone, way: Way) -> None:
    unsigned = replace(way, transport=replace(way.transport, dkim=()))
    assert told(zone, unsigned) == ["sender-dkim warning", "sender-dmarc warning"]


def test_a_signature_and_an_envelope_of_other_domains_fail_dmarc(zone: dict[str, tuple[str, ...]], way: Way) -> None:
    transport = replace(way.transport, dkim=(), envelope_sender="retours@other.example")
    other = {"other.example MX": ("1 mx.example.",), "other.example TXT": ('"v=spf1 ip4:192.0.2.7 -all"',)}
    assert "sender-dmarc error" in told({**zone, **other}, replace(way, transport=transport))


@pytest.mark.parametrize(("tag", "expected"), [("", []), ("; aspf=s; adkim=s", ["sender-dmarc error"])])
def test_a_subdomain_is_of_the_house_unless_the_policy_is_strict(
    zone: dict[str, tuple[str, ...]], way: Way, tag: str, expected: list[str]
) -> None:
    below = replace(way, sender=Sender("Exemple", "lettre@news.example.org"))
    below = replace(below, transport=replace(below.transport, envelope_sender="retours@example.org"))
    more = {"news.example.org MX": ("1 mx.example.org.",), "_dmarc.example.org TXT": (f'"v=DMARC1; p=reject{tag}"',)}
    assert told({**zone, **more}, below) == expected


def test_a_providers_own_signature_and_envelope_are_left_to_it(zone: Zone) -> None:
    assert told(zone, Way(SENDER, TransportSettings("brevo", TransportKind.BREVO))) == []


@pytest.mark.parametrize(
    ("records", "other", "expected"),
    [
        (("example.org",), "mail.example.org", True),
        (("example.org", "news.example.org"), "mail.example.org", True),
        (("news.example.org",), "example.org", True),
        (("example.org",), "example.net", False),
        ((), "other.org", False),
    ],
)
def test_domains_of_one_house_go_together_wherever_the_policy_stands(
    records: tuple[str, ...], other: str, expected: bool
) -> None:
    with serving({f"_dmarc.{domain} TXT": ('"v=DMARC1; p=none"',) for domain in records}) as server:
        assert is_aligned(Names(server), "news.example.org", other, is_strict=False) is expected
        assert not is_aligned(Names(server), "news.example.org", other, is_strict=True)


def test_a_public_suffix_with_a_policy_of_its_own_makes_no_house_of_all_below() -> None:
    with serving({"_dmarc.asso.example TXT": ('"v=DMARC1; p=none; psd=y"',)}) as server:
        assert not is_aligned(Names(server), "a.asso.example", "b.asso.example", is_strict=False)


def test_an_ipv4_address_in_ipv6_form_is_tried_as_ipv4() -> None:
    assert str(read_address("::ffff:192.0.2.7")) == "192.0.2.7"


def test_a_policy_is_found_above_and_each_name_is_asked_once() -> None:
    with serving({"_dmarc.example.org TXT": ('"v=DMARC1; p=none"',)}) as server:
        names = Names(server)
        assert find_dmarc(names, "a.b.example.org") == ("example.org", ("v=DMARC1; p=none",))
    # The server is gone, and the answer is known.
    assert find_dmarc(names, "a.b.example.org")[0] == "example.org"


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("", None),
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_servers_address_is_read(text: str, server: tuple[str, int] | None) -> None:
    assert read_server(text) == server


@pytest.mark.parametrize("text", ["dns", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:99999", "[::1", "192.0.2:53"])
def test_what_is_no_servers_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="DNS server"):
        read_server(text)


@given(st.text(max_size=60))
def test_no_record_breaks_the_reading(text: str) -> None:
    assert "v" in read_tags(f"v=DKIM1;{text}")


def test_every_finding_has_its_paragraph() -> None:
    root = Path(__file__).parents[3]
    room = root / "rtesmail" / "delivery" / "dns"
    source = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py"))
    page = (root / "docs" / "reference" / "sender.md").read_text(encoding="utf-8")
    assert set(re.findall(r'"(sender-\w+)"', source)) == set(re.findall(r"^## (\S+)$", page, re.M))


def test_the_command_says_it_in_words_and_refuses_wrong_addresses(demo_workspace: Path, rtesmail, zone: Zone) -> None:
    with serving(zone) as (host, port):
        done = rtesmail("doctor", "--dns", f"{host}:{port}", cwd=demo_workspace)
    assert done.returncode == 3, done.stderr
    assert "lettre@rtes.example by demo" in done.stdout
    assert "rtes.example has no mail server in DNS" in done.stdout
    assert "docs/reference/sender.md" in done.stdout
    for option in ("--from-ip", "--dns"):
        wrong = rtesmail("doctor", option, "nowhere", cwd=demo_workspace)
        assert wrong.returncode == 2
        assert "nowhere" in wrong.stderr
        assert "Traceback" not in wrong.stderr

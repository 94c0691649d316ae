"""SPF records are read as receivers read them, with a real name server."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.delivery.dns.names import Names
from rtesmail.delivery.dns.spf import Evaluation, SpfResult, evaluate
from rtesmail.delivery.dns.spf_record import fill_macros, read_record

from .name_server import serving

ADDRESS = ipaddress.ip_address("192.0.2.7")


@pytest.mark.parametrize(
    ("record", "address", "expected"),
    [
        ("v=spf1 mx -all", "192.0.2.9", SpfResult.PASS),
        ("v=spf1 mx/24 -all", "192.0.2.200", SpfResult.PASS),
        ("v=spf1 a -all", "192.0.2.9", SpfResult.FAIL),
        ("v=spf1 a:mx.example.org//64 -all", "2001:db8::77", SpfResult.PASS),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::77", SpfResult.PASS),
        ("v=spf1 ip6:2001:db8::/32 -all", "192.0.2.9", SpfResult.FAIL),
        ("v=spf1 include:inner.example ?all", "192.0.2.50", SpfResult.PASS),
        ("v=spf1 include:inner.example ?all", "192.0.2.51", SpfResult.NEUTRAL),
        ("v=spf1 redirect=inner.example", "192.0.2.51", SpfResult.SOFTFAIL),
        ("v=spf1 redirect=nobody.example", "192.0.2.51", SpfResult.PERMERROR),
        ("v=spf1 exists:%{i}.inner.example -all", "192.0.2.51", SpfResult.FAIL),
        ("v=spf1 exists:%{ir}.%{v}.inner.example -all", "192.0.2.51", SpfResult.PASS),
        ("v=spf1 exists:%{d2}.%{l1-}.inner.example -all", "2001:db8::77", SpfResult.PASS),
        ("v=spf1 include:%{d}.inner.example -all", "192.0.2.52", SpfResult.PASS),
        ("v=spf1 redirect=%{d}.inner.example", "192.0.2.51", SpfResult.FAIL),
        ("v=spf1 exists:%{x}.inner.example -all", "192.0.2.51", SpfResult.PERMERROR),
        ("v=spf1 exists:%{i0}.inner.example -all", "192.0.2.51", SpfResult.PERMERROR),
        ("v=spf1 exists:%i.inner.example -all", "192.0.2.51", SpfResult.PERMERROR),
        ("v=spf1 mx -all mistake", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx all:example.org", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx include -all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx include: -all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx a/33 -all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx a//129 -all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx ip4:2001:db8::9 -all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx redirect=inner.example redirect=inner.example", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx a:localhost -all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 mx unknown=%{i} -all", "192.0.2.9", SpfResult.PASS),
        ("v=spf1  MX  -ALL", "192.0.2.9", SpfResult.PASS),
        ("v=spf1 -all redirect=inner.example", "192.0.2.50", SpfResult.FAIL),
        ("v=spf1 a:one.example a:two.example ip4:192.0.2.9", "192.0.2.9", SpfResult.PASS),
        ("v=spf1 a:one.example a:two.example a:three.example ip4:192.0.2.9", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 exists:one.example mx:two.example a:three.example ?all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 a:four.example ?all", "2001:db8::4", SpfResult.NEUTRAL),
        ("v=spf1 mx:many.example ?all", "192.0.2.9", SpfResult.PERMERROR),
        ("v=spf1 redirect=example.org", "192.0.2.9", SpfResult.PERMERROR),
        (" v=spf1 mx -all", "192.0.2.9", SpfResult.NONE),
        ("v=spf1", "192.0.2.51", SpfResult.NEUTRAL),
        ("v=spf10 +all", "192.0.2.51", SpfResult.NONE),
        ("v=spf1 " + "a:mx.example.org " * 10 + "-all", "192.0.2.51", SpfResult.FAIL),
        ("v=spf1 " + "a:mx.example.org " * 11 + "-all", "192.0.2.51", SpfResult.PERMERROR),
    ],
)
def test_spf_is_read_as_rfc_7208_has_it(record: str, address: str, expected: SpfResult) -> None:
    zone = {
        "example.org TXT": (f'"{record}"',),
        "example.org MX": ("1 mx.example.org.",),
        "mx.example.org A": ("192.0.2.9",),
        "mx.example.org AAAA": ("2001:db8::9",),
        "inner.example TXT": ('"v=spf1 ip4:192.0.2.50 ~all"',),
        "51.2.0.192.in-addr.inner.example A": ("127.0.0.2",),
        "example.org.b.inner.example A": ("127.0.0.2",),
        "example.org.inner.example TXT": ('"v=spf1 ip4:192.0.2.52 -all"',),
        "four.example A": ("192.0.2.4",),
        "many.example MX": tuple(f"1 m{number}.example." for number in range(11)),
    }
    with serving(zone) as server:
        evaluation = Evaluation(Names(server), ipaddress.ip_address(address), "a-b@example.org")
        assert evaluate(evaluation, "example.org") is expected


# The examples of RFC 7208, section 7.4.
@pytest.mark.parametrize(
    ("pattern", "address", "name"),
    [
        ("%{s}", "192.0.2.3", "strong-bad@email.example.com"),
        ("%{o}", "192.0.2.3", "email.example.com"),
        ("%{d4}", "192.0.2.3", "email.example.com"),
        ("%{d1}", "192.0.2.3", "com"),
        ("%{dr}", "192.0.2.3", "com.example.email"),
        ("%{d2r}", "192.0.2.3", "example.email"),
        ("%{l-}", "192.0.2.3", "strong.bad"),
        ("%{lr-}", "192.0.2.3", "bad.strong"),
        ("%{l1r-}", "192.0.2.3", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "192.0.2.3", "bad.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "192.0.2.3", "example.com.trusted-domains.example.net"),
        (
            "%{ir}.%{v}._spf.%{d2}",
            "2001:db8::cb01",
            "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com",
        ),
    ],
)
def test_macros_are_filled_as_the_rfc_shows(pattern: str, address: str, name: str) -> None:
    sender, number = "strong-bad@email.example.com", ipaddress.ip_address(address)
    assert fill_macros(pattern, "email.example.com", sender, number) == name


def test_a_name_that_macros_make_too_long_loses_its_left_end() -> None:
    name = fill_macros("%{l}.example.org", "example.org", "a." * 150 + "b@example.org", None)
    assert name is not None
    assert len(name) <= 253
    assert name.endswith(".b.example.org")


@given(st.text(max_size=60), st.text(st.characters(max_codepoint=127), max_size=20))
def test_no_spf_record_breaks_the_reading(text: str, target: str) -> None:
    for record in (f"v=spf1 {text}", f"v=spf1 a:{target} exists:%{{{target}}}.example"):
        try:
            read = read_record(record)
        except ValueError:
            continue
        for term in read.mechanisms:
            fill_macros(term.target, "example.org", "a@example.org", ADDRESS)

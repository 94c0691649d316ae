"""Who calls is what trusted machines say, never what the caller writes."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.web.public.bodies import form_fields
from rtesmail.web.public.callers import UNKNOWN, caller_of, language_of, neighbourhood
from rtesmail.web.public.limits import Limit

TRUSTED = (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.1", [], "203.0.113.1"),
        ("203.0.113.1", ["198.51.100.1"], "203.0.113.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1", "198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["198.51.100.1, nonsense"], "198.51.100.1"),
        ("::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("", ["198.51.100.1"], UNKNOWN),
    ],
)
def test_only_trusted_machines_are_believed(peer: str, forwarded: list[str], caller: str) -> None:
    assert caller_of(peer, forwarded, TRUSTED) == caller


@given(st.lists(st.text(max_size=30), max_size=5))
def test_whatever_stands_in_the_field_a_stranger_stays_a_stranger(forwarded: list[str]) -> None:
    assert caller_of("203.0.113.1", forwarded, TRUSTED) == "203.0.113.1"
    assert caller_of("127.0.0.1", forwarded, TRUSTED)


def test_a_household_counts_as_one() -> None:
    assert neighbourhood("2001:db8:1:2:3:4:5:6") == neighbourhood("2001:db8:1:2::9")
    assert neighbourhood("203.0.113.1") != neighbourhood("203.0.113.2")
    assert neighbourhood(UNKNOWN) == UNKNOWN


@given(st.text(max_size=100))
def test_any_accept_language_gives_one_of_ours(accepted: str) -> None:
    assert language_of({}, accepted, "fr") in ("fr", "en")


@given(st.text(max_size=80), st.binary(max_size=400))
def test_any_body_gives_fields_or_none(content_type: str, body: bytes) -> None:
    for kind in (content_type, "application/x-www-form-urlencoded", f"multipart/form-data; boundary={content_type}"):
        assert all(isinstance(value, str) for pair in form_fields(kind, body) for value in pair)


def test_both_kinds_of_form_give_the_same_fields() -> None:
    multipart = (
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
        b'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\n\r\n'
        b"\xc3\xa9t\xc3\xa9\r\n--b--\r\n"
    )
    expected = (("List-Unsubscribe", "One-Click"), ("a", "été"))
    assert form_fields("multipart/form-data; boundary=b", multipart) == expected
    assert form_fields("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click&a=%C3%A9t%C3%A9") == expected


def test_a_window_slides_and_one_key_does_not_use_up_another() -> None:
    now = [0.0]
    limit = Limit(2, 10, lambda: now[0])
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert limit.allows("b")
    now[0] = 9.9
    assert not limit.allows("a")
    now[0] = 10
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]

"""Which texts are addresses, and which spellings are one mailbox."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.audience.addresses import Address, InvalidAddress, parse_address


def test_an_address_is_kept_as_typed_and_compared_in_lower_case() -> None:
    assert parse_address(" Maelle.Q@Ville.EXAMPLE ") == Address("Maelle.Q@Ville.EXAMPLE", "maelle.q@ville.example")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("elu@école.example", "elu@xn--cole-9oa.example"),
        ("Elu@ÉCOLE.example", "elu@école.example"),
        ("re\u0301mi@ville.example", "rémi@ville.example"),
        ("\ufeffelu@ville.example\u200b", "elu@ville.example"),
        ("\u00a0elu@ville.example", "elu@ville.example"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert parse_address(one).key == parse_address(other).key


def test_two_mailboxes_have_two_keys() -> None:
    assert parse_address("elu+news@ville.example").key != parse_address("elu@ville.example").key


@pytest.mark.parametrize("domain", ["ville.example", "example.org", "ville.test"])
def test_reserved_domains_pass_because_demonstrations_use_them(domain: str) -> None:
    assert parse_address(f"elu@{domain}").key == f"elu@{domain}"


@pytest.mark.parametrize("email", ["o'hara@ville.example", "elu+lettre@ville.example", "e@ville.example"])
def test_unusual_addresses_that_exist_pass(email: str) -> None:
    assert parse_address(email).email == email


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no address"),
        ("   ", "there is no address"),
        ("mairie de brumeval", "needs an @"),
        ("a@b@ville.example", "more than one @"),
        ("jean dupre@ville.example", "space"),
        ("@ville.example", "before the @"),
        ("elu@", "after the @"),
        ("elu@ville", "no ending such as .fr"),
        ("elu@ville.example.", "ends with a dot"),
        ("elu..x@ville.example", "two dots"),
        (".elu@ville.example", "begins or ends with a dot"),
        ("elu@vi_lle.example", "“vi_lle.example” is not a domain name"),
        ("elu@-ville.example", "is not a domain name"),
        ("elu@[192.0.2.1]", "is not a domain name"),
        ("elu@ville.local", "cannot reach “ville.local”"),
        ("e\x00lu@ville.example", "“e\\x00lu” holds a character"),
        ("elu,@ville.example", "comma"),
        ("e" * 65 + "@ville.example", "longer than 64"),
        ("e@" + "v" * 300 + ".example", "longer than 254"),
        ("\ud800@ville.example", "holds a character"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(text: str, said: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        parse_address(text)
    assert said in refused.value.reason


@given(st.text())
def test_any_text_is_an_address_or_has_a_reason(text: str) -> None:
    try:
        answer = parse_address(text).key
    except InvalidAddress as refused:
        answer = refused.reason
    assert answer


@given(st.emails())
def test_the_key_of_a_key_is_itself(email: str) -> None:
    try:
        key = parse_address(email).key
    except InvalidAddress:
        return
    assert parse_address(key).key == key
    assert unicodedata.is_normalized("NFC", key)

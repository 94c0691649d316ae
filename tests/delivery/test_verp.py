"""A bounce's address names its delivery, and nobody can make one up."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.delivery.verp import VerpMaker, read_verp
from rtesmail.model.errors import WorkspaceError

SECRET = b"0123456789abcdef0123456789abcdef"
RETURNS = "retours@rtes.example"

names = st.text(string.ascii_letters + string.digits + "+-_.=", min_size=1, max_size=23)
deliveries = st.integers(1, 2**63 - 1)


def address_of(delivery: int, address: str = RETURNS) -> str:
    return VerpMaker(SECRET, address).address_of(delivery)


@given(name=names, delivery=deliveries)
def test_an_address_gives_its_delivery_back_within_the_length_that_servers_take(name: str, delivery: int) -> None:
    address = address_of(delivery, f"{name}@rtes.example")
    assert read_verp(SECRET, address) == delivery
    assert address.startswith(f"{name}+{delivery}-")
    assert len(address.rpartition("@")[0]) <= 64


@given(name=names, delivery=deliveries)
def test_small_letters_on_the_way_change_nothing(name: str, delivery: int) -> None:
    assert read_verp(SECRET, address_of(delivery, f"{name}@Rtes.Example").lower()) == delivery


def test_a_domain_in_capitals_is_the_same_domain() -> None:
    assert read_verp(SECRET, address_of(7).replace("rtes.example", "RTES.example")) == 7


def test_an_address_with_a_changed_missing_or_added_character_is_none_of_ours() -> None:
    address = address_of(1234)
    for position, character in enumerate(address):
        other = "3" if character != "3" else "4"
        before, after = address[:position], address[position + 1 :]
        assert read_verp(SECRET, before + other + after) is None
        assert read_verp(SECRET, before + after) is None
        assert read_verp(SECRET, before + other + character + after) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        RETURNS,
        "retours+7@rtes.example",
        "retours+7-@rtes.example",
        f"retours+7-{'0' * 20}@rtes.example",
        "autre@example.org",
        address_of(7).upper(),
        address_of(7).replace("+7-", "+07-"),
        address_of(7).replace("+7-", "+٧-"),
        address_of(7).replace("retours", "plaintes"),
        address_of(7).replace("rtes.example", "example.org"),
        f"{address_of(7)}\n",
        f"<{address_of(7)}>",
        "retours+99999999999999999999-00000000000000000000@rtes.example",
    ],
)
def test_forged_cut_and_foreign_addresses_name_nobody(address: str) -> None:
    assert read_verp(SECRET, address) is None


@given(st.text(max_size=90))
def test_any_other_text_names_nobody(text: str) -> None:
    assert read_verp(SECRET, text) is None


def test_another_secret_names_nobody() -> None:
    assert read_verp(b"another secret!!", address_of(7)) is None


def test_the_secret_is_not_shown() -> None:
    assert SECRET.decode() not in repr(VerpMaker(SECRET, RETURNS))


@pytest.mark.parametrize("address", ["", "pas une adresse", "é@rtes.example", f"{'r' * 24}@rtes.example"])
def test_an_address_that_cannot_carry_deliveries_is_a_setting_to_correct(address: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        VerpMaker(SECRET, address)
    assert error.value.hint

"""Official codes are text: read as people type them, refused when they cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.model.organisations import LEVEL_OF, OrganisationKind, find_kind
from rtesmail.model.people import role_key
from rtesmail.model.territories import (
    REGION_OF,
    REGIONS,
    departement_code,
    departement_of_commune,
    insee_code,
    region_code,
    region_key,
    siren_number,
)


def test_every_departement_stands_in_one_region() -> None:
    assert len(REGIONS) == 18
    assert len(REGION_OF) == 101
    assert set(REGION_OF.values()) == set(REGIONS)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("32", "32"),
        ("1", "01"),
        ("Hauts-de-France", "32"),
        ("ile de france", "11"),
        ("PACA", "93"),
        ("99", ""),
        ("", ""),
    ],
)
def test_a_region_is_known_by_code_and_by_name(typed: str, code: str) -> None:
    assert region_code(typed) == code


def test_a_region_of_another_country_is_still_itself() -> None:
    assert region_key("Wallonie") == region_key("WALLONIE") != region_key("Bretagne")


@pytest.mark.parametrize(
    ("typed", "code"), [("01", "01"), ("1", "01"), ("2a", "2A"), ("971", "971"), ("20", ""), ("975", ""), ("x", "")]
)
def test_a_departement_keeps_its_zero_and_its_letter(typed: str, code: str) -> None:
    assert departement_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "code", "departement"),
    [
        ("01004", "01004", "01"),
        ("1004", "01004", "01"),
        ("2A004", "2A004", "2A"),
        ("97105", "97105", "971"),
        ("99999", "", ""),
        ("1234567", "", ""),
        ("2C004", "", ""),
    ],
)
def test_a_communes_code_tells_its_departement(typed: str, code: str, departement: str) -> None:
    assert insee_code(typed) == code
    assert departement_of_commune(code) == departement


def test_a_siren_is_checked_by_its_last_digit() -> None:
    assert siren_number("200 054 781") == "200054781"
    for typed in ("200054782", "20005478", "000000000", "２00054781", "", "abcdefghi"):
        assert siren_number(typed) == ""


@given(st.integers(0, 8), st.integers(1, 9))
def test_a_siren_with_one_wrong_digit_is_none(place: int, more: int) -> None:
    good = "200054781"
    wrong = good[:place] + str((int(good[place]) + more) % 10) + good[place + 1 :]
    assert siren_number(wrong) == ""


@given(st.text(max_size=12))
def test_no_text_breaks_a_reader_of_codes(text: str) -> None:
    for read in (siren_number, insee_code, region_code, departement_code):
        assert read(read(text)) == read(text)


@pytest.mark.parametrize("typed", ["élu", "Élue", "élu·e", "élu(e)", "élu-e-s", "ÉLUS", "elu.e"])
def test_elected_people_are_one_role_however_inclusively_written(typed: str) -> None:
    assert role_key(typed) == role_key("élu·e")
    assert role_key(typed) != role_key("technicien·ne")


def test_a_kind_of_organisation_is_known_in_both_languages() -> None:
    assert find_kind("Communes") is OrganisationKind.COMMUNE
    assert find_kind("press") is OrganisationKind.PRESS
    assert find_kind("epci") is OrganisationKind.INTERCOMMUNALITE
    assert find_kind("banane") is None
    assert LEVEL_OF[OrganisationKind.METROPOLE].value == "intercommunalité"

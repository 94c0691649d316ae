"""Zeros that a spreadsheet lost."""

import pytest

from rtesmail.audience import repairs
from rtesmail.audience.columns import Column


@pytest.mark.parametrize(
    ("repair", "typed", "code"),
    [
        (repairs.commune, "1004", "01004"),
        (repairs.commune, "2a004", "2A004"),
        (repairs.commune, "97105", "97105"),
        (repairs.departement, "1", "01"),
        (repairs.departement, "2b", "2B"),
        (repairs.departement, "971", "971"),
        (repairs.departement, "Loire-Atlantique", "Loire-Atlantique"),
        (repairs.region, "1", "01"),
        (repairs.region, "11", "11"),
        (repairs.region, "7", "7"),
        (repairs.region, "Bretagne", "Bretagne"),
        (repairs.postal_code, "1000", "01000"),
        (repairs.postal_code, "75 001", "75001"),
        (repairs.siren, "552100554", "552100554"),
        (repairs.phone, "612345678", "0612345678"),
        (repairs.phone, "+33 6 12 34 56 78", "+33 6 12 34 56 78"),
        (repairs.phone, "112", "112"),
    ],
)
def test_a_code_is_what_it_was(repair, typed: str, code: str) -> None:
    assert repair(typed) == code


def test_a_siren_gets_zeros_back_only_when_its_check_digit_fits() -> None:
    # 005520135 fits Luhn's rule, 005520136 does not.
    assert repairs.siren("5520135") == "005520135"
    assert repairs.siren("5520136") == "5520136"


def test_a_zero_put_back_is_said_and_a_name_is_left() -> None:
    notes: list[str] = []
    assert repairs.repaired(Column.REGION, "1", notes) == "01"
    assert "“1” was read as “01”" in notes[0]
    assert repairs.repaired(Column.NAME, "1", notes) == "1"
    assert len(notes) == 1

"""What a row says, and what is wrong with it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtesmail.audience.columns import FIELDS, find_columns
from rtesmail.audience.rows import Entry, RejectedRow, RowReader
from rtesmail.audience.sheets import SheetRow

HEADINGS = ("Courriel", "Nom", "Prénom", "Fonction", "Niveau", "Région")
READER = RowReader(HEADINGS, find_columns(HEADINGS), delimiter=";")

_EMAILS = st.sampled_from(
    ["a@x.example", "A.B@X.example", "é@x.example", "a@élu.example", "a@x", "a.@x.example", " a@x.example", "<a@x.fr>"]
)
_USUAL = ["", "Élue", "commune", "EPCI", "1", "2A", "e\u0301lu", "b@y.example", "Élue  référente", "z" * 251, " a"]
_CELLS = st.sampled_from(_USUAL) | st.text(st.sampled_from("aÉe\u0301'’ |@.1=\u202e\x00\n;"), max_size=6)


_PLAIN = ("a@x.example", "Aldemarque", "Inès", "Élue", "commune", "Bretagne")


@given(odd=st.dictionaries(st.integers(0, 6), _EMAILS | _CELLS, max_size=2))
@settings(max_examples=2_000)
def test_the_quick_reading_says_what_the_thorough_one_says(odd: dict[int, str]) -> None:
    row = SheetRow(7, tuple(odd.get(place, cell) for place, cell in enumerate(_PLAIN)) + tuple(odd.get(6, "") or ()))
    quick, thorough = READER.read_plain(row), READER.read(row)
    if quick is not None:
        assert isinstance(thorough, Entry)
        assert quick == (thorough.email, thorough.key, thorough.values)
        assert thorough.notes == ""


def test_most_rows_need_no_closer_look() -> None:
    for cells in (
        ("ines@ville.example", "Aldemarque", "Inès", "Élue à l’ESS", "commune", "Occitanie"),
        ("ines@ville.example", "L'Hermelay", "", "", "", ""),
    ):
        assert READER.read_plain(SheetRow(2, cells)) is not None


def entry(*cells: str) -> Entry:
    found = READER.read(SheetRow(2, cells))
    assert isinstance(found, Entry), found
    return found


def rejected(*cells: str) -> RejectedRow:
    found = READER.read(SheetRow(2, cells))
    assert isinstance(found, RejectedRow), found
    return found


@pytest.mark.parametrize(
    "cell",
    [
        "a@x.example.",
        "a@x.example ;",
        "“a@x.example”",
        "« a@x.example »",
        "(a@x.example)",
        "'a@x.example'",
        "mailto:a@x.example.",
        "Zoé <a@x.example>.",
        "\u00a0a@x.example,",
    ],
)
def test_signs_around_an_address_are_taken_off_and_said(cell: str) -> None:
    found = entry(cell, "", "", "", "", "")
    assert found.key == "a@x.example"
    assert found.notes


@pytest.mark.parametrize(
    "cell", ["a@x.example; c@y.example", "A <a@x.example>, C <c@y.example>", "a@x.example;c@y.example;"]
)
def test_two_people_in_a_cell_are_two_and_nobody_is_chosen(cell: str) -> None:
    found = rejected(cell, "", "", "", "", "")
    assert found.column == "Courriel"
    assert "its own row" in found.reason


def test_an_address_under_the_name_means_a_row_that_slipped() -> None:
    found = rejected("a@x.example", " c@y.example", "", "X", "", "")
    assert found.column == "Nom"
    assert "slipped" in found.reason


def test_a_lost_zero_is_put_back_and_said() -> None:
    found = entry("a@x.example", "", "", "", "", "2")
    assert found.values[FIELDS.index("region")] == "02"
    assert "“2” was read as “02”" in found.notes


@pytest.mark.parametrize("mark", ["\u200f", "\u202e", "\u2067", "\u2069", "\u061c"])
def test_a_mark_that_turns_the_reading_round_is_taken_out(mark: str) -> None:
    found = entry("a@x.example", f"Al{mark}demarque", "", "", "", "")
    assert mark not in "".join(found.values)
    assert "taken out of the name" in found.notes


def test_a_long_address_is_rejected_and_shown_short() -> None:
    found = rejected(f"{'x' * 10_000}@x.example", "", "", "", "", "")
    assert len(found.email) <= 80
    assert "longer than 254" in found.reason

"""Codes as they were before a spreadsheet took them for numbers: their leading zeros put back, and said.

What codes look like: INSEE, "Code officiel géographique" (communes have five characters, départements two or three,
régions two); a SIREN has nine digits of which the last is Luhn's (INSEE); French telephone numbers have ten (Arcep).
"""

import re
from collections.abc import Callable, Mapping
from gettext import gettext as _

from rtesmail.audience.columns import Column, label


def repaired(column: Column, typed: str, notes: list[str]) -> str:
    """Give a cell on one line as the code that it is in such a column; a note says what was put back."""
    repair = _REPAIRS.get(column.value)
    if repair is None or not typed:
        return typed
    code = repair(typed)
    # Spaces between the digits and capitals are mere typing; a zero is told.
    if _digits(code) != _digits(typed):
        notes.append(
            _("{what}: “{typed}” was read as “{code}”, with the zero that a spreadsheet had lost").format(
                what=label(column), typed=typed, code=code
            )
        )
    return code


def is_repaired(column: Column) -> bool:
    """Is this a column of codes?"""
    return column.value in _REPAIRS


def commune(typed: str) -> str:
    """`1004` is `01004`; Corsica's letter is a capital."""
    code = _compact(typed)
    return code.zfill(5) if re.fullmatch(r"\d{4}", code) else code


def departement(typed: str) -> str:
    """`1` is `01`, `2a` is `2A`; a name stays as it is."""
    code = _compact(typed)
    if re.fullmatch(r"\d", code):
        return code.zfill(2)
    return code if re.fullmatch(r"\d{2,3}|2[AB]", code) else typed


def region(typed: str) -> str:
    """`1` is `01`; a name stays as it is."""
    return typed.zfill(2) if re.fullmatch(r"[1-6]", typed) else typed


def postal_code(typed: str) -> str:
    """`1000` is `01000`."""
    code = _compact(typed)
    return code.zfill(5) if re.fullmatch(r"\d{4}", code) else code


def siren(typed: str) -> str:
    """Eight digits or fewer that are a SIREN with zeros before them."""
    code = _compact(typed)
    if re.fullmatch(r"\d{5,8}", code) and _fits_luhn(code):
        return code.zfill(9)
    return code if re.fullmatch(r"\d{9}", code) else typed


def phone(typed: str) -> str:
    """Nine digits are a French number without its zero; anything else stays as typed."""
    return f"0{typed}" if re.fullmatch(r"[1-9]\d{8}", typed) else typed


_REPAIRS: Mapping[str, Callable[[str], str]] = {
    "region": region,
    "departement": departement,
    "insee": commune,
    "siren": siren,
    "postal_code": postal_code,
    "phone": phone,
}
"""By the name of the column."""


def _compact(typed: str) -> str:
    return re.sub(r"[\s.]", "", typed).upper()


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _fits_luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0

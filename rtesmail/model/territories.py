"""Régions and départements of France by their official codes, which are text: "01", "2A", "971".

Codes and names are those of INSEE's Code officiel géographique (https://www.insee.fr/fr/information/2560452).
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from rtesmail.model.people import folded

REGIONS: Mapping[str, str] = {
    "01": "Guadeloupe",
    "02": "Martinique",
    "03": "Guyane",
    "04": "La Réunion",
    "06": "Mayotte",
    "11": "Île-de-France",
    "24": "Centre-Val de Loire",
    "27": "Bourgogne-Franche-Comté",
    "28": "Normandie",
    "32": "Hauts-de-France",
    "44": "Grand Est",
    "52": "Pays de la Loire",
    "53": "Bretagne",
    "75": "Nouvelle-Aquitaine",
    "76": "Occitanie",
    "84": "Auvergne-Rhône-Alpes",
    "93": "Provence-Alpes-Côte d'Azur",
    "94": "Corse",
}

_DEPARTEMENTS_OF: Mapping[str, str] = {
    "01": "971",
    "02": "972",
    "03": "973",
    "04": "974",
    "06": "976",
    "11": "75 77 78 91 92 93 94 95",
    "24": "18 28 36 37 41 45",
    "27": "21 25 39 58 70 71 89 90",
    "28": "14 27 50 61 76",
    "32": "02 59 60 62 80",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "52": "44 49 53 72 85",
    "53": "22 29 35 56",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "93": "04 05 06 13 83 84",
    "94": "2A 2B",
}

REGION_OF: Mapping[str, str] = {code: region for region, codes in _DEPARTEMENTS_OF.items() for code in codes.split()}
"""The code of a département → the code of its région."""

_REGION_BY_NAME: Mapping[str, str] = {folded(name): code for code, name in REGIONS.items()} | {
    "paca": "93",
    "reunion": "04",
    "centre": "24",
    "valdeloire": "24",
}
_INSEE = re.compile(r"(\d\d|2[AB])\d{3}")


@lru_cache(maxsize=4096)
def region_code(text: str) -> str:
    """Give the code of a région from its code or its name, accents and capitals aside; empty when it is none.

    A spreadsheet takes the zero off "01": one digit is read with it.
    """
    bare = folded(text)
    if bare.isdecimal() and len(bare) == 1:
        bare = f"0{bare}"
    return bare if bare in REGIONS else _REGION_BY_NAME.get(bare, "")


@lru_cache(maxsize=4096)
def region_key(text: str) -> str:
    """Give a région as it is compared with another: its code, else its folded name."""
    return region_code(text) or folded(text)


def departement_code(text: str) -> str:
    """Give the code of a département as typed, a lost zero put back; empty when it is none."""
    bare = text.strip().upper()
    if bare.isdecimal() and len(bare) == 1:
        bare = f"0{bare}"
    return bare if bare in REGION_OF else ""


def departement_of_commune(insee: str) -> str:
    """Give the code of the département that a commune's INSEE code begins with; empty when it begins with none."""
    return departement_code(insee[:3] if insee.startswith("97") else insee[:2])


def insee_code(text: str) -> str:
    """Give a commune's INSEE code of five signs, a lost zero put back; empty when it is none."""
    bare = "".join(text.split()).upper()
    if bare.isdecimal() and len(bare) == 4:
        bare = f"0{bare}"
    return bare if _INSEE.fullmatch(bare) and departement_of_commune(bare) else ""


def siren_number(text: str) -> str:
    """Give a SIREN of nine digits, spaces taken out; empty when its check digit (Luhn) says that it is none."""
    bare = "".join(text.split())
    if not (bare.isascii() and bare.isdecimal() and len(bare) == 9 and int(bare)):
        return ""
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(bare))
    return "" if sum(n - 9 if n > 9 else n for n in doubled) % 10 else bare

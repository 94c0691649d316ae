"""Which column of a spreadsheet holds what."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from gettext import gettext as _

from rtesmail.model.people import folded


class Column(StrEnum):
    """What a column can hold."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    ORGANISATION = "organisation"
    ROLE = "role"
    LEVEL = "level"
    REGION = "region"


# Headings as `folded` leaves them: no accents, capitals, spaces or signs.
_HEADINGS: Mapping[Column, re.Pattern[str]] = {
    Column.EMAIL: re.compile(
        r"(e?mails?|mel|courriels?|adresse?(e?mail|mel|courriel|electronique))(pro(fessionnel(le)?)?)?|(e?mail)address"
    ),
    Column.NAME: re.compile(
        r"noms?|nomcomplet|nom(et)?prenom|prenom(et)?nom|nomdefamille|((full|last|family|sur)?name)"
    ),
    Column.FIRST_NAME: re.compile(r"prenoms?|(first|given)name"),
    Column.ORGANISATION: re.compile(r"organi[sz]ation|(nomdela|nomdel)?(organisme|structure|collectivite)"),
    Column.ROLE: re.compile(r"fonctions?|role|poste|jobtitle"),
    Column.LEVEL: re.compile(r"niveau(decollectivite)?|level"),
    Column.REGION: re.compile(r"region"),
}

FIELDS = tuple(column.value for column in Column if column not in (Column.EMAIL, Column.FIRST_NAME))
"""What is kept of a person besides the address: columns of the table `subscribers`, named like ours."""


def count_known(headings: Sequence[str]) -> int:
    """How many of these headings are understood."""
    return len(find_columns(headings))


def find_columns(headings: Sequence[str]) -> dict[Column, int]:
    """Where each column stands; the first one wins where two headings mean the same."""
    found: dict[Column, int] = {}
    for position, heading in enumerate(headings):
        bare = folded(heading)
        for column, pattern in _HEADINGS.items():
            if pattern.fullmatch(bare):
                found.setdefault(column, position)
    return found


def label(column: Column) -> str:
    """Name a column in a sentence; asked for only when needed, for gettext looks for its catalogue at each call."""
    match column:
        case Column.EMAIL:
            return _("the address")
        case Column.NAME:
            return _("the name")
        case Column.FIRST_NAME:
            return _("the first name")
        case Column.ORGANISATION:
            return _("the organisation")
        case Column.ROLE:
            return _("the role")
        case Column.LEVEL:
            return _("the level")
        case Column.REGION:
            return _("the region")


def heading(column: Column) -> str:
    """Name a column in the first row of a file; `find_columns` understands it in each language."""
    match column:
        case Column.EMAIL:
            return _("email")
        case Column.NAME:
            return _("name")
        case Column.FIRST_NAME:
            return _("first name")
        case Column.ORGANISATION:
            return _("organisation")
        case Column.ROLE:
            return _("role")
        case Column.LEVEL:
            return _("level")
        case Column.REGION:
            return _("region")

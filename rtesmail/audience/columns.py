"""Which column of a spreadsheet holds what."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from gettext import gettext as _

from rtesmail.audience.descriptions import BadFieldError, read_attribute
from rtesmail.audience.segments.fields import ATTRIBUTES
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
    OTHER_ROLES = "other_roles"
    DEPARTEMENT = "departement"
    LANGUAGE = "language"
    MANDATE_END = "mandate_ends_on"
    KIND = "kind"
    SIREN = "siren"
    INSEE = "insee"


HEADINGS: Mapping[Column, re.Pattern[str]] = {
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
    Column.REGION: re.compile(r"(code|nomdela)?region"),
    Column.OTHER_ROLES: re.compile(
        r"(autres?|other)(fonction|role|mandat)s?|roles|profils?|(fonction|role|mandat)ssecondaires?|qualites"
    ),
    Column.DEPARTEMENT: re.compile(r"(code|n|no|numero)?(de|du)?(departement|dept|dpt|dep)(code)?"),
    Column.LANGUAGE: re.compile(r"langue(preferee|dusite)?|(preferred)?language"),
    Column.MANDATE_END: re.compile(
        r"(date(de)?)?(la)?fin(de|du)?mandat|finmandat|echeance(du)?mandat|mandatjusquau|mandate?end(s|date)?(on)?|endofmandate"
    ),
    # A bare "type" may be one of people; in a file of organisations it is theirs.
    Column.KIND: re.compile(
        r"(type|nature|categorie)(de|d|dela|del)?(collectivite|organisme|structure|organisation)s?|kind(oforgani[sz]ation)?"
    ),
    Column.SIREN: re.compile(r"(n|no|numero|code)?siren(delacollectivite|delastructure)?"),
    Column.INSEE: re.compile(
        r"inseecode|(code)?insee(commune|delacommune)?|code(officiel)?(insee)?(de(la)?)?commune|code(officiel)?geographique|cog"
    ),
}
"""Headings as `folded` leaves them: no accents, capitals, spaces or signs."""

ORGANISATION_FIELDS = tuple(column.value for column in (Column.KIND, Column.SIREN, Column.INSEE))
"""What is kept of a person's organisation: columns of the table `organisations`, named like ours."""

FIELDS = tuple(
    column.value for column in Column if column not in (Column.EMAIL, Column.FIRST_NAME, *ORGANISATION_FIELDS)
)
"""What is kept of a person besides the address: columns of the table `subscribers`, named like ours."""

ALL_FIELDS = (*FIELDS, *ORGANISATION_FIELDS)
"""What a row can say besides the address and free attributes."""


def count_known(headings: Sequence[str]) -> int:
    """How many of these headings are understood."""
    return len(find_columns(headings))


def find_columns(headings: Sequence[str]) -> dict[Column, int]:
    """Where each column stands; the first one wins where two headings mean the same."""
    found: dict[Column, int] = {}
    for position, heading in enumerate(headings):
        bare = folded(heading)
        for column, pattern in HEADINGS.items():
            if pattern.fullmatch(bare):
                found.setdefault(column, position)
    return found


def as_attribute(column: str) -> str:
    """Give `attributes.NAME` for a column that is one, NAME as it is kept; empty for any other."""
    table, _dot, name = column.strip().partition(".")
    if table.casefold() != ATTRIBUTES:
        return ""
    try:
        key, _value = read_attribute(name, "")
    except BadFieldError:
        return ""
    return f"{ATTRIBUTES}.{key}"


def attribute_name(column: str) -> str:
    """Give the NAME of `attributes.NAME`."""
    return column.partition(".")[2]


def label(column: str) -> str:
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
        case Column.OTHER_ROLES:
            return _("the other roles")
        case Column.DEPARTEMENT:
            return _("the département")
        case Column.LANGUAGE:
            return _("the language")
        case Column.MANDATE_END:
            return _("the end of the mandate")
        case Column.KIND:
            return _("the kind of organisation")
        case Column.SIREN:
            return _("the SIREN")
        case Column.INSEE:
            return _("the INSEE code")
        case _:
            return _("the attribute “{name}”").format(name=attribute_name(column))


def heading(column: str) -> str:
    """Name a column in the first row of a file; an import understands it in each language."""
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
        case Column.OTHER_ROLES:
            return _("other roles")
        case Column.DEPARTEMENT:
            return _("département")
        case Column.LANGUAGE:
            return _("language")
        case Column.MANDATE_END:
            return _("end of mandate")
        case Column.KIND:
            return _("kind of organisation")
        case Column.SIREN:
            return _("SIREN")
        case Column.INSEE:
            return _("INSEE code")
        case _:
            return column

"""Organisations: the authorities, partners and newspapers that people work for."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from rtesmail.model.content import Level
from rtesmail.model.people import folded


class OrganisationKind(StrEnum):
    """What an organisation is."""

    COMMUNE = "commune"
    INTERCOMMUNALITE = "intercommunalité"
    DEPARTEMENT = "département"
    REGION = "région"
    EPT = "EPT"
    METROPOLE = "métropole"
    PARTNER = "partenaire"
    PRESS = "presse"
    INSTITUTION = "institution"


LEVEL_OF: Mapping[OrganisationKind, Level] = {
    OrganisationKind.COMMUNE: Level.COMMUNE,
    OrganisationKind.INTERCOMMUNALITE: Level.INTERCOMMUNALITE,
    OrganisationKind.DEPARTEMENT: Level.DEPARTEMENT,
    OrganisationKind.REGION: Level.REGION,
    # Both are groupings of communes: métropoles by CGCT L5217-1, Greater Paris's territories by L5219-2.
    OrganisationKind.EPT: Level.INTERCOMMUNALITE,
    OrganisationKind.METROPOLE: Level.INTERCOMMUNALITE,
}
"""The level of the kinds that have one: partners, press and institutions have none."""

_OTHER_NAMES: Mapping[str, OrganisationKind] = {
    "partner": OrganisationKind.PARTNER,
    "press": OrganisationKind.PRESS,
    "media": OrganisationKind.PRESS,
    "epci": OrganisationKind.INTERCOMMUNALITE,
    "communautedecommunes": OrganisationKind.INTERCOMMUNALITE,
    "communautedagglomeration": OrganisationKind.INTERCOMMUNALITE,
    "communauteurbaine": OrganisationKind.INTERCOMMUNALITE,
    "etablissementpublicterritorial": OrganisationKind.EPT,
}


class Organisation(Struct, frozen=True):
    """One organisation. `siren`, `insee`, `region` and `departement` are codes, as text, empty when not known."""

    id: int
    name: str
    kind: OrganisationKind | None = None
    siren: str = ""
    insee: str = ""
    region: str = ""
    departement: str = ""
    is_member: bool = False

    @property
    def level(self) -> str:
        """The level of local government, empty for what has none."""
        level = LEVEL_OF.get(self.kind) if self.kind else None
        return level.value if level else ""


@lru_cache(maxsize=256)
def find_kind(text: str) -> OrganisationKind | None:
    """Give the kind that a text names in French or English, in singular or plural; None when it names none."""
    names = {folded(kind.value): kind for kind in OrganisationKind} | dict(_OTHER_NAMES)
    bare = folded(text)
    return names.get(bare) or names.get(bare.removesuffix("s"))

"""What can be asked of people: the fields, and which values each can be compared with."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from gettext import gettext as _
from gettext import pgettext

from msgspec import Struct

from rtesmail.model.content import Level
from rtesmail.model.organisations import OrganisationKind, find_kind
from rtesmail.model.people import folded, role_key
from rtesmail.model.quoting import with_name
from rtesmail.model.suggestions import one_of
from rtesmail.model.territories import REGION_OF, REGIONS, departement_code, insee_code, region_key, siren_number

ATTRIBUTES = "attributes"


class FieldKind(StrEnum):
    """What a field holds."""

    WORD = "word"
    """One text, compared as `Field.key_of` has it."""
    WORDS = "words"
    """Several texts."""
    DAY = "day"
    ATTRIBUTE = "attribute"
    """A text, or a number where it is compared with one."""


def level_key(text: str) -> str:
    """Give a level as the database has it, whatever its accents and capitals; what is none stays as it is."""
    kind = find_kind(text)
    return kind.value if kind and kind.value in list(Level) else text


def kind_key(text: str) -> str:
    """Give a kind of organisation as the database has it; what is none stays as it is."""
    kind = find_kind(text)
    return kind.value if kind else text


def language_key(text: str) -> str:
    """Give a language as the database has it."""
    return text.strip().casefold()


class Field(Struct, frozen=True):
    """One field.

    `key_of` gives the form in which two values are compared. `known` are the values there can be, none when it can
    be any; they are compared by their keys. `column` is where the database has it; of the columns of `organisations`
    the person's organisation is asked. `is_normal` tells that the database holds keys, `has_index` that an index of its
    own leads from a value, but for the empty one, to people.
    """

    name: str
    kind: FieldKind
    column: str = ""
    key_of: Callable[[str], str] = folded
    known: tuple[str, ...] = ()
    is_normal: bool = False
    has_index: bool = False

    @property
    def named(self) -> str:
        """Name it as people do and as the expression has it: `Niveau (level)`."""
        # Asked of gettext at each call: the language is not known yet when this is imported.
        labels = {
            "level": pgettext("key", "level"),
            "region": pgettext("key", "region"),
            "departement": pgettext("key", "departement"),
            "role": pgettext("key", "role"),
            "roles": pgettext("key", "roles"),
            "language": pgettext("key", "language"),
            "mandate_end": pgettext("key", "mandate_end"),
            "organisation": pgettext("key", "organisation"),
            "kind": pgettext("key", "kind of organisation"),
            "siren": pgettext("key", "siren"),
            "insee": pgettext("key", "insee"),
        }
        return with_name(labels.get(self.name, self.name), self.name)

    @property
    def is_of_organisation(self) -> bool:
        """Is it the organisation that has this?"""
        return self.column.startswith("organisations.")


FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("level", FieldKind.WORD, "level", level_key, tuple(Level), is_normal=True),
        Field("region", FieldKind.WORD, "region", region_key, has_index=True),
        Field("departement", FieldKind.WORD, "departement", departement_code, tuple(sorted(REGION_OF)), is_normal=True),
        Field("role", FieldKind.WORD, "role", role_key, has_index=True),
        Field("roles", FieldKind.WORDS, "other_roles", role_key, has_index=True),
        Field("language", FieldKind.WORD, "language", language_key, is_normal=True, has_index=True),
        Field("mandate_end", FieldKind.DAY, "mandate_ends_on", has_index=True),
        Field("organisation", FieldKind.WORD, "organisation", folded, has_index=True),
        Field("kind", FieldKind.WORD, "organisations.kind", kind_key, tuple(OrganisationKind), is_normal=True),
        Field("siren", FieldKind.WORD, "organisations.siren", siren_number, is_normal=True),
        Field("insee", FieldKind.WORD, "organisations.insee", insee_code, is_normal=True),
    )
}
"""In the order in which they are shown."""


def find_field(name: str) -> Field | None:
    """Give a field by its name, `attributes.NAME` for a free attribute; None when there is none."""
    head, dot, attribute = name.partition(".")
    if dot and head == ATTRIBUTES and attribute:
        return Field(name, FieldKind.ATTRIBUTE)
    return FIELDS.get(name)


def field_names() -> tuple[str, ...]:
    """Every name that can stand where a field can."""
    return (*FIELDS, f"{ATTRIBUTES}.…")


def what_is_wrong(field: Field, value: str) -> tuple[str, str]:
    """Say why a field can never have this value, and what to write; two empty texts when it can."""
    if not value.strip():
        return "", ""
    if field.known and field.key_of(value) not in field.known:
        said = _("{field} is never “{value}”.").format(field=field.named, value=value)
        return said, one_of(value, field.known)
    if field.is_normal and not field.key_of(value):
        said = _("“{value}” is no such number as {field} has.").format(field=field.named, value=value)
        return said, _("A SIREN has nine digits, an INSEE code of a commune five signs; look for a slip.")
    return "", ""


def known_region(text: str) -> str:
    """Give the usual name of a région by its code or name, else the text itself."""
    return REGIONS.get(region_key(text), text)

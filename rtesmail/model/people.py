"""Subscribers and the lists they are on."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct


class SubscriberStatus(StrEnum):
    """Only active subscribers are written to."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class Subscriber(Struct, frozen=True):
    """One person, or a mailbox that several share. `email` is kept as typed; `email_key` is its form for comparison.

    `role` is the main one, the one that `only_for` asks about. `departement` is a code; `region` a name or a code, as
    typed, unless it comes from the organisation of `organisation_id`.
    """

    id: int
    email: str
    email_key: str
    name: str = ""
    organisation: str = ""
    role: str = ""
    level: str = ""
    region: str = ""
    status: SubscriberStatus = SubscriberStatus.ACTIVE
    other_roles: tuple[str, ...] = ()
    departement: str = ""
    language: str = ""
    mandate_ends_on: date | None = None
    organisation_id: int | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role, the main one first."""
        return tuple(filter(None, (self.role, *self.other_roles)))


class MailingList(Struct, frozen=True):
    """A named list with the number of its members and of those who can be written to."""

    name: str
    members: int
    active: int


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Give a word as it is compared with another: without accents, capitals, spaces and signs."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if character.isalnum())


_ROLE_KEYS: Mapping[str, str] = {
    **dict.fromkeys(("elue", "elus", "elues"), "elu"),
    **dict.fromkeys(("technicienne", "techniciens", "techniciennes"), "technicien"),
    **dict.fromkeys(("partenaires", "partner", "partners"), "partenaire"),
    **dict.fromkeys(("press", "journaliste", "journalistes"), "presse"),
}


@lru_cache(maxsize=4096)
def role_key(text: str) -> str:
    """Give a role as it is compared with another: élu, élue, élu·e, élus and élu·es are one role.

    That is known of the roles that a network of local authorities uses most; of the others, accents, capitals and
    signs do not count.
    """
    bare = folded(text)
    return _ROLE_KEYS.get(bare, bare)

"""What people agreed to, refused and asked for; why they may be written to."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class ConsentKind(StrEnum):
    """One act. `imported` and `erased` are acts of the house, all others of the person.

    `requested` is the first half of a double opt-in, `confirmed` the second; `replied` is a mail written back.
    """

    IMPORTED = "imported"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    PREFERENCES = "preferences"
    REPLIED = "replied"
    ERASED = "erased"


CONTACTS = frozenset(ConsentKind) - {ConsentKind.IMPORTED, ConsentKind.ERASED}
"""What counts as a contact that came from the person. Getting a mail is none; whether it was opened is not known."""

PROOFS = frozenset({ConsentKind.CONFIRMED, ConsentKind.SUBSCRIBED, ConsentKind.RESUBSCRIBED})
"""What shows that a person agreed."""


class ConsentEvent(Struct, frozen=True):
    """One line of the journal. `wording` is the text that was agreed to, `ip` empty unless it had to be kept."""

    kind: ConsentKind
    at: datetime
    list_name: str
    source: str
    detail: str
    wording: str
    ip: str


class LegalBasis(StrEnum):
    """Why a list's people may be written to (GDPR article 6(1)): point a, or point f with the right to object."""

    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate-interest"


class ListPurpose(Struct, frozen=True):
    """What a `[lists.NAME]` table says of a list: why its people may be written to, and what for."""

    legal_basis: LegalBasis | None = None
    purpose: str = ""


class PrivacySettings(Struct, frozen=True):
    """The `[privacy]` table: how long people are kept after their last contact, and who answers for their data.

    Three years are what the CNIL recommends for people who are not customers (its "référentiel relatif aux traitements
    de données à caractère personnel mis en œuvre aux fins de gestion des activités commerciales").
    """

    keep_months: int = 36
    contact: str = ""

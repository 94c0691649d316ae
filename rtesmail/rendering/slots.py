"""The places of an edition that are filled per person, and how a value is written where it stands."""

import html
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.slots import SLOT_MARK, Slot
from rtesmail.rendering.translations import translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from rtesmail.model.publication import Workspace

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
WORD_JOINER = "\u2060"
_LONGEST_TOKEN = ".".join(("9" * 19, "a" * 267, "a" * 22))


class SlotValues(Struct, frozen=True):
    """What one reader's slots are filled with, unencoded."""

    email: str
    name: str
    organisation: str
    unsubscribe_url: str
    preferences_url: str

    def of(self, slot: Slot) -> str:
        """Give the value of one slot."""
        match slot:
            case Slot.EMAIL:
                return self.email
            case Slot.NAME:
                return self.name
            case Slot.ORGANISATION:
                return self.organisation
            case Slot.UNSUBSCRIBE_URL:
                return self.unsubscribe_url
            case Slot.PREFERENCES_URL:
                return self.preferences_url


def fill_html(html_text: str, values: SlotValues) -> str:
    """Fill an edition's HTML for one reader."""
    return _fill(html_text, values, encode_for_html)


def fill_text(text: str, values: SlotValues) -> str:
    """Fill an edition's plain text for one reader."""
    return _fill(text, values, encode_for_text)


def encode_for_html(slot: Slot, value: str) -> str:
    """Give a value as it may stand in HTML text and in a quoted attribute, on one line."""
    return html.escape(encode_for_text(slot, value), quote=True)


def encode_for_text(slot: Slot, value: str) -> str:
    """Give a value on one line: no control characters, and none that turn the direction of what follows."""
    return _DIRECTIONS.sub("", _CONTROLS.sub(" ", value)).strip()


def _fill(text: str, values: SlotValues, encode: "Callable[[Slot, str], str]") -> str:
    """Replace in one pass, so that a value which looks like a slot is not filled in turn."""
    known = {slot.value: encode(slot, values.of(slot)) for slot in Slot}
    return SLOT_MARK.sub(lambda found: known.get(found[1], found[0]), text)


def quiet_marks(text: str) -> str:
    """Make what looks like a slot mere text, by an invisible word joiner: the same to the eye, filled by nobody."""
    if "@@" not in text:
        return text
    return SLOT_MARK.sub(lambda found: f"@{WORD_JOINER}@{found[1]}@{WORD_JOINER}@", text)


def preview_values(workspace: "Workspace") -> SlotValues:
    """Give a neutral reader, to look at an edition as one."""
    identity = workspace.configuration.identity
    words = translation(identity.language)
    base = identity.public_url
    return SlotValues(
        email=words.gettext("first.last@example.org"),
        name=words.gettext("Sam Example"),
        organisation=words.gettext("Example Council"),
        unsubscribe_url=f"{base}/u/preview" if base else f"mailto:{identity.unsubscribe}",
        preferences_url=f"{base}/p/preview" if base else "",
    )


def longest_values(workspace: "Workspace") -> SlotValues:
    """Give a reader whose values are as long as they can be, to weigh an edition as its heaviest copy.

    Addresses have at most 254 characters (RFC 5321, section 4.5.3.1.3), names what an import takes, here in letters of
    two bytes; a link's token holds a number of 19 digits, the list's name (100 such letters) and 16 signed bytes, in
    base64.
    """
    from rtesmail.audience.addresses import LONGEST_ADDRESS
    from rtesmail.audience.values import LONGEST_VALUE

    identity = workspace.configuration.identity
    base = identity.public_url.rstrip("/")
    mailbox = f"mailto:{identity.unsubscribe}?subject=unsubscribe%20{_LONGEST_TOKEN}"
    return SlotValues(
        email="m" * LONGEST_ADDRESS,
        name="é" * LONGEST_VALUE,
        organisation="é" * LONGEST_VALUE,
        unsubscribe_url=f"{base}/u/{_LONGEST_TOKEN}" if base else mailbox,
        preferences_url=f"{base}/p/{_LONGEST_TOKEN}" if base else mailbox,
    )

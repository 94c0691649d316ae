"""A message as the readers of this room share it: taken apart once, its words read once."""

import re
from email.utils import getaddresses
from inspect import signature

from msgspec import Struct

from rtesmail.feedback import notices
from rtesmail.feedback.parts import Fields, Parts, take_apart

_ADDRESS = re.compile(r"(?<![\w.+-])[^\s<>()\[\]\\,;:\"'@=/]{1,64}@(?:[^\W_](?:[\w-]{0,62})\.)+[^\W\d_][\w-]{1,62}")
_DAEMON = re.compile(
    r"""^(?:mailer[-_.]?daemon|post-?master|mdaemon|mail[-_.]?delivery[-_.\w]*|maildaemon|mail-?daemon|ndr|
        microsoftexchange[0-9a-f]{32}|bounces?|symantec_antivirus\w*|e500_smtp\w*|imss|inetgw\d*|system[-_.]administrator)
        (?:\\?@|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[\s-]+(?:delivery|daemon)|delivery\s+(?:sub)?system|postmaster|jetmail system|mail administrator"
    r"|^system administrator$|microsoft outlook$",
    re.IGNORECASE,
)

# The patch releases before 3.11.10 and 3.12.6 are lenient without being told.
_LENIENT = {"strict": False} if "strict" in signature(getaddresses).parameters else {}


class Letter(Struct, frozen=True):
    """One message that came back.

    `text` has all its words, `report` those of a program about a message that it returns, `own` those of a person
    without the message they answer.
    """

    raw: bytes
    parts: Parts
    subject: str
    sender: str
    sender_name: str
    addressees: frozenset[str]
    text: str
    report: str
    own: str

    @property
    def fields(self) -> Fields:
        return self.parts.fields

    @property
    def is_from_daemon(self) -> bool:
        """A mail system has written it, by its own name."""
        return _DAEMON.match(self.sender) is not None or _DAEMON_NAME.search(self.sender_name) is not None

    @property
    def is_returned_to_nobody(self) -> bool:
        """Its envelope sender is empty (RFC 5321 section 4.5.5): no person's mail program does that."""
        return any(path.strip() == "<>" for path in self.fields.all("return-path"))

    @property
    def is_answer(self) -> bool:
        """It says which message it answers."""
        return bool(self.fields.get("in-reply-to") or self.fields.get("references"))


def read_letter(raw: bytes) -> Letter:
    """Read a message as far as it goes; never raises."""
    parts = take_apart(raw)
    text = notices.whole_text(parts)
    name, sender = first_address(parts.fields.get("from"))
    arrived = parts.fields.all("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-delivered-to")
    return Letter(
        raw=raw,
        parts=parts,
        subject=notices.one_line(parts.fields.get("subject"))[:500],
        sender=sender,
        sender_name=name,
        addressees=frozenset(a.lower() for field in arrived[:20] for a in addresses_in(field)),
        text=text,
        report=notices.report_words(text),
        own=notices.own_words(text),
    )


def addresses_in(text: str) -> list[str]:
    """Give the addresses in a text, each once, in their order."""
    found = (match[0].strip(".") for match in _ADDRESS.finditer(text[:20_000]))
    return list(dict.fromkeys(address for address in found if not address.startswith(("/", "="))))


def first_address(field: str) -> tuple[str, str]:
    """Give name and address of a From or the like, as they are written."""
    try:
        pairs = getaddresses([field[:2_000]], **_LENIENT)
    except (ValueError, IndexError, TypeError, AttributeError):
        # The standard library's reader stumbles over some broken fields.
        pairs = []
    name, address = next(
        ((name, address) for name, address in pairs if "@" in address), pairs[0] if pairs else ("", "")
    )
    if "@" not in address or " " in address:
        address = next(iter(addresses_in(field)), address)
    return notices.one_line(name), notices.one_line(address)

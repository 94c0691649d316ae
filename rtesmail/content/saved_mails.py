"""Mails (.eml) and pages in one file (.mht, RFC 2557) as programs save them: their text, and the pictures in it."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from email.message import EmailMessage

# Fields and their folded lines (RFC 5322 2.2) from the first line on.
_HEAD = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+")
_OF_A_MAIL = re.compile(rb"^(?:MIME-Version|Message-ID|Received|Return-Path):", re.IGNORECASE | re.MULTILINE)
_ANSWERED = re.compile(r"^(?:\s*(?:re|tr|fw|fwd|rép)\s*:)+\s*", re.IGNORECASE)


class SavedMail(Struct, frozen=True):
    """Its subject without `TR:` and such, its text (HTML where there is some), its pictures by their `src` there."""

    subject: str = ""
    text: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def is_saved_mail(content: bytes) -> bool:
    """Tell whether bytes begin with the head of a mail."""
    head = _HEAD.match(content, 0, 200_000)
    return head is not None and _OF_A_MAIL.search(head[0]) is not None


def read_saved_mail(content: bytes) -> SavedMail:
    """Read a mail; what is attached to it and is no picture is left out. Its text is empty when it cannot be read."""
    from email import message_from_bytes
    from email.message import EmailMessage
    from email.policy import default

    try:
        message = message_from_bytes(content, _class=EmailMessage, policy=default)
        body = message.get_body(("html", "plain"))
        text = _text_of(body) if isinstance(body, EmailMessage) else ""
        page = str(body.get("Content-Location", "")) if body else ""
        pictures: dict[str, bytes] = {}
        for part in message.walk():
            data = part.get_payload(decode=True) if part.get_content_maintype() == "image" else None
            if isinstance(data, bytes):
                place = str(part.get("Content-Location", "")).strip()
                beside = place.removeprefix(f"{page.strip().rpartition('/')[0]}/")
                called = str(part.get("Content-ID", "")).strip().strip("<>")
                pictures |= dict.fromkeys((place, beside, f"cid:{called}"), data)
        return SavedMail(_ANSWERED.sub("", str(message.get("Subject", ""))).strip(), text, pictures)
    except Exception:  # noqa: BLE001 - a broken head makes the standard library raise whatever it stumbles over
        return SavedMail()


def _text_of(body: "EmailMessage") -> str:
    try:
        return str(body.get_content())
    except LookupError:
        # An encoding that nobody knows.
        data = body.get_payload(decode=True)
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""

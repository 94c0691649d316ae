"""A message as a provider's API wants it: read back from the very bytes that SMTP would send.

One composer writes all messages, whatever the way out; so what a provider is handed is what was approved, filled for
this person, and nothing of it is left to the provider's own templates.
"""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from gettext import gettext as _
from typing import cast

from msgspec import Struct

from rtesmail.model.edition import EditionImage
from rtesmail.model.mailing import Message

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_OWN = frozenset(
    {
        "from",
        "to",
        "subject",
        "reply-to",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "dkim-signature",
    }
)
"""Fields that a provider's API takes apart from the others, or writes itself."""


class Letter(Struct, frozen=True):
    """One person's message in parts.

    `html` and `text` have `\\n` line ends. `fields` are all header fields that are not parts themselves, as (name,
    value) in ASCII on one line each, in their order.
    """

    delivery: int
    message_id: str
    sender_name: str
    sender: str
    recipient_name: str
    recipient: str
    reply_to: str
    subject: str
    html: str
    text: str
    fields: tuple[tuple[str, str], ...]
    images: tuple[EditionImage, ...]


def read_letter(message: Message) -> Letter:
    """Take a composed message apart."""
    mime = message_from_bytes(message.content, policy=default)
    html, text = mime.get_body(("html",)), mime.get_body(("plain",))
    sender_name, sender = _address(mime, "From")
    return Letter(
        delivery=message.delivery,
        message_id=message.message_id,
        sender_name=sender_name,
        sender=sender,
        recipient_name=_address(mime, "To")[0],
        recipient=message.recipient,
        reply_to=_address(mime, "Reply-To")[1],
        subject=str(mime["Subject"] or ""),
        html=_text(html),
        text=_text(text),
        fields=tuple((name, _FOLD.sub("", value)) for name, value in mime.raw_items() if name.lower() not in _OWN),
        images=tuple(_image(part) for part in mime.walk() if part.get_content_disposition() == "inline"),
    )


def foreign_address(letter: Letter | Message) -> str:
    """Say that an address has letters that a provider cannot write on an envelope, if it has."""
    if letter.recipient.isascii():
        return ""
    return _("this provider takes no address with such letters before the @")


def image_name(image: EditionImage) -> str:
    """Give a file's name for an image that has only its Content-ID."""
    kind = image.media_type.partition("/")[2].partition("+")[0]
    return f"{image.content_id.partition('@')[0]}.{kind}"


def _address(mime: EmailMessage, name: str) -> tuple[str, str]:
    field = mime[name]
    if field is None or not field.addresses:
        return "", ""
    return field.addresses[0].display_name, field.addresses[0].addr_spec


def _image(part: EmailMessage) -> EditionImage:
    content_id = str(part["Content-ID"] or "").strip("<>")
    return EditionImage(content_id, part.get_content_type(), cast("bytes", part.get_payload(decode=True)))


def _text(part: object) -> str:
    if not isinstance(part, EmailMessage):
        return ""
    return cast("bytes", part.get_payload(decode=True)).decode().replace("\r\n", "\n")

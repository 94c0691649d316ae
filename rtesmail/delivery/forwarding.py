"""A person's answer handed on to the contact address, in a letter of our own with the whole message in it.

From our own address, so that SPF, DKIM and DMARC pass: a message passed on as it came would claim to be its writer's.
"""

import re
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.messages.headers import (
    address_field,
    domain_of,
    one_line,
    own_address,
    text_field,
    usable_address,
)
from rtesmail.delivery.messages.quoted_printable import encode_text
from rtesmail.model.answers import FORWARD_MARK, Answer
from rtesmail.model.mailing import Message, Outcome
from rtesmail.model.publication import Sender, TransportSettings
from rtesmail.rendering.translations import translation

if TYPE_CHECKING:
    from rtesmail.delivery.transports.contract import Transport

# RFC 5321 section 4.5.3.1.6: a line has at most 998 characters and its end.
_PLAIN_LINES = re.compile(rb"(?:[^\x00\r\n\x80-\xff]{0,998}+\r\n)*+")
_UNPRINTABLE = re.compile(r"[^\S\n]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class ForwardingWay(Struct, frozen=True):
    """Who hands answers on, to whom, in which language."""

    sender: Sender
    to: str
    language: str


def forward_answer(answer: Answer, way: ForwardingWay, transport: TransportSettings, now: datetime) -> Outcome:
    """Send one answer on, signed as mailings are; give what became of it.

    Raises:
        StoppedError: the server cannot be reached or refuses the login or the sender.
        WorkspaceError: an address, a key or a password cannot be used.
    """
    import asyncio

    from rtesmail.delivery.signing.signatures import load_signer
    from rtesmail.delivery.transports.registry import build_transport

    message = compose_forward(answer, way, transport.envelope_sender, now)
    signer = load_signer(transport.dkim)
    if signer is not None:
        signed = signer.sign(message.content, now) + message.content
        message = Message(message.delivery, message.envelope_sender, message.recipient, signed, message.message_id)
    return asyncio.run(_deliver(build_transport(transport), message))


def compose_forward(answer: Answer, way: ForwardingWay, envelope_sender: str, now: datetime) -> Message:
    """Write the letter; the same answer gives the same Message-ID, so that a second copy is known as one.

    Raises:
        WorkspaceError: an address of the house cannot be used.
    """
    sender, to = own_address(way.sender.address), own_address(way.to)
    message_id = f"<forward.{answer.identity[:32]}@{domain_of(sender)}>"
    writer = usable_address(answer.writer)
    words = translation(way.language)
    name = one_line(answer.writer_name) or answer.writer
    # Translators: {writer} answered to a letter of {house}.
    display = words.gettext("{writer} via {house}").format(writer=name[:100], house=way.sender.name)
    subject = words.gettext("Fwd: {subject}").format(subject=answer.subject[:300])
    boundary = f"=_{answer.identity[:40]}"
    head = b"".join(
        (
            address_field("From", display, sender),
            address_field("To", "", to),
            address_field("Reply-To", name[:100], writer) if writer is not None and writer.isascii() else b"",
            text_field("Subject", subject),
            f"Date: {format_datetime(now)}\r\nMessage-ID: {message_id}\r\n".encode(),
            # No program answers to it (RFC 3834 section 2).
            b"Auto-Submitted: auto-generated\r\n",
            f"{FORWARD_MARK}: {answer.identity[:16]}\r\n".encode(),
            f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode(),
        )
    )
    beginning = words.gettext(
        "An answer to a letter of {house}. Whoever answers to this message writes to {writer}. The whole message is "
        "attached."
    ).format(house=way.sender.name, writer=one_line(answer.writer))
    text = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    text += encode_text(_shown(answer, beginning))
    mark = f"\r\n--{boundary}".encode()
    content = head + mark[2:] + b"\r\n" + text + mark + b"\r\n" + _attached(answer.content) + mark + b"--\r\n"
    # No delivery has a negative number.
    return Message(-1, own_address(envelope_sender) if envelope_sender else sender, to, content, message_id)


def _shown(answer: Answer, beginning: str) -> str:
    head = f"{answer.writer_name} <{answer.writer}>\n{answer.date}\n{answer.subject}"
    return "\n\n".join(
        (beginning, "\n".join(one_line(line) for line in head.split("\n")), _UNPRINTABLE.sub(" ", answer.text))
    )


def _attached(content: bytes) -> bytes:
    """Give the message as a part, byte for byte.

    A part of the type message/rfc822 may have no encoding (RFC 2046 section 5.2.1), so that only what any server
    takes as it is can be one; else it is a file, as mail programs open them too.
    """
    import base64

    lines = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    if _PLAIN_LINES.fullmatch(lines):
        disposition = b'Content-Disposition: attachment; filename="message.eml"\r\n\r\n'
        return b"Content-Type: message/rfc822\r\n" + disposition + lines
    head = (
        b'Content-Type: application/octet-stream; name="message.eml"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="message.eml"\r\n\r\n'
    )
    return head + base64.encodebytes(content).replace(b"\n", b"\r\n")


async def _deliver(transport: "Transport", message: Message) -> Outcome:
    try:
        return (await transport.deliver([message]))[0]
    finally:
        await transport.close()

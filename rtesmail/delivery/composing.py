"""Edition → messages: everything that is the same for all is encoded once, a person's message is a join.

Around each slot the text is broken softly, so that a value of any length stands on lines of its own and shifts nothing.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery.headers import address_field, domain_of, is_address, label, text_field, wire_address
from rtesmail.delivery.quoted_printable import SOFT_BREAK, encode_text, encode_value
from rtesmail.delivery.tokens import LinkMaker, ReaderLinks
from rtesmail.model.edition import Edition, InlineImage
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome, Recipient
from rtesmail.model.slots import SLOT_MARK, Slot

if TYPE_CHECKING:
    from rtesmail.rendering.slots import SlotValues

Encode = Callable[[Slot, str], str]


@dataclass(frozen=True, slots=True)
class Heading:
    """What a mailing adds to its edition. `seed` makes its Message-IDs unlike those of any other mailing."""

    list_title: str
    list_name: str
    envelope_sender: str
    seed: str
    is_proof: bool = False


class Composer:
    """Makes the messages of one mailing."""

    def __init__(self, edition: Edition, heading: Heading, links: LinkMaker) -> None:
        """Encode the edition.

        Raises:
            WorkspaceError: the sender's or the envelope sender's address cannot be used.
        """
        from rtesmail.rendering.slots import encode_for_html, encode_for_text

        self._links, self._seed, self._is_proof = links, heading.seed, heading.is_proof
        sender = _own_address(edition.sender.address)
        self.envelope_sender = _own_address(heading.envelope_sender) if heading.envelope_sender else sender
        self._domain = domain_of(sender)
        self._head = _common_head(edition, heading, sender, self._domain)
        self._text = _Part(edition.text, encode_for_text)
        self._html = _Part(edition.html, encode_for_html)
        mark = f"=_rtesmail_{edition.digest[:24]}"
        self._before, self._between, self._after = _frame(mark, edition.images, self._text, self._html)

    def message_id(self, delivery: int) -> str:
        """Give the Message-ID of a delivery, the same at each attempt."""
        name = hashlib.sha256(f"{self._seed}/{delivery}".encode()).hexdigest()[:32]
        return f"<{name}@{self._domain}>"

    def compose(self, recipient: Recipient, now: datetime) -> Message | Outcome:
        """Make one person's message, or say why there can be none."""
        from rtesmail.rendering.slots import SlotValues

        address = _usable_address(recipient.email)
        if address is None:
            return Outcome(
                recipient.delivery, DeliveryState.REFUSED, reply=_("the address cannot be written on an envelope")
            )
        links = self._links.links_of(recipient.subscriber)
        values = SlotValues(
            recipient.email, recipient.name, recipient.organisation, links.unsubscribe_url, links.preferences_url
        )
        message_id = self.message_id(recipient.delivery)
        content = b"".join(
            (
                address_field("To", recipient.name, address),
                f"Date: {format_datetime(now)}\r\nMessage-ID: {message_id}\r\n".encode(),
                b"" if self._is_proof else _list_unsubscribe(links),
                self._head,
                self._before,
                self._text.fill(values),
                self._between,
                self._html.fill(values),
                self._after,
            )
        )
        return Message(recipient.delivery, self.envelope_sender, address, content, message_id)


class _Part:
    """One text of the edition, cut at its slots and encoded in between."""

    def __init__(self, text: str, encode: Encode) -> None:
        self._encode = encode
        names = {slot.value: slot for slot in Slot}
        self._slots: list[Slot] = []
        pieces, end = [], 0
        for found in SLOT_MARK.finditer(text):
            slot = names.get(found[1])
            if slot is None:
                continue
            pieces.append(text[end : found.start()])
            self._slots.append(slot)
            end = found.end()
        pieces.append(text[end:])
        # Before each slot the line is broken softly; after it, the value's own encoding does so.
        encoded = [encode_text(piece) for piece in pieces]
        self._pieces = [piece + SOFT_BREAK for piece in encoded[:-1]] + encoded[-1:]
        self.transfer_encoding = b"quoted-printable"
        if not self._slots:
            self._use_base64_if_smaller(text)

    def fill(self, values: "SlotValues") -> bytes:
        if not self._slots:
            return self._pieces[0]
        written = {slot: encode_value(self._encode(slot, values.of(slot))) for slot in set(self._slots)}
        parts = [self._pieces[0]]
        for slot, piece in zip(self._slots, self._pieces[1:], strict=True):
            parts += (written[slot], piece)
        return b"".join(parts)

    def _use_base64_if_smaller(self, text: str) -> None:
        other = _base64_lines(text.replace("\n", "\r\n").encode())
        if len(other) < len(self._pieces[0]):
            self._pieces, self.transfer_encoding = [other], b"base64"


def require_own_addresses(edition: Edition, envelope_sender: str) -> None:
    """Refuse, before anybody is frozen, a sender that no message could carry.

    Raises:
        WorkspaceError: the sender's, reply or envelope address cannot be used.
    """
    for address in (edition.sender.address, edition.sender.reply_to, envelope_sender):
        if address:
            _own_address(address)


def _common_head(edition: Edition, heading: Heading, sender: str, domain: str) -> bytes:
    fields = [
        address_field("From", edition.sender.name, sender),
        text_field("Subject", edition.subject),
        b"MIME-Version: 1.0\r\n",
        f"Content-Language: {label(edition.language)}\r\n".encode(),
    ]
    if edition.sender.reply_to:
        fields.append(address_field("Reply-To", "", _own_address(edition.sender.reply_to)))
    if not heading.is_proof:
        list_id = f"{label(heading.list_name)}.{label(edition.publication)}.{domain}"
        fields += [address_field("List-Id", heading.list_title, list_id), b"Precedence: list\r\n"]
        if not heading.list_title:
            fields[-2] = f"List-Id: <{list_id}>\r\n".encode()
    return b"".join(fields)


def _list_unsubscribe(links: ReaderLinks) -> bytes:
    """RFC 2369: the first one is preferred; RFC 8058: one click only over https."""
    if links.unsubscribe_url == links.mailto:
        return f"List-Unsubscribe: <{links.mailto}>\r\n".encode()
    field = f"List-Unsubscribe: <{links.unsubscribe_url}>,\r\n <{links.mailto}>\r\n"
    if links.one_click_url:
        field += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return field.encode()


def _frame(mark: str, images: Sequence[InlineImage], text: _Part, html: _Part) -> tuple[bytes, bytes, bytes]:
    """Give what stands before the text, between text and HTML, and after the HTML.

    `=_` cannot occur in quoted-printable text (RFC 2045 section 6.7), so no boundary can occur in a part.
    """
    alternative, related = f"{mark}_a".encode(), f"{mark}_r".encode()
    before = b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n\r\n--%s\r\n' % (alternative, alternative)
    before += _part_head(b"text/plain", text)
    between = b"\r\n--%s\r\n" % alternative
    after = b"\r\n"
    if images:
        between += b'Content-Type: multipart/related; type="text/html";\r\n boundary="%s"\r\n\r\n' % related
        between += b"--%s\r\n" % related
        for image in images:
            after += b"--%s\r\n%s" % (related, _image(image))
        after += b"--%s--\r\n" % related
    return before, between + _part_head(b"text/html", html), after + b"--%s--\r\n" % alternative


def _part_head(media_type: bytes, part: _Part) -> bytes:
    return b"Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (
        media_type,
        part.transfer_encoding,
    )


def _image(image: InlineImage) -> bytes:
    head = (
        f"Content-Type: {image.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{image.content_id}>\r\nContent-Disposition: inline\r\n\r\n"
    )
    return head.encode() + _base64_lines(image.content)


def _base64_lines(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _usable_address(email: str) -> str | None:
    if not is_address(email):
        return None
    try:
        return wire_address(email)
    except ValueError:
        return None


def _own_address(address: str) -> str:
    usable = _usable_address(address)
    if usable is None or not usable.isascii():
        raise WorkspaceError(
            _("The sender's address {address} cannot be used.").format(address=repr(address)),
            hint=_("Write one plain address, such as letter@example.org, in rtesmail.toml."),
        )
    return usable

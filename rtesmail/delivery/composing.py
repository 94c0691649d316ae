"""Edition → messages: everything that is the same for all is encoded once, a person's message is a join.

Around each slot the text is broken softly, so that a value of any length stands on lines of its own and shifts nothing.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from gettext import gettext as _

from rtesmail.delivery.headers import address_field, domain_of, is_address, label, text_field, wire_address
from rtesmail.delivery.quoted_printable import SOFT_BREAK, as_it_is, encode_text, encode_value
from rtesmail.delivery.tokens import LinkMaker, ReaderLinks
from rtesmail.model.edition import Edition, InlineImage
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome, Recipient
from rtesmail.model.slots import SLOT_MARK, Slot


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
        self._links, self._is_proof = links, heading.is_proof
        self._seed = hashlib.sha256(f"{heading.seed}/".encode())
        sender = _own_address(edition.sender.address)
        self.envelope_sender = _own_address(heading.envelope_sender) if heading.envelope_sender else sender
        self._domain = domain_of(sender)
        self._head = _common_head(edition, heading, sender, self._domain)
        self._body = _Body(edition)
        self._moment: datetime | None = None
        self._date = ""

    def message_id(self, delivery: int) -> str:
        """Give the Message-ID of a delivery, the same at each attempt."""
        name = self._seed.copy()
        name.update(b"%d" % delivery)
        return f"<{name.hexdigest()[:32]}@{self._domain}>"

    def compose(self, recipient: Recipient, now: datetime) -> Message | Outcome:
        """Make one person's message, or say why there can be none."""
        address = _usable_address(recipient.email)
        if address is None:
            return Outcome(
                recipient.delivery, DeliveryState.REFUSED, reply=_("the address cannot be written on an envelope")
            )
        links = self._links.links_of(recipient.subscriber)
        message_id = self.message_id(recipient.delivery)
        head = b"".join(
            (
                address_field("To", recipient.name, address),
                f"Date: {self._date_of(now)}\r\nMessage-ID: {message_id}\r\n".encode(),
                b"" if self._is_proof else _list_unsubscribe(links),
                self._head,
            )
        )
        content = self._body.fill(head, recipient, links)
        return Message(recipient.delivery, self.envelope_sender, address, content, message_id, is_dot_safe=True)

    def _date_of(self, now: datetime) -> str:
        if now is not self._moment:
            self._moment, self._date = now, format_datetime(now)
        return self._date


class _Body:
    """Everything that follows the common head: segments in their order, with a hole at each place filled per person.

    One join makes the message; to fill part by part would copy a large HTML twice.
    """

    def __init__(self, edition: Edition) -> None:
        from rtesmail.rendering.slots import encode_for_html, encode_for_text

        text, html = _Part(edition.text), _Part(edition.html)
        mark = f"=_rtesmail_{edition.digest[:24]}"
        before, between, after = _frame(mark, edition.images, text, html)
        self._segments: list[bytes] = [b"", before]
        self._encoders = (encode_for_text, encode_for_html)
        text_holes = self._add(text)
        self._segments.append(between)
        html_holes = self._add(html)
        self._segments.append(after)
        self._slots = [
            (slot, text_holes.get(slot, ()), html_holes.get(slot, ()))
            for slot in Slot
            if slot in text_holes or slot in html_holes
        ]

    def fill(self, head: bytes, recipient: Recipient, links: ReaderLinks) -> bytes:
        values = {
            Slot.EMAIL: recipient.email,
            Slot.NAME: recipient.name,
            Slot.ORGANISATION: recipient.organisation,
            Slot.UNSUBSCRIBE_URL: links.unsubscribe_url,
            Slot.PREFERENCES_URL: links.preferences_url,
        }
        encode_for_text, encode_for_html = self._encoders
        segments = self._segments.copy()
        segments[0] = head
        for slot, text_holes, html_holes in self._slots:
            value = values[slot]
            written = as_it_is(value)
            if text_holes:
                in_text = written or encode_value(encode_for_text(slot, value))
                for hole in text_holes:
                    segments[hole] = in_text
            if html_holes:
                in_html = written or encode_value(encode_for_html(slot, value))
                for hole in html_holes:
                    segments[hole] = in_html
        return b"".join(segments)

    def _add(self, part: "_Part") -> dict[Slot, tuple[int, ...]]:
        """Append a part; give where its holes are, by slot."""
        holes: dict[Slot, tuple[int, ...]] = {}
        self._segments.append(part.pieces[0])
        for slot, piece in zip(part.slots, part.pieces[1:], strict=True):
            holes[slot] = (*holes.get(slot, ()), len(self._segments))
            self._segments += (b"", piece)
        return holes


class _Part:
    """One text of the edition, cut at its slots and encoded in between."""

    def __init__(self, text: str) -> None:
        names = {slot.value: slot for slot in Slot}
        self.slots: list[Slot] = []
        pieces, end = [], 0
        for found in SLOT_MARK.finditer(text):
            slot = names.get(found[1])
            if slot is None:
                continue
            pieces.append(text[end : found.start()])
            self.slots.append(slot)
            end = found.end()
        pieces.append(text[end:])
        # Before each slot the line is broken softly; after it, the value's own encoding does so.
        encoded = [encode_text(piece) for piece in pieces]
        self.pieces = [piece + SOFT_BREAK for piece in encoded[:-1]] + encoded[-1:]
        self.transfer_encoding = b"quoted-printable"
        if not self.slots:
            self._use_base64_if_smaller(text)

    def _use_base64_if_smaller(self, text: str) -> None:
        other = _base64_lines(text.replace("\n", "\r\n").encode())
        if len(other) < len(self.pieces[0]):
            self.pieces, self.transfer_encoding = [other], b"base64"


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

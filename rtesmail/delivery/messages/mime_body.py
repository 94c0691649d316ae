"""The body of a mailing's messages: encoded once around its slots, then filled per person by one join.

Around each slot the text is broken softly, so that a value of any length stands on lines of its own and shifts nothing.
"""

import base64
from collections.abc import Sequence

from rtesmail.delivery.messages.quoted_printable import SOFT_BREAK, as_it_is, encode_text, encode_value
from rtesmail.delivery.tokens import ReaderLinks
from rtesmail.model.edition import Edition, EditionImage
from rtesmail.model.mailing import Recipient
from rtesmail.model.slots import SLOT_MARK, Slot


class MimeBody:
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
        """Give one person's whole message: the head, then the parts with this person's values."""
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


def _frame(mark: str, images: Sequence[EditionImage], text: _Part, html: _Part) -> tuple[bytes, bytes, bytes]:
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


def _image(image: EditionImage) -> bytes:
    head = (
        f"Content-Type: {image.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{image.content_id}>\r\nContent-Disposition: inline\r\n\r\n"
    )
    return head.encode() + _base64_lines(image.content)


def _base64_lines(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")

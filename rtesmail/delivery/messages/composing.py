"""Edition → messages: everything that is the same for all is encoded once, a person's message is a join."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from gettext import gettext as _

from msgspec import Struct

from rtesmail.delivery.messages.headers import (
    address_field,
    domain_of,
    feedback_id_field,
    label,
    list_id_field,
    own_address,
    text_field,
    url_field,
    usable_address,
)
from rtesmail.delivery.messages.mime_body import MimeBody
from rtesmail.delivery.tokens import LinkMaker, ReaderLinks
from rtesmail.delivery.verp import VerpMaker
from rtesmail.model.edition import Edition
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome, Recipient
from rtesmail.model.quoting import quoted


class Heading(Struct, frozen=True):
    """What a mailing adds to its edition. `seed` makes its Message-IDs unlike those of any other mailing.

    `list_help` and `list_archive` are addresses (mailto: or https:) where readers find a person and the past letters,
    empty when there are none. With `verp` each delivery has an envelope sender of its own.
    """

    list_title: str
    list_name: str
    envelope_sender: str
    seed: str
    is_proof: bool = False
    list_help: str = ""
    list_archive: str = ""
    verp: VerpMaker | None = None


class Composer:
    """Makes the messages of one mailing."""

    def __init__(
        self,
        edition: Edition,
        heading: Heading,
        links: LinkMaker,
        sign: Callable[[bytes, datetime], bytes] | None = None,
    ) -> None:
        """Encode the edition. `sign` gives the signature fields that stand before a message.

        Raises:
            WorkspaceError: the sender's or the envelope sender's address cannot be used.
        """
        self._links, self._sign = links, sign
        self._is_proof, self._verp = heading.is_proof, heading.verp
        self._seed = hashlib.sha256(f"{heading.seed}/".encode())
        sender = own_address(edition.sender.address)
        self._envelope_sender = own_address(heading.envelope_sender) if heading.envelope_sender else sender
        self._domain = domain_of(sender)
        self._from = address_field("From", edition.sender.name, sender)
        self._about = _about_fields(edition)
        self._common = _common_fields(edition, heading, self._domain)
        self._bodies = _Bodies(edition)
        self._second = -1
        self._date = ""

    def message_id(self, delivery: int) -> str:
        """Give the Message-ID of a delivery, the same at each attempt.

        It begins with the delivery's number, so that a report which quotes nothing else still finds its row; the row's
        own Message-ID then proves it. What follows cannot be guessed from another one's. A proof has no row.
        """
        name = self._seed.copy()
        name.update(b"%d" % delivery)
        number = f"{delivery}." if delivery > 0 else ""
        return f"<{number}{name.hexdigest()[:32]}@{self._domain}>"

    def compose(self, recipient: Recipient, now: datetime, signature: bytes | None = None) -> Message | Outcome:
        """Make one person's message, or say why there can be none.

        `signature` is what `signature_of` gave for the same person and moment, in this process or another.

        Raises:
            WorkspaceError: the edition has no such variant as the delivery's.
        """
        address = usable_address(recipient.email)
        if address is None:
            return Outcome(
                recipient.delivery, DeliveryState.REFUSED, reply=_("the address cannot be written on an envelope")
            )
        message_id = self.message_id(recipient.delivery)
        sender = self._envelope_sender if self._verp is None else self._verp.address_of(recipient.delivery)
        content = self._content(recipient, address, message_id, now, signature or b"")
        if self._sign is not None and not signature:
            content = self._sign(content, now) + content
        return Message(recipient.delivery, sender, address, content, message_id, is_dot_safe=True)

    def signature_of(self, recipient: Recipient, now: datetime) -> bytes:
        """Give only the signature fields of a person's message; nothing if there are none."""
        address = usable_address(recipient.email)
        if address is None or self._sign is None:
            return b""
        return self._sign(self._content(recipient, address, self.message_id(recipient.delivery), now), now)

    def _content(
        self, recipient: Recipient, address: str, message_id: str, now: datetime, signature: bytes = b""
    ) -> bytes:
        links = self._links.links_of(recipient.subscriber)
        head = b"".join(
            (
                signature,
                self._from,
                address_field("To", recipient.name, address),
                self._about,
                f"Date: {self._date_of(now)}\r\nMessage-ID: {message_id}\r\n".encode(),
                b"" if self._is_proof else _list_unsubscribe(links),
                self._common,
            )
        )
        return self._bodies[recipient.variant].fill(head, recipient, links)

    def _date_of(self, now: datetime) -> str:
        # A Date has whole seconds, and many messages leave in one.
        second = int(now.timestamp())
        if second != self._second:
            self._second, self._date = second, format_datetime(now)
        return self._date


class _Bodies(dict[str, MimeBody]):
    """The body of each variant, encoded when its first reader's turn comes: a list needs few of those foreseen."""

    def __init__(self, edition: Edition) -> None:
        super().__init__()
        self._edition = edition

    def __missing__(self, variant: str) -> MimeBody:
        try:
            edition = self._edition.for_variant(variant)
        except KeyError:
            raise WorkspaceError(
                _("The approved edition of {issue} has no variant {variant}.").format(
                    issue=self._edition.issue, variant=quoted(variant)
                ),
                hint=_("The database was altered: put it back from a backup, then run the same command again."),
            ) from None
        body = self[variant] = MimeBody(edition)
        return body


def require_own_addresses(edition: Edition, envelope_sender: str) -> None:
    """Refuse, before anybody is frozen, a sender that no message could carry.

    Raises:
        WorkspaceError: the sender's, reply or envelope address cannot be used.
    """
    for address in (edition.sender.address, edition.sender.reply_to, envelope_sender):
        if address:
            own_address(address)


def _about_fields(edition: Edition) -> bytes:
    about = text_field("Subject", edition.subject) + b"MIME-Version: 1.0\r\n"
    if not edition.sender.reply_to:
        return about
    return address_field("Reply-To", "", own_address(edition.sender.reply_to)) + about


def _common_fields(edition: Edition, heading: Heading, domain: str) -> bytes:
    """Give the fields between what is this person's own and the body.

    No Auto-Submitted: a letter that people wrote and approved is no automatic response (RFC 3834 section 5); what
    keeps absence notices from coming back is List-Id and Precedence (section 2).
    """
    language = f"Content-Language: {label(edition.language)}\r\n".encode()
    if heading.is_proof:
        return language
    list_id = f"{label(heading.list_name)}.{label(edition.publication)}.{domain}"
    return b"".join(
        (
            list_id_field(heading.list_title, list_id),
            url_field("List-Help", heading.list_help),
            url_field("List-Archive", heading.list_archive),
            feedback_id_field(edition.issue, heading.list_name, edition.publication, domain),
            b"Precedence: list\r\n",
            language,
        )
    )


def _list_unsubscribe(links: ReaderLinks) -> bytes:
    """RFC 2369: the first one is preferred; RFC 8058: one click only over https."""
    if links.unsubscribe_url == links.mailto:
        return f"List-Unsubscribe: <{links.mailto}>\r\n".encode()
    field = f"List-Unsubscribe: <{links.unsubscribe_url}>,\r\n <{links.mailto}>\r\n"
    if links.one_click_url:
        field += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return field.encode()

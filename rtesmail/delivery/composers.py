"""What composes the messages of a mailing: its edition, with the addresses, keys and secret of the workspace."""

import hmac
from typing import TYPE_CHECKING

from rtesmail.model.edition import Edition
from rtesmail.model.mailing import Mailing
from rtesmail.model.publication import TransportSettings, Workspace
from rtesmail.store.moments import to_text

if TYPE_CHECKING:
    from rtesmail.delivery.messages.composing import Composer
    from rtesmail.delivery.verp import VerpMaker


def composer_of(workspace: Workspace, edition: Edition, mailing: Mailing, transport: TransportSettings) -> "Composer":
    """Make the composer of a begun mailing.

    Raises:
        WorkspaceError: an address, a key or the secret cannot be used.
    """
    from rtesmail.delivery.messages.composing import Composer, Heading
    from rtesmail.delivery.signing.signatures import load_signer
    from rtesmail.delivery.tokens import LinkMaker, load_secret
    from rtesmail.rendering.addresses import archive_address

    identity = workspace.configuration.identity
    started = "" if mailing.started_at is None else to_text(mailing.started_at)
    heading = Heading(
        list_title=identity.name,
        list_name=mailing.list_name,
        envelope_sender=transport.envelope_sender,
        seed=_seed(load_secret(workspace), f"{edition.digest}/{mailing.id}/{started}"),
        list_help=f"mailto:{identity.contact}",
        list_archive=archive_address(workspace),
        verp=verp_of(workspace, transport),
    )
    links = LinkMaker(
        secret=load_secret(workspace),
        public_url=identity.public_url,
        mailbox=identity.unsubscribe,
        list_name=mailing.list_name,
    )
    signer = load_signer(transport.dkim)
    return Composer(edition, heading, links, signer.sign if signer is not None else None)


def verp_of(workspace: Workspace, transport: TransportSettings) -> "VerpMaker | None":
    """Give what makes each delivery's own address for returns; None where the transport asks for none.

    Raises:
        WorkspaceError: the address for returns cannot carry a delivery, or the secret cannot be used.
    """
    from rtesmail.delivery.tokens import load_secret
    from rtesmail.delivery.verp import VerpMaker

    return VerpMaker(load_secret(workspace), transport.envelope_sender) if transport.verp else None


def _seed(secret: bytes, mailing: str) -> str:
    """Give what a mailing's Message-IDs are made from: a bounce that quotes one is believed, so none may be guessed."""
    return hmac.digest(secret, b"rtesmail\0message-id\0" + mailing.encode(), "sha256").hex()

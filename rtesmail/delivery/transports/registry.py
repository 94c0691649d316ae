"""The ways out by their kind in `rtesmail.toml`."""

from typing import TYPE_CHECKING

from rtesmail.model.publication import TransportKind, TransportSettings

if TYPE_CHECKING:
    from rtesmail.delivery.transports.contract import Transport


def build_transport(settings: TransportSettings) -> "Transport":
    """Make the way out that the settings describe; no connection is opened yet.

    Raises:
        WorkspaceError: the settings lack something, or a secret that they name is missing.
    """
    match settings.kind:
        case TransportKind.SMTP:
            from rtesmail.delivery.transports.smtp import SmtpTransport

            return SmtpTransport(settings)
        case TransportKind.OUTBOX:
            from rtesmail.delivery.transports.outbox import OutboxTransport

            return OutboxTransport(settings)

"""The ways out by their kind in `rtesmail.toml`."""

from importlib import import_module
from typing import TYPE_CHECKING

from rtesmail.model.publication import TransportKind, TransportSettings

if TYPE_CHECKING:
    from rtesmail.delivery.transports.contract import CallBook, Transport

_WAYS_OUT = {
    TransportKind.SMTP: ("smtp", "SmtpTransport"),
    TransportKind.SENDMAIL: ("sendmail", "SendmailTransport"),
    TransportKind.OUTBOX: ("outbox", "OutboxTransport"),
    TransportKind.BREVO: ("brevo", "BrevoTransport"),
    TransportKind.MAILJET: ("mailjet", "MailjetTransport"),
    TransportKind.SES: ("ses", "SesTransport"),
    TransportKind.POSTMARK: ("postmark", "PostmarkTransport"),
    TransportKind.MAILGUN: ("mailgun", "MailgunTransport"),
    TransportKind.SCALEWAY: ("scaleway", "ScalewayTransport"),
}


def build_transport(settings: TransportSettings, calls: "CallBook | None" = None) -> "Transport":
    """Make the way out that the settings describe; no connection is opened yet.

    `calls` is where a provider with idempotency keys keeps its calls; without it (proofs) none are kept.

    Raises:
        WorkspaceError: the settings lack something, or a secret that they name is missing.
    """
    module, name = _WAYS_OUT[settings.kind]
    way_out: Transport = getattr(import_module(f"rtesmail.delivery.transports.{module}"), name)(settings, calls)
    return way_out

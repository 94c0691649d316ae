"""The ways out by their kind in `rtesmail.toml`."""

from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.errors import RefusedError
from rtesmail.model.publication import TransportKind, TransportSettings

if TYPE_CHECKING:
    from rtesmail.delivery.transports.contract import CallBook, Transport

_WITHOUT_SANDBOX = (
    TransportKind.SMTP,
    TransportKind.OUTBOX,
    TransportKind.MAILDIR,
    TransportKind.SENDMAIL,
    TransportKind.SCALEWAY,
    TransportKind.SES,
)


def build_transport(
    settings: TransportSettings, *, calls: "CallBook | None" = None, sandbox: bool = False
) -> "Transport":
    """Make the way out that the settings describe; no connection is opened yet.

    `calls` is where a provider with idempotency keys keeps its calls; without it (proofs) none are kept. In the
    `sandbox` a provider checks messages and lets none of them leave.

    Raises:
        WorkspaceError: the settings lack something, or a secret that they name is missing.
        RefusedError: this way out has no sandbox.
    """
    if sandbox and settings.kind in _WITHOUT_SANDBOX:
        raise RefusedError(
            _("Transport {name} has no sandbox: what it takes, leaves.").format(name=settings.name),
            hint=_("Leave out --sandbox, or choose a provider with --transport."),
        )
    match settings.kind:
        case TransportKind.SMTP:
            from rtesmail.delivery.transports.smtp.transport import SmtpTransport

            return SmtpTransport(settings)
        case TransportKind.OUTBOX:
            from rtesmail.delivery.transports.outbox import OutboxTransport

            return OutboxTransport(settings)
        case TransportKind.MAILDIR:
            from rtesmail.delivery.transports.maildir import MaildirTransport

            return MaildirTransport(settings)
        case TransportKind.SENDMAIL:
            from rtesmail.delivery.transports.sendmail import SendmailTransport

            return SendmailTransport(settings)
        case TransportKind.BREVO:
            from rtesmail.delivery.transports.brevo import BrevoTransport

            return BrevoTransport(settings, calls, sandbox=sandbox)
        case TransportKind.MAILJET:
            from rtesmail.delivery.transports.mailjet import MailjetTransport

            return MailjetTransport(settings, sandbox=sandbox)
        case TransportKind.POSTMARK:
            from rtesmail.delivery.transports.postmark import PostmarkTransport

            return PostmarkTransport(settings, sandbox=sandbox)
        case TransportKind.MAILGUN:
            from rtesmail.delivery.transports.mailgun import MailgunTransport

            return MailgunTransport(settings, sandbox=sandbox)
        case TransportKind.SCALEWAY:
            from rtesmail.delivery.transports.scaleway import ScalewayTransport

            return ScalewayTransport(settings)
        case TransportKind.SES:
            from rtesmail.delivery.transports.ses import SesTransport

            return SesTransport(settings)

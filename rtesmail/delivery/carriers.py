"""Whether a way out can carry a letter as it was approved, asked before anybody is frozen."""

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtesmail.delivery.transports.contract import ProviderTransport, Transport
from rtesmail.model.edition import Edition
from rtesmail.model.errors import RefusedError
from rtesmail.model.mailing import Message, Recipient

if TYPE_CHECKING:
    from rtesmail.delivery.messages.composing import Composer

_SAMPLE = Recipient(-1, 0, "first.last@example.org", "Sam Example", "Example Council")


def require_carrier(way_out: Transport, composer: "Composer", edition: Edition, now: datetime) -> None:
    """Refuse a letter that a provider could carry in part only.

    Raises:
        RefusedError: says what of it the provider cannot do.
    """
    if not isinstance(way_out, ProviderTransport):
        return
    for variant in edition.variant_keys:
        sample = composer.compose(replace(_SAMPLE, variant=variant), now)
        trouble = way_out.refuse(sample) if isinstance(sample, Message) else None
        if not trouble:
            continue
        raise RefusedError(
            _("Transport {name} cannot carry {issue}: {reason}.").format(
                name=way_out.name, issue=edition.issue, reason=trouble
            ),
            hint=_("Change the letter, or choose another way out with --transport."),
        )

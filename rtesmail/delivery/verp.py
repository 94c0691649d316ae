"""Variable envelope return path: the address that a bounce comes back to names its delivery, signed.

A bounce may quote nothing of the message; where it arrives says it all: `returns+DELIVERY-TAG@DOMAIN`. Without the tag
anybody could write bounces for others and have them silenced.
"""

import hmac
import re
from gettext import gettext as _

from rtesmail.delivery.messages.headers import own_address
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.quoting import quoted

_CONTEXT = b"rtesmail\0bounce\0"
# 80 bits, in hexadecimal digits: base 32 would save four of them and take three times as long.
_TAG_BYTES = 10
# RFC 5321 section 4.5.3.1.1. SQLite numbers rows up to 2**63 - 1, nineteen digits.
_MOST_IN_LOCAL_PART = 64
_MOST_IN_OWN_PART = _MOST_IN_LOCAL_PART - len("+-") - 19 - 2 * _TAG_BYTES
_RETURNED = re.compile(r"(?P<own>[^@]+)\+(?P<delivery>[1-9][0-9]{0,18})-(?P<tag>[0-9a-f]{20})@(?P<domain>[^@]+)")


class VerpMaker:
    """Makes the envelope sender of each delivery from the address that takes bounces."""

    def __init__(self, secret: bytes, address: str) -> None:
        """Prepare for one address, whose mail server must deliver `NAME+ANYTHING` where it delivers `NAME`.

        Raises:
            WorkspaceError: the address cannot be used, or leaves no room for the delivery.
        """
        self._own, _at, self._domain = own_address(address).rpartition("@")
        if len(self._own) > _MOST_IN_OWN_PART:
            raise WorkspaceError(
                _("The address for returns {address} is too long to carry a delivery's number.").format(
                    address=quoted(address)
                ),
                hint=_("Write at most {count} characters before its @ in envelope_sender, such as returns.").format(
                    count=_MOST_IN_OWN_PART
                ),
            )
        self._begun = _begun(secret, self._own, self._domain)

    def address_of(self, delivery: int) -> str:
        """Give the envelope sender of a delivery, the same at each attempt; `delivery` is at least 1."""
        return f"{self._own}+{delivery}-{_tag(self._begun, delivery)}@{self._domain}"


def read_verp(secret: bytes, address: str) -> int | None:
    """Give the delivery that an address names, None when it is forged, cut or none of ours.

    The tag is in small letters, since servers may fold a local part to them on the way.
    """
    found = _RETURNED.fullmatch(address)
    if found is None:
        return None
    delivery = int(found["delivery"])
    expected = _tag(_begun(secret, found["own"], found["domain"]), delivery)
    return delivery if hmac.compare_digest(found["tag"], expected) else None


def _begun(secret: bytes, own: str, domain: str) -> hmac.HMAC:
    return hmac.new(secret, _CONTEXT + f"{own}@{domain}\0".lower().encode("utf-8", "surrogatepass"), "sha256")


def _tag(begun: hmac.HMAC, delivery: int) -> str:
    made = begun.copy()
    made.update(b"%d" % delivery)
    return made.hexdigest()[: 2 * _TAG_BYTES]

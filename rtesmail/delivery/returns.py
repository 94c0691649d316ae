"""Whom a message that came back is about, by the address that it came to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rtesmail.delivery.verp import read_verp
from rtesmail.model.feedback import ReturnedDelivery

if TYPE_CHECKING:
    from sqlite_utils import Database


def find_returned(store: "Database", secrets: Iterable[bytes], address: str) -> ReturnedDelivery | None:
    """Give the delivery that a return address names; None when it is forged, cut, none of ours or no longer known.

    `secrets` are the present one and the older ones: a bounce may come after a change.
    """
    delivery = next(filter(None, (read_verp(secret, address) for secret in secrets)), None)
    if delivery is None:
        return None
    row = store.conn.execute("SELECT email FROM deliveries WHERE id = ?", (delivery,)).fetchone()
    return ReturnedDelivery(delivery, row["email"]) if row else None

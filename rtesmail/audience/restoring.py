"""An address that bounced and works again: a colleague answers for it, in writing."""

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience.storable import storable
from rtesmail.audience.subscriptions import last_yes_at
from rtesmail.audience.suppression import (
    cannot_come_back,
    checked_address,
    reason_held,
    require_known,
    set_status,
)
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.people import SubscriberStatus
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database


def restore(store: "Database", email: str, *, by: str, reason: str, now: datetime) -> bool:
    """Write again to an address that bounced; give False when nothing stood in the way.

    What came back before counts no more, also when it is read later.

    Raises:
        WorkspaceError: it is not an address, nobody here has it, or name or reason are empty.
        RefusedError: the person said no, complained or was erased.
    """
    name, why = " ".join(by.split()), " ".join(reason.split())
    if not (name and why):
        raise WorkspaceError(
            _("It is written down who says that the address works again, and why: one of them is empty."),
            hint=_('Give both: --by "Your name" --reason "Why it works again"'),
        )
    address = checked_address(email)
    at = to_text(now)
    with transaction(store):
        held = reason_held(store, address.key)
        if held is SubscriberStatus.UNSUBSCRIBED:
            raise RefusedError(
                _("{address} said no, which is no failure of the address. Nothing was changed.").format(
                    address=address.email
                ),
                hint=_(
                    "If the person asks to be written to again: rtesmail people resubscribe {address} --source TEXT"
                ).format(address=address.email),
            )
        if held not in (None, SubscriberStatus.BOUNCED):
            raise cannot_come_back(address, held)
        require_known(store, address)
        if held is None:
            return False
        store.execute("DELETE FROM suppressions WHERE email_key = ?", (address.key,))
        set_status(store, address.key, SubscriberStatus.ACTIVE, at)
        store.execute(
            "INSERT INTO restorations (email_key, reason, restored_by, restored_at) VALUES (?, ?, ?, ?)",
            (address.key, storable(why), storable(name), at),
        )
    return True


def works_since(store: "Database", email_key: str) -> datetime | None:
    """Give since when an address, in its form for comparison, is known to be wanted: by its person's own yes or by a
    colleague's word, whichever is later. What came back before is history; None when there was neither.
    """
    found = store.execute("SELECT max(restored_at) FROM restorations WHERE email_key = ?", (email_key,)).fetchone()[0]
    moments = [last_yes_at(store, email_key), from_text(found) if found else None]
    return max((moment for moment in moments if moment is not None), default=None)

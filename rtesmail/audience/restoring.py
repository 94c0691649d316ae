"""An address that bounced and works again: a colleague answers for it, in writing."""

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.storable import storable
from rtesmail.audience.subscriptions import last_yes_at
from rtesmail.audience.suppression import reason_held, set_status
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
    try:
        address = parse_address(email)
    except InvalidAddress as error:
        raise WorkspaceError(
            _("“{text}” is not an e-mail address: {reason}.").format(text=email.strip(), reason=error.reason),
            hint=_("Give one address, such as first.last@example.org."),
        ) from error
    at = to_text(now)
    with transaction(store):
        held = reason_held(store, address.key)
        if held not in (None, SubscriberStatus.BOUNCED):
            raise _not_by_a_colleague(address.email, held)
        if store.execute("SELECT 1 FROM subscribers WHERE email_key = ?", (address.key,)).fetchone() is None:
            raise WorkspaceError(
                _("Nobody here has the address {address}.").format(address=address.email),
                hint=_("Look for a part of it: rtesmail people --search TEXT"),
            )
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


def _not_by_a_colleague(email: str, held: SubscriberStatus | None) -> RefusedError:
    match held:
        case SubscriberStatus.UNSUBSCRIBED:
            why = _("{address} said no, which is no failure of the address. Nothing was changed.")
            hint = _("If the person asks to be written to again: rtesmail people resubscribe {address} --source TEXT")
        case SubscriberStatus.COMPLAINED:
            why = _("{address} reported a mail as spam; a complaint cannot be taken back here.")
            hint = _("Nothing was changed. The person can be written to at another address of theirs.")
        case _:
            why = _("{address} asked to be forgotten; that cannot be undone.")
            hint = _("Nothing was changed. The person can be written to at another address of theirs.")
    return RefusedError(why.format(address=email), hint=hint.format(address=email))

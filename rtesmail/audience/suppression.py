"""Who must not be written to, and how a person comes back."""

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience import consent
from rtesmail.audience.addresses import Address, InvalidAddress, parse_address
from rtesmail.audience.erased import was_erased
from rtesmail.audience.storable import storable
from rtesmail.model.consent import ConsentKind
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.people import SubscriberStatus
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

# A later, lighter reason never takes the place of a heavier one: a person who said no stays one who said no,
# also when their mailbox fills up afterwards.
_WEIGHT = {
    SubscriberStatus.BOUNCED: 1,
    SubscriberStatus.UNSUBSCRIBED: 2,
    SubscriberStatus.COMPLAINED: 3,
    SubscriberStatus.ERASED: 4,
}
_WITHDRAWALS = (SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.COMPLAINED, SubscriberStatus.ERASED)


def suppress(store: "Database", email: str, reason: str, *, source: str, now: datetime) -> bool:
    """Write to this address no more, whether it is known or not; give False when that was so already.

    `reason` is `unsubscribed`, `bounced` or `complained`; `source` says how it came in; `now` is aware. What a person
    wanted goes to the consent journal; a bounce says nothing of that. Who was erased stays so: nothing is written.

    Raises:
        WorkspaceError: it is not an address, or there is no such reason.
    """
    with transaction(store):
        return suppress_within(store, email, reason, source=source, now=now)


def suppress_within(store: "Database", email: str, reason: str, *, source: str, now: datetime) -> bool:
    """Do what `suppress` does within the caller's transaction."""
    address = checked_address(email)
    status = _checked_reason(reason)
    at = to_text(now)
    held = reason_held(store, address.key)
    if held is not None and _WEIGHT[held] >= _WEIGHT[status]:
        return False
    store.execute(
        """INSERT INTO suppressions (email_key, reason, source, suppressed_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (email_key) DO UPDATE
        SET reason = excluded.reason, source = excluded.source, suppressed_at = excluded.suppressed_at""",
        (address.key, status.value, storable(source), at),
    )
    set_status(store, address.key, status, at)
    if status in _WITHDRAWALS and held not in _WITHDRAWALS:
        consent.record(store, address.key, ConsentKind.UNSUBSCRIBED, source=source, now=now)
    return True


def is_suppressed(store: "Database", email_key: str) -> bool:
    """Must this address, in its form for comparison, not be written to?"""
    found = store.execute(
        """SELECT 1 FROM suppressions WHERE email_key = :key
        UNION ALL SELECT 1 FROM subscribers WHERE email_key = :key AND status <> 'active'""",
        {"key": email_key},
    )
    return found.fetchone() is not None or was_erased(store, email_key)


def resubscribe(store: "Database", email: str, *, source: str, wording: str, now: datetime) -> bool:
    """Write to a person again who unsubscribed and asks for it; give False when nothing stood in the way.

    `source` says how they asked, `wording` what they agreed to; both go to the consent journal. `now` is aware.

    Raises:
        WorkspaceError: it is not an address, or nobody here has it.
        RefusedError: the address bounced, complained or was erased.
    """
    address = checked_address(email)
    at = to_text(now)
    with transaction(store):
        held = reason_held(store, address.key)
        if held is None:
            require_known(store, address)
            return False
        if held is not SubscriberStatus.UNSUBSCRIBED:
            raise cannot_come_back(address, held)
        store.execute("DELETE FROM suppressions WHERE email_key = ?", (address.key,))
        set_status(store, address.key, SubscriberStatus.ACTIVE, at)
        consent.record(store, address.key, ConsentKind.RESUBSCRIBED, source=source, wording=wording, now=now)
    return True


def checked_address(email: str) -> Address:
    """Read what a person typed as an address.

    Raises:
        WorkspaceError: it is none.
    """
    try:
        return parse_address(email)
    except InvalidAddress as error:
        raise WorkspaceError(
            _("“{text}” is not an e-mail address: {reason}.").format(text=email.strip(), reason=error.reason),
            hint=_("Give one address, such as first.last@example.org."),
        ) from error


def _checked_reason(reason: str) -> SubscriberStatus:
    # Erasing is more than a reason: it is done by `privacy.erasure`.
    known = [status.value for status in _WEIGHT if status is not SubscriberStatus.ERASED]
    if reason in known:
        return SubscriberStatus(reason)
    raise WorkspaceError(
        _("“{reason}” is no reason to stop writing to somebody.").format(reason=reason),
        hint=_("Take one of: {known}.").format(known=", ".join(known)),
    )


def reason_held(store: "Database", key: str) -> SubscriberStatus | None:
    """Give the heaviest of what the suppressions and the person's own row say; None when they may be written to."""
    found = store.execute(
        """SELECT reason FROM suppressions WHERE email_key = :key
        UNION ALL SELECT status FROM subscribers WHERE email_key = :key AND status <> 'active'""",
        {"key": key},
    ).fetchall()
    reasons = [SubscriberStatus(row[0]) for row in found]
    if was_erased(store, key):
        return SubscriberStatus.ERASED
    return max(reasons, key=_WEIGHT.__getitem__, default=None)


def set_status(store: "Database", key: str, status: SubscriberStatus, at: str) -> None:
    """Write the status of whoever has this address, in its form for comparison."""
    store.execute("UPDATE subscribers SET status = ?, updated_at = ? WHERE email_key = ?", (status.value, at, key))


def require_known(store: "Database", address: Address) -> None:
    """See to it that somebody here has an address.

    Raises:
        WorkspaceError: nobody has.
    """
    if store.execute("SELECT 1 FROM subscribers WHERE email_key = ?", (address.key,)).fetchone() is None:
        raise nobody_here(address.email)


def nobody_here(email: str) -> WorkspaceError:
    """Give the error that says that nobody here has an address."""
    return WorkspaceError(
        _("Nobody here has the address {address}.").format(address=email),
        hint=_("Look for a part of it: rtesmail people --search TEXT"),
    )


def cannot_come_back(address: Address, held: SubscriberStatus) -> RefusedError:
    """Give the error that says why no yes brings an address back."""
    hint = _("Nothing was changed. The person can be written to at another address of theirs.")
    match held:
        case SubscriberStatus.COMPLAINED:
            why = _("{address} reported a mail as spam; a complaint cannot be taken back here.")
        case SubscriberStatus.ERASED:
            why = _("{address} asked to be forgotten; that cannot be undone.")
        case _:
            why = _("Mail to {address} came back: the address does not work.")
            hint = _("If it works again: rtesmail people restore {address} --by NAME --reason TEXT")
    return RefusedError(why.format(address=address.email), hint=hint.format(address=address.email))

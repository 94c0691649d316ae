"""What only a person can decide: whether an unknown message arrived, whether a refused one is tried again."""

from collections.abc import Mapping
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.addresses import parse_address
from rtesmail.delivery import ledger, mailings, targets
from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.delivery.lock import sending_lock
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace


class Decision(Struct, frozen=True):
    """What a person says of deliveries in one state; no `addresses` means all of them."""

    before: DeliveryState
    after: DeliveryState
    by: str
    addresses: tuple[str, ...] = ()


def decide(
    store: "Database",
    workspace: "Workspace",
    issue_id: str,
    list_name: str,
    decision: Decision,
    now: Clock = utc_now,
    *,
    segment: str = "",
    wait_seconds: float = 0.0,
) -> tuple[Mailing, int]:
    """Write a person's decision into the ledger, with their name; give the mailing and how many it is about.

    People put back to pending leave with the next `send`; a finished mailing is open again for that. `wait_seconds` is
    how long to wait for another process that sends.

    Raises:
        RefusedError: the mailing was cancelled or expired, its deadline is past for those to be put back, nobody is in
            that state, or an address is not.
        StoppedError: another process is sending.
        WorkspaceError: there is no such mailing, or no name is given.
    """
    if not decision.by.strip():
        raise WorkspaceError(_("Who decides? The name is empty."), hint=_('Give it: --by "Your name"'))
    with sending_lock(workspace.database.parent, wait_seconds=wait_seconds):
        mailing = _open_mailing(store, issue_id, list_name, segment)
        if decision.after is DeliveryState.PENDING and mailing.not_after is not None and now() > mailing.not_after:
            raise _too_late(mailing)
        ledger.recover(store, mailing.id, now=now())
        with transaction(store) as connection:
            deliveries = _meant(ledger.standing_in(connection, mailing.id, decision.before), mailing, decision)
            ledger.resolve(connection, deliveries, decision.after, by=decision.by.strip(), now=now())
            if decision.after is DeliveryState.PENDING and mailing.state is MailingState.FINISHED:
                mailings.reopen(connection, mailing.id)
        return mailings.get(store, mailing.id), len(deliveries)


def _open_mailing(store: "Database", issue_id: str, list_name: str, segment: str) -> Mailing:
    mailing = mailings.find(store, issue_id, list_name, segment)
    if mailing is None or mailing.edition_digest is None:
        raise WorkspaceError(
            _("There is no begun mailing of {issue} to {list}.").format(
                issue=issue_id, list=targets.words(list_name, segment)
            ),
            hint=_("Look at what there is with: rtesmail status {issue}").format(issue=issue_id),
        )
    if mailing.state not in (MailingState.SENDING, MailingState.FINISHED):
        raise RefusedError(
            _("{issue} to {list} is {state}: nobody can be put back into it.").format(
                issue=issue_id, list=targets.words(list_name, segment), state=mailings.state_word(mailing.state)
            )
        )
    return mailing


def _too_late(mailing: Mailing) -> RefusedError:
    """The next `send` would only leave them out."""
    return RefusedError(
        _(
            "The deadline of {issue} to {list} is past: whoever is put back would get nothing. Nothing was changed."
        ).format(issue=mailing.issue, list=targets.words(mailing.list_name, mailing.segment)),
        hint=_("A deadline holds for the whole mailing; who has not got it may be written to by other means."),
    )


def _meant(known: Mapping[str, int], mailing: Mailing, decision: Decision) -> list[int]:
    """Pick those that the decision is about."""
    wanted = {parse_address(address).key: address for address in decision.addresses}
    strangers = [address for key, address in wanted.items() if key not in known]
    hint = _("Look at them with: rtesmail who {issue} --list {list}").format(
        issue=mailing.issue, list=targets.options(mailing.list_name, mailing.segment)
    )
    if not known:
        raise RefusedError(
            _("Nobody in the mailing of {issue} to {list} is in the state this is about.").format(
                issue=mailing.issue, list=targets.words(mailing.list_name, mailing.segment)
            ),
            hint=hint,
        )
    if strangers:
        raise RefusedError(
            _("Nothing was changed: not in that state in the mailing of {issue} to {list}: {addresses}.").format(
                issue=mailing.issue,
                list=targets.words(mailing.list_name, mailing.segment),
                addresses=", ".join(strangers),
            ),
            hint=hint,
        )
    return [number for key, number in known.items() if not wanted or key in wanted]

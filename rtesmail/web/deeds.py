"""What a person can do from the preview: send a proof to colleagues, and approve. Nothing else here changes anything.

Both do what `rtesmail proof` and `rtesmail approve` do, by the same functions, and refuse in the same words.
"""

import secrets
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Mapping
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from rtesmail.model.errors import RefusedError, RtesmailError
from rtesmail.web.whom import UNSAID, Whom, audiences_asked, read_whom, whom_words

if TYPE_CHECKING:
    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import Workspace
    from rtesmail.web.public.bodies import Fields

MOST_COLLEAGUES = 10
_MOST_NOTICES = 50
_WHY = "why-"
"""Before the name of a check, the name of the field that says why its errors may pass."""


class Order(Struct, frozen=True):
    """What a form asks for: about the edition with this digest, as a person saw it, by or to whom (`typed`).

    `variant` is what a proof holds: one variant of the edition, empty for every block; `whom` says whom a yes is for,
    `reasons` why the errors of some checks may pass.
    """

    issue_id: str
    digest: str
    typed: str
    variant: str = ""
    whom: Whom = UNSAID
    reasons: Mapping[str, str] = field(default_factory=dict)


class Notice(Struct, frozen=True):
    """What came of an order, for the page to say: `rows` are addresses, states and servers' words of a proof.

    `typed`, `whom` and `reasons` are what was asked, so that nothing of a refused form is lost.
    """

    issue_id: str
    deed: str
    message: str
    hint: str = ""
    is_done: bool = False
    rows: tuple[tuple[str, str, str], ...] = ()
    typed: str = ""
    whom: Whom = UNSAID
    reasons: Mapping[str, str] = field(default_factory=dict)


class Notices(Struct):
    """The last notices, each under a key that a page's address can carry. They are forgotten with the preview."""

    _kept: OrderedDict[str, Notice] = field(default_factory=OrderedDict)

    def keep(self, notice: Notice) -> str:
        key = secrets.token_hex(8)
        self._kept[key] = notice
        while len(self._kept) > _MOST_NOTICES:
            self._kept.popitem(last=False)
        return key

    def find(self, key: str, issue_id: str) -> Notice | None:
        found = self._kept.get(key)
        return found if found and found.issue_id == issue_id else None


def read_order(issue_id: str, fields: "Fields", typed: str) -> Order:
    """Read what a form asks for; `typed` is the name of the field that a person types into."""
    from rtesmail.web.public.bodies import first

    return Order(
        issue_id,
        digest=first(fields, "digest"),
        typed=first(fields, typed),
        variant=first(fields, "variant"),
        whom=read_whom(fields),
        reasons={name.removeprefix(_WHY): value for name, value in fields if name.startswith(_WHY)},
    )


def approve_seen(root: Path, order: Order) -> Notice:
    """Approve the edition that a person saw, if the files still make the very same and no check finds an error.

    Errors that the approval on the page lets pass do not count; the new one lets them pass for the same reasons, which
    the page says. So do those for which the form gives reasons.
    """
    from rtesmail.checks.passing import judged_edition, require_no_errors
    from rtesmail.checks.waiving import leave_out, waive
    from rtesmail.delivery.approvals import approve
    from rtesmail.delivery.clock import utc_now
    from rtesmail.delivery.standing import find_standing
    from rtesmail.store.opening import open_store

    def deed(workspace: "Workspace") -> Notice:
        if not order.typed.strip():
            raise RefusedError(_("An approval needs the name of the person who gives it."))
        edition, found = judged_edition(workspace, order.issue_id)
        passed = find_standing(workspace, order.issue_id, edition, found).passed
        carried = dict.fromkeys(waiver for _finding, waiver in passed)
        _require_seen(edition, order)
        if not all(reason.strip() for reason in order.reasons.values()):
            raise RefusedError(_("A waiver needs a reason."), hint=_("Say of each of these errors why it may pass."))
        waived = waive(leave_out(found, carried), order.reasons)
        require_no_errors(edition, waived.left)
        waivers = (*carried, *waived.waivers)
        store = open_store(workspace.database)
        try:
            now = utc_now()
            audiences = audiences_asked(workspace, store, edition, order.whom, now)
            approval = approve(store, edition, by=order.typed, now=now, waivers=waivers, audiences=audiences)
        finally:
            store.conn.close()
        message = _("Approved by {name} as it is now ({digest}).").format(
            name=approval.approved_by, digest=approval.digest[:12]
        )
        hint = _("{whom}. Any change voids this approval.").format(whom=whom_words(approval.audiences))
        return Notice(order.issue_id, "approve", message, hint, is_done=True)

    return _carried_out(root, order, "approve", deed)


def prove_seen(root: Path, order: Order) -> Notice:
    """Send the edition that a person saw to colleagues, if the files still make the very same."""
    from rtesmail.checks.passing import judged_edition
    from rtesmail.delivery.accounts import state_words
    from rtesmail.delivery.clock import utc_now
    from rtesmail.delivery.proofs import all_accepted, prove
    from rtesmail.delivery.ways_out import chosen_transport
    from rtesmail.store.opening import open_store

    def deed(workspace: "Workspace") -> Notice:
        recipients = _colleagues(order.typed)
        edition, findings = judged_edition(workspace, order.issue_id)
        _require_seen(edition, order)
        way_out = chosen_transport(workspace, edition.publication)
        variant = order.variant if order.variant and order.variant in edition.variant_keys else None
        store = open_store(workspace.database)
        try:
            results = prove(store, workspace, edition, findings, recipients, way_out, utc_now, variant=variant)
        finally:
            store.conn.close()
        words = state_words()
        rows = tuple((address, words[outcome.state], outcome.reply) for address, outcome in results)
        is_done = all_accepted(results)
        message = (
            ngettext("The proof has left, to {n} address.", "The proof has left, to {n} addresses.", len(rows))
            if is_done
            else _("The proof did not leave for everybody.")
        )
        return Notice(
            order.issue_id, "proof", message.format(n=len(rows)), is_done=is_done, rows=rows, typed=order.typed
        )

    return _carried_out(root, order, "proof", deed)


def _carried_out(root: Path, order: Order, deed: str, do: "Callable[[Workspace], Notice]") -> Notice:
    """Do it, and put into words what stopped it: nothing that goes wrong closes the preview."""
    from rtesmail.content.workspace import load_workspace

    try:
        return do(load_workspace(root))
    except RtesmailError as error:
        return _refused(order, deed, str(error), error.hint)
    except (sqlite3.Error, OSError) as error:
        message = _("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}")
        return _refused(order, deed, message)


def _refused(order: Order, deed: str, message: str, hint: str = "") -> Notice:
    return Notice(order.issue_id, deed, message, hint, typed=order.typed, whom=order.whom, reasons=order.reasons)


def _require_seen(edition: "Edition", order: Order) -> None:
    """Refuse what a person has not seen.

    Raises:
        RefusedError: the files make another edition than the one on the page.
    """
    if edition.digest != order.digest:
        raise RefusedError(
            _("{issue} has changed since this page was shown. Nothing was done.").format(issue=order.issue_id),
            hint=_("Look at it as it is now, then do it again."),
        )


def _colleagues(typed: str) -> list[str]:
    """Read the addresses that a person typed, with commas, semicolons or spaces between them.

    Raises:
        RtesmailError: one is no address, or there are none or too many.
    """
    from rtesmail.audience.addresses import InvalidAddress, parse_address

    texts = typed.replace(",", " ").replace(";", " ").split()
    if not texts:
        raise RtesmailError(_("A proof needs an address to go to."), hint=_("Give yours, or a colleague's."))
    if len(texts) > MOST_COLLEAGUES:
        raise RtesmailError(
            _("A proof goes to {n} addresses at most.").format(n=MOST_COLLEAGUES),
            hint=_("To write to a list, approve the issue and send it."),
        )
    found = []
    for text in texts:
        try:
            found.append(parse_address(text).email)
        except InvalidAddress as error:
            raise RtesmailError(
                _("Nothing can be sent to {address}: {reason}.").format(address=text, reason=error.reason),
                hint=_("Write it as name@example.org."),
            ) from None
    return found

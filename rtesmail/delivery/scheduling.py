"""Mailings at a time: planned by a person, sent by cron, once, approved and within their deadline."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery import ledger, mailings, targets
from rtesmail.delivery.approvals import load_edition, require_approval
from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.delivery.engine import InterruptedRunError
from rtesmail.delivery.lock import sending_lock
from rtesmail.delivery.sending import SendReport, send_while_locked
from rtesmail.model.edition import Edition
from rtesmail.model.errors import RefusedError, RtesmailError, StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState
from rtesmail.model.publication import TransportSettings, Workspace
from rtesmail.model.quoting import joined

if TYPE_CHECKING:
    from sqlite_utils import Database

_TROUBLED = (DeliveryState.REFUSED, DeliveryState.UNKNOWN)


class RunAction(StrEnum):
    """What `run` did with one mailing."""

    SENT = "sent"
    WAITING = "waiting"
    EXPIRED = "expired"
    STOPPED = "stopped"
    FAILED = "failed"


class RunLine(Struct, frozen=True):
    """One thing that `run` did, with the exit code that it calls for (0 when all is well)."""

    issue: str
    list_name: str
    action: RunAction
    message: str
    exit_code: int = 0
    hint: str = ""
    report: SendReport | None = None
    segment: str = ""


def schedule_mailing(
    store: "Database",
    workspace: Workspace,
    issue_id: str,
    list_name: str,
    *,
    at: datetime,
    not_after: datetime | None,
    part: targets.Part | None = None,
    now: Clock = utc_now,
) -> Mailing:
    """Plan an issue for a list or a part of it, or move an earlier plan. The approval is asked for when the time comes.

    Raises:
        RefusedError: it is begun or over already, or the deadline makes no sense.
        WorkspaceError: no such list.
    """
    mailings.require_list(store, workspace, list_name)
    return mailings.schedule(
        store,
        issue_id,
        list_name,
        at=at,
        not_after=not_after,
        now=now(),
        part=part,
    )


def cancel_mailing(
    store: "Database",
    workspace: Workspace,
    issue_id: str,
    list_name: str,
    *,
    segment: str = "",
    now: Clock = utc_now,
) -> tuple[Mailing, int]:
    """Cancel a planned or begun mailing; give it, and how many people who waited will get nothing from it.

    Raises:
        RefusedError: it is over already.
        StoppedError: it is being sent by another process: stop that one first.
        WorkspaceError: there is none.
    """
    with sending_lock(workspace.database.parent):
        known = mailings.find(store, issue_id, list_name, segment)
        if known is None:
            raise WorkspaceError(
                _("There is no mailing of {issue} to {list}.").format(
                    issue=issue_id, list=targets.words(list_name, segment)
                ),
                hint=_("Look at what there is with: rtesmail status {issue}").format(issue=issue_id),
            )
        ledger.recover(store, known.id, now=now())
        skipped = mailings.cancel(store, known.id, now=now())
        return mailings.get(store, known.id), skipped


def run_due(
    store: "Database",
    workspace: Workspace,
    *,
    render: Callable[[str], Edition],
    transport_for: Callable[[Edition, str], TransportSettings],
    now: Clock,
) -> tuple[RunLine, ...]:
    """Send what is due and approved, expire what is too late, and say what was done, one line each.

    `render` makes today's edition of an issue, `transport_for` gives its way out. A trouble with one mailing is its
    line; the others go on.

    Raises:
        StoppedError: another process is sending.
    """
    lines = []
    with sending_lock(workspace.database.parent):
        for mailing in mailings.due(store, now()):
            try:
                line = _treat(store, workspace, mailing, render, transport_for, now)
            except InterruptedRunError as error:
                lines.append(_trouble(mailing, error))
                break
            except RtesmailError as error:
                line = _trouble(mailing, error)
            if line is not None:
                lines.append(line)
    return tuple(lines)


def _treat(
    store: "Database",
    workspace: Workspace,
    mailing: Mailing,
    render: Callable[[str], Edition],
    transport_for: Callable[[Edition, str], TransportSettings],
    now: Clock,
) -> RunLine | None:
    """Do what one due mailing asks for; None when there was nothing to do."""
    if mailing.not_after is not None and now() > mailing.not_after:
        return _expire(store, mailing, now)
    if mailing.edition_digest is not None:
        edition = load_edition(store, mailing.edition_digest)
    else:
        edition = render(mailing.issue)
        try:
            require_approval(store, edition, workspace.configuration.identity.time_zone)
        except RefusedError as error:
            return _line(mailing, RunAction.WAITING, str(error), error.exit_code, error.hint)
    before = ledger.totals(store, mailing.id)
    report = send_while_locked(store, workspace, mailing, edition, transport_for(edition, mailing.list_name), now)
    if report.resumed and report.totals == before and report.mailing.state is MailingState.SENDING:
        return None
    return _sent(report)


def _expire(store: "Database", mailing: Mailing, now: Clock) -> RunLine:
    ledger.recover(store, mailing.id, now=now())
    skipped = mailings.expire(store, mailing.id, now=now())
    if mailing.audience is None:
        message = _("the deadline was past: nothing was sent")
    else:
        message = ngettext(
            "the deadline was past: {count} person who still waited is left out",
            "the deadline was past: {count} people who still waited are left out",
            skipped,
        ).format(count=skipped)
    return _line(mailing, RunAction.EXPIRED, message, RefusedError.exit_code)


def _sent(report: SendReport) -> RunLine:
    from rtesmail.model.errors import DeliveryFailuresError

    mailing, totals = report.mailing, report.totals
    message = ngettext(
        "{count} message accepted in this run, {accepted} of {audience} in all",
        "{count} messages accepted in this run, {accepted} of {audience} in all",
        report.sent_now,
    ).format(count=report.sent_now, accepted=totals.of(DeliveryState.ACCEPTED), audience=totals.audience)
    if report.fallback:
        took_over = _("{fallback} took over, since the way out could not be used: {reason}")
        message = joined((message, took_over.format(fallback=report.fallback, reason=report.fallback_reason)))
    has_failures = any(totals.of(state) for state in _TROUBLED)
    return _line(
        mailing,
        RunAction.EXPIRED if mailing.state is MailingState.EXPIRED else RunAction.SENT,
        message,
        DeliveryFailuresError.exit_code if has_failures else 0,
        report=report,
    )


def _trouble(mailing: Mailing, error: RtesmailError) -> RunLine:
    action = RunAction.STOPPED if isinstance(error, StoppedError) else RunAction.FAILED
    return _line(mailing, action, str(error), error.exit_code, error.hint)


def _line(
    mailing: Mailing,
    action: RunAction,
    message: str,
    exit_code: int,
    hint: str = "",
    report: SendReport | None = None,
) -> RunLine:
    return RunLine(mailing.issue, mailing.list_name, action, message, exit_code, hint, report, segment=mailing.segment)

"""Where an issue stands on its way to readers: its approval, held against what its files make now, and its mailings."""

import sqlite3
from enum import StrEnum
from gettext import gettext as _
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.checks.passing import refusal_of
from rtesmail.checks.registry import has_errors
from rtesmail.checks.waiving import leave_out, let_pass
from rtesmail.delivery import mailings
from rtesmail.delivery.approvals import find_approval, latest_approval
from rtesmail.delivery.targets import changed_segments, refusal_of_plan
from rtesmail.model.errors import RefusedError, RtesmailError
from rtesmail.store.opening import opened_for_reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from rtesmail.model.edition import Approval, Edition, Waiver
    from rtesmail.model.findings import Finding
    from rtesmail.model.mailing import Mailing
    from rtesmail.model.publication import Workspace


class ApprovalState(StrEnum):
    """What a person said of the edition as it is now. `outdated`: yes, but before it, or whom it is for, changed."""

    NONE = "none"
    APPROVED = "approved"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


class Standing(Struct, frozen=True):
    """An issue's approval, compared with its present edition, and its mailings, oldest first.

    `changed_segments` says of each segment that the approval names, and that asks for others since, what it asked for.
    `refusals` say of each mailing why it would not leave although it is planned, None where it may. `passed` are the
    errors that a yes to exactly this edition lets pass, `held` says that there are others, for which nothing leaves
    although it is approved. `is_faulty` says that the checks found errors that no yes to this edition lets pass.
    `trouble` is why the database cannot be read.
    """

    state: ApprovalState
    approval: "Approval | None" = None
    mailings: "tuple[Mailing, ...]" = ()
    changed_segments: tuple[str, ...] = ()
    refusals: "tuple[RefusedError | None, ...]" = ()
    passed: "tuple[tuple[Finding, Waiver], ...]" = ()
    held: "RefusedError | None" = None
    is_faulty: bool = False
    trouble: str = ""

    @property
    def refusal(self) -> "RefusedError | None":
        """Give the first reason why something approved or planned would not leave."""
        return next((one for one in (self.held, *self.refusals) if one is not None), None)

    @property
    def waivers(self) -> "tuple[Waiver, ...]":
        """Give what lets errors pass: a void yes lets none."""
        return self.approval.waivers if self.approval and self.state is ApprovalState.APPROVED else ()

    @property
    def unread_words(self) -> str:
        """Say that nobody knows which errors a yes lets pass, and why; empty when that is known."""
        if self.state is not ApprovalState.UNKNOWN:
            return ""
        return _(
            "The database cannot be read ({reason}): errors that an approval lets pass count as errors here."
        ).format(reason=self.trouble)

    def in_zone(self, time_zone: str) -> "Standing":
        """Give this standing with the times of the yes and of what is planned in a place's local time."""
        zone = ZoneInfo(time_zone)
        approval, planned = self.approval, self.mailings
        return replace(
            self,
            approval=approval and replace(approval, approved_at=approval.approved_at.astimezone(zone)),
            mailings=tuple(
                replace(one, scheduled_at=one.scheduled_at and one.scheduled_at.astimezone(zone)) for one in planned
            ),
        )


def refusal_of_letter(
    edition: "Edition", findings: "Sequence[Finding]", approval: "Approval | None"
) -> "RefusedError | None":
    """Give why an edition would not leave whoever it is for: errors that the yes to it does not let pass, if any.

    The rule of `send`, and of all that foretells it.
    """
    if approval is None:
        return refusal_of(edition, findings)
    left = leave_out(findings, approval.waivers)
    if not has_errors(left):
        return None
    return RefusedError(
        _("{issue} has errors that its approval does not let pass.").format(issue=edition.issue),
        hint=_("Mend them, or let them pass with a new approval (--waive): rtesmail check {issue}").format(
            issue=edition.issue
        ),
        findings=left,
    )


def standing_of(
    store: "Database",
    workspace: "Workspace",
    issue_id: str,
    edition: "Edition | None",
    findings: "Sequence[Finding]" = (),
) -> Standing:
    """Give where an issue stands with the edition that its files make, None when they make none.

    `findings` are what the checks found in it.
    """
    exact = find_approval(store, edition) if edition is not None else None
    latest = exact or latest_approval(store, issue_id)
    sent = mailings.of_issue(store, issue_id)
    if latest is None:
        return Standing(ApprovalState.NONE, None, sent, is_faulty=has_errors(findings))
    others = _changed_segments(workspace, latest)
    state = ApprovalState.APPROVED if exact and not others else ApprovalState.OUTDATED
    refusals = tuple(refusal_of_plan(workspace, latest, one) for one in sent)
    found = Standing(state, latest, sent, others, refusals)
    if edition is None or state is not ApprovalState.APPROVED:
        return replace(found, is_faulty=has_errors(findings if exact is None else leave_out(findings, exact.waivers)))
    passed, held = let_pass(findings, latest.waivers), refusal_of_letter(edition, findings, latest)
    return replace(found, passed=passed, held=held, is_faulty=held is not None)


def find_standing(
    workspace: "Workspace", issue_id: str, edition: "Edition | None", findings: "Sequence[Finding]" = ()
) -> Standing:
    """Give where an issue stands from a database that is never made nor changed here; otherwise as `standing_of`.

    `unknown` when it cannot be read at the moment.
    """
    if not workspace.database.exists():
        return Standing(ApprovalState.NONE)
    try:
        with opened_for_reading(workspace.database) as store:
            return standing_of(store, workspace, issue_id, edition, findings)
    except (sqlite3.Error, RtesmailError) as error:
        return Standing(ApprovalState.UNKNOWN, trouble=str(error))


def _changed_segments(workspace: "Workspace", approval: "Approval") -> tuple[str, ...]:
    """Give the words of `changed_segments`; a file that cannot be read says why, since nothing would leave."""
    try:
        return changed_segments(workspace, approval)
    except RtesmailError as error:
        return (str(error),)

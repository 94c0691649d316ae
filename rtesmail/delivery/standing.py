"""Where an issue stands on its way to readers: its approval, held against what its files make now, and its mailings."""

import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.delivery import mailings
from rtesmail.delivery.approvals import find_approval, latest_approval
from rtesmail.delivery.targets import changed_segments, refusal_of_plan
from rtesmail.model.errors import RtesmailError
from rtesmail.store.opening import opened_for_reading

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.edition import Approval, Edition
    from rtesmail.model.errors import RefusedError
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
    `refusals` say of each mailing why it would not leave although it is planned, None where it may.
    """

    state: ApprovalState
    approval: "Approval | None" = None
    mailings: "tuple[Mailing, ...]" = ()
    changed_segments: tuple[str, ...] = ()
    refusals: "tuple[RefusedError | None, ...]" = ()

    @property
    def refusal(self) -> "RefusedError | None":
        """Give the first reason why something planned would not leave."""
        return next((one for one in self.refusals if one is not None), None)

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


def standing_of(store: "Database", workspace: "Workspace", issue_id: str, edition: "Edition | None") -> Standing:
    """Give where an issue stands with the edition that its files make; None when they make none."""
    exact = find_approval(store, edition) if edition is not None else None
    latest = exact or latest_approval(store, issue_id)
    sent = mailings.of_issue(store, issue_id)
    if latest is None:
        return Standing(ApprovalState.NONE, None, sent)
    others = _changed_segments(workspace, latest)
    state = ApprovalState.APPROVED if exact and not others else ApprovalState.OUTDATED
    refusals = tuple(refusal_of_plan(workspace, latest, one) for one in sent)
    return Standing(state, latest, sent, others, refusals)


def find_standing(workspace: "Workspace", issue_id: str, edition: "Edition | None") -> Standing:
    """Give where an issue stands from a database that is never made nor changed here.

    `unknown` when it cannot be read at the moment.
    """
    if not workspace.database.exists():
        return Standing(ApprovalState.NONE)
    try:
        with opened_for_reading(workspace.database) as store:
            return standing_of(store, workspace, issue_id, edition)
    except (sqlite3.Error, RtesmailError):
        return Standing(ApprovalState.UNKNOWN)


def _changed_segments(workspace: "Workspace", approval: "Approval") -> tuple[str, ...]:
    """Give the words of `changed_segments`; a file that cannot be read says why, since nothing would leave."""
    try:
        return changed_segments(workspace, approval)
    except RtesmailError as error:
        return (str(error),)

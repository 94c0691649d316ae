"""Where an issue stands on its way to readers: its approval, held against what its files make now, and its mailings."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rtesmail.delivery import mailings
from rtesmail.delivery.approvals import find_approval, latest_approval

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.edition import Approval, Edition
    from rtesmail.model.mailing import Mailing


class ApprovalState(StrEnum):
    """What a person said of the edition as it is now. `outdated`: yes, but to what it was before a change."""

    NONE = "none"
    APPROVED = "approved"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """An issue's approval, compared with its present edition, and its mailings, oldest first."""

    state: ApprovalState
    approval: "Approval | None" = None
    mailings: "tuple[Mailing, ...]" = ()

    def in_zone(self, time_zone: str) -> "Standing":
        """Give this standing with its times in a place's local time."""
        if self.approval is None:
            return self
        moment = self.approval.approved_at.astimezone(ZoneInfo(time_zone))
        return replace(self, approval=replace(self.approval, approved_at=moment))


def standing_of(store: "Database", issue_id: str, edition: "Edition | None") -> Standing:
    """Give where an issue stands with the edition that its files make; None when they make none."""
    exact = find_approval(store, edition) if edition is not None else None
    latest = exact or latest_approval(store, issue_id)
    sent = mailings.of_issue(store, issue_id)
    if latest is None:
        return Standing(ApprovalState.NONE, None, sent)
    return Standing(ApprovalState.APPROVED if exact else ApprovalState.OUTDATED, latest, sent)

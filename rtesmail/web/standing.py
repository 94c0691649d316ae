"""Where an issue stands, read from the database, which is never made nor changed here."""

import sqlite3
from typing import TYPE_CHECKING

from rtesmail.delivery.standing import ApprovalState, Standing
from rtesmail.model.errors import RtesmailError
from rtesmail.store.opening import opened_for_reading

if TYPE_CHECKING:
    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import Workspace


def find_standing(workspace: "Workspace", issue_id: str, edition: "Edition | None") -> Standing:
    """Give where an issue stands; `unknown` when the database cannot be read at the moment."""
    from rtesmail.delivery.standing import standing_of

    if not workspace.database.exists():
        return Standing(ApprovalState.NONE)
    try:
        with opened_for_reading(workspace.database) as store:
            return standing_of(store, workspace, issue_id, edition)
    except (sqlite3.Error, RtesmailError):
        return Standing(ApprovalState.UNKNOWN)

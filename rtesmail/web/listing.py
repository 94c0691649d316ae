"""The preview's list: the newest issues read and checked, older ones by their titles until they are opened."""

from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.standing import Standing
from rtesmail.web.readings import Reading, Readings, standing_in_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rtesmail.model.content import Issue
    from rtesmail.model.publication import Workspace

NEWEST = 24
"""Issues that are read for the list, two years of a monthly: each save has them read again."""

LIST_SECONDS = 1.0
"""How long the list may wait for issues to be rendered; the rest follows by itself."""


class IssueRow(Struct, frozen=True):
    """One line of the list; `issue` is None when its own file cannot be read.

    `reading` is None while it is being read, and of one that `is_older` until somebody opens it.
    """

    issue_id: str
    issue: "Issue | None" = None
    reading: Reading | None = None
    standing: Standing | None = None
    is_older: bool = False


def read_rows(readings: Readings, workspace: "Workspace") -> tuple[IssueRow, ...]:
    """Give a row for each issue, by the day planned, what cannot be read last; what takes long comes later."""
    covers = readings.covers()
    newest = newest_of(covers)
    found = readings.read_within(newest, LIST_SECONDS)
    rows = []
    for issue_id, issue in covers.items():
        reading = found.get(issue_id)
        is_older = reading is None and issue_id not in newest
        standing = standing_in_zone(workspace, issue_id, reading) if reading or is_older else None
        read = reading.letting_pass(standing.passed) if reading and standing else None
        rows.append(IssueRow(issue_id, issue, read, standing, is_older))
    return tuple(rows)


def newest_of(covers: "Mapping[str, Issue | None]") -> tuple[str, ...]:
    """Give the issues that the list reads: the newest, and those whose mistake is in their own file."""
    readable = [issue_id for issue_id, issue in covers.items() if issue is not None]
    return (*readable[:NEWEST], *(issue_id for issue_id, issue in covers.items() if issue is None))

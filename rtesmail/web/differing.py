"""What has changed in an issue, told beside it: since it was approved, else since the previous issue."""

import sqlite3
from collections.abc import Callable
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.standing import ApprovalState, Standing
from rtesmail.model.errors import RtesmailError
from rtesmail.web.readings import Reading

if TYPE_CHECKING:
    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import Workspace
    from rtesmail.rendering.comparing import Change

MOST_CHANGES, MOST_PASSAGES = 12, 3


class ChangeLine(Struct, frozen=True):
    """One change in a sentence, with the passages of a changed text."""

    words: str
    passages: tuple[str, ...] = ()


class Differences(Struct, frozen=True):
    """Since when, and what; `more` counts what is not shown."""

    since: str
    lines: tuple[ChangeLine, ...]
    more: int = 0


def find_differences(
    workspace: "Workspace", reading: Reading, standing: Standing, read: Callable[[str], Reading | None]
) -> Differences | None:
    """Tell what has changed; None when it is approved as it is, or there is nothing to compare with.

    `read` gives the reading of another issue. The database is not changed.
    """
    from rtesmail.content.earlier import previous_issue

    if reading.edition is None or reading.issue is None or standing.state is ApprovalState.APPROVED:
        return None
    if standing.approval is not None:
        others = tuple(map(ChangeLine, standing.changed_segments))
        before = _kept(workspace, standing.approval.digest)
        if before is None:
            return Differences(_("Since the approval"), others) if others else None
        return _told(workspace, _("Since the approval"), before, reading.edition, others)
    name = previous_issue(workspace, reading.issue)
    earlier = read(name) if name else None
    if earlier is None or earlier.edition is None:
        return None
    return _told(workspace, _("Since {issue}").format(issue=name), earlier.edition, reading.edition)


def _kept(workspace: "Workspace", digest: str) -> "Edition | None":
    from rtesmail.delivery.approvals import kept_edition
    from rtesmail.store.opening import opened_for_reading

    try:
        with opened_for_reading(workspace.database) as store:
            return kept_edition(store, digest)
    except (sqlite3.Error, RtesmailError):
        return None


def _told(
    workspace: "Workspace", since: str, before: "Edition", after: "Edition", others: tuple[ChangeLine, ...] = ()
) -> Differences:
    from rtesmail.rendering.comparing import compare_editions

    changes = compare_editions(before, after, workspace.configuration.identity.public_url).changes
    lines = (*others, *map(_line, changes[:MOST_CHANGES]))
    return Differences(since, lines, max(0, len(changes) - MOST_CHANGES))


def _line(change: "Change") -> ChangeLine:
    from rtesmail.rendering.change_words import describe_change, describe_passage

    return ChangeLine(describe_change(change), tuple(map(describe_passage, change.details[:MOST_PASSAGES])))

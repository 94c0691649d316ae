"""For whom a yes given in the preview is: what its form offers, what a person chose there, and how it is told."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.errors import ContentError, RefusedError, RtesmailError

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.content.segment_file import Segment
    from rtesmail.model.edition import Approval, ApprovedAudience, Edition
    from rtesmail.model.publication import Workspace
    from rtesmail.web.public.bodies import Fields

EVERY, SOME = "every", "some"


class Whom(Struct, frozen=True):
    """What the form says: every list or some, these lists, the segment of them; `seen` is the mark of what it offered.

    `scope` is empty where there was nothing to choose. Lists ticked before every list was chosen count no longer.
    """

    scope: str = ""
    lists: tuple[str, ...] = ()
    segment: str = ""
    seen: str = ""


UNSAID = Whom()


class Offer(Struct, frozen=True):
    """What there is to choose from, the segments with their titles, and what is chosen before anybody chooses.

    `mark` changes with the issue's last yes, what it lets pass included, and with what segments ask for: nobody widens
    or renews unseen.
    """

    lists: tuple[str, ...]
    segments: tuple[tuple[str, str], ...]
    chosen: Whom
    mark: str
    trouble: str = ""


def read_whom(fields: "Fields") -> Whom:
    """Read what the form says."""
    from rtesmail.web.public.bodies import every, first

    return Whom(first(fields, "whom"), every(fields, "list"), first(fields, "segment"), first(fields, "offered"))


def find_offer(workspace: "Workspace", approval: "Approval | None", asked: Whom) -> Offer | None:
    """Give what to choose from; None without any list. Chosen is what was asked and refused, else the last yes."""
    from rtesmail.audience.subscribers import list_names
    from rtesmail.store.opening import opened_for_reading

    if not workspace.database.exists():
        return None
    try:
        with opened_for_reading(workspace.database) as store:
            names = list_names(store)
    except (sqlite3.Error, RtesmailError):
        return None
    if not names:
        return None
    names = tuple(sorted({*names, *workspace.configuration.lists}))
    segments, trouble = _segments(workspace)
    chosen = asked if asked.scope else _said_by(approval)
    # What is chosen and gone stays to be seen, and is refused: leaving it out would widen the yes.
    gone = [name for name in chosen.lists if name not in names]
    titles = [(name, one.title if one.title == name else f"{one.title} ({name})") for name, one in segments.items()]
    if chosen.segment and chosen.segment not in segments:
        titles.append((chosen.segment, _("{segment} (not found)").format(segment=chosen.segment)))
    return Offer((*names, *gone), tuple(titles), chosen, _mark(approval, segments), trouble)


def audiences_asked(
    workspace: "Workspace", store: "Database", edition: "Edition", whom: Whom, now: datetime
) -> "tuple[ApprovedAudience, ...] | None":
    """Give whom a form's yes is for: nobody in particular for every list, None when it did not say.

    Raises:
        RefusedError: it says only some lists and names none, or was shown before another yes or another condition.
        ContentError, WorkspaceError: there is no such list or segment, or the segments' file has mistakes.
    """
    from rtesmail.delivery import mailings, targets
    from rtesmail.delivery.approvals import find_approval, latest_approval

    if whom.scope not in (EVERY, SOME):
        return None
    approval = find_approval(store, edition) or latest_approval(store, edition.issue)
    if whom.seen != _mark(approval, _segments(workspace)[0]):
        raise RefusedError(
            _("Another approval, or a segment that changed, came after this page was shown. Nothing was done."),
            hint=_("Look at whom it is for, then do it again."),
        )
    if whom.scope == EVERY:
        return ()
    if not whom.lists:
        raise RefusedError(
            _("This approval is for some lists only, and none of them is ticked."),
            hint=_("Tick the lists that it is for, or choose every list and the web."),
        )
    for name in whom.lists:
        mailings.require_list(store, workspace, name)
    return tuple(targets.approved_audience(workspace, name, whom.segment, now) for name in dict.fromkeys(whom.lists))


def whom_words(audiences: "Sequence[ApprovedAudience]") -> str:
    """Say for whom an approval is."""
    from rtesmail.delivery.targets import named

    if audiences:
        return _("For {audience} only").format(audience=named(audiences))
    return _("For every list and the web")


def _said_by(approval: "Approval | None") -> Whom:
    if approval is None or not approval.audiences:
        return Whom(EVERY)
    return Whom(SOME, tuple(one.list_name for one in approval.audiences), approval.audiences[0].segment)


def _segments(workspace: "Workspace") -> "tuple[Mapping[str, Segment], str]":
    """Give the workspace's segments, or why they cannot be read."""
    from rtesmail.content.segment_file import load_segments

    try:
        return load_segments(workspace), ""
    except ContentError as error:
        return {}, str(error)


def _mark(approval: "Approval | None", segments: "Mapping[str, Segment]") -> str:
    said = (approval.audiences, approval.waivers) if approval else ()
    asked = sorted((name, one.expression) for name, one in segments.items())
    return hashlib.sha256(repr((said, asked)).encode()).hexdigest()[:16]

"""The year of a house: which issues went out or will, and what the next ones still miss."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from gettext import gettext as _
from gettext import ngettext
from textwrap import shorten as cut
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.audience.subscribers import list_names
from rtesmail.checks.passing import judged_edition
from rtesmail.checks.registry import errors_of
from rtesmail.checks.waiving import leave_out
from rtesmail.content.assembly import drafts_that_fit
from rtesmail.content.issues import list_issues, load_issue
from rtesmail.content.numbers import Period, periods_of, title_of
from rtesmail.content.snippets import Pool, read_pool
from rtesmail.delivery.approvals import require_approval
from rtesmail.delivery.standing import ApprovalState, standing_of
from rtesmail.delivery.targets import options
from rtesmail.model.edition import Approval, Waiver
from rtesmail.model.errors import ContentError, RefusedError
from rtesmail.model.mailing import Mailing, MailingState
from rtesmail.model.quoting import joined
from rtesmail.rendering.edition import render_edition

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.content import Issue
    from rtesmail.model.publication import Publication, Workspace

_MOST_TITLES, _LONGEST = 3, 48


class Stage(StrEnum):
    """How far an issue is. `expected` is one that the publication's rhythm asks for and nobody has begun.

    `uncovered` is planned for people whom its approval does not name, `held` is planned and would not leave as it is.
    """

    EXPECTED = "expected"
    BROKEN = "broken"
    BEGUN = "begun"
    CHANGED = "changed"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    UNCOVERED = "uncovered"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"


class Number(Struct, frozen=True):
    """One number of a publication and how far it is.

    `day` is when it leaves or left, or the first of its period when it is only expected; `moment` is local. `issue` is
    empty for one that is expected.
    """

    publication: str
    number: str
    stage: Stage
    day: date
    moment: datetime | None = None
    issue: str = ""
    title: str = ""


class Missing(Struct, frozen=True):
    """What the next number of a publication still needs, in words, the first thing first, and the command for that."""

    number: Number
    words: tuple[str, ...]
    command: str


class Year(Struct, frozen=True):
    """The numbers of a year by their days, and what the next number of each publication misses."""

    year: int
    numbers: tuple[Number, ...]
    missing: tuple[Missing, ...]


def look_at_year(workspace: "Workspace", store: "Database", year: int, *, now: datetime) -> Year:
    """Put a year together; `now` is local and naive. Nothing is written.

    A number is expected from the present month or quarter on: a house begins some day, and what it did not publish
    before is no longer missing.
    """
    pool = read_pool(workspace)
    looks = [_look(workspace, store, issue_id, pool) for issue_id in list_issues(workspace)]
    publications = workspace.configuration.publications.values()
    expected = [
        Number(
            publication.id,
            period.number,
            Stage.EXPECTED,
            period.first,
            title=title_of(period.number, publication.language),
        )
        for publication in publications
        for period in periods_of(publication.frequency, year, publication.language)
        if period.last >= now.date() and not any(_fills(look.number, publication.id, period) for look in looks)
    ]
    numbers = sorted(
        [*(look.number for look in looks), *expected],
        key=lambda number: (number.day, number.stage is Stage.EXPECTED, number.publication, number.issue),
    )
    missing = (_next_of(workspace, publication, numbers, looks, now) for publication in publications)
    return Year(
        year,
        tuple(number for number in numbers if number.day.year == year or number.stage is Stage.BROKEN),
        tuple(one for one in missing if one is not None and one.number.day.year == year),
    )


class _Look(Struct, frozen=True):
    """An issue as it was found; `approved_by` is whoever said yes last, to this state of it or an earlier one.

    `command` says what comes next where the issue's stage alone does not; `refusal` is why what is planned would not
    leave; `waivers` let errors pass.
    """

    number: Number
    issue: "Issue | None" = None
    approved_by: str = ""
    command: str = ""
    refusal: RefusedError | None = None
    waivers: tuple[Waiver, ...] = ()


def _look(workspace: "Workspace", store: "Database", issue_id: str, pool: Pool) -> _Look:
    try:
        issue = load_issue(workspace, issue_id, pool).issue
    except ContentError:
        return _Look(Number("", "", Stage.BROKEN, date.max, issue=issue_id))
    day = issue.send_at.date() if issue.send_at else issue.date
    number = Number(issue.publication.id, issue.number, Stage.BEGUN, day, issue.send_at, issue.id, issue.title)
    found = standing_of(store, workspace, issue_id, None)
    refusal, leaving = found.refusal, _leaving(found.mailings)
    if leaving is not None:
        stage, instant = leaving
        moment = instant.astimezone(ZoneInfo(workspace.configuration.identity.time_zone)).replace(tzinfo=None)
        number = replace(number, stage=stage, moment=moment, day=moment.date())
        if refusal is not None:
            number = replace(number, stage=Stage.UNCOVERED)
        elif stage is Stage.SCHEDULED:
            refusal = _refusal_of_planned(workspace, store, issue_id)
            number = replace(number, stage=Stage.HELD if refusal else stage)
        return _Look(number, issue, refusal=refusal)
    if found.approval is None:
        return _Look(number, issue)
    try:
        # Only what somebody said yes to is rendered: a year holds many issues.
        edition = render_edition(workspace, issue)
    except ContentError:
        return _Look(replace(number, stage=Stage.BROKEN), issue)
    now = standing_of(store, workspace, issue_id, edition)
    stage = Stage.APPROVED if now.state is ApprovalState.APPROVED else Stage.CHANGED
    by, command = found.approval.approved_by, _schedule_command(store, number, found.approval)
    return _Look(replace(number, stage=stage), issue, by, command, waivers=now.waivers)


def _refusal_of_planned(workspace: "Workspace", store: "Database", issue_id: str) -> RefusedError | None:
    """Give why what is planned would not leave as the issue is now: no yes to it, or errors that none lets pass."""
    try:
        edition, found = judged_edition(workspace, issue_id)
        require_approval(store, edition, workspace.configuration.identity.time_zone)
    except RefusedError as refusal:
        return refusal
    except ContentError as error:
        return RefusedError(str(error), hint=error.hint)
    return standing_of(store, workspace, issue_id, edition, found).held


def _schedule_command(store: "Database", number: Number, approval: Approval) -> str:
    """Give the command that plans an approved issue, with the list and the time where there is but one to be meant."""
    if approval.audiences:
        target = options(approval.audiences[0].list_name, approval.audiences[0].segment)
    else:
        names = list_names(store)
        target = names[0] if len(names) == 1 else _("NAME")
    at = number.moment.strftime("%Y-%m-%d %H:%M") if number.moment else "YYYY-MM-DD HH:MM"
    return f'rtesmail schedule {number.issue} --list {target} --at "{at}"'


def _leaving(every: Sequence[Mailing]) -> tuple[Stage, datetime] | None:
    """Give how far the mailings of an issue are, and when the first of them left or will; None when there is none."""
    begun = [one for one in every if one.started_at is not None and one.state is not MailingState.CANCELLED]
    if begun:
        is_over = all(one.state is not MailingState.SENDING for one in begun)
        return Stage.SENT if is_over else Stage.SENDING, min(one.started_at for one in begun if one.started_at)
    planned = [one.scheduled_at for one in every if one.state is MailingState.SCHEDULED and one.scheduled_at]
    return (Stage.SCHEDULED, min(planned)) if planned else None


def _fills(number: Number, publication: str, period: Period) -> bool:
    return number.publication == publication and (
        number.number == period.number or period.first <= number.day <= period.last
    )


def _next_of(
    workspace: "Workspace", publication: "Publication", numbers: Sequence[Number], looks: Sequence[_Look], now: datetime
) -> Missing | None:
    """Say what the next number of a publication misses; None when nothing does, or no number is to come."""
    for number in numbers:
        if number.publication != publication.id or number.stage in (Stage.SENDING, Stage.SENT):
            continue
        if number.stage is not Stage.EXPECTED and number.day < now.date():
            continue
        look = next((look for look in looks if look.number is number), None)
        mistakes = tuple(_mistakes(workspace, look)) if look is not None else ()
        words = tuple(_words(workspace, publication, number, look, mistakes, now))
        # What is approved and would not leave is not to be planned either.
        command = "" if look is None or mistakes else look.command
        return Missing(number, words, command or _command(number)) if words else None
    return None


def _words(
    workspace: "Workspace",
    publication: "Publication",
    number: Number,
    look: _Look | None,
    mistakes: Sequence[str],
    now: datetime,
) -> Iterator[str]:
    if number.stage is Stage.SCHEDULED:
        return
    if look is not None and look.refusal is not None:
        yield str(look.refusal)
        if number.stage is Stage.UNCOVERED:
            yield look.refusal.hint
        return
    if look is None or look.issue is None:
        yield _("not begun")
    else:
        filled = {section.rule.id for section in look.issue.sections}
        empty = [rule.title for rule in publication.sections if rule.id not in filled]
        if empty:
            yield _("empty: {sections}").format(sections=", ".join(empty))
        yield from mistakes
    planned = max(number.moment or datetime.combine(number.day, now.time()), now)
    name = number.issue or f"{number.number}-{publication.id}"
    if drafts := [
        cut(one.title, _LONGEST, placeholder="…") for one in drafts_that_fit(workspace, publication, name, planned)
    ]:
        titles = joined((*drafts[:_MOST_TITLES], "…" if len(drafts) > _MOST_TITLES else ""))
        yield ngettext("{n} draft to review: {titles}", "{n} drafts to review: {titles}", len(drafts)).format(
            n=len(drafts), titles=titles
        )
    match number.stage:
        case Stage.BEGUN:
            yield _("not approved")
        case Stage.CHANGED if look is not None:
            yield _("changed since {name} approved it").format(name=look.approved_by)
        case Stage.APPROVED:
            yield _("approved, and neither planned nor sent")


def _mistakes(workspace: "Workspace", look: _Look) -> Iterator[str]:
    """Tell the errors that count in what is not planned yet."""
    if look.issue is None or look.refusal is not None or look.number.stage is Stage.SCHEDULED:
        return
    try:
        _edition, found = judged_edition(workspace, look.issue.id)
    except ContentError as error:
        yield str(error)
        return
    if errors := len(errors_of(leave_out(found, look.waivers))):
        yield ngettext("{n} error to mend", "{n} errors to mend", errors).format(n=errors)


def _command(number: Number) -> str:
    match number.stage:
        case Stage.EXPECTED:
            return f"rtesmail assemble {number.publication} {number.number}"
        case Stage.UNCOVERED | Stage.HELD:
            return f"rtesmail status {number.issue}"
        case _:
            return f"rtesmail check {number.issue}"

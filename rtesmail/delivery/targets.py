"""Which part of a list a mailing is for: those of a segment, by its condition and on a day; and how that is told."""

import re
import shlex
from collections.abc import Sequence
from datetime import date, datetime
from gettext import gettext as _

from msgspec import Struct

from rtesmail.audience.segments.parsing import parse
from rtesmail.audience.segments.syntax import Node, write
from rtesmail.content.segment_file import FILE, load_segments, named_segment
from rtesmail.model.edition import Approval, ApprovedAudience
from rtesmail.model.errors import ContentError, RefusedError, RtesmailError
from rtesmail.model.mailing import Mailing, MailingState
from rtesmail.model.publication import Workspace


class Part(Struct, frozen=True):
    """The people of a list whom a segment asks for; `today` is the local day that the word means in its condition."""

    segment: str
    node: Node
    today: date

    @property
    def condition(self) -> str:
        """The segment's expression as text."""
        return write(self.node)


def part_of(workspace: Workspace, segment: str, now: datetime) -> Part | None:
    """Give the part of a list that a segment asks for, as it is written now; None for the whole list.

    Raises:
        ContentError: the segments' file has mistakes.
        WorkspaceError: there is no such segment.
    """
    if not segment:
        return None
    return Part(segment, named_segment(workspace, segment).node, _local_day(workspace, now))


def approved_audience(workspace: Workspace, list_name: str, segment: str, now: datetime) -> ApprovedAudience:
    """Give whom a yes is for, with the segment's condition as it is written now.

    Raises:
        ContentError, WorkspaceError: as for `part_of`.
    """
    part = part_of(workspace, segment, now)
    return ApprovedAudience(list_name, segment, part.condition if part else "")


def planned_part(workspace: Workspace, mailing: Mailing, now: datetime) -> Part | None:
    """Give the part that a mailing was planned for, if its segment still is what it was then.

    Raises:
        ContentError: the segments' file has mistakes.
        RefusedError: the segment is gone, or asks for others.
    """
    if not mailing.segment:
        return None
    return Part(mailing.segment, _planned_node(workspace, mailing), _local_day(workspace, now))


def _planned_node(workspace: Workspace, mailing: Mailing) -> Node:
    found = load_segments(workspace).get(mailing.segment)
    if found is not None and write(found.node) == mailing.condition:
        return found.node
    places = {"segment": mailing.segment, "path": FILE, "condition": mailing.condition}
    if found is None:
        message = _("The segment {segment} is gone from {path} since the mailing was planned for: {condition}.")
    else:
        places["now"] = write(found.node)
        message = _("The segment {segment} asked for {condition} when the mailing was planned, and now for {now}.")
    raise RefusedError(
        message.format(**places),
        hint=_(
            "Nobody was written to. Plan it again with `rtesmail schedule`, or cancel it: "
            "rtesmail cancel {issue} --list {list}"
        ).format(issue=mailing.issue, list=options(mailing.list_name, mailing.segment)),
    )


def begun_part(workspace: Workspace, mailing: Mailing) -> Part | None:
    """Give the part that a begun mailing was frozen for, whatever the segments' file says now."""
    if not mailing.segment or mailing.started_at is None:
        return None
    return Part(mailing.segment, parse(mailing.condition), _local_day(workspace, mailing.started_at))


def require_approved_for(approval: Approval, list_name: str, part: Part | None) -> None:
    """Stop before people for whom nobody has said yes.

    Raises:
        RefusedError: the approval names other people, or the segment has asked for others since.
    """
    refusal = refusal_for(approval, list_name, part)
    if refusal is not None:
        raise refusal


def refusal_for(approval: Approval, list_name: str, part: Part | None) -> RefusedError | None:
    """Give what `require_approved_for` would raise, None when these people are among those of the approval."""
    if not approval.audiences:
        return None
    return _refusal(approval, ApprovedAudience(list_name, *((part.segment, part.condition) if part else ("", ""))))


def refusal_of_plan(workspace: Workspace, approval: Approval | None, mailing: Mailing) -> RefusedError | None:
    """Give why a mailing that is planned would not leave although its issue is approved; None when it may, or is begun.

    A segment that has changed since it was planned comes first: approving again would not mend that.
    """
    if approval is None or not approval.audiences or mailing.state is not MailingState.SCHEDULED:
        return None
    if mailing.segment:
        try:
            _planned_node(workspace, mailing)
        except ContentError as error:
            return RefusedError(str(error), hint=_("See them: {command}").format(command="rtesmail segments list"))
        except RtesmailError as error:
            return RefusedError(str(error), hint=error.hint)
    return _refusal(approval, ApprovedAudience(mailing.list_name, mailing.segment, mailing.condition))


def refusal_words(refusal: RefusedError) -> str:
    """Say that a planned mailing would not leave as things stand, and why; its hint says what to do."""
    return _("It would not leave: {reason}").format(reason=refusal)


def _refusal(approval: Approval, wanted: ApprovedAudience) -> RefusedError | None:
    for audience in approval.audiences:
        if (audience.list_name, audience.segment) != (wanted.list_name, wanted.segment):
            continue
        if audience.condition == wanted.condition:
            return None
        return RefusedError(
            _changed_words(approval, audience, wanted.condition),
            hint=_("Nobody was written to. Look at whom it is for, then approve it again: {command}").format(
                command=approve_command(approval.issue, approval.audiences)
            ),
        )
    # The last yes counts, so that a person can narrow it: it has to name everybody again.
    everybody = (*approval.audiences, wanted)
    if len({one.segment for one in everybody}) > 1:
        hint = _(
            "Nobody was written to. One approval is for whole lists or for one segment of them: plan it for that, or "
            "approve it for every list: {command}"
        )
    else:
        hint = _("Nobody was written to. Name every list that the approval is to be for: {command}")
    return RefusedError(
        _("{issue} is approved for {audience}, not for {other}.").format(
            issue=approval.issue,
            audience=named(approval.audiences),
            other=words(wanted.list_name, wanted.segment),
        ),
        hint=hint.format(command=approve_command(approval.issue, everybody)),
    )


def changed_segments(workspace: Workspace, approval: Approval) -> tuple[str, ...]:
    """Say of each segment that the approval names, and that asks for others since, what it asked for and asks for now.

    Raises:
        ContentError: the segments' file has mistakes.
    """
    asked = {one.segment: one for one in approval.audiences if one.segment}
    if not asked:
        return ()
    found = load_segments(workspace)
    now = {name: write(found[name].node) if name in found else None for name in asked}
    return tuple(_changed_words(approval, one, now[name]) for name, one in asked.items() if now[name] != one.condition)


def _changed_words(approval: Approval, audience: ApprovedAudience, now: str | None) -> str:
    told = {
        "segment": audience.segment,
        "condition": audience.condition,
        "name": approval.approved_by,
        "issue": approval.issue,
    }
    if now is None:
        return _("The segment {segment} is gone from {path} since {name} approved {issue} for: {condition}.").format(
            path=FILE, **told
        )
    return _("The segment {segment} asked for {condition} when {name} approved {issue}, and now for {now}.").format(
        now=now, **told
    )


def words(list_name: str, segment: str) -> str:
    """Name whom a mailing is for."""
    return _("{list} (segment {segment})").format(list=list_name, segment=segment) if segment else list_name


def named(audiences: Sequence[ApprovedAudience]) -> str:
    """Name whom an approval is for; empty for every list."""
    return ", ".join(words(one.list_name, one.segment) for one in audiences)


def approve_command(issue_id: str, audiences: Sequence[ApprovedAudience] = ()) -> str:
    """Give the command that says yes for these people; for every list when one command cannot name them all."""
    segments = {one.segment for one in audiences}
    if len(segments) > 1:
        terms = ["--for-all"]
    else:
        terms = [f"--for {as_one_word(name)}" for name in dict.fromkeys(one.list_name for one in audiences)]
        terms += [f"--segment {as_one_word(segment)}" for segment in segments if segment]
    name = _("Your name")
    return " ".join([f'rtesmail approve {issue_id} --by "{name}"', *terms])


def options(list_name: str, segment: str) -> str:
    """Give what follows `--list` in a command about a mailing."""
    return f"{as_one_word(list_name)} --segment {as_one_word(segment)}" if segment else as_one_word(list_name)


def as_one_word(name: str) -> str:
    """Give a name as one word of a command: `"ma liste"` between quotation marks, as every shell takes it."""
    if re.fullmatch(r"[\w.@%+=:,/-]+", name):
        return name
    return shlex.quote(name) if re.search(r'["$`\\!]', name) else f'"{name}"'


def _local_day(workspace: Workspace, instant: datetime) -> date:
    from zoneinfo import ZoneInfo

    return instant.astimezone(ZoneInfo(workspace.configuration.identity.time_zone)).date()

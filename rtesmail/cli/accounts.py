"""Where mailings stand, and who is where."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import approving, setting, tallies, terminal, wording
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.delivery.accounts import DeliveryLine, MailingStatus
    from rtesmail.model.errors import RefusedError
    from rtesmail.model.mailing import Mailing
    from rtesmail.model.publication import Workspace


def register(application: typer.Typer) -> None:
    application.command(
        "status",
        cls=wording.Command,
        help=_("Show whether an issue is approved as it is now, and where its mailings stand."),
    )(status)
    application.command(
        "who", cls=wording.Command, help=_("List the people of an issue's mailings, with what the servers said.")
    )(who)


def status(context: typer.Context, issue: setting.IssueArgument, as_json: setting.JsonOption = False) -> None:
    from rtesmail.delivery.accounts import mailing_status
    from rtesmail.model.mailing import MailingState

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        issue_id = setting.known_issue_id(workspace, store, issue)
        found = mailing_status(store, issue_id)
        if as_json:
            standing = approving.standing_as_json(workspace, store, issue_id)
            mailings = [
                _status_as_json(each, approving.refusal_of_plan(workspace, store, each.mailing)) for each in found
            ]
            terminal.emit({"issue": issue_id, "approval": standing, "mailings": mailings})
            return
        is_refused = False
        for each in found:
            _show_status(workspace, each)
            if refusal := approving.refusal_of_plan(workspace, store, each.mailing):
                terminal.say_refused_plan(refusal)
                is_refused = True
            terminal.say()
        following = approving.show_standing(workspace, store, issue_id)
    terminal.say()
    is_planned = any(each.mailing.state is MailingState.SCHEDULED for each in found)
    if not found:
        _say_nothing_sent(issue_id)
    elif following and is_planned:
        terminal.say(terminal.paint(_("What is planned does not leave like this."), "warning"))
    elif is_planned and not is_refused:
        terminal.say(_("What is planned leaves at its time, if cron calls `rtesmail run`."))
    if any(each.totals.audience for each in found):
        if following and not is_planned:
            words = _("What has left is as it was approved. For what stands here now: {command}")
            terminal.say(words.format(command=following))
        terminal.say(_("Who is where: rtesmail who {issue}").format(issue=issue_id))
    elif following:
        terminal.say(_("Next: {command}").format(command=following))
    elif not is_planned:
        _say_how_to_send(issue_id)


def who(
    context: typer.Context,
    issue: setting.IssueArgument,
    list_name: Annotated[
        str, typer.Option("--list", help=_("Only the mailings to this list."), metavar=_("NAME"))
    ] = "",
    segment: Annotated[
        str, typer.Option("--segment", help=_("Only the mailings to this segment."), metavar=_("NAME"))
    ] = "",
    state: Annotated[
        str,
        typer.Option("--state", help=_("Only the people in a state: accepted, refused, unknown…"), metavar=_("STATE")),
    ] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery import accounts, mailings

    workspace = setting.current_workspace(context)
    wanted = setting.delivery_state(state)
    with setting.opened_store(workspace) as store:
        issue_id = setting.known_issue_id(workspace, store, issue)
        if list_name:
            mailings.require_list(store, workspace, list_name)
        found = [
            mailing
            for mailing in mailings.of_issue(store, issue_id)
            if list_name in ("", mailing.list_name) and segment in ("", mailing.segment)
        ]
        people = {mailing: accounts.who(store, mailing.id, wanted) for mailing in found}
    if as_json:
        rows = [_line_as_json(mailing, line) for mailing, lines in people.items() for line in lines]
        terminal.emit({"issue": issue_id, "people": rows})
        return
    for mailing, lines in people.items():
        terminal.say(terminal.paint(_heading(mailing), "strong"))
        _show_deliveries(lines)
        count = len(lines)
        terminal.say(ngettext("{n} person.", "{n} people.", count).format(n=grouped(count)))
        terminal.say()
    if not found:
        _say_nothing_sent(issue_id)
        _say_how_to_send(issue_id)
    elif any(line.state.value == "unknown" for lines in people.values() for line in lines):
        terminal.say(
            _("Next, to decide about the unknown ones: rtesmail resolve {issue} --help").format(issue=issue_id)
        )
    else:
        terminal.say(_("Next: rtesmail status {issue}").format(issue=issue_id))


def _say_nothing_sent(issue_id: str) -> None:
    terminal.say(_("{issue} has not been sent or scheduled yet.").format(issue=issue_id))


def _say_how_to_send(issue_id: str) -> None:
    terminal.say(_("Next: rtesmail send {issue} --list NAME --dry-run").format(issue=issue_id))


def _heading(mailing: "Mailing") -> str:
    from rtesmail.delivery.mailings import state_word
    from rtesmail.delivery.targets import words

    return _("{issue} to {list}: {state}").format(
        issue=mailing.issue, list=words(mailing.list_name, mailing.segment), state=state_word(mailing.state)
    )


def _show_status(workspace: "Workspace", status: "MailingStatus") -> None:
    """Print where one mailing stands; until when it may leave, as long as it may."""
    from rtesmail.model.mailing import MailingState

    mailing = status.mailing
    parts = [_heading(mailing)]
    if mailing.scheduled_at:
        parts.append(_("planned for {moment}").format(moment=setting.local_words(workspace, mailing.scheduled_at)))
    if mailing.not_after and mailing.state in (MailingState.SCHEDULED, MailingState.SENDING):
        parts.append(_("not after {moment}").format(moment=setting.local_words(workspace, mailing.not_after)))
    if mailing.started_at:
        parts.append(_("begun {moment}").format(moment=tallies.begun_words(workspace, mailing)))
    terminal.say(terminal.paint(", ".join(parts), "strong"))
    if mailing.segment:
        terminal.say(f"  {mailing.condition}")
    if mailing.audience is not None:
        tallies.show_totals(status.totals)
    if mailing.resume_at:
        terminal.say(tallies.pause_words(workspace, mailing.resume_at))


def _show_deliveries(lines: "tuple[DeliveryLine, ...]") -> None:
    """Print who is where, with the server's words."""
    from rtesmail.delivery.accounts import state_words

    words = state_words()
    terminal.table(
        [
            (
                line.email,
                words[line.state],
                str(line.attempts),
                _answer(line),
            )
            for line in lines
        ],
        heads=(_("address"), _("state"), _("attempts"), _("what was answered")),
        right=(2,),
    )


def _answer(line: "DeliveryLine") -> str:
    """Give what was last said of a delivery: by a person, or else by the server."""
    if line.settled_by and line.state.value == "pending":
        return _("waits again, as {name} decided").format(name=line.settled_by)
    if line.settled_by:
        return _("counts as accepted, as {name} decided").format(name=line.settled_by)
    return " ".join(part for part in (str(line.code or ""), line.reply) if part)


def _status_as_json(status: "MailingStatus", refusal: "RefusedError | None") -> terminal.Json:
    """Give where a mailing stands as `--json` shows it; times are UTC."""
    mailing = status.mailing
    moments = {
        "scheduled_at": mailing.scheduled_at,
        "not_after": mailing.not_after,
        "started_at": mailing.started_at,
        "finished_at": mailing.finished_at,
        "next_attempt_at": status.next_attempt_at,
    }
    return {
        "mailing": mailing.id,
        "issue": mailing.issue,
        "list": mailing.list_name,
        "segment": mailing.segment,
        "condition": mailing.condition,
        "state": mailing.state.value,
        "digest": mailing.edition_digest,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "refusal": str(refusal) if refusal else None,
        **tallies.totals_as_json(status.totals),
    }


def _line_as_json(mailing: "Mailing", line: "DeliveryLine") -> terminal.Json:
    """Give one row of the ledger as `--json` shows it."""
    return {
        "mailing": mailing.id,
        "list": mailing.list_name,
        "segment": mailing.segment,
        "email": line.email,
        "state": line.state.value,
        "attempts": line.attempts,
        "code": line.code,
        "enhanced": line.enhanced,
        "reply": line.reply,
        "message_id": line.message_id,
        "transport": line.transport,
        "variant": line.variant,
        "settled_at": line.settled_at.isoformat() if line.settled_at else None,
        "settled_by": line.settled_by,
    }

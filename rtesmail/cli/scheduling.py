"""Commands for cron: planning a mailing, cancelling it, and the one that sends what is due."""

from datetime import timedelta
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import approving, setting, tallies, terminal, wording
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import labelled

if TYPE_CHECKING:
    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import TransportSettings

LATEST = timedelta(hours=6)
"""How late a scheduled mailing may leave when nobody says otherwise: the same working day, not the night."""


def register(application: typer.Typer) -> None:
    application.command(
        "schedule", cls=wording.Command, help=_("Plan an issue for a list at a time. `rtesmail run` sends it.")
    )(schedule)
    application.command("cancel", cls=wording.Command, help=_("Cancel a planned or begun mailing."))(cancel)
    application.command("run", cls=wording.Command, help=_("Send what is approved and due: the one command for cron."))(
        run
    )


def schedule(
    context: typer.Context,
    issue: setting.IssueArgument,
    list_name: setting.ListOption,
    at: Annotated[
        str, typer.Option("--at", help=_("When, in the workspace's local time."), metavar='"YYYY-MM-DD HH:MM"')
    ],
    not_after: Annotated[
        str,
        typer.Option(
            "--not-after",
            help=_("Not later than this (6 hours after --at when not given)."),
            metavar='"YYYY-MM-DD HH:MM"',
        ),
    ] = "",
    segment: setting.SegmentOption = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.issues import resolve_issue_id
    from rtesmail.delivery import audiences, targets
    from rtesmail.delivery.approvals import latest_approval
    from rtesmail.delivery.scheduling import schedule_mailing
    from rtesmail.delivery.standing import ApprovalState

    workspace = setting.current_workspace(context)
    issue_id = resolve_issue_id(workspace, issue)
    starts = setting.as_utc(workspace, setting.local_moment(at, needs_hour=True))
    latest = (
        setting.as_utc(workspace, setting.local_moment(not_after, needs_hour=True)) if not_after else starts + LATEST
    )
    part = targets.part_of(workspace, segment, setting.utc_now())
    with setting.opened_store(workspace) as store:
        notes = audiences.notes_on(store, part) if part else ()
        mailing = schedule_mailing(
            store,
            workspace,
            issue_id,
            list_name,
            at=starts,
            not_after=latest,
            part=part,
        )
        approval = latest_approval(store, issue_id)
        standing = approving.present_standing(workspace, store, issue_id)
    refusal = targets.refusal_of_plan(workspace, approval, mailing) or standing.held
    if as_json:
        terminal.emit(
            {
                "mailing": mailing.id,
                "issue": mailing.issue,
                "list": mailing.list_name,
                "segment": mailing.segment,
                "condition": mailing.condition,
                "notes": list(notes),
                "refusal": str(refusal) if refusal else None,
                "scheduled_at": starts.isoformat(),
                "not_after": latest.isoformat(),
            }
        )
        return
    terminal.say(
        _("{issue} goes to {list} on {moment}, and not after {latest} ({zone}).").format(
            issue=issue_id,
            list=targets.words(list_name, segment),
            moment=setting.local_words(workspace, starts),
            latest=setting.local_words(workspace, latest),
            zone=workspace.configuration.identity.time_zone,
        )
    )
    if part is not None:
        terminal.say(_("The segment as it is now: {condition}").format(condition=part.condition))
        terminal.say_notes(notes)
        terminal.say(_("Should it ask for others by then, nothing leaves until it is planned again."))
    if refusal is not None:
        terminal.say_refused_plan(refusal)
        return
    if approval is not None and standing.state is ApprovalState.APPROVED:
        told = {"name": approval.approved_by, "issue": issue_id}
        terminal.say(_("Approved by {name} as it is now: it leaves then, if cron calls `rtesmail run`.").format(**told))
        terminal.say(_("Where it stands: rtesmail status {issue}").format(**told))
        return
    terminal.say(_("It leaves only if it is approved by then, and if cron calls `rtesmail run`."))
    approving_command = targets.approve_command(issue_id, approval.audiences if approval else ())
    command = f"rtesmail check {issue_id}" if standing.is_faulty else approving_command
    terminal.say(_("Next: {command}").format(command=command))


def cancel(
    context: typer.Context,
    issue: setting.IssueArgument,
    list_name: setting.ListOption,
    segment: setting.SegmentOption = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.scheduling import cancel_mailing
    from rtesmail.delivery.targets import words

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        issue_id = setting.known_issue_id(workspace, store, issue)
        mailing, left_out = cancel_mailing(store, workspace, issue_id, list_name, segment=segment)
    if as_json:
        terminal.emit(
            {
                "mailing": mailing.id,
                "issue": issue_id,
                "list": list_name,
                "segment": segment,
                "left_out": left_out,
            }
        )
        return
    target = words(list_name, segment)
    terminal.say(_("The mailing of {issue} to {list} is cancelled.").format(issue=issue_id, list=target))
    if left_out:
        terminal.say(
            ngettext("{n} person who waited gets nothing.", "{n} people who waited get nothing.", left_out).format(
                n=grouped(left_out)
            )
        )


def run(context: typer.Context, as_json: setting.JsonOption = False) -> None:
    from rtesmail.delivery.scheduling import run_due
    from rtesmail.delivery.targets import words
    from rtesmail.delivery.ways_out import chosen_transport

    workspace = setting.current_workspace(context)

    def transport_for(edition: "Edition", list_name: str) -> "TransportSettings":
        return chosen_transport(workspace, edition.publication, list_name=list_name)

    with setting.opened_store(workspace) as store:

        def render(issue_id: str) -> "Edition":
            return setting.checked_edition(workspace, issue_id, store)

        lines = run_due(store, workspace, render=render, transport_for=transport_for, now=setting.utc_now)
    if as_json:
        terminal.emit(
            {
                "done": [
                    {
                        "issue": line.issue,
                        "list": line.list_name,
                        "segment": line.segment,
                        "action": line.action.value,
                        "message": line.message,
                        "hint": line.hint,
                        **(tallies.totals_as_json(line.report.totals) if line.report else {}),
                    }
                    for line in lines
                ]
            }
        )
    else:
        # Cron keeps these lines in a log, which is sorted and searched by its times.
        now = setting.local_now(workspace).isoformat(" ", "minutes")
        for line in lines:
            hint = f" → {line.hint}" if line.hint else ""
            target = f"{line.issue} → {words(line.list_name, line.segment)}"
            terminal.say(f"{now}  {labelled(target, line.message)}{hint}")
    raise typer.Exit(max((line.exit_code for line in lines), default=0))

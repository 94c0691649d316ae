"""What a person decides about deliveries: `resolve`, and the part of `send` that retries."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace


def register(application: typer.Typer) -> None:
    application.command(
        "resolve",
        cls=wording.Command,
        help=_("Decide about messages whose fate is unknown: call them accepted, or write again."),
    )(resolve)


def resolve(
    context: typer.Context,
    issue: setting.IssueArgument,
    list_name: setting.ListOption,
    outcome: Annotated[
        str,
        typer.Option(
            "--as", help=_("`accepted`: they have it. `pending`: they do not, write again."), metavar=_("STATE")
        ),
    ],
    by: Annotated[str, typer.Option("--by", help=_("Who decides."), metavar=_("NAME"))],
    address: Annotated[
        list[str] | None,
        typer.Option("--address", help=_("Only this person; may be given several times."), metavar=_("ADDRESS")),
    ] = None,
    segment: setting.SegmentOption = "",
    wait: setting.WaitOption = 0.0,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.resolving import Decision, decide
    from rtesmail.delivery.targets import options
    from rtesmail.model.mailing import DeliveryState

    if outcome not in ("accepted", "pending"):
        raise typer.BadParameter(_("--as takes accepted or pending."), param_hint="--as")
    workspace = setting.current_workspace(context)
    decision = Decision(
        DeliveryState.UNKNOWN, DeliveryState(outcome), by, tuple(setting.addresses(address or [], "--address"))
    )
    with setting.opened_store(workspace) as store:
        issue_id = setting.known_issue_id(workspace, store, issue)
        mailing, count = decide(store, workspace, issue_id, list_name, decision, segment=segment, wait_seconds=wait)
    if as_json:
        terminal.emit(
            {
                "mailing": mailing.id,
                "issue": issue_id,
                "list": list_name,
                "segment": segment,
                "resolved": count,
                "as": outcome,
            }
        )
        return
    if decision.after is DeliveryState.ACCEPTED:
        words = ngettext("{n} message counts as accepted.", "{n} messages count as accepted.", count)
    else:
        words = ngettext("{n} person waits for another message.", "{n} people wait for another message.", count)
    terminal.say(words.format(n=grouped(count)))
    if decision.after is DeliveryState.PENDING:
        target = options(list_name, segment)
        terminal.say(_("Next: rtesmail send {issue} --list {list} --resume").format(issue=issue_id, list=target))


def retry_refused(
    workspace: "Workspace",
    store: "Database",
    issue_id: str,
    list_name: str,
    segment: str,
    by: str,
    wait_seconds: float,
) -> None:
    """Put those whom a server refused back to pending."""
    from rtesmail.delivery.resolving import Decision, decide
    from rtesmail.model.mailing import DeliveryState

    decision = Decision(DeliveryState.REFUSED, DeliveryState.PENDING, by)
    decide(store, workspace, issue_id, list_name, decision, segment=segment, wait_seconds=wait_seconds)

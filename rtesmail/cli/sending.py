"""Commands that send: a proof to colleagues, a mailing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from rtesmail.cli import plans, resolving, setting, tallies, terminal, wording

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.sending import SendReport
    from rtesmail.model.edition import Edition
    from rtesmail.model.mailing import Totals
    from rtesmail.model.publication import TransportSettings, Workspace

TransportOption = Annotated[
    str, typer.Option("--transport", help=_("Another way out than the publication's."), metavar=_("NAME"))
]


def register(application: typer.Typer) -> None:
    application.command(
        "proof",
        cls=wording.Command,
        help=_("Send an issue to colleagues as a proof. Its subject is marked [BAT]."),
    )(proof)
    application.command(
        "send",
        cls=wording.Command,
        help=_(
            "Send an approved issue to a list, or to a segment of it. Each person gets it once; run it again to resume."
        ),
    )(send)


def proof(
    context: typer.Context,
    issue: setting.IssueArgument,
    to: Annotated[
        list[str],
        typer.Option("--to", help=_("A colleague's address; may be given several times."), metavar=_("ADDRESS")),
    ],
    as_if: setting.AsIfOption = "",
    transport: TransportOption = "",
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help=_("Have the provider check the proof; nothing is delivered."))
    ] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.accounts import state_words
    from rtesmail.delivery.proofs import all_accepted, prove
    from rtesmail.delivery.ways_out import chosen_transport

    workspace = setting.current_workspace(context)
    edition, findings = setting.judged_edition(workspace, issue)
    way_out = chosen_transport(workspace, edition.publication, transport)
    recipients = setting.addresses(to, "--to")
    variant = edition.variant_of(**setting.reader(workspace, as_if, "--as-if")) if as_if else None
    with setting.opened_store(workspace) as store:
        results = prove(
            store, workspace, edition, findings, recipients, way_out, setting.utc_now, variant=variant, sandbox=sandbox
        )
    if as_json:
        terminal.emit(
            {
                "issue": edition.issue,
                "sandbox": sandbox,
                "variant": variant,
                "proofs": [{"email": a, "state": o.state.value, "code": o.code, "reply": o.reply} for a, o in results],
            }
        )
    else:
        words = state_words()
        terminal.table([(address, words[o.state], o.reply) for address, o in results])
        _say_folder(way_out)
        terminal.say()
        if sandbox:
            terminal.say(_("This was the provider's sandbox: nothing was delivered."))
        if edition.conditions or as_if:
            plans.show_proof_readers(edition, variant)
        if findings:
            terminal.show_findings(findings)
        terminal.say(_("Next: rtesmail check {issue}").format(issue=edition.issue))
    if not all_accepted(results):
        raise typer.Exit(6)


def send(
    context: typer.Context,
    issue: setting.IssueArgument,
    list_name: setting.ListOption,
    segment: setting.SegmentOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Say who would get it; send nothing."))] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", help=_("At most so many messages this time."), min=1, metavar="N")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help=_("Only go on with a mailing that was begun; begin none."))
    ] = False,
    transport: TransportOption = "",
    retry: Annotated[
        str,
        typer.Option("--retry", help=_("`refused`: write again to those whom a server refused."), metavar=_("STATE")),
    ] = "",
    by: Annotated[str, typer.Option("--by", help=_("Who decides to retry."), metavar=_("NAME"))] = "",
    wait: setting.WaitOption = 0.0,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.sending import send_mailing
    from rtesmail.delivery.ways_out import chosen_transport

    workspace = setting.current_workspace(context)
    if dry_run and resume:
        raise typer.BadParameter(_("A trial (--dry-run) is for a mailing that is not begun."), param_hint="--resume")
    if dry_run:
        _foresee(context, issue, list_name, segment, transport, as_json=as_json)
        return
    if retry not in ("", "refused"):
        raise typer.BadParameter(_("Only `--retry refused` is possible."), param_hint="--retry")
    with setting.opened_store(workspace) as store:
        ready = _ready(workspace, store, issue, list_name, segment, begins=not (resume or retry))
        way_out = chosen_transport(workspace, ready.publication, transport, list_name)
        if retry:
            resolving.retry_refused(workspace, store, ready.issue_id, list_name, segment, by, wait)
        with _progress(is_quiet=as_json) as advance:
            report = send_mailing(
                store,
                workspace,
                issue_id=ready.issue_id,
                edition=ready.edition,
                list_name=list_name,
                segment=segment,
                transport=way_out,
                now=setting.utc_now,
                limit=limit,
                progress=advance,
                wait_seconds=wait,
                begins=not (resume or retry),
            )
    if as_json:
        terminal.emit(
            {
                "mailing": report.mailing.id,
                "issue": report.mailing.issue,
                "list": report.mailing.list_name,
                "segment": report.mailing.segment,
                "state": report.mailing.state.value,
                "sent_now": report.sent_now,
                "resumed": report.resumed,
                "fallback": report.fallback or None,
                **tallies.totals_as_json(report.totals),
            }
        )
    else:
        if report.sent_now and not report.fallback:
            _say_folder(way_out)
        tallies.show_report(workspace, report)
    raise typer.Exit(exit_code_of(report))


def _say_folder(way_out: "TransportSettings") -> None:
    """Say where messages are that went to nobody, but into a folder of this machine."""
    if way_out.folder is not None:
        terminal.say(_("Written into {folder}; nothing was sent.").format(folder=terminal.shown_path(way_out.folder)))


class Ready(Struct, frozen=True):
    """What is about to be sent; `edition` is None when the files cannot be rendered and a begun mailing goes on."""

    issue_id: str
    publication: str
    edition: "Edition | None"


def _ready(
    workspace: "Workspace", store: "Database", text: str, list_name: str, segment: str, *, begins: bool
) -> Ready:
    """Render and check what the files hold now; a begun mailing has its own edition, whatever became of the files."""
    from rtesmail.delivery import mailings
    from rtesmail.delivery.approvals import load_edition
    from rtesmail.delivery.sending import require_begun
    from rtesmail.model.errors import RtesmailError

    issue_id = setting.known_issue_id(workspace, store, text)
    target = (issue_id, list_name, segment)
    begun = mailings.find(store, *target) if begins else require_begun(store, workspace, *target)
    if begun is None or begun.edition_digest is None:
        edition = setting.checked_edition(workspace, issue_id, store)
        return Ready(issue_id, edition.publication, edition)
    publication = load_edition(store, begun.edition_digest).publication
    try:
        return Ready(issue_id, publication, setting.checked_edition(workspace, issue_id, store))
    except RtesmailError:
        return Ready(issue_id, publication, None)


def exit_code_of(report: "SendReport") -> int:
    """Give 0 when all is well, 6 when some deliveries failed, 5 when people wait for another attempt or the pace."""
    from rtesmail.model.errors import DeliveryFailuresError, StoppedError
    from rtesmail.model.mailing import DeliveryState

    totals = report.totals
    if totals.of(DeliveryState.REFUSED) or totals.of(DeliveryState.UNKNOWN):
        return DeliveryFailuresError.exit_code
    is_waiting = totals.of(DeliveryState.DEFERRED) or report.mailing.resume_at
    return StoppedError.exit_code if is_waiting else 0


def _foresee(
    context: typer.Context, issue: str, list_name: str, segment: str, transport: str, *, as_json: bool
) -> None:
    from rtesmail.delivery.planning import plan_mailing
    from rtesmail.delivery.ways_out import chosen_transport

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        edition = setting.checked_edition(workspace, issue, store)
        way_out = chosen_transport(workspace, edition.publication, transport, list_name)
        plan = plan_mailing(store, workspace, edition.issue, list_name, edition, way_out, segment=segment)
    if as_json:
        terminal.emit(plans.plan_as_json(plan))
    else:
        plans.show_plan(workspace, plan)
    if plan.approval is None or plan.refusal is not None:
        raise typer.Exit(3)


@contextmanager
def _progress(*, is_quiet: bool) -> "Iterator[Callable[[Totals], None] | None]":
    """A bar where a person watches; nothing in cron and pipes, where the account at the end says it all."""
    import sys

    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rtesmail.model.mailing import DeliveryState

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_("sending"), total=None)

        def advance(totals: "Totals") -> None:
            waiting = totals.of(DeliveryState.PENDING) + totals.of(DeliveryState.SENDING)
            bar.update(task, total=totals.audience, completed=totals.audience - waiting)

        yield advance

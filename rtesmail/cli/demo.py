"""The whole job, shown: from the shipped workspace to the inboxes of a mail server started on this machine."""

from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from rtesmail.cli import setting, tallies, terminal, wording

if TYPE_CHECKING:
    from rtesmail.delivery.sending import SendReport
    from rtesmail.model.findings import Finding
    from rtesmail.model.publication import Workspace
    from rtesmail.rendering.build import Built

PUBLICATION, NUMBER = "mensuelle", "2025-04"
AS_OF = datetime(2025, 4, 3, 9, 0)
LIST = "demo"


def register(application: typer.Typer) -> None:
    application.command(
        "demo",
        cls=wording.Command,
        help=_("Show the whole job. It works on sample content and sends to a mail server of its own."),
    )(demonstrate)


class Shown(Struct, frozen=True):
    """What the demo made."""

    built: "Built"
    inbox: Path
    findings: "tuple[Finding, ...]"
    report: "SendReport"


def demonstrate(
    directory: Annotated[
        Path, typer.Argument(help=_("The folder to work in; made when it does not exist."), metavar=_("DIR"))
    ] = Path("rtesmail-demo"),
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.beginning import initialise_workspace
    from rtesmail.content.workspace import load_workspace

    workspace = load_workspace(initialise_workspace(directory).root)
    shown = _do_the_job(workspace, is_quiet=as_json)
    totals = tallies.totals_as_json(shown.report.totals)
    if as_json:
        terminal.emit(
            {
                "workspace": str(workspace.root),
                "html": str(shown.built.html),
                "text": str(shown.built.text),
                "inbox": str(shown.inbox),
                **totals,
            }
        )
    else:
        _show(workspace, shown)
    if totals["accepted"] != totals["audience"]:
        raise typer.Exit(6)


def _do_the_job(workspace: "Workspace", *, is_quiet: bool) -> Shown:
    """Import, assemble, build, check, approve, send: each step by the function that its command calls."""
    from rtesmail.audience.imports import import_file
    from rtesmail.checks.counting import count_findings
    from rtesmail.checks.registry import run_checks
    from rtesmail.content.assembly import assemble
    from rtesmail.content.issues import load_issue
    from rtesmail.delivery.approvals import approve
    from rtesmail.delivery.catcher import Catcher
    from rtesmail.delivery.sending import send_mailing
    from rtesmail.delivery.ways_out import chosen_transport
    from rtesmail.rendering.build import build_issue
    from rtesmail.rendering.edition import render_edition

    def step(words: str) -> None:
        if not is_quiet:
            terminal.say(f"  {words}")

    with setting.opened_store(workspace) as store:
        report = import_file(store, workspace.root / "lists" / "sample.csv", LIST, now=setting.utc_now())
        step(_("import    {n} people on the list {list}").format(n=len(report.rows), list=LIST))
        made = assemble(workspace, PUBLICATION, NUMBER, as_of=AS_OF)
        taken = sum(decision.taken for decision in made.decisions)
        step(_("assemble  {n} snippets of {all}").format(n=taken, all=len(made.decisions)))
        loaded = load_issue(workspace, made.issue_id)
        edition = render_edition(workspace, loaded.issue)
        built = build_issue(workspace, loaded.issue, edition)
        step(_("build     {n} KB of HTML, and its text").format(n=round(len(edition.html.encode()) / 1000)))
        findings = run_checks(workspace, loaded.issue, edition, loaded.findings)
        step(_("check     {findings}").format(findings=count_findings(findings) or _("No finding.")))
        approval = approve(store, edition, by=_("the demo"), now=setting.utc_now())
        step(_("approve   {digest}").format(digest=approval.digest[:12]))
        inbox = workspace.root / "out" / "inbox"
        way_out = chosen_transport(workspace, PUBLICATION)
        with Catcher(inbox) as catcher:
            sent = send_mailing(
                store,
                workspace,
                issue_id=made.issue_id,
                edition=edition,
                list_name=LIST,
                transport=replace(way_out, host=catcher.host, port=catcher.port),
                now=setting.utc_now,
            )
        step(_("send      to a mail server on {host}:{port}").format(host=catcher.host, port=catcher.port))
    return Shown(built, inbox, findings, sent)


def _show(workspace: "Workspace", shown: Shown) -> None:
    if shown.findings:
        terminal.say()
        terminal.show_findings(shown.findings)
    terminal.say()
    if shown.report.was_finished:
        terminal.say(_("This mailing was finished by an earlier demo here: nobody gets it twice."))
    tallies.show_totals(shown.report.totals)
    terminal.say()
    terminal.facts(
        [
            ("HTML", terminal.shown_path(shown.built.html)),
            (_("text"), terminal.shown_path(shown.built.text)),
            (_("inbox"), terminal.shown_path(shown.inbox)),
        ]
    )
    terminal.say()
    terminal.say(_("Next: rtesmail --workspace {folder} preview").format(folder=terminal.shown_path(workspace.root)))

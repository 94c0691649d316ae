"""Commands of the editor's desk: assemble, build, check, preview, approve."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import checking, setting, terminal, wording
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.content.assembly import Assembled


def register(application: typer.Typer) -> None:
    application.command(
        "assemble",
        cls=wording.Command,
        help=_("Write an issue from the snippets that are ready. The rules decide; your changes stay."),
    )(assemble)
    application.command("build", cls=wording.Command, help=_("Render an issue: HTML, plain text, calendar entries."))(
        build
    )
    application.command(
        "check", cls=wording.Command, help=_("Look for mistakes in an issue before anybody else does.")
    )(checking.check)
    application.command(
        "preview", cls=wording.Command, help=_("Show the issues in a browser, live while files are edited.")
    )(preview)


def assemble(
    context: typer.Context,
    publication: Annotated[
        str, typer.Argument(help=_("The publication, as named in rtesmail.toml."), metavar=_("PUBLICATION"))
    ],
    number: Annotated[str, typer.Argument(help=_("The number, such as 2025-04."), metavar=_("NUMBER"))],
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of",
            help=_("The planned sending time, local (when not given: what the issue is planned for, else now)."),
            metavar="YYYY-MM-DDTHH:MM",
        ),
    ] = "",
    name: Annotated[str, typer.Option("--name", help=_("A word added to the issue's name."), metavar=_("WORD"))] = "",
    explain: Annotated[bool, typer.Option("--explain", help=_("Say for each snippet why it is in or out."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Show what would be written, write nothing."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.assembly import assemble as assemble_issue

    workspace = setting.current_workspace(context)
    moment = setting.local_moment(as_of) if as_of else setting.local_now(workspace)
    made = assemble_issue(
        workspace, publication, number, as_of=moment, is_assumed=not as_of, name=name, write=not dry_run
    )
    if as_json:
        terminal.emit(
            {
                "issue": made.issue_id,
                "path": str(made.path),
                "changed": made.changed,
                "decisions": [
                    {"snippet": d.snippet_id, "section": d.section_id, "taken": d.taken, "reason": d.reason}
                    for d in made.decisions
                ],
                "findings": [terminal.finding_as_json(f) for f in made.findings],
            }
        )
    else:
        _show_assembled(made, explain=explain, dry_run=dry_run)
    if any(f.severity.value == "error" for f in made.findings):
        raise typer.Exit(4)


def _show_assembled(made: "Assembled", *, explain: bool, dry_run: bool) -> None:
    if explain:
        terminal.table(_explained(made), heads=(_("section"), _("snippet"), _("reason")))
        terminal.say()
    if made.findings:
        terminal.show_findings(made.findings)
        terminal.say()
    taken = sum(d.taken for d in made.decisions)
    left = len(made.decisions) - taken
    terminal.say(
        ngettext("{path}: {n} snippet in,", "{path}: {n} snippets in,", taken).format(
            path=terminal.shown_path(made.path), n=taken
        )
        + " "
        + ngettext("{n} left out.", "{n} left out.", left).format(n=left)
    )
    if dry_run:
        terminal.say(_("Nothing was written (--dry-run)."))
        return
    if not made.changed:
        terminal.say(_("Nothing has changed since the last time."))
    if not explain:
        terminal.say(_("Why each one: add --explain."))
    terminal.say(_("Next: rtesmail check {issue}").format(issue=made.issue_id))


def _explained(made: "Assembled") -> list[tuple[str, str, str]]:
    """Give a row for each snippet in the order of the letter, its section named once; then those left out."""
    rows: list[tuple[str, str, str]] = []
    before = None
    for decision in made.decisions:
        section = (decision.section_id or "") if decision.taken else _("left out")
        rows.append(("" if section == before else section, decision.snippet_id, decision.reason))
        before = section
    return rows


def build(context: typer.Context, issue: setting.IssueArgument, as_json: setting.JsonOption = False) -> None:
    from rtesmail.checks.together import told_together
    from rtesmail.model.conditions import words_of
    from rtesmail.rendering.build import build_issue
    from rtesmail.rendering.edition import render_edition

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with told_together(findings):
        edition = render_edition(workspace, loaded)
        built = build_issue(workspace, loaded, edition)
    size = len(edition.html.encode())
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "html": str(built.html),
                "text": str(built.text),
                "variants": [
                    {"for": words_of(edition.conditions, key), "html": str(path)}
                    for key, path in built.variants.items()
                ],
                "calendars": [str(path) for path in built.calendars],
                "digest": edition.digest,
                "html_bytes": size,
                "findings": [terminal.finding_as_json(f) for f in findings],
            }
        )
    else:
        terminal.facts(
            [
                (_("subject"), edition.subject),
                ("HTML", terminal.shown_path(built.html)),
                (_("text"), terminal.shown_path(built.text)),
                (_("size"), _("{n} KB of HTML").format(n=grouped(round(size / 1000)))),
                (_("digest"), edition.digest[:12]),
                *(
                    (words_of(edition.conditions, k) or _("the others"), terminal.shown_path(p))
                    for k, p in built.variants.items()
                ),
            ]
        )
        if findings:
            terminal.say()
            terminal.show_findings(findings)
        terminal.say()
        terminal.say(_("Next: rtesmail check {issue}").format(issue=loaded.id))
    if findings:
        raise typer.Exit(4)


def preview(
    context: typer.Context,
    port: Annotated[
        int, typer.Option("--port", help=_("The port on this machine."), min=1, max=65535, metavar="N")
    ] = 8025,
    browser: Annotated[bool, typer.Option("--open/--no-open", help=_("Open the page in the browser."))] = True,
) -> None:
    from rtesmail.web.serving import serve_preview

    workspace = setting.current_workspace(context)

    def show(address: str) -> None:
        terminal.say(_("Preview of {folder}: {address}").format(folder=workspace.root.name, address=address))
        terminal.say(_("It follows the files as they are saved. Ctrl-C stops it."))
        if browser:
            import webbrowser

            webbrowser.open(address)

    serve_preview(workspace.root, port=port, on_ready=show)

"""The command that makes the letter for paper."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated

import typer

from rtesmail.cli import publishing, setting, terminal, wording
from rtesmail.model.numbers import grouped


def register(application: typer.Typer) -> None:
    application.command("letter", cls=wording.Command, help=_("Make an issue's letter for paper: an A4 PDF to print."))(
        letter
    )


def letter(
    context: typer.Context,
    issue: setting.IssueArgument,
    to: Annotated[
        Path | None,
        typer.Option("--to", help=_("The PDF's file (out/ISSUE/letter.pdf when not given)."), metavar=_("FILE")),
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.together import told_together
    from rtesmail.content.replacing import write_asked
    from rtesmail.rendering.addresses import web_address
    from rtesmail.rendering.letter import render_letter

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with told_together(findings):
        made = render_letter(workspace, loaded)
    path = to or workspace.out / loaded.id / "letter.pdf"
    write_asked(path, made.content, _("Name a file in a folder that exists and is yours."))
    found = (*findings, *made.findings)
    address = web_address(workspace, loaded)
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "path": str(path),
                "pages": made.pages,
                "bytes": len(made.content),
                "address": address,
                "findings": [terminal.finding_as_json(finding) for finding in found],
            }
        )
        return
    terminal.facts(
        [
            ("PDF", terminal.shown_path(path)),
            (
                _("pages"),
                ngettext("{n} A4 page", "{n} A4 pages", made.pages).format(n=grouped(made.pages)),
            ),
            (_("size"), _("{n} KB").format(n=grouped(round(len(made.content) / 1000)))),
        ]
    )
    if found:
        terminal.say()
        terminal.show_findings(found)
    terminal.say()
    if address:
        terminal.say(_("It leads to {address}.").format(address=address))
        terminal.say(publishing.when_link_answers(workspace, loaded.id, address))
    terminal.say(_("Next: look at every page, then print it at 100 %."))

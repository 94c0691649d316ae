"""Commands about the workspace itself: making one, listing its issues."""

from datetime import datetime
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.dates import moment_cell
from rtesmail.model.numbers import grouped


def register(application: typer.Typer) -> None:
    application.command(
        "init",
        cls=wording.Command,
        help=_("Make a workspace in a folder. It starts with sample issues and a sample list."),
    )(initialise)
    application.command("issues", cls=wording.Command, help=_("List the issues of the workspace."))(list_all_issues)


def initialise(
    directory: Annotated[Path, typer.Argument(help=_("The folder to make it in."), metavar=_("DIR"))],
    templates: Annotated[
        bool, typer.Option("--templates", help=_("Copy the templates too, to change the look of every mail."))
    ] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.beginning import initialise_workspace

    made = initialise_workspace(directory, with_templates=templates)
    if as_json:
        terminal.emit({"workspace": str(made.root), "written": [p.as_posix() for p in made.written]})
        return
    count = len(made.written)
    terminal.say(
        ngettext("{n} file written in {folder}.", "{n} files written in {folder}.", count).format(
            n=grouped(count), folder=terminal.shown_path(made.root)
        )
    )
    if made.kept:
        kept = len(made.kept)
        terminal.say(
            ngettext(
                "{n} file was there already and was left as it is.",
                "{n} files were there already and were left as they are.",
                kept,
            ).format(n=grouped(kept))
        )
    terminal.say(_("Next: cd {folder} && rtesmail preview").format(folder=terminal.shown_path(made.root)))


def list_all_issues(context: typer.Context, as_json: setting.JsonOption = False) -> None:
    from rtesmail.content.issues import list_issues, load_cover
    from rtesmail.model.errors import ContentError

    workspace = setting.current_workspace(context)
    rows: list[tuple[str, str, str, datetime | None]] = []
    for issue_id in list_issues(workspace):
        try:
            issue = load_cover(workspace, issue_id)
        except ContentError as error:
            rows.append((issue_id, "", str(error), None))
            continue
        rows.append((issue.id, issue.publication.title, issue.title, issue.planned_for))
    if as_json:
        names = ("issue", "publication", "title", "planned_for")
        terminal.emit(
            {
                "issues": [
                    dict(zip(names, (*row, when.isoformat(" ", "minutes") if when else ""), strict=True))
                    for *row, when in rows
                ]
            }
        )
        return
    shown = [(*row, moment_cell(when) if when else "") for *row, when in rows]
    terminal.table(shown, heads=(_("issue"), _("publication"), _("title"), _("planned for")))
    if not rows:
        terminal.say(_("No issue yet. Next: rtesmail assemble PUBLICATION NUMBER"))

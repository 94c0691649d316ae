"""`shot`: an issue as pictures, for a colleague who has no preview."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.numbers import grouped

FOLDER = "shots"


def register(application: typer.Typer) -> None:
    application.command(
        "shot",
        cls=wording.Command,
        help=_("Take pictures of an issue: phone, tablet, desktop, light and dark, without images, text, inbox."),
    )(shot)


def shot(
    context: typer.Context,
    issue: setting.IssueArgument,
    to: Annotated[
        Path | None,
        typer.Option("--to", help=_("The folder for the pictures (out/ISSUE/shots)."), metavar=_("FOLDER")),
    ] = None,
    as_if: setting.AsIfOption = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.together import told_together
    from rtesmail.rendering.edition import render_edition
    from rtesmail.web.choices import Choice
    from rtesmail.web.chromium import find_chromium
    from rtesmail.web.readings import Reading
    from rtesmail.web.shots import take_shots

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    # Whoever has no browser hears of it before anything is made.
    find_chromium()
    with told_together(findings):
        edition = render_edition(workspace, loaded)
    variant = edition.variant_of(**setting.reader(workspace, as_if, "--as-if")) if as_if else ""
    folder = to or workspace.out / loaded.id / FOLDER
    paths = take_shots(workspace, Reading(loaded.id, loaded, edition), folder, Choice(readers=variant))
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "variant": variant if edition.variants else None,
                "pictures": [str(path) for path in paths],
                "findings": [terminal.finding_as_json(finding) for finding in findings],
            }
        )
        return
    for path in paths:
        terminal.say(f"  {path.name}")
    terminal.say()
    terminal.say(
        ngettext("{n} picture in {folder}.", "{n} pictures in {folder}.", len(paths)).format(
            n=grouped(len(paths)), folder=terminal.shown_path(folder)
        )
    )

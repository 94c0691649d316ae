"""The command that writes the people of a list into a spreadsheet."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.numbers import grouped


def register(application: typer.Typer) -> None:
    application.command(
        "export",
        cls=wording.Command,
        help=_(
            "Write the people of a list into a spreadsheet, or where the letters on paper go. Who said no is left out."
        ),
    )(export_file)


def export_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=_("The file to make: .csv or .xlsx."), metavar=_("FILE"))],
    list_name: Annotated[str, typer.Option("--list", help=_("The list of people."), metavar=_("NAME"))] = "",
    paper: Annotated[
        bool, typer.Option("--paper", help=_("The postal addresses for the printer, one row per letter."))
    ] = False,
    as_json: setting.JsonOption = False,
) -> None:
    if bool(list_name) == paper:
        raise typer.BadParameter(_("Say what to write: the people of one --list, or the letters on --paper."))
    if paper:
        _export_paper(context, file, as_json=as_json)
        return
    from rtesmail.audience.exports import export_list
    from rtesmail.audience.subscribers import list_lists

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        count = export_list(store, list_name, file)
        members = next(known.members for known in list_lists(store) if known.name == list_name)
    if as_json:
        terminal.emit({"list": list_name, "file": str(file), "people": count, "left_out": members - count})
        return
    said = ngettext(
        "{n} person of the list {list} is in {path}.", "{n} people of the list {list} are in {path}.", count
    )
    terminal.say(said.format(n=grouped(count), list=list_name, path=terminal.shown_path(file)))
    if members > count:
        left = members - count
        terminal.say(
            ngettext(
                "{n} person was left out: mail must not or cannot reach them.",
                "{n} people were left out: mail must not or cannot reach them.",
                left,
            ).format(n=grouped(left))
        )


def _export_paper(context: typer.Context, file: Path, *, as_json: bool) -> None:
    from rtesmail.audience.exports import export_paper

    with setting.opened_store(setting.current_workspace(context)) as store:
        count = export_paper(store, file)
    if as_json:
        terminal.emit({"file": str(file), "letters": count})
        return
    said = ngettext("{n} letter on paper is in {path}.", "{n} letters on paper are in {path}.", count)
    terminal.say(said.format(n=grouped(count), path=terminal.shown_path(file)))

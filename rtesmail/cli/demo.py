"""The whole job, shown: from the shipped workspace to the inboxes of a mail server started on this machine."""

from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording

ISSUE_NUMBER = ("mensuelle", "2025-04")
AS_OF = datetime(2025, 4, 3, 9, 0)
LIST = "demo"
APPROVED_BY = "Demo"


def register(application: typer.Typer) -> None:
    application.command(
        "demo", cls=wording.Command, help=_("Show the whole job on the demo workspace, to a mail server of its own.")
    )(demonstrate)


def demonstrate(
    directory: Annotated[
        Path, typer.Argument(help=_("The folder to work in; made when it does not exist."), metavar=_("DIR"))
    ] = Path("rtesmail-demo"),
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.beginning import initialise_workspace
    from rtesmail.content.workspace import load_workspace

    initialise_workspace(directory)
    workspace = load_workspace(directory.resolve())
    del workspace

"""The command line put together: one Typer application, its groups in the order of the work."""

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from rtesmail import __version__
from rtesmail.cli import (
    accounts,
    approving,
    certificates,
    comparing,
    counting,
    demo,
    desk,
    dkim,
    doctor,
    drafting,
    exporting,
    feedback,
    importing,
    organisations,
    pasting,
    people,
    printing,
    privacy,
    publishing,
    pulling,
    resolving,
    scheduling,
    segments,
    sending,
    serving,
    shooting,
    terminal,
    wording,
    workspace,
    year,
)


def build_application() -> typer.Typer:
    """Give the application with every command; texts are in the language bound before the call."""
    application = typer.Typer(
        name="rtesmail",
        cls=wording.Group,
        help=_("Newsletters from snippets to inboxes: build, check, approve and send, each reader exactly once."),
        no_args_is_help=True,
        add_completion=False,
        # Plain help starts faster than Rich's panels and reads the same in a terminal, a pipe and a log.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    application.callback()(global_options)
    for group in (
        workspace,
        year,
        demo,
        drafting,
        pasting,
        pulling,
        desk,
        comparing,
        approving,
        shooting,
        importing,
        exporting,
        people,
        privacy,
        organisations,
        segments,
        sending,
        accounts,
        counting,
        resolving,
        scheduling,
        certificates,
        feedback,
        dkim,
        doctor,
        printing,
        publishing,
        serving,
    ):
        group.register(application)
    return application


def _show_version(value: bool) -> None:
    if value:
        terminal.say(f"rtesmail {__version__}")
        raise typer.Exit


def global_options(
    context: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-C", help=_("The workspace's folder (found by walking up when not given)."), metavar="DIR"
        ),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help=_("Show the full error when something unexpected happens."))
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help=_("Show the version and exit."), is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    del debug, version
    context.obj = directory

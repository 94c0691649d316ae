"""The command line put together: one Typer application, its groups in the order of the work."""

from collections.abc import Sequence
from gettext import gettext as _
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from rtesmail import __version__
from rtesmail.cli import terminal, wording

GROUPS = {
    "workspace": ("init", "issues"),
    "year": ("calendar",),
    "demo": ("demo",),
    "drafting": ("new",),
    "pasting": ("paste",),
    "pulling": ("pull",),
    "desk": ("assemble", "build", "check", "preview"),
    "comparing": ("diff",),
    "approving": ("approve",),
    "shooting": ("shot",),
    "importing": ("import",),
    "exporting": ("export",),
    "people": ("lists", "people"),
    "privacy": ("privacy",),
    "organisations": ("organisations", "coverage"),
    "segments": ("segments",),
    "sending": ("proof", "send"),
    "accounts": ("status", "who"),
    "counting": ("links",),
    "resolving": ("resolve",),
    "scheduling": ("schedule", "cancel", "run"),
    "certificates": ("certificate", "verify"),
    "feedback": ("feedback",),
    "dkim": ("dkim",),
    "doctor": ("doctor",),
    "printing": ("letter",),
    "publishing": ("publish", "relay"),
    "serving": ("serve",),
}
"""The modules of the commands, in the order of the work, and the names that each registers."""


def build_application(asked: Sequence[str] = ()) -> typer.Typer:
    """Give the application with every command, or with its module's only when `asked` is sure to name one.

    Texts are in the language bound before the call.
    """
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
    for group in _groups_of(asked):
        import_module(f"rtesmail.cli.{group}").register(application)
    return application


def _groups_of(asked: Sequence[str]) -> Sequence[str]:
    """Give the one module that a command line needs: importing all would be half of a short command's time."""
    words = iter(asked)
    for word in words:
        if word in ("-C", "--workspace"):
            next(words, None)
        elif word != "--debug":
            return [group for group, names in GROUPS.items() if word in names] or tuple(GROUPS)
    return tuple(GROUPS)


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

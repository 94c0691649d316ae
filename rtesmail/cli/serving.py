"""The command that opens the public pages."""

import logging
import sys
from gettext import gettext as _
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording


def register(application: typer.Typer) -> None:
    application.command(
        "serve",
        cls=wording.Command,
        help=_(
            "Open the public pages: unsubscribe, preferences, subscription, letters, webhooks. Behind a reverse proxy."
        ),
    )(serve)


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help=_("The address of this machine that the proxy reaches."), metavar=_("ADDRESS"))
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", help=_("The port on this machine."), min=1, max=65535, metavar="N")
    ] = 8026,
    quiet: Annotated[bool, typer.Option("--quiet", help=_("Log troubles only, not every request."))] = False,
) -> None:
    from rtesmail.web.public.app import serve_public

    workspace = setting.current_workspace(context)
    _log_to_standard_error(is_quiet=quiet, is_debug="--debug" in sys.argv)
    public_url = workspace.configuration.identity.public_url

    def show(address: str) -> None:
        terminal.say(_("The public pages answer at {address}").format(address=address))
        terminal.say(
            _("Readers reach them at {url}, through the proxy. Ctrl-C stops them.").format(url=f"{public_url}/")
            if public_url
            else _("No letter leads here yet: public_url is empty in rtesmail.toml. Ctrl-C stops them.")
        )
        # A journal that reads a pipe must not wait until the server ends.
        sys.stdout.flush()

    serve_public(workspace, host=host, port=port, on_ready=show)


def _log_to_standard_error(*, is_quiet: bool, is_debug: bool) -> None:
    log = logging.getLogger("rtesmail.serve")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.DEBUG if is_debug else logging.WARNING if is_quiet else logging.INFO)

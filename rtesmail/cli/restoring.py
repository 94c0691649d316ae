"""`rtesmail people restore`: an address that bounced works again, on a colleague's word."""

from gettext import gettext as _
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording


def register(group: typer.Typer) -> None:
    """Add the command to those about people."""
    group.command(
        "restore", cls=wording.Command, help=_("Write again to an address that bounced and works now; on your word.")
    )(restore)


def restore(
    context: typer.Context,
    address: setting.AddressArgument,
    by: Annotated[str, typer.Option("--by", help=_("Who says that it works again."), metavar=_("NAME"))],
    reason: Annotated[str, typer.Option("--reason", help=_("Why it works again."), metavar=_("TEXT"))],
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience import restoring

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        has_changed = restoring.restore(store, address, by=by, reason=reason, now=setting.utc_now())
    if as_json:
        terminal.emit({"email": address, "status": "active", "changed": has_changed})
        return
    words = (
        _("{address} is written to again; what came back before counts no more.")
        if has_changed
        else _("{address} had not bounced: nothing stood in the way, and nothing was changed.")
    )
    terminal.say(words.format(address=address))

"""`rtesmail doctor`: how the senders stand with receivers, before anything is sent."""

from gettext import gettext as _
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.quoting import quoted


def register(application: typer.Typer) -> None:
    application.command(
        "doctor",
        cls=wording.Command,
        help=_("Look at what DNS says of the senders: MX, SPF, DKIM, DMARC, and whether they go together."),
    )(doctor)


def doctor(
    context: typer.Context,
    from_ip: Annotated[
        str,
        typer.Option("--from-ip", help=_("The address that your server sends from, to try SPF with."), metavar="IP"),
    ] = "",
    dns: Annotated[
        str,
        typer.Option("--dns", help=_("Ask this DNS server instead of this machine's."), metavar=_("ADDRESS[:PORT]")),
    ] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.pages import SENDER_PAGE
    from rtesmail.checks.registry import has_errors
    from rtesmail.delivery.dns.names import Names, read_server
    from rtesmail.delivery.dns.sender import judge, read_address, ways_of

    try:
        address = read_address(from_ip)
    except ValueError:
        raise typer.BadParameter(
            _("{text} is not an IP address.").format(text=quoted(from_ip)), param_hint="--from-ip"
        ) from None
    try:
        server = read_server(dns)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--dns") from None
    workspace = setting.current_workspace(context)
    ways = ways_of(workspace.configuration)
    found = judge(Names(server), ways, address)
    if as_json:
        terminal.emit(
            {
                "senders": [{"address": way.sender.address, "transport": way.transport.name} for way in ways],
                "findings": [terminal.finding_as_json(finding) for finding in found],
            }
        )
    else:
        for way in ways:
            terminal.say(_("{address} by {transport}").format(address=way.sender.address, transport=way.transport.name))
        if not ways:
            terminal.say(_("No publication has a way out that leads to readers."))
        terminal.show_findings(found)
        if found:
            terminal.say("  " + _("Each name in brackets has its paragraph in {page}.").format(page=SENDER_PAGE))
    if has_errors(found):
        raise typer.Exit(3)

"""`rtesmail dkim`: the keys that sign what leaves."""

from datetime import date
from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording

if TYPE_CHECKING:
    from rtesmail.model.publication import SigningKey


def register(application: typer.Typer) -> None:
    group = typer.Typer(cls=wording.Group, rich_markup_mode=None, no_args_is_help=True)
    group.command("new", cls=wording.Command, help=_("Make keys for a domain and print what DNS must say of them."))(
        new
    )
    group.command("show", cls=wording.Command, help=_("Print what DNS must say of the keys in use."))(show)
    application.add_typer(group, name="dkim", help=_("Sign what leaves, so that receivers know it is yours."))


def new(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(help=_("The domain of the sender's address."), metavar=_("DOMAIN"))],
    selector: Annotated[
        str,
        typer.Option(
            "--selector", help=_("The key's name in DNS (m and this month when not given)."), metavar=_("NAME")
        ),
    ] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.transports import is_domain, is_selector
    from rtesmail.delivery.signing_keys import KeyKind, make_key
    from rtesmail.model.publication import SigningKey

    name = selector or f"m{date.today():%Y%m}"
    if not is_domain(domain):
        raise typer.BadParameter(_("{value} is not the name of a domain.").format(value=repr(domain)))
    if not is_selector(name):
        raise typer.BadParameter(_("{value} is not a DKIM selector.").format(value=repr(name)))
    workspace = setting.current_workspace(context)
    folder = workspace.database.parent / "dkim"
    keys = []
    # RSA is what every receiver verifies; Ed25519 signs besides it.
    for kind, ending in ((KeyKind.RSA, ""), (KeyKind.ED25519, "e")):
        path = folder / f"{domain.lower()}.{name}{ending}.pem"
        make_key(kind, path)
        keys.append(SigningKey(domain.lower(), f"{name}{ending}", path))
    _show_records(keys, as_json=as_json)
    if as_json:
        return
    terminal.say(_("Then add to the transport in rtesmail.toml, once DNS answers:"))
    terminal.say()
    for key in keys:
        terminal.say("[[transports.NAME.dkim]]")
        terminal.say(f'domain = "{key.domain}"')
        terminal.say(f'selector = "{key.selector}"')
        terminal.say(f'key_file = "{key.key_file.relative_to(workspace.root)}"')
        terminal.say()


def show(context: typer.Context, as_json: setting.JsonOption = False) -> None:
    workspace = setting.current_workspace(context)
    keys = [key for settings in workspace.configuration.transports.values() for key in settings.dkim]
    if not keys and not as_json:
        terminal.say(_("No transport signs."))
        terminal.say(_("Next: rtesmail dkim new DOMAIN"))
        return
    _show_records(list(dict.fromkeys(keys)), as_json=as_json)


def _show_records(keys: "list[SigningKey]", *, as_json: bool) -> None:
    from rtesmail.delivery.signing_keys import dns_record

    records = [(key, dns_record(key)) for key in keys]
    if as_json:
        terminal.emit(
            {
                "keys": [
                    {
                        "domain": key.domain,
                        "selector": key.selector,
                        "key_file": str(key.key_file),
                        "name": record.name,
                        "value": record.value,
                    }
                    for key, record in records
                ]
            }
        )
        return
    terminal.say(_("Publish in DNS, as TXT records:"))
    terminal.say()
    for _key, record in records:
        terminal.say(record.zone_line)
        terminal.say()

"""`rtesmail dkim`: the keys that sign what leaves."""

from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rtesmail.delivery.signing.keys import DnsRecord, KeyKind
    from rtesmail.model.publication import SigningKey, Workspace


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
    kind: Annotated[
        str,
        typer.Option(
            "--type",
            help=_("`rsa`, which every receiver verifies, `ed25519`, or `both`: two signatures."),
            metavar=_("TYPE"),
        ),
    ] = "both",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.signing.keys import make_keys

    kinds = _kinds(kind)
    name = (selector or _default_selector(kinds)).lower()
    _require_names(domain, name)
    workspace = setting.current_workspace(context)
    keys = make_keys(domain.lower(), name, kinds, workspace.database.parent / "dkim")
    _show_records(workspace, keys, as_json=as_json)
    if as_json:
        return
    terminal.say(_("Then add to the transport in rtesmail.toml, once DNS answers:"))
    terminal.say()
    for key in keys:
        terminal.say("[[transports.NAME.dkim]]")
        terminal.say(f'domain = "{key.domain}"')
        terminal.say(f'selector = "{key.selector}"')
        terminal.say(f'key_file = "{_shown_file(workspace, key)}"')
        terminal.say()


def show(context: typer.Context, as_json: setting.JsonOption = False) -> None:
    workspace = setting.current_workspace(context)
    keys = [key for settings in workspace.configuration.transports.values() for key in settings.dkim]
    if not keys and not as_json:
        terminal.say(_("No transport signs."))
        terminal.say(_("Next: rtesmail dkim new DOMAIN"))
        return
    _show_records(workspace, dict.fromkeys(keys), as_json=as_json)


def _kinds(text: str) -> "tuple[KeyKind, ...]":
    from rtesmail.delivery.signing.keys import KeyKind

    known = {"rsa": (KeyKind.RSA,), "ed25519": (KeyKind.ED25519,), "both": (KeyKind.RSA, KeyKind.ED25519)}
    if text not in known:
        raise typer.BadParameter(_("A key's type is rsa, ed25519 or both."), param_hint="--type")
    return known[text]


def _default_selector(kinds: "Sequence[KeyKind]") -> str:
    """Give a name that says when the key was made; an Ed25519 key on its own is named as it is beside RSA."""
    from datetime import date

    from rtesmail.delivery.signing.keys import KeyKind

    return f"m{date.today():%Y%m}{'e' if tuple(kinds) == (KeyKind.ED25519,) else ''}"


def _require_names(domain: str, selector: str) -> None:
    from rtesmail.content.transports import is_domain, is_selector

    if not is_domain(domain):
        message = _("{value} is not the name of a domain.").format(value=quoted(domain))
        ascii_form = _ascii_form(domain)
        if is_domain(ascii_form):
            message += " " + _("In DNS it is written {name}.").format(name=ascii_form)
        raise typer.BadParameter(message, param_hint=_("DOMAIN"))
    if not is_selector(selector):
        raise typer.BadParameter(
            _("{value} is not a DKIM selector.").format(value=quoted(selector)), param_hint="--selector"
        )


def _ascii_form(domain: str) -> str:
    """Give `xn--…` for a domain with accents; empty when there is none."""
    from rtesmail.delivery.messages.headers import domain_of

    try:
        return domain_of(domain)
    except ValueError:
        return ""


def _shown_file(workspace: "Workspace", key: "SigningKey") -> str:
    """Give the key's file as rtesmail.toml names it."""
    if key.key_file.is_relative_to(workspace.root):
        return key.key_file.relative_to(workspace.root).as_posix()
    return str(key.key_file)


def _show_records(workspace: "Workspace", keys: "Iterable[SigningKey]", *, as_json: bool) -> None:
    from rtesmail.delivery.signing.keys import dns_record

    records = [(key, dns_record(key)) for key in keys]
    if as_json:
        terminal.emit({"keys": [_as_json(workspace, key, record) for key, record in records]})
        return
    terminal.say(_("Publish in DNS, as TXT records; in a zone file:"))
    terminal.say()
    for _key, record in records:
        terminal.say(record.zone_line)
        terminal.say()
    terminal.say(_("In your provider's web form, the name and the value:"))
    terminal.say()
    for _key, record in records:
        terminal.say(record.name)
        terminal.say(record.value)
        terminal.say()


def _as_json(workspace: "Workspace", key: "SigningKey", record: "DnsRecord") -> terminal.Json:
    return {
        "domain": key.domain,
        "selector": key.selector,
        "key_file": _shown_file(workspace, key),
        "name": record.name,
        "value": record.value,
        "zone_line": record.zone_line,
    }

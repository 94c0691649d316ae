"""What `rtesmail.toml` says of the public pages."""

from collections.abc import Mapping
from gettext import gettext as _
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from rtesmail.content.reading import Reader, named_tables, one_of
from rtesmail.content.servers import VARIABLE
from rtesmail.model.publication import Sender, TransportKind, TransportSettings
from rtesmail.model.quoting import quoted
from rtesmail.model.serving import LOOPBACK_NETWORKS, HookSettings, OpenList, ServerSettings

_PROVIDERS = (
    TransportKind.BREVO,
    TransportKind.MAILJET,
    TransportKind.POSTMARK,
    TransportKind.MAILGUN,
    TransportKind.SCALEWAY,
    TransportKind.SES,
)


def read_server(
    table: Reader, senders: Mapping[str, Sender], transports: Mapping[str, TransportSettings], root: Path
) -> ServerSettings:
    """Give `[server]`; what is wrong is noted and replaced by a default."""
    table.only(ServerSettings.__struct_fields__)
    lists = tuple(_open_list(name, entry) for name, entry in named_tables(table.table("lists")))
    # Who subscribes is asked to confirm by mail: without a way out nobody could.
    sender = table.reference("sender", senders, _("There is no sender {name}."), required=bool(lists))
    transport = table.reference("transport", transports, _("There is no transport {name}."), required=bool(lists))
    return ServerSettings(
        lists=lists,
        sender=senders.get(sender),
        transport=transport,
        consent=table.one_line("consent"),
        trusted_proxies=_networks(table),
        keep_ip=table.boolean("keep_ip"),
        paper=table.boolean("paper"),
        hooks=_hooks(table.table("hooks"), root),
    )


def _open_list(name: str, table: Reader) -> OpenList:
    table.only(("title", "description"))
    return OpenList(name, table.one_line("title", required=True), table.one_line("description"))


def _networks(table: Reader) -> tuple[IPv4Network | IPv6Network, ...]:
    if "trusted_proxies" not in table.values:
        return LOOPBACK_NETWORKS
    found = []
    for index, text in enumerate(table.texts("trusted_proxies")):
        try:
            found.append(ip_network(text.strip()))
        except ValueError:
            table.wrong(
                f"trusted_proxies.{index}",
                "bad-address",
                _("{value} is not the address of a machine or a network.").format(value=quoted(text)),
                'trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]',
            )
    return tuple(found)


def _hooks(table: Reader, root: Path) -> dict[TransportKind, HookSettings]:
    found = {}
    for name, entry in named_tables(table):
        if name not in _PROVIDERS:
            table.wrong(
                name,
                "unknown-value",
                _("There is no provider {name}.").format(name=quoted(name)),
                one_of(name, _PROVIDERS),
            )
            continue
        kind = TransportKind(name)
        found[kind] = _hook(kind, entry, root)
    return found


def _hook(kind: TransportKind, table: Reader, root: Path) -> HookSettings:
    table.only(("secret_env", "secret_file"))
    variable, file = table.text("secret_env"), table.one_line("secret_file")
    if variable and not VARIABLE.fullmatch(variable):
        # The value is not shown: it may be the secret itself.
        table.wrong(
            "secret_env",
            "secret-in-clear",
            _("secret_env should be the name of an environment variable, not the secret."),
            f'secret_env = "RTESMAIL_{kind.upper()}_HOOK"',
        )
    if not (variable or file):
        table.wrong(
            "secret_env",
            "missing-field",
            _("The calls of this provider need a secret: secret_env or secret_file."),
            f'secret_env = "RTESMAIL_{kind.upper()}_HOOK"',
        )
    return HookSettings(kind, variable, root / Path(file) if file else None)

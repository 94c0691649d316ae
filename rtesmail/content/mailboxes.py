"""What `rtesmail.toml` says of the mailboxes that take what comes back."""

from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.commands import read_command
from rtesmail.content.reading import Reader, named_tables, read_address
from rtesmail.content.servers import read_host, read_password_variable, read_path
from rtesmail.model.mailboxes import AfterReading, MailboxKind, MailboxSettings
from rtesmail.model.publication import LOOPBACK, Identity, Sender, TransportKind, TransportSettings
from rtesmail.model.security import Security

_IN_PARTS = (TransportKind.BREVO, TransportKind.MAILJET, TransportKind.POSTMARK, TransportKind.SCALEWAY)
"""Providers whose API takes a letter in parts: it would lose a message that is attached to it."""


def carries_messages(kind: TransportKind) -> bool:
    """Tell whether a way out takes a message with another one in it."""
    return kind not in _IN_PARTS


def read_mailboxes(
    mailboxes: Reader,
    senders: Mapping[str, Sender],
    transports: Mapping[str, TransportSettings],
    identity: Identity,
    root: Path,
) -> dict[str, MailboxSettings]:
    """Give every `[mailboxes.NAME]`; what is wrong is noted and replaced by a default."""
    found = {}
    for name, table in named_tables(mailboxes):
        found[name] = settings = _mailbox(name, table, root)
        table.reference("sender", senders, _("There is no sender {name}."))
        table.reference("transport", transports, _("There is no transport {name}."))
        _check_forwarding(table, settings, transports, identity)
    return found


def _mailbox(name: str, table: Reader, root: Path) -> MailboxSettings:
    table.only(f for f in MailboxSettings.__struct_fields__ if f != "name")
    kind = MailboxKind(table.choice("kind", [k.value for k in MailboxKind], "imap"))
    if "kind" not in table.values:
        table.missing("kind")
    security = Security(table.choice("security", [s.value for s in Security], "tls"))
    host = read_host(table, required=kind is MailboxKind.IMAP, example="imap.example.org")
    path = read_path(table, "path", root)
    after = AfterReading(table.choice("after", [a.value for a in AfterReading], "move"))
    if kind is MailboxKind.IMAP:
        _check_login(table, security, host)
    elif path is None:
        table.missing("path")
    if kind is MailboxKind.MBOX and "after" in table.values:
        table.wrong(
            "after",
            "unknown-value",
            _("An mbox file is only read: nothing in it is moved, marked or deleted."),
            _("Take the line out, or use a Maildir."),
        )
    return MailboxSettings(
        name=name,
        kind=kind,
        host=host,
        port=table.integer("port", 993 if security is Security.TLS else 143, least=1, most=65535),
        security=security,
        username=table.one_line("username"),
        password_env=read_password_variable(table, "RTESMAIL_MAILBOX_PASSWORD"),
        password_file=read_path(table, "password_file", root),
        token_command=read_command(table, root, key="token_command", default=()),
        ca_file=read_path(table, "ca_file", root),
        folder=table.one_line("folder", "INBOX") or "INBOX",
        path=path,
        after=after,
        forward=table.boolean("forward", True),
        forward_to=read_address(table, "forward_to"),
        sender=table.text("sender"),
        transport=table.text("transport"),
    )


def _check_login(table: Reader, security: Security, host: str) -> None:
    if security is Security.NONE and host not in LOOPBACK:
        table.wrong(
            "security",
            "password-in-clear",
            _("The password would travel in clear to {host}.").format(host=host),
            'security = "tls"',
        )
    if "username" not in table.values:
        table.missing("username")
    ways = [key for key in ("password_env", "password_file", "token_command") if table.values.get(key)]
    if not ways:
        table.wrong(
            "password_env",
            "missing-field",
            _("This mailbox needs a password or a token: password_env, password_file or token_command."),
            'password_env = "RTESMAIL_MAILBOX_PASSWORD"',
        )
    elif "token_command" in ways and len(ways) > 1:
        table.wrong(
            "token_command",
            "unknown-value",
            _("A mailbox is entered by a password or by a token, not by both."),
            _("Take one of the lines out."),
        )


def _check_forwarding(
    table: Reader, settings: MailboxSettings, transports: Mapping[str, TransportSettings], identity: Identity
) -> None:
    """Refuse to forward to the mailbox that is read, and by a way out that would lose the attached message."""
    if not settings.forward:
        return
    contact = settings.forward_to or identity.contact
    if settings.username.lower() == contact.lower():
        table.wrong(
            "forward_to",
            "forwards-to-itself",
            _("Answers would be forwarded to {address}, the very mailbox that is read.").format(address=contact),
            _("Name another address in forward_to, or leave answers where they are: forward = false"),
        )
    transport = transports.get(settings.transport)
    if transport is not None and not carries_messages(transport.kind):
        table.wrong(
            "transport",
            "unknown-value",
            _("Transport {name} cannot carry a message inside a message, as a forwarded answer is.").format(
                name=transport.name
            ),
            _("Name a transport of kind smtp, sendmail, mailgun or ses."),
        )

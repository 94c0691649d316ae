"""`rtesmail feedback read`: the mailboxes that take what comes back, read and acted upon."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from rtesmail.feedback.arrivals import Arrival, Mailbox
    from rtesmail.feedback.reading import Forward, Reading
    from rtesmail.model.answers import Answer
    from rtesmail.model.feedback import ReturnedDelivery, ReturnedMessage, Treatment
    from rtesmail.model.mailboxes import MailboxSettings
    from rtesmail.model.publication import TransportSettings, Workspace


def read(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help=_("Files or folders to read instead of the mailboxes of rtesmail.toml; they are left as they are."),
            metavar=_("FILE_OR_FOLDER"),
        ),
    ] = None,
    mailbox: Annotated[
        list[str] | None,
        typer.Option("--mailbox", help=_("Only this mailbox; may be repeated."), metavar=_("NAME")),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Say what would be done; change nothing, here and on the server."))
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", help=_("At most so many messages of each mailbox."), min=1, metavar="N")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help=_("Say nothing unless something needs a person: for cron."))
    ] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.cli import return_reports
    from rtesmail.delivery.lock import reading_lock
    from rtesmail.model.errors import RtesmailError

    if paths and mailbox:
        raise typer.BadParameter(_("Give either files or --mailbox."), param_hint="--mailbox")
    for path in paths or ():
        if not path.exists():
            raise typer.BadParameter(
                _("There is no file or folder {path}.").format(path=terminal.plain(terminal.shown_path(path))),
                param_hint=_("FILE_OR_FOLDER"),
            )
    workspace = setting.current_workspace(context)
    chosen = _chosen(workspace, mailbox or [], paths or [])
    readings: list[Reading] = []
    troubles: list[RtesmailError] = []
    with ExitStack() as held:
        if not dry_run:
            held.enter_context(reading_lock(workspace.database.parent))
        store = held.enter_context(_copied_store(workspace) if dry_run else setting.opened_store(workspace))
        for settings in chosen:
            source = _mailbox(settings, paths or [], is_trial=dry_run)
            try:
                for reading in _readings(workspace, store, source, settings, limit, is_trial=dry_run):
                    readings.append(reading)
            except RtesmailError as error:
                # The other mailboxes are read all the same.
                troubles.append(error)
            finally:
                source.close()
    if as_json:
        terminal.emit(return_reports.as_json(readings, troubles, is_trial=dry_run))
    elif readings or not troubles:
        return_reports.show(workspace, readings, is_trial=dry_run, is_quiet=quiet)
    return_reports.show_troubles(troubles)
    raise typer.Exit(return_reports.exit_code_of(readings, troubles))


def _chosen(workspace: "Workspace", names: "Sequence[str]", paths: "Sequence[Path]") -> "list[MailboxSettings]":
    from rtesmail.content.reading import one_of
    from rtesmail.model.errors import WorkspaceError
    from rtesmail.model.mailboxes import MailboxKind, MailboxSettings

    known = workspace.configuration.mailboxes
    if paths:
        # Answers in files go where those of the first mailbox go.
        first = next(iter(known.values()), MailboxSettings("", MailboxKind.MBOX))
        return [
            MailboxSettings(
                _("files"),
                MailboxKind.MBOX,
                forward=first.forward,
                forward_to=first.forward_to,
                sender=first.sender,
                transport=first.transport,
            )
        ]
    if not known:
        raise WorkspaceError(
            _("No mailbox is described in rtesmail.toml."),
            hint=_("Add a table [mailboxes.returns], or name files: rtesmail feedback read FILE_OR_FOLDER"),
        )
    for name in names:
        if name not in known:
            raise WorkspaceError(_("There is no mailbox {name}.").format(name=quoted(name)), hint=one_of(name, known))
    return [settings for name, settings in known.items() if name in names or not names]


def _mailbox(settings: "MailboxSettings", paths: "Sequence[Path]", *, is_trial: bool) -> "Mailbox":
    from rtesmail.feedback.file_mailboxes import FilesMailbox, MaildirMailbox
    from rtesmail.model.mailboxes import MailboxKind

    match settings.kind:
        case MailboxKind.IMAP:
            from rtesmail.feedback.imap_mailbox import ImapMailbox

            return ImapMailbox(settings, is_trial=is_trial)
        case MailboxKind.MAILDIR:
            return MaildirMailbox(settings, is_trial=is_trial)
        case MailboxKind.MBOX:
            return FilesMailbox(settings.name, paths or [settings.path or Path()])


def _readings(
    workspace: "Workspace",
    store: "Database",
    source: "Mailbox",
    settings: "MailboxSettings",
    limit: int | None,
    *,
    is_trial: bool,
) -> "Iterator[Reading]":
    from rtesmail.delivery.mailto import leave_by_mail
    from rtesmail.delivery.returns import find_returned
    from rtesmail.feedback.journal import recorded
    from rtesmail.feedback.reading import Forwarding, read_mailbox
    from rtesmail.feedback.treating import note_departure, treat_message
    from rtesmail.model.feedback import Decision, FeedbackKind

    secrets = _secrets(workspace, is_trial=is_trial)
    policy = workspace.configuration.feedback

    def find(address: str) -> "ReturnedDelivery | None":
        return find_returned(store, secrets, address)

    def treat(message: "ReturnedMessage", arrival: "Arrival") -> "tuple[Treatment, ...]":
        origin, now = _("mailbox {name}").format(name=source.name), setting.utc_now()
        before = recorded(store, arrival.identity)
        if any(
            told.kind is FeedbackKind.UNSUBSCRIBE_REQUEST and told.decision in (Decision.SUPPRESSED, Decision.ALREADY)
            for told in before
        ):
            # What was heard once says nothing against who has come back since.
            return before
        # A no is a no, whoever its token's letter was forwarded to: as with the link, the token alone decides.
        if left := leave_by_mail(store, secrets, message.token, source=origin, now=now):
            return (
                note_departure(
                    store,
                    left,
                    identity=arrival.identity,
                    source=origin,
                    happened_at=arrival.arrived_at,
                    policy=policy,
                    now=now,
                ),
            )
        return treat_message(
            store,
            message,
            identity=arrival.identity,
            source=origin,
            happened_at=arrival.arrived_at,
            policy=policy,
            now=now,
        )

    forward = _forward(workspace, settings, is_trial=is_trial) if settings.forward else None
    forwarding = Forwarding(store, forward, setting.utc_now) if forward else None
    return read_mailbox(source, treat, forwarding, find_delivery=find, limit=limit)


def _forward(workspace: "Workspace", settings: "MailboxSettings", *, is_trial: bool) -> "Forward":
    """Give what hands answers on; once the way out is broken, the rest wait for the next run."""
    from rtesmail.delivery.forwarding import ForwardingWay, forward_answer
    from rtesmail.model.errors import RtesmailError
    from rtesmail.model.mailing import DeliveryState

    configuration = workspace.configuration
    identity = configuration.identity
    publication = next(iter(configuration.publications.values()))
    sender = configuration.senders.get(settings.sender, publication.sender)
    transport = _transport(workspace, settings.transport or publication.transport)
    way = ForwardingWay(sender, settings.forward_to or identity.contact, identity.language)
    broken = ""

    def forward(answer: "Answer") -> str:
        nonlocal broken
        if is_trial or broken:
            return broken
        try:
            outcome = forward_answer(answer, way, transport, setting.utc_now())
        except RtesmailError as error:
            broken = str(error)
            return broken
        if outcome.state is DeliveryState.ACCEPTED:
            return ""
        return _("{address} did not take it: {reply}").format(address=way.to, reply=outcome.reply)

    return forward


def _transport(workspace: "Workspace", name: str) -> "TransportSettings":
    """Give the way out of answers; one that would lose the attached message is refused before anything is read."""
    from rtesmail.content.mailboxes import carries_messages
    from rtesmail.content.reading import one_of
    from rtesmail.model.errors import WorkspaceError

    known = workspace.configuration.transports
    if name not in known:
        raise WorkspaceError(_("There is no transport {name}.").format(name=quoted(name)), hint=one_of(name, known))
    if not carries_messages(known[name].kind):
        raise WorkspaceError(
            _("Transport {name} cannot carry a message inside a message, as a forwarded answer is.").format(name=name),
            hint=_(
                "Name a transport of kind smtp, sendmail, mailgun or ses in [mailboxes.NAME], or say forward = false."
            ),
        )
    return known[name]


def _secrets(workspace: "Workspace", *, is_trial: bool) -> tuple[bytes, ...]:
    """Give the secrets that sign addresses and links; a trial makes none."""
    from rtesmail.store.secret import SECRET_ENV, secrets_at

    if is_trial and not os.environ.get(SECRET_ENV) and not workspace.secret_key.exists():
        return ()
    return secrets_at(workspace.secret_key)


@contextmanager
def _copied_store(workspace: "Workspace") -> "Iterator[Database]":
    """Give a copy of the database to try everything in, which is then thrown away."""
    import sqlite3

    from rtesmail.store.opening import open_store, opened_for_reading

    with tempfile.TemporaryDirectory(prefix="rtesmail-") as folder:
        path = Path(folder) / "trial.db"
        if workspace.database.exists():
            with opened_for_reading(workspace.database) as original:
                copy = sqlite3.connect(path)
                original.conn.backup(copy)
                copy.close()
        store = open_store(path)
        try:
            yield store
        finally:
            store.conn.close()

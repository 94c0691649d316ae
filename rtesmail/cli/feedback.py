"""`rtesmail feedback`: what comes back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import return_summaries, returns, setting, terminal, wording
from rtesmail.cli.feedback_words import kind_words
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from rtesmail.feedback.classifying import FindDelivery
    from rtesmail.feedback.mailboxes import StoredMessage
    from rtesmail.model.feedback import FeedbackKind, ReturnedDelivery, ReturnedMessage
    from rtesmail.model.publication import Workspace

_MOST_IN_CELL = 60


def register(application: typer.Typer) -> None:
    group = typer.Typer(cls=wording.Group, rich_markup_mode=None, no_args_is_help=True)
    group.command(
        "classify",
        cls=wording.Command,
        help=_("Tell what returned messages are: bounces, complaints, automatic answers, people. Changes nothing."),
    )(classify)
    group.command(
        "read",
        cls=wording.Command,
        help=_("Read the mailboxes and act: stop writing to who bounces or leaves, forward people's answers."),
    )(returns.read)
    group.command("report", cls=wording.Command, help=_("Sum up what came back lately, and what was done about it."))(
        return_summaries.report
    )
    application.add_typer(group, name="feedback", help=_("Read what comes back: bounces, complaints, answers."))


def classify(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            help=_("Files of one message, mbox files, Maildir folders, or folders of all of these."),
            metavar=_("FILE_OR_FOLDER"),
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help=_("Print one JSON object a line for each message instead of text."))
    ] = False,
) -> None:
    from collections import Counter

    from rtesmail.feedback.classifying import classify as classify_message
    from rtesmail.feedback.mailboxes import stored_messages
    from rtesmail.model.errors import WorkspaceError

    for path in paths:
        if not path.exists():
            raise typer.BadParameter(
                _("There is no file or folder {path}.").format(path=terminal.plain(terminal.shown_path(path))),
                param_hint=_("FILE_OR_FOLDER"),
            )
    counts: Counter[FeedbackKind] = Counter()
    troubles: list[StoredMessage] = []
    rows: list[tuple[str, ...]] = []
    with _finding_deliveries(context) as find_delivery:
        for message in (message for path in paths for message in stored_messages(path)):
            if message.trouble:
                troubles.append(message)
                continue
            told = classify_message(message.content, find_delivery)
            counts[told.kind] += 1
            if as_json:
                terminal.say(_json_line(message, told))
            else:
                rows.append(_row(message, told))
    if not as_json:
        _show(rows, counts)
    for message in troubles:
        terminal.complain(
            _("{path} could not be read: {reason}").format(
                path=terminal.plain(terminal.shown_path(message.path)), reason=message.trouble
            )
        )
    if troubles:
        raise typer.Exit(WorkspaceError.exit_code)


@contextmanager
def _finding_deliveries(context: typer.Context) -> "Iterator[FindDelivery | None]":
    """Read return addresses by the workspace's secret and database, where there are any; they are not made here."""
    from rtesmail.delivery.returns import find_returned
    from rtesmail.store.opening import opened_for_reading
    from rtesmail.store.secret import SECRET_ENV, secrets_at

    workspace = _workspace_around(context)
    has_secret = workspace is not None and (os.environ.get(SECRET_ENV) or workspace.secret_key.exists())
    if workspace is None or not has_secret or not workspace.database.exists():
        yield None
        return
    secrets = secrets_at(workspace.secret_key)
    with opened_for_reading(workspace.database) as store:

        def find(address: str) -> "ReturnedDelivery | None":
            return find_returned(store, secrets, address)

        yield find


def _workspace_around(context: typer.Context) -> "Workspace | None":
    """Give the workspace, which is needed only when one was named: messages can be looked at anywhere."""
    from rtesmail.model.errors import RtesmailError

    try:
        return setting.current_workspace(context)
    except RtesmailError:
        if context.obj:
            raise
        return None


def _json_line(message: "StoredMessage", told: "ReturnedMessage") -> str:
    """Write one object in one line; in ASCII, so that no character of a stranger's can break it or the terminal."""
    import json

    return json.dumps(
        {
            "file": terminal.shown_path(message.path),
            "message": message.number,
            "kind": told.kind.value,
            "recipients": list(told.recipients),
            "status": told.status,
            "diagnostic": told.diagnostic,
            "action": told.action,
            "subject": told.subject,
            "delivery": told.delivery,
            "message_id": told.message_id,
            "reports": [
                {
                    "recipient": report.recipient,
                    "kind": report.kind.value,
                    "status": report.status,
                    "diagnostic": report.diagnostic,
                    "action": report.action,
                }
                for report in told.reports
            ],
        }
    )


def _row(message: "StoredMessage", told: "ReturnedMessage") -> tuple[str, ...]:
    file = terminal.plain(terminal.shown_path(message.path)) + (f" ({message.number})" if message.number > 1 else "")
    others = f" +{len(told.recipients) - 1}" if len(told.recipients) > 1 else ""
    who = "".join(told.recipients[:1])
    says = told.diagnostic or told.subject
    return (_cut(file, from_end=True), kind_words()[told.kind], _cut(who) + others, told.status, _cut(says))


def _cut(text: str, *, from_end: bool = False) -> str:
    if len(text) <= _MOST_IN_CELL:
        return text
    return f"…{text[1 - _MOST_IN_CELL :]}" if from_end else f"{text[: _MOST_IN_CELL - 1]}…"


def _show(rows: "Sequence[tuple[str, ...]]", counts: "Counter[FeedbackKind]") -> None:
    if not rows:
        terminal.say(_("No message."))
        return
    terminal.table(rows, heads=(_("file"), _("kind"), _("whom it is about"), _("code"), _("what it says")))
    terminal.say()
    words = kind_words()
    terminal.table([(words[kind], grouped(n)) for kind, n in counts.most_common()], right=(1,))
    terminal.say()
    total = ngettext("{n} message.", "{n} messages.", counts.total()).format(n=grouped(counts.total()))
    terminal.say(total)

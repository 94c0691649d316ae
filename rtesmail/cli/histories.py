"""A person's history in words: what they said, what was sent to them, what servers answered, who decided."""

from collections.abc import Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.cli import setting, terminal

if TYPE_CHECKING:
    from rtesmail.model.publication import Workspace
    from rtesmail.privacy.history import Entry


def show(workspace: "Workspace", entries: Sequence["Entry"]) -> None:
    """Print a history, oldest first; times are the workspace's."""
    terminal.say()
    terminal.table(
        [
            (
                setting.local_cell(workspace, entry.at),
                entry_words(entry),
                " → ".join(filter(None, (entry.about, entry.list_name))),
                _reason(entry),
            )
            for entry in entries
        ],
        heads=(_("when"), _("what"), _("which"), _("how, and what was answered")),
    )


def as_json(entry: "Entry") -> terminal.Json:
    """Give an entry as `--json` shows it; times are UTC."""
    from rtesmail.store.moments import to_text

    return {
        "at": to_text(entry.at),
        "kind": entry.kind.value,
        "what": entry.what,
        "issue": entry.about,
        "list": entry.list_name,
        "words": entry.words,
        "code": entry.code,
        "by": entry.by,
        "decision": entry.decision,
        "reason": entry.reason,
    }


def entry_words(entry: "Entry") -> str:
    """Say what happened."""
    from rtesmail.cli.feedback_words import decision_words, kind_words
    from rtesmail.model.feedback import Decision, FeedbackKind
    from rtesmail.privacy.history import EventKind

    match entry.kind:
        case EventKind.DELIVERY:
            return delivery_words()[entry.what]
        case EventKind.FEEDBACK:
            return _("{kind}: {decision}").format(
                kind=kind_words()[FeedbackKind(entry.what)], decision=decision_words()[Decision(entry.decision)]
            )
        case EventKind.RESTORATION:
            return _("the address works again")
        case EventKind.SUPPRESSION:
            return _("not written to any more: {reason}").format(reason=status_words()[entry.what])
        case _:
            return consent_words()[entry.what]


def consent_words() -> dict[str, str]:
    """Name each act of the journal, and the beginning before any of them."""
    return {
        "collected": _("known from here on"),
        "imported": _("put on a list"),
        "requested": _("asked for it, to be confirmed"),
        "confirmed": _("confirmed it"),
        "subscribed": _("subscribed"),
        "unsubscribed": _("said no"),
        "resubscribed": _("asked for it again"),
        "preferences": _("changed what they get"),
        "replied": _("wrote back"),
        "erased": _("erased"),
    }


def delivery_words() -> dict[str, str]:
    """Name what became of one message."""
    return {
        "pending": _("message waits"),
        "sending": _("message being sent"),
        "accepted": _("message accepted"),
        "deferred": _("message put off"),
        "refused": _("message refused"),
        "unknown": _("message sent, no answer"),
        "skipped": _("no message, left out"),
    }


def status_words() -> dict[str, str]:
    """Name each status of a person."""
    return {
        "active": _("active"),
        "unsubscribed": _("unsubscribed"),
        "bounced": _("bounced"),
        "complained": _("complained"),
        "erased": _("erased"),
    }


def _reason(entry: "Entry") -> str:
    # Servers mostly begin with the code themselves.
    code = str(entry.code) if entry.code and not entry.words.startswith(str(entry.code)) else ""
    decided = _("decided by {name}").format(name=entry.by) if entry.by else ""
    reason = f"{entry.reason};" if entry.reason and (entry.words or decided) else entry.reason
    return " ".join(" ".join(filter(None, (reason, code, entry.words, decided))).split())

"""What was read in the mailboxes, for a person and for programs."""

from collections import Counter, defaultdict
from datetime import UTC
from email.utils import parsedate_to_datetime
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.cli import setting, terminal
from rtesmail.cli.feedback import kind_words
from rtesmail.feedback.arrivals import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rtesmail.cli.terminal import Json
    from rtesmail.feedback.reading import Reading
    from rtesmail.model.errors import RtesmailError
    from rtesmail.model.feedback import Decision, FeedbackKind, Treatment
    from rtesmail.model.publication import Workspace

_MOST_LINES = 30
_MOST_IN_CELL = 45


def show(workspace: "Workspace", readings: "Sequence[Reading]", *, is_trial: bool, is_quiet: bool) -> None:
    """Print the account; with `is_quiet` only when something in it needs a person."""
    if is_quiet and not any(_needs_person(reading) for reading in readings):
        return
    if not readings:
        terminal.say(_("Nothing new in the mailboxes."))
        return
    kinds, decisions = kind_words(), decision_words()
    rows = [
        (kinds[kind], decisions[decision], terminal.number(count))
        for (kind, decision), count in sorted(_counts(readings).items(), key=lambda entry: -entry[1])
    ]
    if is_trial:
        terminal.say(_("A trial: nothing was changed, here or in the mailbox. This would be done:"))
        terminal.say()
    if rows:
        terminal.table(rows, heads=(_("kind"), _("what is done"), _("messages")), right=(2,))
        terminal.say()
    _show_alerts(readings)
    _show_kept(workspace, readings)
    _show_failures(readings)
    if before := sum(reading.is_repeat for reading in readings):
        text = ngettext("{n} message was dealt with before.", "{n} messages were dealt with before.", before)
        terminal.say(text.format(n=terminal.number(before)))
    total = ngettext("{n} message read.", "{n} messages read.", len(readings))
    terminal.say(total.format(n=terminal.number(len(readings))))


def _needs_person(reading: "Reading") -> bool:
    return bool(reading.trouble) or (not reading.is_repeat and reading.place in (Place.BLOCKED, Place.STAYS))


def _counts(readings: "Sequence[Reading]") -> "Counter[tuple[FeedbackKind, Decision]]":
    counts: Counter[tuple[FeedbackKind, Decision]] = Counter()
    for reading in readings:
        for treatment in reading.treatments if not (reading.trouble or reading.is_repeat) else ():
            counts[treatment.kind, treatment.decision] += 1
    return counts


def _of(readings: "Sequence[Reading]", decision: "Decision") -> "Iterator[tuple[Reading, Treatment]]":
    for reading in readings:
        for treatment in reading.treatments:
            if treatment.decision is decision and not reading.is_repeat:
                yield reading, treatment


def _show_alerts(readings: "Sequence[Reading]") -> None:
    """Say who blocks us, in the servers' own words; the same words of many servers' messages once."""
    from rtesmail.model.feedback import Decision

    words = Counter(
        terminal.plain(reading.message.diagnostic or treatment.reason)
        for reading, treatment in _of(readings, Decision.ALERTED)
    )
    if not words:
        return
    title = _("Blocked: it is about us, our message or a policy, not about these people. Nobody was taken off a list.")
    terminal.say(terminal.paint(title, "warning"))
    terminal.table([(terminal.number(count), text) for text, count in words.most_common(_MOST_LINES)], right=(0,))
    _say_left_out(len(words))
    terminal.say()


def _show_kept(workspace: "Workspace", readings: "Sequence[Reading]") -> None:
    from rtesmail.model.feedback import Decision

    kept: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for reading, treatment in _of(readings, Decision.KEPT):
        subject, sender = _cut(reading.message.subject) or _("(none)"), _cut(reading.sender) or _("(nobody)")
        kept[treatment.reason].append((subject, sender, _moment(workspace, reading), _where(reading)))
    for reason, rows in kept.items():
        terminal.say(terminal.paint(_("For a person to look at ({reason}):").format(reason=reason), "warning"))
        terminal.table(rows[:_MOST_LINES], heads=(_("subject"), _("from"), _("date"), _("lies in")))
        _say_left_out(len(rows))
        terminal.say()


def _moment(workspace: "Workspace", reading: "Reading") -> str:
    """Give when a message came, else the date that its writer's program gave, in local time where it is one."""
    try:
        moment = reading.arrived_at or parsedate_to_datetime(reading.date)
        return setting.local_text(workspace, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, IndexError):
        return _cut(reading.date) or _("(none)")


def _where(reading: "Reading") -> str:
    where = reading.where
    shown = terminal.shown_path(Path(where)) if where.startswith("/") else where
    # Translators: a mailbox's name, then where in it.
    return _("{mailbox}: {place}").format(mailbox=reading.mailbox, place=terminal.plain(shown))


def _show_failures(readings: "Sequence[Reading]") -> None:
    failed = [reading for reading in readings if reading.trouble]
    for reading in failed[:_MOST_LINES]:
        terminal.complain(
            _("{where}: {reason}. It stays for the next run.").format(
                where=_where(reading), reason=reading.trouble.rstrip(".")
            )
        )
    _say_left_out(len(failed))


def _say_left_out(count: int) -> None:
    if count > _MOST_LINES:
        others = count - _MOST_LINES
        terminal.say(ngettext("… and {n} more.", "… and {n} more.", others).format(n=terminal.number(others)))


def _cut(text: str) -> str:
    plain = terminal.plain(text)
    return plain if len(plain) <= _MOST_IN_CELL else f"{plain[: _MOST_IN_CELL - 1]}…"


def show_troubles(troubles: "Sequence[RtesmailError]") -> None:
    """Say which mailboxes could not be read to the end, and why."""
    for error in troubles:
        terminal.complain(str(error))
        if error.hint:
            terminal.complain(f"→ {error.hint}")


def exit_code_of(readings: "Sequence[Reading]", troubles: "Sequence[RtesmailError]") -> int:
    """Give 4 when a setting cannot be used, 5 when something was left for the next run, 6 when servers block us."""
    from rtesmail.model.errors import DeliveryFailuresError, StoppedError, WorkspaceError

    if any(isinstance(error, WorkspaceError) for error in troubles):
        return WorkspaceError.exit_code
    if troubles or any(reading.trouble for reading in readings):
        return StoppedError.exit_code
    is_blocked = any(reading.place is Place.BLOCKED and not reading.is_repeat for reading in readings)
    return DeliveryFailuresError.exit_code if is_blocked else 0


def as_json(readings: "Sequence[Reading]", troubles: "Sequence[RtesmailError]", *, is_trial: bool) -> "Json":
    """Give the account for programs."""
    return {
        "dry_run": is_trial,
        "messages": [_message_as_json(reading) for reading in readings],
        "counts": [
            {"kind": kind.value, "decision": decision.value, "number": count}
            for (kind, decision), count in _counts(readings).items()
        ],
        "troubles": [str(error) for error in troubles],
    }


def _message_as_json(reading: "Reading") -> "Json":
    return {
        "mailbox": reading.mailbox,
        "where": terminal.plain(reading.where),
        "place": reading.place.name.lower(),
        "kind": reading.message.kind.value,
        "subject": reading.message.subject,
        "from": reading.sender,
        "date": reading.date,
        "forwarded": reading.is_forwarded,
        "trouble": reading.trouble,
        "treatments": [
            {
                "kind": treatment.kind.value,
                "decision": treatment.decision.value,
                "address": treatment.address,
                "reason": treatment.reason,
                "repeat": treatment.is_repeat,
            }
            for treatment in reading.treatments
        ],
    }


def decision_words() -> "dict[Decision, str]":
    """Name for a person what is done with what came back."""
    from rtesmail.model.feedback import Decision

    return {
        Decision.SUPPRESSED: _("written to no more"),
        Decision.ALREADY: _("was so before"),
        Decision.COUNTED: _("counted"),
        Decision.ALERTED: _("alert"),
        Decision.NOTED: _("nothing to do"),
        Decision.FORWARD: _("forwarded"),
        Decision.KEPT: _("kept for a person"),
    }

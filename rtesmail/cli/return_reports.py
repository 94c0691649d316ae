"""What was read in the mailboxes, for a person and for programs."""

from collections import Counter, defaultdict
from datetime import UTC
from email.utils import parsedate_to_datetime
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.cli import setting, terminal
from rtesmail.cli.feedback_words import MOST_LINES, counts_as_json, say_left_out, show_blocked, show_counts, show_first
from rtesmail.feedback.arrivals import Place
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rtesmail.cli.terminal import Json
    from rtesmail.feedback.reading import Reading
    from rtesmail.model.errors import RtesmailError
    from rtesmail.model.feedback import Decision, FeedbackKind, Treatment
    from rtesmail.model.publication import Workspace

_MOST_IN_CELL = 45


def show(workspace: "Workspace", readings: "Sequence[Reading]", *, is_trial: bool, is_quiet: bool) -> None:
    """Print the account; with `is_quiet` only when something in it needs a person."""
    if is_quiet and not any(_needs_person(reading) for reading in readings):
        return
    if not readings:
        terminal.say(_("Nothing new in the mailboxes."))
        return
    if is_trial:
        terminal.say(_("A trial: nothing was changed, here or in the mailbox. This would be done:"))
        terminal.say()
    if counts := _counts(readings):
        show_counts(counts)
        terminal.say()
    _show_alerts(readings)
    _show_kept(workspace, readings)
    _show_failures(readings)
    if before := sum(reading.is_repeat for reading in readings):
        text = ngettext("{n} message was dealt with before.", "{n} messages were dealt with before.", before)
        terminal.say(text.format(n=grouped(before)))
    total = ngettext("{n} message read.", "{n} messages read.", len(readings))
    terminal.say(total.format(n=grouped(len(readings))))


def _needs_person(reading: "Reading") -> bool:
    return bool(reading.trouble) or (not reading.is_repeat and reading.place in (Place.BLOCKED, Place.STAYS))


def _counts(readings: "Sequence[Reading]") -> "list[tuple[FeedbackKind, Decision, int]]":
    """Count what is done in this run, commonest first."""
    counts = Counter(
        (treatment.kind, treatment.decision)
        for reading in readings
        for treatment in (reading.treatments if not (reading.trouble or reading.is_repeat) else ())
    )
    return [(kind, decision, count) for (kind, decision), count in counts.most_common()]


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
    show_blocked([(grouped(count), text) for text, count in words.most_common()], right=(0,))
    terminal.say()


def _show_kept(workspace: "Workspace", readings: "Sequence[Reading]") -> None:
    from rtesmail.model.feedback import Decision

    kept: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for reading, treatment in _of(readings, Decision.KEPT):
        subject, sender = _cut(reading.message.subject) or _("(none)"), _cut(reading.sender) or _("(nobody)")
        kept[treatment.reason].append((subject, sender, _moment(workspace, reading), _where(reading)))
    for reason, rows in kept.items():
        terminal.say(terminal.paint(_("For a person to look at ({reason}):").format(reason=reason), "warning"))
        show_first(rows, heads=(_("subject"), _("from"), _("date"), _("lies in")))
        terminal.say()


def _moment(workspace: "Workspace", reading: "Reading") -> str:
    """Give when a message came, else the date that its writer's program gave, in local time where it is one."""
    try:
        moment = reading.arrived_at or parsedate_to_datetime(reading.date)
        return setting.local_cell(workspace, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, IndexError):
        return _cut(reading.date) or _("(none)")


def _where(reading: "Reading") -> str:
    where = reading.where
    shown = terminal.shown_path(Path(where)) if where.startswith("/") else where
    # Translators: a mailbox's name, then where in it.
    return _("{mailbox}: {place}").format(mailbox=reading.mailbox, place=terminal.plain(shown))


def _show_failures(readings: "Sequence[Reading]") -> None:
    failed = [reading for reading in readings if reading.trouble]
    for reading in failed[:MOST_LINES]:
        terminal.complain(
            _("{where}: {reason}. It stays for the next run.").format(
                where=_where(reading), reason=reading.trouble.rstrip(".")
            )
        )
    say_left_out(len(failed))


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
        "counts": counts_as_json(_counts(readings)),
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

"""What came back and what was done about it, named and counted for a person."""

from collections.abc import Iterable, Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from rtesmail.cli import terminal
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.model.feedback import Decision, FeedbackKind

MOST_LINES = 30


def show_counts(counts: "Iterable[tuple[FeedbackKind, Decision, int]]") -> None:
    """Print how many messages of each kind there were, and what is done about them."""
    kinds, decisions = kind_words(), decision_words()
    terminal.table(
        [(kinds[kind], decisions[decision], grouped(count)) for kind, decision, count in counts],
        heads=(_("kind"), _("what is done"), _("messages")),
        right=(2,),
    )


def counts_as_json(counts: "Iterable[tuple[FeedbackKind, Decision, int]]") -> list[terminal.Json]:
    """Give the same for programs."""
    return [{"kind": kind.value, "decision": decision.value, "number": count} for kind, decision, count in counts]


def show_blocked(rows: Sequence[tuple[str, ...]], *, right: Iterable[int]) -> None:
    """Print who turns our letters away, in the servers' words."""
    title = _("Blocked: it is about us, our message or a policy, not about these people. Nobody was taken off a list.")
    terminal.say(terminal.paint(title, "warning"))
    show_first(rows, right=right)


def show_first(rows: Sequence[tuple[str, ...]], *, heads: Sequence[str] = (), right: Iterable[int] = ()) -> None:
    """Print the first rows of a table, and how many more there are."""
    terminal.table(rows[:MOST_LINES], heads=heads, right=right)
    say_left_out(len(rows))


def say_left_out(count: int) -> None:
    """Say how many of so many lines are beyond those shown."""
    if count > MOST_LINES:
        others = count - MOST_LINES
        terminal.say(ngettext("… and {n} more.", "… and {n} more.", others).format(n=grouped(others)))


def kind_words() -> "dict[FeedbackKind, str]":
    """Name each kind of feedback for a person."""
    from rtesmail.model.feedback import FeedbackKind

    return {
        FeedbackKind.DELIVERED: _("delivered"),
        FeedbackKind.DEFERRED: _("delayed"),
        FeedbackKind.HARD_BOUNCE: _("hard bounce"),
        FeedbackKind.SOFT_BOUNCE: _("soft bounce"),
        FeedbackKind.MAILBOX_FULL: _("mailbox full"),
        FeedbackKind.BLOCKED: _("blocked or policy"),
        FeedbackKind.COMPLAINT: _("complaint"),
        FeedbackKind.UNSUBSCRIBED: _("unsubscribed"),
        FeedbackKind.UNSUBSCRIBE_REQUEST: _("unsubscribe request"),
        FeedbackKind.CHALLENGE: _("challenge"),
        FeedbackKind.AUTO_REPLY: _("automatic reply"),
        FeedbackKind.HUMAN_REPLY: _("a person's reply"),
        FeedbackKind.UNRELATED: _("unrelated"),
        FeedbackKind.UNIDENTIFIED: _("unidentified, for a person"),
        FeedbackKind.OTHER: _("other"),
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

"""What is told of a mailing's numbers: totals that add up, what one run of `send` did, when it goes on."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from rtesmail.cli import setting, terminal
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from datetime import datetime

    from rtesmail.delivery.sending import SendReport
    from rtesmail.model.mailing import Mailing, Totals
    from rtesmail.model.publication import Workspace


def show_totals(totals: "Totals") -> None:
    """Print each state's number and the audience they add up to."""
    from rtesmail.delivery.accounts import state_words

    words = state_words()
    styles = {"accepted": "good", "refused": "error", "unknown": "error", "deferred": "warning"}
    rows = [(words[state], grouped(totals.of(state))) for state in words if totals.of(state)]
    terminal.table([*rows, (_("audience"), grouped(totals.audience))], right=(1,))
    for state in words:
        if totals.of(state) and styles.get(state.value) in ("error", "warning"):
            note = {
                "refused": _("Refused: the servers said no. `rtesmail who ISSUE --state refused` shows their words."),
                "unknown": _("Unknown: handed over, no answer came back. They are not written to again by themselves."),
                "deferred": _("Deferred: the servers asked to try again later."),
            }[state.value]
            terminal.say(terminal.paint(note, styles[state.value]))


def show_report(workspace: "Workspace", report: "SendReport") -> None:
    """Print what one run of `send` did."""
    if report.was_finished:
        terminal.say(_("This mailing is finished already: nothing was sent, nobody gets it twice."))
    if report.resumed:
        terminal.say(_("The mailing begun on {moment} goes on.").format(moment=begun_words(workspace, report.mailing)))
    if report.recovered_unknown:
        count = report.recovered_unknown
        terminal.say(
            ngettext(
                "{n} message was being handed over when the earlier run was cut: its end is unknown.",
                "{n} messages were being handed over when the earlier run was cut: their end is unknown.",
                count,
            ).format(n=grouped(count))
        )
    if report.fallback:
        terminal.say(
            terminal.paint(
                _("{fallback} took over, since the way out could not be used: {reason}").format(
                    fallback=report.fallback, reason=report.fallback_reason
                ),
                "warning",
            )
        )
    if report.differs_from_files:
        terminal.say(_("The files have changed since: this mailing keeps the edition that it began with."))
    if report.newcomers_left_out:
        terminal.say(_newcomers(report))
    terminal.say()
    show_totals(report.totals)
    terminal.say()
    _show_next(workspace, report)


def _newcomers(report: "SendReport") -> str:
    count = report.newcomers_left_out
    if report.mailing.segment:
        words = ngettext(
            "{n} person came to the segment after the start and is not in this mailing.",
            "{n} people came to the segment after the start and are not in this mailing.",
            count,
        )
    else:
        words = ngettext(
            "{n} person joined the list after the start and is not in this mailing.",
            "{n} people joined the list after the start and are not in this mailing.",
            count,
        )
    return words.format(n=grouped(count))


def _show_next(workspace: "Workspace", report: "SendReport") -> None:
    from rtesmail.delivery.targets import options
    from rtesmail.model.mailing import DeliveryState, MailingState

    mailing = report.mailing
    again = f"rtesmail send {mailing.issue} --list {options(mailing.list_name, mailing.segment)} --resume"
    if mailing.state is MailingState.SENDING and mailing.resume_at:
        terminal.say(pause_words(workspace, mailing.resume_at))
        terminal.say(_("Next, at that time: {command} (or let cron call rtesmail run)").format(command=again))
    elif mailing.state is MailingState.SENDING and report.totals.of(DeliveryState.PENDING):
        terminal.say(_("Next, to go on: {command}").format(command=again))
    elif mailing.state is MailingState.SENDING and report.next_attempt_at:
        terminal.say(
            _("Next, after {moment}: {command}").format(
                moment=setting.local_words(workspace, report.next_attempt_at), command=again
            )
        )
    else:
        terminal.say(_("Next: rtesmail status {issue}").format(issue=mailing.issue))


def pause_words(workspace: "Workspace", resume_at: "datetime") -> str:
    """Say that the pace holds the rest of a mailing back, and until when."""
    return _("The pace set in rtesmail.toml lets nothing more leave before {moment}.").format(
        moment=setting.local_words(workspace, resume_at)
    )


def begun_words(workspace: "Workspace", mailing: "Mailing") -> str:
    """Give when a mailing began, in local time."""
    return setting.local_words(workspace, mailing.started_at) if mailing.started_at else "?"


def totals_as_json(totals: "Totals") -> dict[str, terminal.Json]:
    """Give a mailing's account as `--json` shows it: the audience and one number for each state."""
    from rtesmail.model.mailing import DeliveryState

    return {"audience": totals.audience, **{state.value: totals.of(state) for state in DeliveryState}}

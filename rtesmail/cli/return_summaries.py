"""`rtesmail feedback report`: what came back lately, summed up."""

from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal
from rtesmail.cli.feedback_words import counts_as_json, kind_words, show_blocked, show_counts, show_first
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtesmail.feedback.reporting import Line, Summary
    from rtesmail.model.publication import Workspace

_MOST_WORDS = 3


def report(
    context: typer.Context,
    days: Annotated[
        int, typer.Option("--days", help=_("How many days back."), min=1, max=3660, metavar=_("DAYS"))
    ] = 30,
    as_json: setting.JsonOption = False,
) -> None:
    from datetime import timedelta

    from rtesmail.feedback.reporting import summary_of

    workspace = setting.current_workspace(context)
    now = setting.utc_now()
    with setting.opened_store(workspace) as store:
        summary = summary_of(store, workspace.configuration.feedback, since=now - timedelta(days=days), now=now)
    if as_json:
        terminal.emit(_as_json(summary))
        return
    _show(workspace, summary)


def _show(workspace: "Workspace", summary: "Summary") -> None:

    if not (summary.counts or summary.near):
        terminal.say(_("Nothing came back since {date}.").format(date=setting.local_words(workspace, summary.since)))
        return
    show_counts(summary.counts)
    _show_lines(workspace, _("Written to no more:"), summary.suppressed)
    if summary.near:
        most = workspace.configuration.feedback.soft_bounces
        terminal.say()
        terminal.say(_("Near the limit of {most} failures that may pass:").format(most=most))
        show_first([(address, grouped(count)) for address, count in summary.near])
    if summary.blocked:
        terminal.say()
        show_blocked(
            [
                (block.domain or _("(unknown)"), grouped(count), terminal.plain(words))
                for block in summary.blocked
                for words, count in block.words[:_MOST_WORDS]
            ],
            right=(),
        )
    _show_kept(summary)


def _show_lines(workspace: "Workspace", title: str, lines: "Sequence[Line]") -> None:

    if not lines:
        return
    kinds = kind_words()
    terminal.say()
    terminal.say(title)
    show_first(
        [
            (
                setting.local_cell(workspace, line.at),
                line.address or _("(nobody)"),
                kinds[line.kind],
                line.reason,
                line.source,
            )
            for line in reversed(lines)
        ]
    )


def _show_kept(summary: "Summary") -> None:
    """Say what waits for a person; about strangers how much only, since the mailbox has the messages."""
    from collections import Counter

    kept = Counter((line.address, line.kind, line.reason) for line in summary.kept)
    if not kept:
        return
    kinds = kind_words()
    terminal.say()
    terminal.say(_("Kept for a person:"))
    show_first(
        [
            (grouped(count), kinds[kind], address or _("(nobody)"), reason)
            for (address, kind, reason), count in kept.most_common()
        ]
    )


def _as_json(summary: "Summary") -> terminal.Json:
    from rtesmail.store.moments import to_text

    def lines(these: "Sequence[Line]") -> list[terminal.Json]:
        return [
            {
                "at": to_text(line.at),
                "kind": line.kind.value,
                "address": line.address,
                "reason": line.reason,
                "diagnostic": line.diagnostic,
                "source": line.source,
            }
            for line in these
        ]

    return {
        "since": to_text(summary.since),
        "counts": counts_as_json(summary.counts),
        "suppressed": lines(summary.suppressed),
        "near": [{"address": address, "failures": count} for address, count in summary.near],
        "blocked": [
            {"domain": block.domain, "number": block.count, "words": [words for words, _n in block.words]}
            for block in summary.blocked
        ],
        "kept": lines(summary.kept),
    }

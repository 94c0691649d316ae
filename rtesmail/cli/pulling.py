"""`pull`: what the house's sites publish by themselves becomes drafts, each once."""

from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext, pgettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from rtesmail.model.feeds import FeedSettings, PulledEntry, PulledFeed, PullResult
    from rtesmail.model.publication import Workspace


def register(application: typer.Typer) -> None:
    application.command(
        "pull",
        cls=wording.Command,
        help=_(
            "Make draft snippets of the RSS, Atom and iCalendar feeds in rtesmail.toml, each entry once. "
            "A draft that nobody has touched follows its source; what a person edited is never written to."
        ),
    )(pull)


def pull(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help=_("The feeds, by their names; all of them when none is given."), metavar=_("NAME")),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Say what would be done, and write nothing."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.feeds.pulling import pull_feeds
    from rtesmail.model.errors import StoppedError

    workspace = setting.current_workspace(context)
    feeds = _chosen(workspace, names or [])
    today = setting.local_now(workspace).date()
    pulled = list(pull_feeds(workspace, feeds, today=today, is_trial=dry_run))
    if as_json:
        terminal.emit({"dry_run": dry_run, "feeds": [_as_json(feed) for feed in pulled]})
    else:
        _show(pulled)
        if dry_run:
            terminal.say(_("Nothing was written: this was a trial."))
        else:
            _show_next(workspace, pulled)
    if any(feed.error for feed in pulled):
        raise typer.Exit(StoppedError.exit_code)


def _chosen(workspace: "Workspace", names: Sequence[str]) -> "list[FeedSettings]":
    from rtesmail.model.errors import RtesmailError, WorkspaceError
    from rtesmail.model.suggestions import one_of

    known = workspace.configuration.feeds
    for name in names:
        if known and name not in known:
            raise RtesmailError(_("There is no feed {name}.").format(name=quoted(name)), hint=one_of(name, known))
    if not known:
        raise WorkspaceError(
            _("No feed is described in rtesmail.toml."),
            hint=_('Add a table: [feeds.site], and under it: url = "https://www.example.org/feed"'),
        )
    return [known[name] for name in dict.fromkeys(names or known)]


def _heads() -> "dict[PullResult, str]":
    """Name the results as heads of columns that count."""
    from rtesmail.model.feeds import PullResult

    return {
        PullResult.NEW: pgettext("entries", "new"),
        PullResult.UPDATED: pgettext("entries", "updated"),
        PullResult.UNCHANGED: pgettext("entries", "unchanged"),
        PullResult.EDITED: pgettext("entries", "edited here"),
        PullResult.SKIPPED: pgettext("entries", "skipped"),
    }


def _words() -> "dict[PullResult, str]":
    """Name the result of one entry."""
    from rtesmail.model.feeds import PullResult

    return {
        PullResult.NEW: pgettext("one entry", "new"),
        PullResult.UPDATED: pgettext("one entry", "updated"),
        PullResult.UNCHANGED: pgettext("one entry", "unchanged"),
        PullResult.EDITED: pgettext("one entry", "edited here"),
        PullResult.SKIPPED: pgettext("one entry", "skipped"),
    }


def _show(pulled: "Sequence[PulledFeed]") -> None:
    heads = _heads()
    rows = [
        [feed.name, *(grouped(feed.count(result)) if not feed.error else "–" for result in heads)] for feed in pulled
    ]
    terminal.table(rows, heads=[_("feed"), *heads.values()], right=range(1, len(heads) + 1))
    for feed in pulled:
        if feed.error:
            # Not inside the f-string: texts are not collected from there.
            mark = terminal.paint(_("error"), "error")
            terminal.say(f"  {mark}  {feed.name}  {feed.error}")
            if feed.hint:
                terminal.say(f"         → {feed.hint}")
        if feed.is_unmodified:
            terminal.say_notes([_("{feed}: the site says that nothing changed.").format(feed=feed.name)])
    words = _words()
    entries = [entry for feed in pulled for entry in feed.entries if entry.is_worth_saying]
    if entries:
        terminal.say()
        terminal.table([_line(entry, words) for entry in entries])
    _show_reasons(pulled)
    left_out = sum(feed.left_out for feed in pulled)
    if left_out:
        terminal.say_notes(
            [
                ngettext(
                    "{n} picture was left out: pictures that stand on a site are never fetched.",
                    "{n} pictures were left out: pictures that stand on a site are never fetched.",
                    left_out,
                ).format(n=left_out)
            ]
        )


def _show_next(workspace: "Workspace", pulled: "Sequence[PulledFeed]") -> None:
    """Say what the drafts still need, and what a person does with them."""
    from rtesmail.content.snippets import read_snippet
    from rtesmail.model.feeds import PullResult

    written = [
        entry.path
        for feed in pulled
        for entry in feed.entries
        if entry.path and entry.result in (PullResult.NEW, PullResult.UPDATED)
    ]
    regions = workspace.configuration.regions
    found = [finding for path in written for finding in read_snippet(path, workspace.root, regions=regions).findings]
    if found:
        terminal.show_findings(found)
    if written:
        terminal.say(
            _("Next: read the drafts over, complete what is missing, and write status: reviewed in those to keep.")
        )


def _line(entry: "PulledEntry", words: "dict[PullResult, str]") -> list[str]:
    path = terminal.shown_path(entry.path) if entry.path else ""
    title = terminal.plain(entry.title)
    short = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    return [words[entry.result], short, "  ".join(filter(None, (path, entry.reason)))]


_LONGEST = 48


def _show_reasons(pulled: "Sequence[PulledFeed]") -> None:
    """Sum up what was passed over and needs nobody's eyes: why, and how often."""
    from collections import Counter

    from rtesmail.model.feeds import PullResult

    quiet = [entry for feed in pulled for entry in feed.entries if not entry.is_worth_saying]
    reasons = Counter(entry.reason.partition(":")[0] for entry in quiet if entry.result is PullResult.SKIPPED)
    for reason, count in reasons.most_common():
        terminal.say_notes([_("skipped: {reason} ({n})").format(reason=reason, n=grouped(count))])


def _as_json(feed: "PulledFeed") -> terminal.Json:
    from rtesmail.model.feeds import PullResult

    return {
        "name": feed.name,
        "url": feed.place,
        "error": feed.error or None,
        "hint": feed.hint or None,
        "not_modified": feed.is_unmodified,
        "counts": {result.value: feed.count(result) for result in PullResult},
        "pictures_left_out": feed.left_out,
        "entries": [
            {
                "result": entry.result.value,
                "title": entry.title,
                "url": entry.url or None,
                "id": entry.id or None,
                "path": str(entry.path) if entry.path else None,
                "reason": entry.reason or None,
            }
            for entry in feed.entries
        ],
    }

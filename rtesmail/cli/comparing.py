"""The command that says what has changed in an issue."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from rtesmail.model.content import Issue
    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import Workspace
    from rtesmail.rendering.comparing import Change, Passage

MOST_PASSAGES = 8
"""Passages shown of one text; the rest are counted."""

AGAINST = ("approved", "proof", "previous")


def register(application: typer.Typer) -> None:
    application.command(
        "diff",
        cls=wording.Command,
        help=_("Say in words what has changed in an issue since it was approved, or since the previous issue."),
    )(diff)


def diff(
    context: typer.Context,
    issue: setting.IssueArgument,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help=_("approved (its last approved state), proof (the last one sent) or previous (the issue before)."),
            metavar=_("WHAT"),
        ),
    ] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.together import told_together
    from rtesmail.rendering.comparing import compare_editions
    from rtesmail.rendering.edition import render_edition

    if against and against not in AGAINST:
        raise typer.BadParameter(
            _("There is no {name}. Known: {known}.").format(name=quoted(against), known=", ".join(AGAINST)),
            param_hint="--against",
        )
    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with setting.opened_store(workspace) as store:
        what, before = _earlier(workspace, store, loaded, against)
    with told_together(findings):
        edition = render_edition(workspace, loaded)
    found = compare_editions(before, edition, workspace.configuration.identity.public_url)
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "against": what,
                "against_issue": before.issue,
                "before": found.before,
                "after": found.after,
                "same": found.is_same,
                "changes": changes_as_json(found.changes),
            }
        )
        return
    heads = {
        "approved": _("{issue}, compared with its last approved state:"),
        "proof": _("{issue}, compared with its last proof:"),
        "previous": _("{issue}, compared with {other}:"),
    }
    terminal.say(heads[what].format(issue=loaded.id, other=before.issue))
    show_changes(found.changes)


def show_changes(changes: "Sequence[Change]") -> None:
    """Print what changed, a sentence each, with the passages of changed texts below."""
    for change in changes:
        _show(change)
    if not changes:
        terminal.say("  " + _("Nothing has changed."))


def changes_as_json(changes: "Sequence[Change]") -> terminal.Json:
    """Give changes as `--json` shows them."""
    return [_as_json(change) for change in changes]


def _earlier(workspace: "Workspace", store: "Database", issue: "Issue", against: str) -> tuple[str, "Edition"]:
    """Give what to compare with: the approved edition, also of the previous issue when it has one."""
    from rtesmail.content.earlier import previous_issue
    from rtesmail.delivery.approvals import kept_edition, latest_approval
    from rtesmail.delivery.proofs import last_proof
    from rtesmail.model.errors import RtesmailError
    from rtesmail.rendering.edition import render_edition

    if against == "proof":
        proof = last_proof(store, issue.id)
        if proof is None:
            raise RtesmailError(
                _("No proof of {issue} was sent.").format(issue=issue.id),
                hint=_("Send one: rtesmail proof {issue} --to ADDRESS").format(issue=issue.id),
            )
        return "proof", kept_edition(store, proof.digest)
    if against != "previous":
        approval = latest_approval(store, issue.id)
        if approval is not None:
            return "approved", kept_edition(store, approval.digest)
        if against:
            raise RtesmailError(
                _("{issue} was never approved.").format(issue=issue.id),
                hint=_("Compare it with the issue before: rtesmail diff {issue} --against previous").format(
                    issue=issue.id
                ),
            )
    name = previous_issue(workspace, issue)
    if not name:
        raise RtesmailError(
            _("There is nothing to compare {issue} with: no approval, no earlier issue.").format(issue=issue.id)
            if not against
            else _("{issue} is the first issue of its publication.").format(issue=issue.id),
            hint=_("Look at it as it is: rtesmail preview"),
        )
    approval = latest_approval(store, name)
    if approval is not None:
        return "previous", kept_edition(store, approval.digest)
    return "previous", render_edition(workspace, setting.loaded_issue(workspace, name)[0])


def _show(change: "Change") -> None:
    from rtesmail.rendering.change_words import describe_change

    terminal.say("  " + _shown(describe_change(change)))
    for passage in change.details[:MOST_PASSAGES]:
        terminal.say("      " + _painted(passage))
    others = len(change.details) - MOST_PASSAGES
    if others > 0:
        terminal.say("      " + ngettext("… and {n} more.", "… and {n} more.", others).format(n=others))


def _painted(passage: "Passage") -> str:
    from rtesmail.rendering.change_words import describe_passage
    from rtesmail.rendering.comparing import Passage, Turn

    bare = Passage(_shown(passage.before), _shown(passage.after), _shown(passage.lead))
    return describe_passage(
        bare, mark=lambda text, turn: terminal.paint(text, "good" if turn is Turn.ADDED else "error")
    )


def _shown(text: str) -> str:
    return terminal.plain(text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " "))


def _as_json(change: "Change") -> terminal.Json:
    from rtesmail.rendering.change_words import describe_change

    return {
        "part": change.aspect.value,
        "turn": change.turn.value,
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "words": describe_change(change),
        "passages": [{"after_words": p.lead, "before": p.before, "after": p.after} for p in change.passages],
    }

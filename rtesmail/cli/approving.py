"""The yes to an issue (BAT): giving it, and what became of it since."""

from contextlib import suppress
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import comparing, setting, terminal, wording
from rtesmail.model.quoting import labelled, quoted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.standing import Standing
    from rtesmail.model.edition import Approval, Edition
    from rtesmail.model.errors import RefusedError
    from rtesmail.model.findings import Finding
    from rtesmail.model.mailing import Mailing
    from rtesmail.model.publication import Workspace
    from rtesmail.rendering.comparing import Change

MOST_CHANGES = 10


def register(application: typer.Typer) -> None:
    application.command(
        "approve", cls=wording.Command, help=_("Say yes to an issue as it is now. Any later change voids it.")
    )(approve)


def approve(
    context: typer.Context,
    issue: setting.IssueArgument,
    by: Annotated[str, typer.Option("--by", help=_("The name of the person who says yes."), metavar=_("NAME"))],
    waived: Annotated[
        list[str] | None,
        typer.Option(
            "--waive",
            help=_("Let the errors of a check pass, with the reason; can be repeated."),
            metavar=_('CHECK="REASON"'),
        ),
    ] = None,
    lists: Annotated[
        list[str] | None,
        typer.Option(
            "--for", help=_("The list that it is for; can be repeated. Any list without it."), metavar=_("LIST")
        ),
    ] = None,
    for_all: Annotated[
        bool,
        typer.Option("--for-all", help=_("For every list and the web, where an earlier yes was for some lists only.")),
    ] = False,
    segment: Annotated[
        str,
        typer.Option("--segment", help=_("Only the part of these lists that a segment asks for."), metavar=_("NAME")),
    ] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.subscribers import has_anybody
    from rtesmail.checks.passing import require_no_errors
    from rtesmail.checks.waiving import waive
    from rtesmail.delivery import mailings, targets
    from rtesmail.delivery.approvals import approve as give_approval

    if segment and not lists:
        raise typer.BadParameter(_("Name the list too: --for LIST --segment NAME"), param_hint="--segment")
    if for_all and lists:
        raise typer.BadParameter(_("Say --for-all or name lists with --for, not both."), param_hint="--for-all")
    workspace = setting.current_workspace(context)
    edition, found = setting.judged_edition(workspace, issue)
    passed = waive(found, dict(_waiver(text) for text in waived or ()))
    require_no_errors(edition, passed.left)
    with setting.opened_store(workspace) as store:
        for name in lists or ():
            mailings.require_list(store, workspace, name)
        now = setting.utc_now()
        named = [targets.approved_audience(workspace, name, segment, now) for name in dict.fromkeys(lists or ())]
        audiences = named if lists or for_all else None
        empty = [name for name in dict.fromkeys(lists or ()) if not has_anybody(store, name)]
        approval = give_approval(store, edition, by=by, now=now, waivers=passed.waivers, audiences=audiences)
    if as_json:
        terminal.emit({"issue": approval.issue, **_as_json(approval)})
        return
    terminal.say(
        _("{issue} is approved by {name} as it is now ({digest}). Any change voids this approval.").format(
            issue=approval.issue, name=approval.approved_by, digest=approval.digest[:12]
        )
    )
    if edition.variants:
        terminal.say(
            _("This yes is to all of its {n} variants, every block for some readers only included.").format(
                n=len(edition.variants)
            )
        )
    _show_terms(approval)
    for name in empty:
        terminal.complain(
            _("Nobody is on the list {list} now: sending to it is refused until somebody is.").format(list=name)
        )
    if approval.audiences:
        target = targets.options(approval.audiences[0].list_name, approval.audiences[0].segment)
        command = f"rtesmail send {approval.issue} --list {target} --dry-run"
        terminal.say(_("Next: {command}").format(command=command))
        return
    terminal.say(_("Next: rtesmail send {issue} --list NAME --dry-run").format(issue=approval.issue))


def refusal_of_plan(workspace: "Workspace", store: "Database", mailing: "Mailing") -> "RefusedError | None":
    """Give why a planned mailing would not leave: the issue's last yes does not name its people."""
    from rtesmail.delivery import targets
    from rtesmail.delivery.approvals import latest_approval

    return targets.refusal_of_plan(workspace, latest_approval(store, mailing.issue), mailing)


def present_standing(workspace: "Workspace", store: "Database", issue_id: str) -> "Standing":
    """Give where an issue stands as its files, and whom it is for, are now."""
    return _present(workspace, store, issue_id)[0]


def show_standing(workspace: "Workspace", store: "Database", issue_id: str) -> str:
    """Print whether an issue is approved as its files are now, and if not, what changed since.

    Gives the command that gets it approved, or shows why it would not leave although it is; empty when it may leave.
    """
    from rtesmail.checks.registry import errors_of
    from rtesmail.delivery.standing import ApprovalState
    from rtesmail.delivery.targets import approve_command

    found, edition, changes = _standing(workspace, store, issue_id)
    approval = found.approval
    if edition is None or found.is_faulty:
        following = f"rtesmail check {issue_id}"
    elif found.state is ApprovalState.APPROVED:
        following = ""
    else:
        following = approve_command(issue_id, approval.audiences if approval else ())
    if approval is None:
        terminal.say(_("Not approved."))
        return following
    told = {"name": approval.approved_by, "moment": setting.local_words(workspace, approval.approved_at)}
    if edition is None:
        terminal.say(_("Approved by {name} on {moment}; its files cannot be built as they are now.").format(**told))
    elif changes is not None:
        terminal.say(_("Changed since {name} approved it on {moment}; that approval is void:").format(**told))
        comparing.show_changes(changes[:MOST_CHANGES])
        if len(changes) > MOST_CHANGES:
            terminal.say("  " + _("See all of it: rtesmail diff {issue}").format(issue=issue_id))
    elif found.changed_segments:
        terminal.say(
            _("Whom it is for has changed since {name} approved it on {moment}; that approval is void:").format(**told)
        )
    else:
        terminal.say(_("Approved by {name} on {moment}, as it is now.").format(**told))
    if found.held:
        terminal.say_refused_plan(found.held)
        terminal.show_findings(errors_of(found.held.findings))
    for line in found.changed_segments:
        terminal.say(f"  {line}")
    _show_terms(approval)
    return following


def standing_as_json(workspace: "Workspace", store: "Database", issue_id: str) -> terminal.Json:
    """Give the same for programs; None when the issue was never approved."""
    from rtesmail.checks.registry import errors_of
    from rtesmail.delivery.standing import ApprovalState

    found, edition, changes = _standing(workspace, store, issue_id)
    if found.approval is None:
        return None
    state = "unreadable" if edition is None else "approved" if found.state is ApprovalState.APPROVED else "changed"
    return {
        "state": state,
        **_as_json(found.approval),
        "refusal": str(found.held) if found.held else None,
        "findings": [terminal.finding_as_json(one) for one in errors_of(found.held.findings)] if found.held else [],
        "changes": comparing.changes_as_json(changes or ()),
        "changed_segments": list(found.changed_segments),
    }


def _standing(
    workspace: "Workspace", store: "Database", issue_id: str
) -> "tuple[Standing, Edition | None, tuple[Change, ...] | None]":
    """Give where it stands, the edition as it would be now, and what changed in it; None when that is nothing."""
    from rtesmail.delivery.approvals import kept_edition
    from rtesmail.rendering.comparing import compare_editions

    found, edition = _present(workspace, store, issue_id)
    if found.approval is None or edition is None or found.approval.digest == edition.digest:
        return found, edition, None
    before, address = kept_edition(store, found.approval.digest), workspace.configuration.identity.public_url
    return found, edition, compare_editions(before, edition, address).changes


def _present(workspace: "Workspace", store: "Database", issue_id: str) -> "tuple[Standing, Edition | None]":
    """Give where it stands, and the edition as it would be now; None when its files make none."""
    from rtesmail.checks.passing import judged_edition
    from rtesmail.delivery.standing import standing_of
    from rtesmail.model.errors import RtesmailError

    edition: Edition | None = None
    found: tuple[Finding, ...] = ()
    with suppress(RtesmailError, OSError):
        edition, found = judged_edition(workspace, issue_id)
    return standing_of(store, workspace, issue_id, edition, found), edition


def _show_terms(approval: "Approval") -> None:
    """Print for whom the yes is, and the errors let pass."""
    from rtesmail.delivery.targets import named

    if approval.audiences:
        terminal.say(_("For: {audience}.").format(audience=named(approval.audiences)))
    if not approval.waivers:
        return
    count = len(approval.waivers)
    terminal.say(ngettext("{n} error was let pass:", "{n} errors were let pass:", count).format(n=count))
    for waiver in approval.waivers:
        place = f"{waiver.place}  " if waiver.place else ""
        terminal.say("  " + labelled(waiver.check, waiver.reason))
        terminal.say(f"    {place}{waiver.message}")


def _as_json(approval: "Approval") -> dict[str, terminal.Json]:
    return {
        "digest": approval.digest,
        "approved_by": approval.approved_by,
        "approved_at": approval.approved_at.isoformat(),
        "audiences": [
            {"list": one.list_name, "segment": one.segment, "condition": one.condition} for one in approval.audiences
        ],
        "waivers": [
            {"check": w.check, "place": w.place, "message": w.message, "reason": w.reason} for w in approval.waivers
        ],
    }


def _waiver(text: str) -> tuple[str, str]:
    """Read `CHECK=REASON`, also where the shell has left the quotation marks."""
    check, equals, reason = text.partition("=")
    if not equals:
        raise typer.BadParameter(
            _('{text} gives no reason: write it as CHECK="Why it may pass".').format(text=quoted(text)),
            param_hint="--waive",
        )
    return check.strip(), reason.strip().strip('"').strip()

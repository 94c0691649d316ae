"""The command that looks for mistakes in an issue."""

import sys
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal
from rtesmail.model.quoting import quoted
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtesmail.delivery.standing import Standing
    from rtesmail.model.edition import Approval, Waiver
    from rtesmail.model.findings import Finding
    from rtesmail.model.publication import Workspace

STANDARD_OUTPUT = Path("-")


def check(
    context: typer.Context,
    issue: setting.IssueArgument,
    links: Annotated[
        bool, typer.Option("--links", help=_("Also ask every linked address whether it answers."))
    ] = False,
    spam: Annotated[
        bool, typer.Option("--spam", help=_("Also have SpamAssassin judge the letter, where it is installed."))
    ] = False,
    sarif: Annotated[
        Path | None,
        typer.Option(
            "--sarif",
            help=_("Also write the findings to a file, as SARIF 2.1.0; - prints that alone."),
            metavar=_("FILE"),
        ),
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.registry import as_configured, has_errors, run_checks, sort_findings
    from rtesmail.checks.together import told_together
    from rtesmail.checks.waiving import leave_out
    from rtesmail.delivery.standing import find_standing
    from rtesmail.model.errors import ContentError
    from rtesmail.rendering.edition import render_draft

    is_printed = sarif == STANDARD_OUTPUT
    if sarif is not None and sarif.name.startswith("-") and not is_printed:
        raise typer.BadParameter(
            _("{name} is an option, not a file: write --sarif FILE, or --sarif - to print it.").format(
                name=quoted(sarif.name)
            ),
            param_hint="--sarif",
        )
    if is_printed and as_json:
        raise typer.BadParameter(
            _("Standard output takes one of the two: leave --json out, or name a file."), param_hint="--sarif"
        )
    workspace = setting.current_workspace(context)
    try:
        loaded, findings = setting.loaded_issue(workspace, issue)
        with told_together(findings):
            edition, lost = render_draft(workspace, loaded)
    except ContentError as error:
        if sarif is not None:
            _write_sarif(sarif, error.findings)
        raise
    found = run_checks(workspace, loaded, edition, (*findings, *lost))
    if links:
        from rtesmail.checks.online import check_links
        from rtesmail.rendering.links import lead_directly

        direct = lead_directly(edition, workspace.configuration.identity.public_url)
        asked = check_links(workspace, loaded, direct)
        found = sort_findings((*found, *as_configured(workspace.configuration.checks, asked)))
    if spam:
        from rtesmail.checks.spam import score

        found = sort_findings((*found, *as_configured(workspace.configuration.checks, score(workspace, edition))))
    standing = find_standing(workspace, loaded.id, edition, found)
    approval = standing.approval if standing.passed else None
    left = leave_out(found, standing.waivers)
    # Only errors can be let pass, and only of a letter that is whole.
    unread = standing.unread_words if has_errors(found) and not lost else ""
    is_refused = has_errors(left)
    if sarif is not None:
        _write_sarif(sarif, found, approval, unread)
    if unread:
        mark = terminal.paint(_("warning"), "warning", file=sys.stderr)
        terminal.complain(f"{mark}  {unread}")
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "digest": None if lost else edition.digest,
                "can_be_approved": not is_refused,
                "findings": [terminal.finding_as_json(f) for f in left],
                "waived": [_waived_as_json(approval, *one) for one in standing.passed] if approval else [],
                "waivers_known": not unread,
            }
        )
    elif not is_printed:
        terminal.show_findings(left)
        if approval:
            _show_passed(workspace, approval, standing.passed)
        _say_manual(found)
        terminal.say()
        if is_refused:
            terminal.say(_("Mend the errors, then: rtesmail check {issue}").format(issue=loaded.id))
        else:
            terminal.say(_("Next: {command}").format(command=_following(loaded.id, standing)))
    if is_refused:
        raise typer.Exit(3)


def _following(issue_id: str, standing: "Standing") -> str:
    """Give the command that comes next for an issue without errors, or with such alone as are let pass."""
    from rtesmail.delivery.standing import ApprovalState
    from rtesmail.delivery.targets import approve_command

    if standing.state is ApprovalState.APPROVED:
        return f"rtesmail status {issue_id}"
    return approve_command(issue_id, standing.approval.audiences if standing.approval else ())


def _say_manual(findings: "Sequence[Finding]") -> None:
    from rtesmail.checks.pages import PAGE, page_of
    from rtesmail.content.bundled import bundled_root

    if any(page_of(finding.check) for finding in findings):
        manual = terminal.shown_path(bundled_root() / PAGE)
        terminal.say("  " + _("Each name in brackets has its paragraph in {page}.").format(page=manual))


def _show_passed(workspace: "Workspace", approval: "Approval", passed: "Sequence[tuple[Finding, Waiver]]") -> None:
    """Print the errors let pass, apart: who answers for them, since when and why."""
    from rtesmail.checks.waiving import passed_words, reason_words

    terminal.say()
    terminal.say("  " + passed_words(approval, len(passed), workspace.configuration.identity.time_zone))
    for finding, waiver in passed:
        place = f"{finding.place}  " if finding.place else ""
        terminal.say(f"  {place}{finding.message}  {terminal.paint(f'[{finding.check}]', 'quiet')}")
        terminal.say("         " + reason_words(waiver))


def _waived_as_json(approval: "Approval", finding: "Finding", waiver: "Waiver") -> dict[str, terminal.Json]:
    return {
        **terminal.finding_as_json(finding),
        "reason": waiver.reason,
        "approved_by": approval.approved_by,
        "approved_at": approval.approved_at.isoformat(),
    }


def _write_sarif(
    path: Path, findings: "Sequence[Finding]", approval: "Approval | None" = None, warning: str = ""
) -> None:
    import json

    from rtesmail import __version__
    from rtesmail.checks.sarif import as_sarif
    from rtesmail.model.errors import RtesmailError

    log = json.dumps(as_sarif(findings, __version__, approval, warning), ensure_ascii=False, indent=2)
    if path == STANDARD_OUTPUT:
        terminal.say(log)
        return
    try:
        path.write_text(log + "\n", encoding="utf-8")
    except OSError as error:
        raise RtesmailError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=system_words(error)),
            hint=_("Name a file in a folder that exists and is yours."),
        ) from error

"""The edition that may be approved and sent: an issue as its files are now, in which no check finds an error."""

from collections.abc import Sequence
from gettext import gettext as _

from rtesmail.checks.registry import has_errors, run_checks
from rtesmail.checks.together import told_together
from rtesmail.model.edition import Edition
from rtesmail.model.errors import RefusedError
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace


def judged_edition(workspace: Workspace, issue_id: str) -> tuple[Edition, tuple[Finding, ...]]:
    """Load and render an issue, run every check on it, and give what they found.

    Raises:
        ContentError: its files have mistakes that keep it from being rendered.
        WorkspaceError: there is no such issue.
    """
    from rtesmail.content.issues import load_issue
    from rtesmail.rendering.edition import render_edition

    loaded = load_issue(workspace, issue_id)
    with told_together(loaded.findings):
        edition = render_edition(workspace, loaded.issue)
    return edition, run_checks(workspace, loaded.issue, edition, loaded.findings)


def require_no_errors(edition: Edition, found: Sequence[Finding]) -> None:
    """Stop before an edition with errors.

    Raises:
        RefusedError: there is one; the findings come with it.
    """
    refusal = refusal_of(edition, found)
    if refusal is not None:
        raise refusal


def refusal_of(edition: Edition, found: Sequence[Finding]) -> RefusedError | None:
    """Give what `require_no_errors` would raise, None when there is no error."""
    if not has_errors(found):
        return None
    return RefusedError(
        _("{issue} has errors and cannot be approved or sent.").format(issue=edition.issue),
        hint=_("Mend them, then run: rtesmail check {issue}").format(issue=edition.issue),
        findings=found,
    )

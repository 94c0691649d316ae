"""Issues read, rendered and checked for the preview, once per state of the files."""

import threading
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.model.errors import ContentError, RtesmailError
from rtesmail.model.findings import Finding, Severity
from rtesmail.web.changes import content_stamp
from rtesmail.web.places import Clue, clue_of, key_of

if TYPE_CHECKING:
    from rtesmail.delivery.standing import Standing
    from rtesmail.model.content import Issue
    from rtesmail.model.edition import Edition, Waiver
    from rtesmail.model.publication import Workspace


class Readiness(StrEnum):
    """What an issue's files allow: to approve it, to look at it, or neither."""

    READY = "ready"
    REMARKS = "remarks"
    ERRORS = "errors"
    BROKEN = "broken"


class Trouble(Struct, frozen=True):
    """What stopped a reading, in words for a person."""

    message: str
    hint: str = ""


class Reading(Struct, frozen=True):
    """One issue as the files stand. `edition` is None when they cannot be built; `trouble` then says why.

    `clues` tell, by a finding's key, what to look for in the mail to show where it is. `passed` are the errors that its
    approval lets pass; they are not among the `findings`.
    """

    issue_id: str
    issue: "Issue | None" = None
    edition: "Edition | None" = None
    findings: tuple[Finding, ...] = ()
    trouble: Trouble | None = None
    clues: Mapping[str, Clue] = field(default_factory=dict)
    passed: "tuple[tuple[Finding, Waiver], ...]" = ()

    def letting_pass(self, passed: "tuple[tuple[Finding, Waiver], ...]") -> "Reading":
        """Give this reading with the errors apart that its approval, as it stands at this moment, lets pass."""
        apart = {finding for finding, _waiver in passed}
        return replace(self, findings=tuple(one for one in self.findings if one not in apart), passed=passed)

    @property
    def readiness(self) -> Readiness:
        if self.edition is None:
            return Readiness.BROKEN
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return Readiness.ERRORS
        return Readiness.REMARKS if severities else Readiness.READY


class Shelf(Struct, frozen=True):
    """The workspace as the files stand: its issues, or what keeps it from being read."""

    workspace: "Workspace | None" = None
    issue_ids: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    trouble: Trouble | None = None


class Readings:
    """Every issue's reading, kept until a file changes. Safe to call from several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._shipped = shipped_templates()
        self._lock = threading.Lock()
        self._stamp = ""
        self._shelf = Shelf()
        self._kept: dict[str, Reading] = {}
        self._covers: dict[str, Issue | None] | None = None
        self._pool_findings: tuple[Finding, ...] | None = None

    def shelf(self) -> Shelf:
        """Give the workspace and the ids of its issues."""
        with self._lock:
            self._refresh()
            return self._shelf

    def read(self, issue_id: str) -> Reading | None:
        """Give an issue's reading, None when the workspace has no such issue."""
        with self._lock:
            self._refresh()
            return self._read(issue_id)

    def covers(self) -> "Mapping[str, Issue | None]":
        """Give every issue as `read_covers` does."""
        with self._lock:
            self._refresh()
            if self._covers is None:
                self._covers = read_covers(self._shelf)
            return self._covers

    def read_within(self, issue_ids: Iterable[str], seconds: float) -> dict[str, Reading]:
        """Give the readings at hand, after making those of `issue_ids` for which `seconds` are enough: one at least."""
        deadline = time.monotonic() + seconds
        with self._lock:
            self._refresh()
            for issue_id in issue_ids:
                if self._kept and time.monotonic() > deadline:
                    break
                self._read(issue_id)
            return dict(self._kept)

    def pool_findings(self) -> tuple[Finding, ...]:
        """Give the mistakes of every snippet of the pool, those that no issue names yet too."""
        with self._lock:
            self._refresh()
            if self._pool_findings is None:
                self._pool_findings = read_pool_findings(self._shelf.workspace)
            return self._pool_findings

    def _refresh(self) -> None:
        stamp = content_stamp(self._root, self._shipped)
        if stamp == self._stamp:
            return
        self._kept.clear()
        self._covers = None
        self._pool_findings = None
        self._shelf = read_shelf(self._root)
        self._stamp = stamp

    def _read(self, issue_id: str) -> Reading | None:
        workspace = self._shelf.workspace
        # Only names that the workspace itself lists become paths: what a browser asks for never does.
        if workspace is None or issue_id not in self._shelf.issue_ids:
            return None
        if issue_id not in self._kept:
            self._kept[issue_id] = read_issue(workspace, issue_id)
        return self._kept[issue_id]


def shipped_templates() -> Path:
    """Give the folder of the templates that come with the package."""
    from rtesmail.content.bundled import bundled_root

    return bundled_root() / "templates"


def read_shelf(root: Path) -> Shelf:
    """Read a workspace's configuration and the ids of its issues; mistakes become findings and words."""
    from rtesmail.content.issues import list_issues
    from rtesmail.content.workspace import load_workspace

    try:
        workspace = load_workspace(root)
        return Shelf(workspace, list_issues(workspace))
    except ContentError as error:
        return Shelf(findings=error.findings, trouble=Trouble(str(error), error.hint))
    except RtesmailError as error:
        return Shelf(trouble=Trouble(str(error), error.hint))
    except Exception as error:  # noqa: BLE001 - the preview stays up whatever a file holds
        return Shelf(trouble=_unexpected(error))


def read_covers(shelf: Shelf) -> "dict[str, Issue | None]":
    """Read each issue's own file, the one planned last first; at the end stands None for those that cannot be read."""
    from rtesmail.content.issues import load_cover

    workspace = shelf.workspace
    if workspace is None:
        return {}
    found: dict[str, Issue | None] = {}
    for issue_id in shelf.issue_ids:
        try:
            found[issue_id] = load_cover(workspace, issue_id)
        except Exception:  # noqa: BLE001 - its reading says what is wrong with it
            found[issue_id] = None
    planned = {issue_id: issue.planned_for.timestamp() for issue_id, issue in found.items() if issue}
    newest = sorted(found, key=lambda issue_id: (issue_id not in planned, -planned.get(issue_id, 0.0)))
    return {issue_id: found[issue_id] for issue_id in newest}


def read_pool_findings(workspace: "Workspace | None") -> tuple[Finding, ...]:
    """Give the mistakes of the pool's files; none while the workspace itself cannot be read."""
    from rtesmail.content.snippets import read_pool

    if workspace is None:
        return ()
    try:
        return read_pool(workspace).findings
    except Exception as error:  # noqa: BLE001 - the preview stays up whatever a file holds
        trouble = _unexpected(error)
        return (Finding("snippets", Severity.ERROR, trouble.message, trouble.hint),)


def read_issue(workspace: "Workspace", issue_id: str) -> Reading:
    """Load, render and check one issue; mistakes become findings and words."""
    from rtesmail.content.issues import load_issue
    from rtesmail.rendering.edition import render_draft

    issue: Issue | None = None
    found: tuple[Finding, ...] = ()
    try:
        loaded = load_issue(workspace, issue_id)
        issue, found = loaded.issue, loaded.findings
        # Looking writes nothing.
        edition, lost = render_draft(workspace, issue, keep=False)
        findings = _check(workspace, issue, edition, (*found, *lost))
        clues = {key_of(finding): clue_of(workspace.root, issue, finding) for finding in findings}
        return Reading(issue_id, issue, edition, findings, clues=clues)
    except ContentError as error:
        together = tuple(dict.fromkeys((*error.findings, *found)))
        return Reading(issue_id, issue, None, together, Trouble(str(error), error.hint))
    except RtesmailError as error:
        return Reading(issue_id, issue, None, found, Trouble(str(error), error.hint))
    except Exception as error:  # noqa: BLE001 - the preview stays up whatever a file holds
        return Reading(issue_id, issue, None, found, _unexpected(error))


def standing_in_zone(workspace: "Workspace", issue_id: str, reading: Reading | None) -> "Standing":
    """Give where an issue stands, in the house's local time; without a reading only its mailings count."""
    from rtesmail.delivery.standing import find_standing

    edition, findings = (reading.edition, reading.findings) if reading else (None, ())
    found = find_standing(workspace, issue_id, edition, findings)
    return found.in_zone(workspace.configuration.identity.time_zone)


def _check(
    workspace: "Workspace", issue: "Issue", edition: "Edition", found: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Run the checks; one that fails takes neither the edition nor the other findings with it."""
    try:
        from rtesmail.checks.registry import run_checks

        return run_checks(workspace, issue, edition, found)
    except Exception as error:  # noqa: BLE001 - the preview stays up whatever a file holds
        trouble = _unexpected(error)
        return (*found, Finding("checks", Severity.ERROR, trouble.message, trouble.hint))


def _unexpected(error: Exception) -> Trouble:
    return Trouble(
        _("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}"),
        _("Undo the last change; if that does not help, send these words to whoever keeps rtesmail."),
    )

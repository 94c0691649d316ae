"""Issues: found by name, read from their `issue.toml` and the snippets it names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.places import read_toml
from rtesmail.content.reading import Reader, one_of
from rtesmail.content.snippets import read_folder, read_pool
from rtesmail.model.content import Issue, Section, Snippet, SnippetStatus
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Publication, Workspace

FILE = "issue.toml"
ISSUE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class LoadedIssue:
    """An issue with what can be shown of it, and every mistake in its files."""

    issue: Issue
    findings: tuple[Finding, ...]


def list_issues(workspace: Workspace) -> tuple[str, ...]:
    """Give the ids of the workspace's issues, newest number first."""
    return tuple(sorted((p.parent.name for p in workspace.issues.glob(f"*/{FILE}")), reverse=True))


def resolve_issue_id(workspace: Workspace, text: str) -> str:
    """Give the id of the issue that a person means: its id, its folder, or the path of its `issue.toml`.

    Raises:
        WorkspaceError: there is no such issue; the hint names the nearest ones.
    """
    path = Path(text.strip())
    name = path.parent.name if path.name == FILE else path.name
    known = list_issues(workspace)
    if name in known:
        return name
    raise WorkspaceError(
        _("There is no issue {name}.").format(name=repr(name)),
        hint=one_of(name, known) or _("Make one: rtesmail assemble PUBLICATION NUMBER"),
    )


def load_issue(workspace: Workspace, issue_id: str) -> LoadedIssue:
    """Read an issue; a wrong or missing snippet is a finding, and the issue shows the good ones.

    Raises:
        ContentError: `issue.toml` itself cannot be used.
    """
    folder = workspace.issues / issue_id
    shown = (folder / FILE).relative_to(workspace.root)
    values, lines, findings = read_toml(folder / FILE, shown)
    fatal = list(findings)
    top = Reader(values, lines, shown, fatal)
    publication = None if fatal else _publication(top, workspace)
    if publication is None:
        raise ContentError(_("The issue {id} cannot be read.").format(id=issue_id), fatal)
    found: list[Finding] = []
    top.findings = found
    top.only(("publication", "number", "title", "date", "send_at", "subject", "preheader", "sections", "assembled"))
    day = _date(top)
    issue = Issue(
        id=issue_id,
        publication=publication,
        number=top.text("number", required=True),
        title=top.text("title", required=True),
        date=day,
        subject=top.text("subject", required=True),
        preheader=top.text("preheader"),
        sections=_sections(top, publication, workspace, folder, found),
        path=shown,
        send_at=_send_at(top),
        line_of=lines,
    )
    return LoadedIssue(issue, tuple(found))


def _publication(top: Reader, workspace: Workspace) -> Publication | None:
    name = top.text("publication", required=True)
    known = workspace.configuration.publications
    if name and name not in known:
        top.wrong(
            "publication",
            "unknown-value",
            _("There is no publication {name}.").format(name=repr(name)),
            one_of(name, known),
        )
    return known.get(name)


def _date(top: Reader) -> date:
    value = top.values.get("date")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    top.wrong(
        "date",
        "bad-date",
        _("date is missing or is not a date."),
        _("Write it as {example}").format(example="date = 2025-04-03"),
    )
    return date(1970, 1, 1)


def _send_at(top: Reader) -> datetime | None:
    value = top.values.get("send_at")
    if value is None or (isinstance(value, datetime) and value.tzinfo is None):
        return value
    top.wrong(
        "send_at",
        "bad-date",
        _("send_at should be a local date and time."),
        _("Write it as {example}").format(example="send_at = 2025-04-03T09:00:00"),
    )
    return None


def _sections(
    top: Reader, publication: Publication, workspace: Workspace, folder: Path, findings: list[Finding]
) -> tuple[Section, ...]:
    pool = read_pool(workspace)
    beside = read_folder(workspace, folder)
    available = Available({**pool.snippets, **beside.snippets}, {**pool.mistakes, **beside.mistakes})
    rules = {rule.id: rule for rule in publication.sections}
    sections = []
    for table in top.tables("sections"):
        table.only(("id", "snippets", "pin", "exclude"))
        name = table.text("id", required=True)
        ids = table.texts("snippets")
        if name not in rules:
            table.wrong(
                "id",
                "unknown-value",
                _("{publication} has no section {name}.").format(publication=publication.id, name=repr(name)),
                one_of(name, rules),
            )
            continue
        chosen = tuple(s for i in ids if (s := _snippet(i, available, table)))
        if chosen:
            sections.append(Section(rules[name], chosen))
    findings += [f for f in beside.findings if f not in findings]
    return tuple(sections)


@dataclass(frozen=True, slots=True)
class Available:
    """The snippets an issue may name, and the mistakes of those that cannot be used."""

    snippets: Mapping[str, Snippet]
    mistakes: Mapping[str, tuple[Finding, ...]]


def _snippet(identity: str, available: Available, table: Reader) -> Snippet | None:
    snippet = available.snippets.get(identity)
    if snippet is None and identity in available.mistakes:
        table.findings += [f for f in available.mistakes[identity] if f not in table.findings]
        return None
    if snippet is None:
        table.wrong(
            "snippets",
            "unknown-snippet",
            _("There is no snippet {name}.").format(name=repr(identity)),
            one_of(identity, available.snippets),
        )
        return None
    if snippet.status is SnippetStatus.DRAFT:
        table.findings.append(
            Finding(
                "draft",
                Severity.ERROR,
                _("{name} is still a draft.").format(name=snippet.id),
                _("Once it is read again, write: status: reviewed"),
                snippet.path,
                snippet.line_of.get("status", 1),
            )
        )
    return snippet

"""Issues: found by name, read from their `issue.toml` and the snippets it names."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.content import only_for
from rtesmail.content.available import Available, available_snippets, ids_named
from rtesmail.content.places import read_toml
from rtesmail.content.reading import Reader, one_of
from rtesmail.content.snippets import Pool, read_folder
from rtesmail.content.typed_dates import is_of_our_times
from rtesmail.model.conditions import Condition, both
from rtesmail.model.content import Issue, Section, Snippet, SnippetStatus
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Publication, SectionRule, Workspace
from rtesmail.model.quoting import quoted

FILE = "issue.toml"
KEYS = (
    *("publication", "number", "title", "date", "send_at", "subject", "preheader", "sections", "only_for"),
    "assembled",
)
ISSUE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class LoadedIssue(Struct, frozen=True):
    """An issue with what can be shown of it, and every mistake in its files."""

    issue: Issue
    findings: tuple[Finding, ...]


def list_issues(workspace: Workspace) -> tuple[str, ...]:
    """Give the ids of the workspace's issues, newest number first; a folder that is hidden is none."""
    names = (path.parent.name for path in workspace.issues.glob(f"*/{FILE}"))
    return tuple(sorted((name for name in names if not name.startswith(".")), reverse=True))


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
        _("There is no issue {name}.").format(name=quoted(name)),
        hint=one_of(name, known) or _("Make one: rtesmail assemble PUBLICATION NUMBER"),
    )


def load_issue(workspace: Workspace, issue_id: str, pool: Pool | None = None) -> LoadedIssue:
    """Read an issue; a wrong or missing snippet is a finding, and the issue shows the good ones.

    Whoever loads many reads the `pool` once for all.

    Raises:
        ContentError: `issue.toml` itself cannot be used.
    """
    folder = workspace.issues / issue_id
    shown = (folder / FILE).relative_to(workspace.root)
    values, lines, unreadable = read_toml(folder / FILE, shown)
    if unreadable:
        raise _unusable(workspace, folder, unreadable)
    found: list[Finding] = []
    top = Reader(values, lines, shown, found)
    top.only(KEYS)
    publication = _publication(top, workspace)
    send_at = _send_at(top)
    day = _date(top, send_at)
    number = top.one_line("number", required=True)
    title = top.one_line("title", required=True)
    subject = top.one_line("subject", required=True)
    preheader = top.one_line("preheader")
    if publication is None:
        raise _unusable(workspace, folder, found)
    available = available_snippets(workspace, folder, ids_named(values), pool)
    found += available.own_findings
    regions = workspace.configuration.regions
    issue = Issue(
        id=issue_id,
        publication=publication,
        number=number,
        title=title,
        date=day,
        subject=subject,
        preheader=preheader,
        sections=_reserved(top, _sections(top, publication, available, regions), available, regions),
        path=shown,
        send_at=send_at,
        line_of=lines,
    )
    return LoadedIssue(issue, tuple(found))


def load_cover(workspace: Workspace, issue_id: str) -> Issue:
    """Read what an issue says of itself, its title and its day; snippets of the pool stay unread and out of it.

    Raises:
        ContentError: as for `load_issue`.
    """
    return load_issue(workspace, issue_id, Pool()).issue


def _unusable(workspace: Workspace, folder: Path, found: Sequence[Finding]) -> ContentError:
    """Give the error of an issue that cannot be read, with the mistakes of the snippets beside it."""
    found = (*found, *read_folder(workspace, folder).findings)
    return ContentError(_("The issue {id} cannot be read.").format(id=folder.name), found)


def _publication(top: Reader, workspace: Workspace) -> Publication | None:
    name = top.text("publication", required=True)
    known = workspace.configuration.publications
    if name and name not in known:
        top.wrong(
            "publication",
            "unknown-value",
            _("There is no publication {name}.").format(name=quoted(name)),
            one_of(name, known),
        )
    return known.get(name)


def _date(top: Reader, send_at: datetime | None) -> date:
    value = top.values.get("date")
    if isinstance(value, date) and is_of_our_times(value):
        return value.date() if isinstance(value, datetime) else value
    top.wrong(
        "date",
        "bad-date",
        _("date is missing or is not a date."),
        _("Write it as {example}").format(example="date = 2025-04-03"),
    )
    return send_at.date() if send_at else date(1970, 1, 1)


def _send_at(top: Reader) -> datetime | None:
    value = top.values.get("send_at")
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is None and is_of_our_times(value):
        return value
    top.wrong(
        "send_at",
        "bad-date",
        _("send_at should be a local date and time."),
        _("Write it as {example}").format(example="send_at = 2025-04-03T09:00:00"),
    )
    return None


def _sections(
    top: Reader, publication: Publication, available: Available, regions: tuple[str, ...]
) -> tuple[Section, ...]:
    rules = {rule.id: rule for rule in publication.sections}
    sections: dict[str, Section] = {}
    places: dict[str, str] = {}
    for table in top.tables("sections"):
        table.only(("id", "snippets", "pin", "exclude", only_for.KEY))
        name = table.text("id", required=True)
        whom = only_for.read_condition(table, only_for.KEY, regions)
        chosen = tuple(_narrowed(snippet, whom, table, only_for.KEY) for snippet in _chosen(table, available, places))
        _note_unknown(table, available)
        if name not in rules:
            table.wrong(
                "id",
                "unknown-value",
                _("{publication} has no section {name}.").format(publication=publication.id, name=quoted(name)),
                one_of(name, rules),
            )
            continue
        if name in sections:
            table.wrong(
                "id",
                "duplicate",
                _("Two sections have the id {id}.").format(id=quoted(name)),
                _("Join them into one table."),
            )
            chosen = (*sections[name].snippets, *chosen)
        sections[name] = Section(rules[name], tuple(_regional(rules[name], snippet) for snippet in chosen))
    return tuple(section for section in sections.values() if section.snippets)


def _regional(rule: SectionRule, snippet: Snippet) -> Snippet:
    """Give a snippet that only readers of its regions get, where the section is regional and nothing else was said."""
    if not rule.regional or not snippet.regions or snippet.only_for is not None:
        return snippet
    return replace(snippet, only_for=only_for.about_regions(snippet.regions))


def _reserved(
    top: Reader, sections: tuple[Section, ...], available: Available, regions: tuple[str, ...]
) -> tuple[Section, ...]:
    """Apply the tables `[only_for.SNIPPET]`, which reserve a snippet in this issue alone."""
    tables = top.table(only_for.KEY)
    whom = {name: only_for.read_condition(tables, name, regions) for name in tables.values}
    for name in whom:
        if name not in available.snippets and name not in available.mistakes:
            _unknown(tables, name, name, available)
    return tuple(
        replace(section, snippets=tuple(_narrowed(s, whom.get(s.id), tables, s.id) for s in section.snippets))
        for section in sections
    )


def _narrowed(snippet: Snippet, whom: Condition | None, table: Reader, key: str) -> Snippet:
    """Give a snippet that is for those alone who meet its own condition and this one of the issue."""
    if whom is None or snippet.only_for is None:
        return replace(snippet, only_for=whom) if whom else snippet
    joined = both(snippet.only_for, whom)
    if joined is None:
        table.wrong(
            key,
            "for-nobody",
            _("{name} would be for nobody: it is only for “{own}”, and here only for “{whom}”.").format(
                name=quoted(snippet.id), own=snippet.only_for.words, whom=whom.words
            ),
            _("Widen one of the two, or take it out."),
        )
        return snippet
    return replace(snippet, only_for=joined)


def _chosen(table: Reader, available: Available, places: dict[str, str]) -> Iterator[Snippet]:
    """Give the snippets of one table, each once in the issue; `places` remembers the section of each."""
    section = table.text("id")
    for index, identity in enumerate(table.texts("snippets")):
        key = f"snippets.{index}"
        if identity in places:
            table.wrong(
                key,
                "duplicate",
                _("{name} stands in {section} already.").format(name=quoted(identity), section=places[identity]),
                _("Keep it in one place."),
            )
            continue
        places[identity] = section
        if snippet := _snippet(identity, available, table, key):
            yield snippet


def _snippet(identity: str, available: Available, table: Reader, key: str) -> Snippet | None:
    snippet = available.snippets.get(identity)
    table.findings += [f for f in available.mistakes.get(identity, ()) if f not in table.findings]
    if snippet is None:
        if identity not in available.mistakes:
            _unknown(table, key, identity, available)
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


def _note_unknown(table: Reader, available: Available) -> None:
    """Note the pins and exclusions that name nothing: a mistyped one would be without effect."""
    for name in ("pin", "exclude"):
        for index, identity in enumerate(table.texts(name)):
            if identity not in available.snippets and identity not in available.mistakes:
                _unknown(table, f"{name}.{index}", identity, available)


def _unknown(table: Reader, key: str, identity: str, available: Available) -> None:
    table.wrong(
        key,
        "unknown-snippet",
        _("There is no snippet {name}.").format(name=quoted(identity)),
        one_of(identity, available.snippets),
    )

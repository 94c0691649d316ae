"""Assembling an issue: the pool, the publication's rules and a person's choices become an `issue.toml`."""

from collections.abc import Mapping
from datetime import datetime
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.available import available_snippets
from rtesmail.content.earlier import earlier_of, issues_until
from rtesmail.content.fitting import Earlier
from rtesmail.content.issue_file import Writing, write_issue
from rtesmail.content.issue_state import IssueState, read_issue_state
from rtesmail.content.issues import FILE, ISSUE_ID
from rtesmail.content.numbers import example_for, title_of
from rtesmail.content.reading import one_of
from rtesmail.content.selection import Decision, Selected, select, would_be_taken
from rtesmail.model.content import Snippet, SnippetStatus
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Publication, Workspace
from rtesmail.model.quoting import quoted

__all__ = ["Assembled", "Decision", "assemble"]


class Assembled(Struct, frozen=True):
    """What assembly made: the file, why each snippet is in or out, mistakes met, and whether the file changed."""

    issue_id: str
    path: Path
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    changed: bool


def assemble(
    workspace: Workspace,
    publication_id: str,
    number: str,
    *,
    as_of: datetime,
    is_assumed: bool = False,
    name: str = "",
    write: bool = True,
) -> Assembled:
    """Write the issue's file from the pool and from the snippets beside it.

    `as_of` is the planned sending time, naive local: what is over by then is left out. It is written to `send_at`,
    and so is its day to `date`, unless a person changed them: `send_at` is a person's when it differs from the `as_of`
    that assembly noted in `[assembled]`. Then it stays, and the later of the two counts as the planned time. With
    `is_assumed` nobody said `as_of`: an issue planned for later stays so.

    What a person reordered, removed, added, moved, pinned or excluded stays so, except for what is over and not
    pinned. `exclude` keeps a snippet out of the whole issue, unless a person put it into another section. Title,
    subject and preheader are proposals that follow the content until a person changes them.

    Raises:
        WorkspaceError: the publication or the number cannot be used, or the file cannot be written.
        ContentError: the issue's file is there and cannot be read without guessing.
    """
    publication = _publication(workspace, publication_id)
    issue_id = _issue_id(publication_id, number, name)
    if example := example_for(publication.frequency, number, publication.language, as_of.date()):
        raise WorkspaceError(
            _("{number} is no number of {publication}, which has one for each month or quarter.").format(
                number=quoted(number), publication=publication_id
            ),
            hint=_("Write it as {example}; one more for the same time has a word of its own: --name WORD").format(
                example=example
            ),
        )
    path = workspace.issues / issue_id / FILE
    shown = path.relative_to(workspace.root)
    state = read_issue_state(path, shown)
    _refuse_foreign(state, publication, shown)
    if is_assumed and state.memory.as_of is not None:
        as_of = max(as_of, state.memory.as_of)
    planned = max(as_of, state.send_at) if state.is_send_at_by_hand and state.send_at else as_of
    available = available_snippets(workspace, path.parent)
    earlier, unread = _earlier(workspace, publication, issue_id, planned, available.snippets)
    selected = select(
        available.snippets,
        publication.sections,
        state,
        earlier,
        planned,
        broken=frozenset(available.mistakes) - frozenset(available.snippets),
        beside=frozenset(i for i, snippet in available.snippets.items() if _is_beside(workspace, path, snippet)),
    )
    writing = _writing(publication, number, state, selected, available.snippets, as_of)
    changed = write and write_issue(path, state, writing)
    return Assembled(issue_id, path, selected.decisions, available.findings + unread, changed)


def drafts_that_fit(workspace: Workspace, publication: Publication, issue_id: str, planned: datetime) -> list[Snippet]:
    """Give the drafts that a number planned for then would take, were they reviewed; by their titles.

    `planned` is naive local. `issue_id` names the number's own folder, which may not be there yet.
    """
    available = available_snippets(workspace, workspace.issues / issue_id)
    earlier, _unread = _earlier(workspace, publication, issue_id, planned, available.snippets)
    drafts = [s for s in available.snippets.values() if s.status is SnippetStatus.DRAFT]
    fitting = [s for s in drafts if would_be_taken(s, publication.sections, earlier, planned)]
    return sorted(fitting, key=lambda snippet: snippet.title.casefold())


def _is_beside(workspace: Workspace, path: Path, snippet: Snippet) -> bool:
    return workspace.root / snippet.path.parent == path.parent


def _publication(workspace: Workspace, publication_id: str) -> Publication:
    known = workspace.configuration.publications
    if publication_id not in known:
        raise WorkspaceError(
            _("There is no publication {name}.").format(name=quoted(publication_id)), hint=one_of(publication_id, known)
        )
    return known[publication_id]


def _issue_id(publication_id: str, number: str, name: str) -> str:
    for word in (number, name) if name else (number,):
        if not ISSUE_ID.fullmatch(word):
            raise WorkspaceError(
                _("{word} cannot name an issue.").format(word=quoted(word)),
                hint=_("Use small letters, digits and hyphens, for example 2025-04."),
            )
    return "-".join(part for part in (number, publication_id, name) if part)


def _refuse_foreign(state: IssueState, publication: Publication, shown: Path) -> None:
    """Stop before a section that the publication does not have: a person filled it, and it may be a slip of a key."""
    known = [rule.id for rule in publication.sections]
    findings = [
        Finding(
            "unknown-value",
            Severity.ERROR,
            _("{publication} has no section {name}.").format(publication=publication.id, name=quoted(name)),
            one_of(name, known),
            shown,
            section.line,
        )
        for name, section in state.sections.items()
        if name not in known and (section.pin or section.exclude or state.is_touched(name))
    ]
    if findings:
        raise ContentError(
            _("{path} cannot be read.").format(path=shown), findings, hint=_("Mend the lines named above.")
        )


def _earlier(
    workspace: Workspace,
    publication: Publication,
    issue_id: str,
    planned: datetime,
    snippets: Mapping[str, Snippet],
) -> tuple[Earlier, tuple[Finding, ...]]:
    """Give what issues up to the planned moment had, and the mistakes of those that cannot be read."""
    sent, unread = issues_until(workspace, issue_id, planned.date())
    findings: list[Finding] = []
    for path in unread:
        try:
            read_issue_state(path, path.relative_to(workspace.root))
        except ContentError as error:
            findings += error.findings
    return earlier_of(workspace, publication, sent, snippets, planned), tuple(findings)


def _writing(
    publication: Publication,
    number: str,
    state: IssueState,
    selected: Selected,
    snippets: Mapping[str, Snippet],
    as_of: datetime,
) -> Writing:
    title = title_of(number, publication.language)
    chosen = [snippets[i] for ids in selected.lists.values() for i in ids if i in snippets]
    # Every inbox shows the preheader: it announces what everybody gets.
    titles = [snippet.title for snippet in chosen if snippet.only_for is None]
    by_hand = state.send_at if state.is_send_at_by_hand else None
    shown_title = state.texts["title"] if state.is_by_hand("title") and "title" in state.texts else title
    return Writing(
        publication=publication.id,
        number=number,
        day=(by_hand or as_of).date(),
        send_at=as_of,
        as_of=as_of,
        texts={
            "title": title,
            "subject": f"{publication.title} – {shown_title}",
            "preheader": " · ".join(titles[:3]),
        },
        sections=selected.lists,
        memory=selected.memory,
    )

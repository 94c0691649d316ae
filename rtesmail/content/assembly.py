"""Assembling an issue: the pool, the publication's rules and a person's choices become an `issue.toml`."""

import gettext as gettext_module
import re
from dataclasses import dataclass
from datetime import datetime
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.issue_file import IssueState, Writing, read_issue_state, write_issue
from rtesmail.content.issues import FILE, ISSUE_ID, list_issues
from rtesmail.content.reading import one_of
from rtesmail.content.selection import Decision, Selected, select
from rtesmail.content.snippets import read_folder, read_pool
from rtesmail.model.content import Snippet
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Publication, Workspace

__all__ = ["Assembled", "Decision", "assemble"]

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """What assembly made: the file, why each snippet is in or out, mistakes met, and whether the file changed."""

    issue_id: str
    path: Path
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    changed: bool


def assemble(
    workspace: Workspace, publication_id: str, number: str, *, as_of: datetime, name: str = "", write: bool = True
) -> Assembled:
    """Write the issue's file from the pool and from the snippets beside it.

    `as_of` is the planned sending time, naive local: what is over by then is left out. It is written to `send_at`,
    unless a person changed `send_at` by hand: then the later of the two counts. What a person reordered, removed,
    added, pinned or excluded stays so, except for an event that is over and not pinned.

    Raises:
        WorkspaceError: the publication or the number cannot be used.
        ContentError: the issue's file is there and cannot be read.
    """
    publication = _publication(workspace, publication_id)
    issue_id = _issue_id(publication_id, number, name)
    path = workspace.issues / issue_id / FILE
    state = read_issue_state(path, path.relative_to(workspace.root))
    by_hand = state.send_at if state.send_at != state.assembled_as_of and state.assembled_as_of else None
    planned = max(as_of, by_hand) if by_hand else as_of
    pool, beside = read_pool(workspace), read_folder(workspace, path.parent)
    snippets = {**pool.snippets, **beside.snippets}
    selected = select(
        snippets, publication.sections, state, _carried(workspace, publication, issue_id, planned), planned
    )
    changed = False
    if write:
        changed = write_issue(
            path, _writing(publication, number, state, selected, snippets, as_of=as_of, send_at=by_hand or as_of)
        )
    return Assembled(issue_id, path, selected.decisions, pool.findings + beside.findings, changed)


def _publication(workspace: Workspace, publication_id: str) -> Publication:
    known = workspace.configuration.publications
    if publication_id not in known:
        raise WorkspaceError(
            _("There is no publication {name}.").format(name=repr(publication_id)), hint=one_of(publication_id, known)
        )
    return known[publication_id]


def _issue_id(publication_id: str, number: str, name: str) -> str:
    for word in (number, name):
        if word and not ISSUE_ID.fullmatch(word):
            raise WorkspaceError(
                _("{word} cannot name an issue.").format(word=repr(word)),
                hint=_("Use small letters, digits and hyphens, for example 2025-04."),
            )
    return "-".join(part for part in (number, publication_id, name) if part)


def _carried(workspace: Workspace, publication: Publication, issue_id: str, planned: datetime) -> dict[str, str]:
    """Give, by snippet, the earlier issue of the publication that had it."""
    carried: dict[str, str] = {}
    for other_id in list_issues(workspace):
        path = workspace.issues / other_id / FILE
        if other_id == issue_id:
            continue
        other = read_issue_state(path, path.relative_to(workspace.root))
        sent = other.send_at.date() if other.send_at else other.day
        if other.publication == publication.id and sent and sent < planned.date():
            carried |= dict.fromkeys(other.ids, other_id)
    return carried


def _writing(
    publication: Publication,
    number: str,
    state: IssueState,
    selected: Selected,
    snippets: dict[str, Snippet],
    *,
    as_of: datetime,
    send_at: datetime,
) -> Writing:
    title = _title(number, publication.language)
    titles = [snippets[i].title for ids in selected.lists.values() for i in ids]
    day_by_hand = state.day if state.assembled_as_of and state.day != state.assembled_as_of.date() else None
    return Writing(
        publication=publication.id,
        number=number,
        title=title,
        day=day_by_hand or send_at.date(),
        send_at=send_at,
        as_of=as_of,
        subject=f"{publication.title} – {title}",
        preheader=" · ".join(titles[:3]),
        sections=selected.lists,
        by_rule=selected.by_rule,
    )


def _title(number: str, language: str) -> str:
    """Give `Avril 2025` for 2025-04 in French, the number itself when it is no month."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", number)
    if not found:
        return number
    locale = Path(__file__).parents[1] / "locale"
    words = gettext_module.translation("rtesmail", locale, languages=[language], fallback=True)
    return f"{words.gettext(_MONTHS[int(found[2]) - 1]).capitalize()} {found[1]}"

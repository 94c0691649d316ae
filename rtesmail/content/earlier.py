"""What earlier issues of a publication carried: quickly, since every look at an issue asks."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from rtesmail.content.fitting import Earlier, address_of, own_words
from rtesmail.content.issues import FILE
from rtesmail.content.link_cleaning import page_key
from rtesmail.content.snippets import read_folder, read_snippet, snippet_files
from rtesmail.model.content import USUAL_HOUR, Issue, Snippet
from rtesmail.model.publication import Publication, Workspace

_DRAWN = 3
"""How many of its last numbers are drawn on: a quarter's months."""


class Sent(Struct, frozen=True, order=True):
    """Another issue: when it left or leaves, naive local, its id, its publication, and the snippets that it names."""

    moment: datetime
    id: str
    publication: str
    ids: tuple[str, ...]

    @property
    def day(self) -> date:
        return self.moment.date()


def issues_until(workspace: Workspace, issue_id: str, day: date) -> tuple[list[Sent], list[Path]]:
    """Give the issues that leave on a day at the latest, oldest first, and the files of those that cannot be read.

    The issue `issue_id` itself is passed over.
    """
    sent: list[Sent] = []
    unread: list[Path] = []
    for path in sorted(workspace.issues.glob(f"*/{FILE}")):
        if path.parent.name == issue_id:
            continue
        try:
            values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
            lists = _lists(values.get("sections", []))
        except (OSError, ValueError):
            unread.append(path)
            continue
        left = _moment_of(values)
        publication = values.get("publication")
        if left and left.date() <= day and isinstance(publication, str):
            sent.append(Sent(left, path.parent.name, publication, tuple(i for ids in lists for i in ids)))
    return sorted(sent), unread


def earlier_of(
    workspace: Workspace,
    publication: Publication,
    sent: Sequence[Sent],
    snippets: Mapping[str, Snippet],
    planned: datetime,
) -> Earlier:
    """Give what readers of a publication had, for assembly and the checks alike, and what its sections draw on.

    `snippets` are those of the pool whose addresses count; what lies beside an earlier issue is read there. `planned`
    is when the issue leaves, naive local: readers had what left on an earlier day, and what another publication brings
    them on the same day, not after it, is drawn on already.
    """
    carried: dict[str, str] = {}
    addresses: dict[str, tuple[str, str]] = {}
    words: dict[tuple[str, ...], str] = {}
    for issue in (one for one in sent if one.publication == publication.id and one.day < planned.date()):
        beside = read_folder(workspace, workspace.issues / issue.id)
        for identity in issue.ids:
            own = beside.snippets.get(identity)
            if own:
                words[own_words(own)] = issue.id
            elif identity not in beside.mistakes:
                carried[identity] = issue.id
            if (snippet := own or snippets.get(identity)) and (address := address_of(snippet)):
                addresses[address] = (identity, issue.id)
    names = {rule.draws_on for rule in publication.sections if rule.draws_on}
    drawn = {name: _last_of(name, [one for one in sent if one.moment <= planned]) for name in names}
    later = {name: _last_of(name, [one for one in sent if one.moment > planned]) for name in names}
    return Earlier(carried, addresses, words, drawn, later)


def _last_of(publication_id: str, sent: Sequence[Sent]) -> dict[str, str]:
    """Give what the last numbers of a publication carried, each with the last issue that did.

    One more issue for the same time has a word behind its number.
    """
    of_number: dict[str, dict[str, str]] = {}
    for issue in reversed(sent):
        if issue.publication == publication_id:
            number = of_number.setdefault(issue.id.partition(f"-{publication_id}")[0], {})
            number.update({i: issue.id for i in issue.ids if i not in number})
    found: dict[str, str] = {}
    for number in list(of_number.values())[:_DRAWN]:
        found = {**number, **found}
    return found


def earlier_than(workspace: Workspace, issue: Issue, snippets: Iterable[Snippet]) -> Earlier:
    """Give what earlier issues of the same publication had of some snippets of an issue, or of their pages.

    An `issue.toml` that cannot be read is passed over: its own checks say so.
    """
    sent = [one for one in _before(workspace, issue) if one.publication == issue.publication.id]
    if not sent:
        return Earlier()
    pages = {page for snippet in snippets if (page := page_key(snippet.url or ""))}
    known = {snippet.id: snippet for snippet in _snippets_of_pages(workspace, pages)}
    return earlier_of(workspace, issue.publication, sent, known, issue.planned_for)


def previous_issue(workspace: Workspace, issue: Issue) -> str:
    """Give the latest earlier issue of the same publication, by its day; empty when there is none."""
    earlier = [one.id for one in _before(workspace, issue) if one.publication == issue.publication.id]
    return earlier[-1] if earlier else ""


def _before(workspace: Workspace, issue: Issue) -> list[Sent]:
    day = issue.planned_for.date()
    sent, _unread = issues_until(workspace, issue.id, day)
    return [one for one in sent if one.day < day]


def _snippets_of_pages(workspace: Workspace, pages: set[str]) -> Iterator[Snippet]:
    """Give the snippets of the pool that lead to pages, told by their keys. Files are searched, few of them read."""
    # What a key leaves out of an address stands between its parts: a last slash, what counts clicks.
    parts = [[part.encode() for part in re.split("[?&]", page)] for page in pages]
    for path in snippet_files(workspace.issues / "snippets", is_deep=True) if pages else ():
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if not any(all(part in content for part in one) for one in parts):
            continue
        snippet = read_snippet(path, workspace.root, regions=workspace.configuration.regions).snippet
        if snippet is not None and page_key(snippet.url or "") in pages:
            yield snippet


def _moment_of(values: Mapping[str, object]) -> datetime | None:
    """Give `send_at`, which is local, or else `date` at the hour that an issue without one is planned for."""
    moment, day = values.get("send_at"), values.get("date")
    if isinstance(moment, datetime) and moment.tzinfo is None:
        return moment
    return datetime.combine(day, USUAL_HOUR) if isinstance(day, date) else None


def _lists(sections: object) -> list[list[str]]:
    """Give the snippets of each section.

    Raises:
        ValueError: they cannot be read without guessing.
    """
    if not isinstance(sections, list) or not all(isinstance(table, Mapping) for table in sections):
        raise ValueError("sections")
    lists = [table.get("snippets", []) for table in sections]
    if not all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in lists):
        raise ValueError("snippets")
    return lists

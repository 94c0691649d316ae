"""What earlier issues of a publication carried: quickly, since every look at an issue asks."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from rtesmail.content.issues import FILE
from rtesmail.content.link_cleaning import page_key
from rtesmail.content.snippets import read_snippet, snippet_files
from rtesmail.model.content import Issue, Snippet
from rtesmail.model.publication import Workspace


def carried_before(workspace: Workspace, issue: Issue) -> dict[str, str]:
    """Give, by snippet, the latest earlier issue of the same publication that had it.

    An `issue.toml` that cannot be read is passed over: its own checks say so.
    """
    return {identity: name for _sent, name, carried in _earlier(workspace, issue) for identity in carried}


def previous_issue(workspace: Workspace, issue: Issue) -> str:
    """Give the latest earlier issue of the same publication, by its day; empty when there is none."""
    earlier = _earlier(workspace, issue)
    return earlier[-1][1] if earlier else ""


def snippets_of_page(workspace: Workspace, page: str) -> Iterator[Snippet]:
    """Give the snippets of the pool that lead to a page, told by its key. Files are searched, few of them read."""
    # What a key leaves out of an address stands between its parts: a last slash, what counts clicks.
    parts = [part.encode() for part in re.split("[?&]", page)]
    for path in snippet_files(workspace.issues / "snippets", is_deep=True):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if not all(part in content for part in parts):
            continue
        snippet = read_snippet(path, workspace.root).snippet
        if snippet is not None and page_key(snippet.url or "") == page:
            yield snippet


def _earlier(workspace: Workspace, issue: Issue) -> list[tuple[date, str, tuple[str, ...]]]:
    """Give the earlier issues of the same publication, oldest first: when each left, its id, what it carried."""
    day = issue.send_at.date() if issue.send_at else issue.date
    return sorted(
        (sent, path.parent.name, carried)
        for path in workspace.issues.glob(f"*/{FILE}")
        if path.parent.name != issue.id
        for sent, carried in _sent_before(path, issue.publication.id, day)
    )


def _sent_before(path: Path, publication: str, day: date) -> Iterator[tuple[date, tuple[str, ...]]]:
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):
        return
    sent = values.get("send_at") or values.get("date")
    sent = sent.date() if isinstance(sent, datetime) else sent
    if values.get("publication") != publication or not isinstance(sent, date) or sent >= day:
        return
    sections = values.get("sections")
    tables = [table for table in sections if isinstance(table, Mapping)] if isinstance(sections, list) else []
    lists = [table.get("snippets") for table in tables]
    yield sent, tuple(name for ids in lists if isinstance(ids, list) for name in ids if isinstance(name, str))

"""Every snippet file of the workspace, found by its id and by the page that it leads to."""

import re
from pathlib import Path

from msgspec import Struct

from rtesmail.content.feeds.memory import digest_of
from rtesmail.content.front_matter import split_front_matter
from rtesmail.content.link_cleaning import page_key
from rtesmail.content.snippets import snippet_files
from rtesmail.model.publication import Workspace

_URL = re.compile(r"^url:\s*[\"']?(https?://[^\s\"']+)", re.MULTILINE)
_ID = re.compile(r"^id:\s*[\"']?([a-z0-9-]+)", re.MULTILINE)
_START = re.compile(r"^start:\s*[\"']?(\d{4}-\d{1,2}-\d{1,2})", re.MULTILINE)


class Shelved(Struct, frozen=True):
    """One file: its id, the key of its page, its day, and the digest of its text."""

    path: Path
    id: str
    page: str
    day: str
    digest: str


class Shelf:
    """The files of all issues and of the pool; those with mistakes count too, for they are somebody's work."""

    def __init__(self, workspace: Workspace) -> None:
        self._by_id: dict[str, list[Shelved]] = {}
        self._by_page: dict[str, list[Shelved]] = {}
        for path in snippet_files(workspace.issues, is_deep=True):
            if path.is_file() and (found := shelve(path)) is not None:
                self.add(found)

    def add(self, shelved: Shelved) -> None:
        """Put one more file there."""
        self._by_id.setdefault(shelved.id, []).append(shelved)
        if shelved.page:
            self._by_page.setdefault(shelved.page, []).append(shelved)

    @property
    def ids(self) -> set[str]:
        """The ids that are taken."""
        return set(self._by_id)

    def of_id(self, identity: str, *digests: str) -> Shelved | None:
        """Give the file with an id; of several, the one with one of these digests."""
        found = self._by_id.get(identity, [])
        return next((one for one in found if one.digest in digests), found[0] if found else None)

    def of_page(self, page: str, day: str = "") -> Shelved | None:
        """Give a file that leads to a page; one that is for another `day` is about something else."""
        found = self._by_page.get(page, []) if page else []
        return next((one for one in found if not (day and one.day) or one.day == day), None)


def shelve(path: Path) -> Shelved | None:
    """Read what a file is known by; None when it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    except (OSError, ValueError):
        return None
    fields = split_front_matter(text).fields
    # What the fields of a broken file say can still be seen.
    told = {name: (fields[name].text or "").strip() if name in fields else "" for name in ("id", "url", "start")}
    url, identity, day = told["url"] or _found(_URL, text), told["id"] or _found(_ID, text), _found(_START, text)
    return Shelved(path, identity or path.stem, page_key(url), day, digest_of(text))


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""

"""What the archive knows of one edition, kept beside its page: the folder alone is enough to write index and feed."""

import json
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.reading import ID
from rtesmail.model.errors import WorkspaceError
from rtesmail.store.moments import from_text, to_text

FACTS = "edition.json"
FORMAT = 1


class PublishedEdition(Struct, frozen=True):
    """One edition in the archive.

    `entry_id` names it in the feed for ever (RFC 4287 4.2.6), also when the archive moves; `address` is where its page
    is to answer, empty when an earlier rtesmail wrote it. `updated` is when readers could first have what the page says
    now. `files` are its page, pictures and calendar entries, relative to its folder, in the order in which they are
    written. What `is_listed` stands in the index, feed, sitemap and calendar; the page of a letter for some lists only
    is for those who have its link.
    """

    issue: str
    title: str
    description: str
    publication: str
    language: str
    day: date
    published: datetime
    updated: datetime
    entry_id: str
    digest: str
    files: tuple[str, ...]
    is_listed: bool = True
    address: str = ""

    def leads_to(self, link: str) -> bool:
        """Tell whether a link is the page's own, as far as is known."""
        return self.address in ("", link)

    @property
    def calendars(self) -> tuple[str, ...]:
        return tuple(name for name in self.files if name.endswith(".ics"))


def write_facts(edition: PublishedEdition) -> bytes:
    """Give the facts as a file."""
    written = {
        "format": FORMAT,
        "issue": edition.issue,
        "title": edition.title,
        "description": edition.description,
        "publication": edition.publication,
        "language": edition.language,
        "date": edition.day.isoformat(),
        "published": to_text(edition.published),
        "updated": to_text(edition.updated),
        "id": edition.entry_id,
        "digest": edition.digest,
        "address": edition.address,
        "files": list(edition.files),
    }
    if not edition.is_listed:
        written["listed"] = False
    return (json.dumps(written, ensure_ascii=False, indent=2) + "\n").encode()


def read_facts(content: bytes, path: Path) -> PublishedEdition:
    """Read the facts of an edition.

    Raises:
        WorkspaceError: the file is not as it was written.
    """
    try:
        found = json.loads(content)
        texts = {name: found[name] for name in ("issue", "title", "description", "publication", "language", "id")}
        files = found["files"]
        if found["format"] != FORMAT or not all(isinstance(text, str) for text in (*texts.values(), *files)):
            raise ValueError
        if not ID.fullmatch(texts["issue"]) or texts["issue"] != path.parent.name or not all(map(_is_inside, files)):
            raise ValueError
        return PublishedEdition(
            issue=texts["issue"],
            title=texts["title"],
            description=texts["description"],
            publication=texts["publication"],
            language=texts["language"],
            day=date.fromisoformat(found["date"]),
            published=from_text(found["published"]),
            updated=from_text(found["updated"]),
            entry_id=texts["id"],
            digest=str(found["digest"]),
            files=tuple(files),
            is_listed=found.get("listed", True) is not False,
            address=str(found.get("address", "")),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WorkspaceError(
            _("{path} is not as it was written; the archive was left as it is.").format(path=path),
            hint=_("Put it back from a backup, or move its folder away and publish that issue again."),
        ) from error


def _is_inside(name: str) -> bool:
    return bool(name) and not any(part in ("", ".", "..") for part in name.replace("\\", "/").split("/"))

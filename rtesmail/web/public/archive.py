"""The letters as pages: what `rtesmail build` wrote, of issues that were approved, and an index of those that left."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from rtesmail.content.reading import ID
from rtesmail.delivery.approvals import latest_approval
from rtesmail.rendering.build import WEB
from rtesmail.store.moments import from_text
from rtesmail.web.public.guard import LETTER_POLICY
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from rtesmail.model.edition import Approval

_MEDIA_TYPES = {
    ".html": "text/html",
    ".ics": "text/calendar",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


class Letter(Struct, frozen=True):
    """One line of the index."""

    issue: str
    title: str
    publication: str
    language: str
    left_at: datetime


class Archive:
    """The doors below /lettres/."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def show_letters(self, request: "Request") -> "Response":
        """Show the letters that left, newest first."""
        from starlette.concurrency import run_in_threadpool

        letters = await run_in_threadpool(self._letters)
        # Unlike the pages behind a token, this one may be found by a search engine.
        return self._house.pages.answer(
            request,
            "letters",
            headers={"x-robots-tag": "all", "cache-control": "public, max-age=300"},
            letters=letters,
        )

    async def show_file(self, request: "Request") -> "Response":
        """Give a file of a letter's web version."""
        from starlette.concurrency import run_in_threadpool
        from starlette.exceptions import HTTPException
        from starlette.responses import FileResponse

        issue, name = request.path_params["issue"], request.path_params.get("name", "")
        path = await run_in_threadpool(self._file, issue, name or "index.html")
        if path is None:
            raise HTTPException(404)
        headers = {"content-security-policy": LETTER_POLICY, "cache-control": "public, max-age=300"}
        if not await run_in_threadpool(self._is_for_everybody, issue):
            headers["x-robots-tag"] = "noindex"
        return FileResponse(path, media_type=_MEDIA_TYPES[path.suffix.lower()], headers=headers)

    async def add_slash(self, request: "Request") -> "Response":
        """Lead to the letter's page: its pictures are named from there."""
        from starlette.responses import RedirectResponse

        issue = request.path_params["issue"]
        if not ID.fullmatch(issue):
            from starlette.exceptions import HTTPException

            raise HTTPException(404)
        return RedirectResponse(f"{self._house.pages.base}/lettres/{issue}/", status_code=308)

    def _letters(self) -> tuple[Letter, ...]:
        publications = self._house.workspace.configuration.publications
        zone = ZoneInfo(self._house.pages.identity.time_zone)
        with self._house.reading() as store:
            rows = store.execute(
                """SELECT mailings.issue, editions.subject, editions.publication, editions.language,
                  min(mailings.started_at) AS left_at
                FROM mailings JOIN editions ON editions.digest = mailings.edition_digest
                WHERE mailings.started_at IS NOT NULL GROUP BY mailings.issue ORDER BY left_at DESC, mailings.issue"""
            ).fetchall()
        return tuple(
            Letter(
                row["issue"],
                row["subject"],
                publications[row["publication"]].title if row["publication"] in publications else "",
                row["language"],
                from_text(row["left_at"]).astimezone(zone),
            )
            for row in rows
            if self._is_for_everybody(row["issue"]) and self._file(row["issue"], "index.html") is not None
        )

    def _file(self, issue: str, name: str) -> Path | None:
        """Give a file of what was approved: a draft that was only built is nobody's to read."""
        path = self._path(issue, name)
        return path if path is not None and self._approval(issue) is not None else None

    def _is_for_everybody(self, issue: str) -> bool:
        """Does the last yes name no list? The mail leads to its page in any case, the index only then."""
        approval = self._approval(issue)
        return approval is not None and not approval.audiences

    def _approval(self, issue: str) -> "Approval | None":
        with self._house.reading() as store:
            return latest_approval(store, issue)

    def _path(self, issue: str, name: str) -> Path | None:
        """Give a file inside the web version of an issue; nothing outside of it, whatever the name."""
        if not ID.fullmatch(issue) or "\\" in name or "\0" in name:
            return None
        folder = self._house.workspace.out / issue / WEB
        path = folder / name
        if path.suffix.lower() not in _MEDIA_TYPES:
            return None
        try:
            resolved = path.resolve()
            is_inside = resolved.is_relative_to(folder.resolve())
            return resolved if is_inside and resolved.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

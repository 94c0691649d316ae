"""The local preview: a web app on this machine that shows the issues as readers will get them."""

import asyncio
import secrets
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from rtesmail.web.deeds import Notice, Order


def make_app(workspace_root: Path) -> "Starlette":
    """Make the preview of a workspace as an ASGI app; `app.state.preview` is its `Preview`.

    GET and HEAD write nothing. Its three forms are all it takes otherwise: a proof, an approval, and asking sites and
    SpamAssassin.
    """
    from contextlib import asynccontextmanager

    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    from rtesmail.web.guard import LoopbackGuard
    from rtesmail.web.views import STATIC

    preview = Preview(workspace_root)
    enclosures = preview.enclosures

    @asynccontextmanager
    async def watching(_app: "Starlette") -> "AsyncIterator[None]":
        preview.changes.start()
        yield
        await preview.changes.finish()

    app = Starlette(
        routes=[
            Route("/", preview.show_issues),
            Route("/issue/{issue_id}", preview.show_issue),
            Route("/issue/{issue_id}/frame", enclosures.show_frame),
            Route("/issue/{issue_id}/approve", preview.approve, methods=["POST"]),
            Route("/issue/{issue_id}/proof", preview.prove, methods=["POST"]),
            Route("/issue/{issue_id}/ask", preview.ask, methods=["POST"]),
            Route("/issue/{issue_id}/letter", enclosures.await_letter),
            Route("/issue/{issue_id}/letter.pdf", enclosures.show_letter),
            Route("/issue/{issue_id}/images/{content_id}", enclosures.show_image),
            Route("/checks", preview.show_manual),
            Route("/events", preview.stream_changes),
            Route("/favicon.ico", enclosures.show_mark),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(LoopbackGuard)],
        exception_handlers={404: preview.show_missing, 500: preview.show_failure},
        lifespan=watching,
    )
    app.state.preview = preview
    return app


class Preview:
    """The preview's pages and forms over one workspace. Those that render run in Starlette's threads."""

    def __init__(self, root: Path) -> None:
        from rtesmail.web.asking import Askings
        from rtesmail.web.changes import Changes
        from rtesmail.web.deeds import Notices
        from rtesmail.web.enclosures import Enclosures
        from rtesmail.web.readings import Readings, shipped_templates
        from rtesmail.web.views import Pages

        self._root = root
        self._readings = Readings(root)
        self._pages = Pages()
        self._notices = Notices()
        # Of this run alone: a form of another page, or of an earlier run, does not know it.
        self._token = secrets.token_urlsafe(32)
        self._one_deed = asyncio.Lock()
        self.changes = Changes(root, shipped_templates())
        self._askings = Askings(self.changes.announce_result)
        self.enclosures = Enclosures(self._readings, self._askings, self._pages, self._missing)

    def read_the_rest(self) -> None:
        """Render what the list wants and is not rendered yet, and tell the open pages."""
        from rtesmail.web.listing import newest_of

        for issue_id in newest_of(self._readings.covers()):
            if self.changes.is_closed:
                return
            self._readings.read(issue_id)
        self.changes.announce_from_thread()

    def show_issues(self, _request: "Request") -> "Response":
        from starlette.background import BackgroundTask
        from starlette.responses import HTMLResponse

        from rtesmail.web.listing import read_rows

        stamp = self.changes.stamp()
        shelf = self._readings.shelf()
        if shelf.workspace is None:
            return HTMLResponse(self._pages.workspace_trouble(shelf, stamp))
        rows = read_rows(self._readings, shelf.workspace)
        house = shelf.workspace.configuration.identity
        page = self._pages.issues(house.name, rows, self._readings.pool_findings(), stamp)
        is_complete = all(row.reading or row.is_older for row in rows)
        return HTMLResponse(page, background=None if is_complete else BackgroundTask(self.read_the_rest))

    def show_issue(self, request: "Request") -> "Response":
        from starlette.responses import HTMLResponse

        from rtesmail.web.asking import with_asked
        from rtesmail.web.choices import read_choice
        from rtesmail.web.differing import find_differences
        from rtesmail.web.personas import MOST_SEARCHED, Picker, as_picked, look_for_readers
        from rtesmail.web.readings import standing_in_zone
        from rtesmail.web.showing import show_edition, way_out_of
        from rtesmail.web.views import IssueView
        from rtesmail.web.whom import UNSAID, find_offer

        stamp = self.changes.stamp()
        shelf = self._readings.shelf()
        if shelf.workspace is None:
            return HTMLResponse(self._pages.workspace_trouble(shelf, stamp))
        reading = self._readings.read(request.path_params["issue_id"])
        if reading is None:
            return self._missing(_("There is no issue of this name in the workspace."))
        standing = standing_in_zone(shelf.workspace, reading.issue_id, reading)
        asking = self._askings.find(reading.issue_id)
        reading = with_asked(shelf.workspace, reading.letting_pass(standing.passed), asking)
        choice, shown, picker = read_choice(request.query_params), None, Picker()
        if reading.edition is not None:
            if choice.readers and choice.readers not in reading.edition.variant_keys:
                choice = choice.to("")
            wanted = {name: request.query_params.get(name, "")[:MOST_SEARCHED] for name in ("who", "segment")}
            picker = look_for_readers(shelf.workspace, reading.edition, number=choice.person, **wanted)
            choice = as_picked(choice, picker)
            shown = show_edition(reading, reading.edition, choice, shelf.workspace, picker.person)
        notice = self._notices.find(request.query_params.get("said", ""), reading.issue_id)
        return HTMLResponse(
            self._pages.issue(
                IssueView(
                    reading,
                    choice,
                    shown,
                    standing,
                    picker,
                    way_out_of(shelf.workspace, reading),
                    self._token,
                    notice,
                    find_differences(shelf.workspace, reading, standing, self._readings.read),
                    find_offer(shelf.workspace, standing.approval, notice.whom if notice else UNSAID),
                    asking,
                ),
                stamp,
            )
        )

    def show_manual(self, _request: "Request") -> "Response":
        from starlette.responses import HTMLResponse

        return HTMLResponse(self._pages.manual(self.changes.stamp()))

    async def approve(self, request: "Request") -> "Response":
        from rtesmail.web.deeds import approve_seen

        return await self._do(request, "name", approve_seen)

    async def prove(self, request: "Request") -> "Response":
        from rtesmail.web.deeds import prove_seen

        return await self._do(request, "to", prove_seen)

    async def ask(self, request: "Request") -> "Response":
        """Begin to ask sites and SpamAssassin; the page follows by itself when they have answered."""
        from starlette.responses import RedirectResponse

        from rtesmail.web.choices import read_choice
        from rtesmail.web.forms import foreign_form, read_own_form

        fields = await read_own_form(request, self._token)
        if not fields:
            return foreign_form()
        issue_id = request.path_params["issue_id"]
        shelf = await asyncio.to_thread(self._readings.shelf)
        reading = await asyncio.to_thread(self._readings.read, issue_id)
        if shelf.workspace is None or reading is None or reading.edition is None:
            return self._missing(_("This issue cannot be shown at the moment."))
        self._askings.begin(shelf.workspace, issue_id, reading.edition)
        self.changes.announce()
        return RedirectResponse(read_choice(dict(fields)).page_url(issue_id) + "#asked", status_code=303)

    async def _do(self, request: "Request", field: str, deed: "Callable[[Path, Order], Notice]") -> "Response":
        """Carry out what a form asks for, then show the page again with what came of it."""
        from starlette.responses import RedirectResponse

        from rtesmail.web.choices import read_choice
        from rtesmail.web.deeds import read_order
        from rtesmail.web.forms import foreign_form, read_own_form

        fields = await read_own_form(request, self._token)
        if not fields:
            return foreign_form()
        issue_id = request.path_params["issue_id"]
        if await asyncio.to_thread(self._readings.read, issue_id) is None:
            return self._missing(_("There is no issue of this name in the workspace."))
        order = read_order(issue_id, fields, field)
        async with self._one_deed:
            said = self._notices.keep(await asyncio.to_thread(deed, self._root, order))
        self.changes.announce()
        # See Other (RFC 9110, section 15.4.4): loading that page again does nothing again.
        return RedirectResponse(read_choice(dict(fields)).page_url(issue_id, said=said) + "#notice", status_code=303)

    async def stream_changes(self, request: "Request") -> "Response":
        from starlette.responses import Response, StreamingResponse

        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return StreamingResponse(self.changes.stream(), media_type="text/event-stream")

    def show_missing(self, _request: "Request", _error: Exception) -> "Response":
        return self._missing(_("There is no page at this address."))

    def show_failure(self, _request: "Request", error: Exception) -> "Response":
        from starlette.responses import PlainTextResponse

        words = _("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}")
        return PlainTextResponse(words + "\n", status_code=500)

    def _missing(self, message: str) -> "Response":
        from starlette.responses import HTMLResponse

        return HTMLResponse(self._pages.missing(message, self.changes.stamp()), status_code=404)

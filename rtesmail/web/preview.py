"""The local preview: a web app on this machine that shows the issues as readers will get them."""

from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.errors import RtesmailError

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from rtesmail.model.edition import Edition
    from rtesmail.model.publication import Workspace
    from rtesmail.web.choices import Choice
    from rtesmail.web.readings import Reading
    from rtesmail.web.standing import Standing
    from rtesmail.web.views import IssueRow

LOOPBACK = "127.0.0.1"
STATIC = Path(__file__).parent / "static"

GRACE_SECONDS = 1
"""How long requests under way may take to end once a person stops the preview."""

LIST_SECONDS = 1.0
"""How long the list may wait for issues to be rendered; the rest follows by itself."""


def make_app(workspace_root: Path) -> "Starlette":
    """Make the preview of a workspace as an ASGI app; `app.state.preview` is its `Preview`.

    GET and HEAD are all it answers to, and neither writes anything.
    """
    from contextlib import asynccontextmanager

    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    from rtesmail.web.guard import LoopbackGuard

    preview = Preview(workspace_root)

    @asynccontextmanager
    async def watching(_app: "Starlette") -> "AsyncIterator[None]":
        preview.changes.start()
        yield
        await preview.changes.finish()

    app = Starlette(
        routes=[
            Route("/", preview.show_issues),
            Route("/issue/{issue_id}", preview.show_issue),
            Route("/issue/{issue_id}/frame", preview.show_frame),
            Route("/issue/{issue_id}/images/{content_id}", preview.show_image),
            Route("/events", preview.stream_changes),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(LoopbackGuard)],
        exception_handlers={404: preview.show_missing, 500: preview.show_failure},
        lifespan=watching,
    )
    app.state.preview = preview
    return app


def serve_preview(workspace_root: Path, *, port: int = 8025, on_ready: Callable[[str], None]) -> None:
    """Serve the preview on 127.0.0.1 until Ctrl-C; `on_ready` gets its address once it answers.

    Port 0 takes any free one.

    Raises:
        RtesmailError: the port is taken or may not be used.
    """
    import asyncio

    import uvicorn

    listener = _listen(port)
    app = make_app(workspace_root)
    preview: Preview = app.state.preview

    class PreviewServer(uvicorn.Server):
        async def startup(self, sockets: "list[socket.socket] | None" = None) -> None:
            await super().startup(sockets=sockets)
            on_ready(f"http://{LOOPBACK}:{listener.getsockname()[1]}/")
            self._first_reading = asyncio.create_task(asyncio.to_thread(preview.read_every_issue))

        async def shutdown(self, sockets: "list[socket.socket] | None" = None) -> None:
            # An open page holds its event stream for ever: without this the server would wait for it.
            preview.changes.close()
            await super().shutdown(sockets=sockets)

    configuration = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        PreviewServer(configuration).run(sockets=[listener])
    except KeyboardInterrupt:
        # Ctrl-C is how a person closes the preview: nothing was interrupted.
        return
    finally:
        listener.close()


def _listen(port: int) -> "socket.socket":
    """Take the port before anything else starts, so that a taken one is said at once."""
    import socket

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        other = port + 1 if 0 < port < 65535 else 8026
        raise RtesmailError(
            _("The preview cannot use port {port}: {reason}.").format(port=port, reason=reason),
            hint=_(
                "Another preview may be open. Close it, or choose another port: rtesmail preview --port {port}"
            ).format(port=other),
        ) from error
    return listener


class Preview:
    """The preview's endpoints over one workspace. Those that render run in Starlette's threads."""

    def __init__(self, root: Path) -> None:
        from rtesmail.web.changes import Changes
        from rtesmail.web.readings import Readings, shipped_templates
        from rtesmail.web.views import Pages

        self._readings = Readings(root)
        self._pages = Pages()
        self.changes = Changes(root, shipped_templates())

    def read_every_issue(self) -> None:
        """Render what is not rendered yet, so that pages have it at hand, and tell the open ones."""
        for issue_id in self._readings.shelf().issue_ids:
            if self.changes.is_closed:
                return
            self._readings.read(issue_id)
        self.changes.announce_from_thread()

    def show_issues(self, _request: "Request") -> "Response":
        from starlette.background import BackgroundTask
        from starlette.responses import HTMLResponse

        from rtesmail.web.views import IssueRow

        stamp = self.changes.stamp()
        shelf = self._readings.shelf()
        if shelf.workspace is None:
            return HTMLResponse(self._pages.workspace_trouble(shelf, stamp))
        found = self._readings.read_within(shelf.issue_ids, LIST_SECONDS)
        rows = [
            IssueRow(i, found.get(i), self._standing(found[i], shelf.workspace) if i in found else None)
            for i in shelf.issue_ids
        ]
        rows.sort(key=_newest_first)
        name = shelf.workspace.configuration.identity.name
        page = self._pages.issues(name, rows, self._readings.pool_findings(), stamp)
        is_complete = len(found) == len(rows)
        return HTMLResponse(page, background=None if is_complete else BackgroundTask(self.read_every_issue))

    def show_issue(self, request: "Request") -> "Response":
        from starlette.responses import HTMLResponse

        from rtesmail.web.choices import read_choice
        from rtesmail.web.views import FilledEdition

        stamp = self.changes.stamp()
        shelf = self._readings.shelf()
        if shelf.workspace is None:
            return HTMLResponse(self._pages.workspace_trouble(shelf, stamp))
        reading = self._readings.read(request.path_params["issue_id"])
        if reading is None:
            return self._missing(_("There is no issue of this name in the workspace."))
        filled = None
        choice = read_choice(request.query_params)
        if reading.edition is not None:
            from rtesmail.rendering.slots import fill_html, fill_text, preview_values

            values = preview_values(shelf.workspace)
            if choice.readers not in reading.edition.variant_keys:
                choice = choice.to("")
            shown = _as_chosen(reading.edition, choice, shelf.workspace)
            filled = FilledEdition(fill_html(shown.html, values), fill_text(shown.text, values))
        return HTMLResponse(self._pages.issue(reading, choice, filled, self._standing(reading, shelf.workspace), stamp))

    def show_frame(self, request: "Request") -> "Response":
        from starlette.responses import HTMLResponse

        from rtesmail.rendering.slots import fill_html, preview_values
        from rtesmail.web.choices import image_url, read_choice
        from rtesmail.web.frames import frame_policy, prepare_frame

        issue_id = request.path_params["issue_id"]
        shelf = self._readings.shelf()
        reading = self._readings.read(issue_id)
        if shelf.workspace is None or reading is None or reading.edition is None:
            return self._missing(_("This issue cannot be shown at the moment."))
        choice = read_choice(request.query_params)
        digest = reading.edition.digest
        shown = _as_chosen(reading.edition, choice, shelf.workspace)
        filled = fill_html(shown.html, preview_values(shelf.workspace))
        for image in shown.hosted:
            # Not yet on the server perhaps.
            filled = filled.replace(image.address, f"cid:{image.content_id}")
        html = prepare_frame(
            filled,
            choice.scheme,
            with_images=choice.has_images,
            # A picture that changes under its name must not come from the browser's memory.
            image_url=lambda content_id: f"{image_url(issue_id, content_id)}?edition={digest[:12]}",
        )
        policy = frame_policy(with_images=choice.has_images)
        return HTMLResponse(html, headers={"content-security-policy": policy})

    def show_image(self, request: "Request") -> "Response":
        from starlette.responses import Response

        reading = self._readings.read(request.path_params["issue_id"])
        carried = reading.edition.pictures if reading and reading.edition else ()
        for image in carried:
            if image.content_id == request.path_params["content_id"]:
                return Response(image.content, media_type=image.media_type)
        return self._missing(_("The edition carries no such picture."))

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

    def _standing(self, reading: "Reading", workspace: "Workspace") -> "Standing":
        from rtesmail.web.standing import find_standing

        found = find_standing(workspace.database, reading.issue_id, reading.edition)
        return found.in_zone(workspace.configuration.identity.time_zone)


def _as_chosen(edition: "Edition", choice: "Choice", workspace: "Workspace") -> "Edition":
    """Give what the chosen readers get; every block when nobody is chosen, or nobody who is still told apart.

    Its links lead directly: nothing answers at their short addresses before a proof, and colleagues do not count.
    """
    from rtesmail.rendering.links import lead_directly

    direct = lead_directly(edition, workspace.configuration.identity.public_url)
    return direct.for_variant(choice.readers) if choice.readers in direct.variant_keys else direct


def _newest_first(row: "IssueRow") -> tuple[bool, float]:
    issue = row.reading.issue if row.reading else None
    return (issue is None, -issue.planned_for.timestamp() if issue else 0.0)

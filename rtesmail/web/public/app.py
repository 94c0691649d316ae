"""`rtesmail serve`: the public pages as one ASGI application, and the server that runs it behind a reverse proxy."""

from collections.abc import Callable
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.model.errors import RtesmailError
from rtesmail.model.publication import Workspace
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Config

_GRACE_SECONDS = 10
_KEEP_ALIVE_SECONDS = 20
_MOST_AT_ONCE = 200


def make_public_app(workspace: Workspace, now: Clock = utc_now) -> "Starlette":
    """Make the public pages of a workspace; its database is made or migrated here, so that no GET has to.

    Raises:
        WorkspaceError: the database, the secret or that of a webhook cannot be used.
    """
    import asyncio
    from contextlib import asynccontextmanager, suppress

    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.responses import RedirectResponse
    from starlette.responses import Response as PlainResponse
    from starlette.routing import Mount, Route

    from rtesmail.delivery.tokens import load_secrets
    from rtesmail.web.public.archive import Archive
    from rtesmail.web.public.asking import Asking
    from rtesmail.web.public.guard import Guard
    from rtesmail.web.public.hooks import Hooks
    from rtesmail.web.public.house import House
    from rtesmail.web.public.joining import Joining
    from rtesmail.web.public.leaving import Leaving
    from rtesmail.web.public.links import Links
    from rtesmail.web.public.pages import PublicPages
    from rtesmail.web.public.wishes import PreferencePage

    house = House(workspace, PublicPages(workspace), load_secrets(workspace), now)
    with house.writing():
        pass
    asking = Asking(house)
    leaving, joining, archive = Leaving(house), Joining(house, asking), Archive(house)
    wishes = PreferencePage(house, asking)
    hooks, links = Hooks(house), Links(house)
    style = house.pages.style_sheet()

    async def show_style(_request: "Request") -> "Response":
        return PlainResponse(style, media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    async def show_home(_request: "Request") -> "Response":
        return RedirectResponse(f"{house.pages.base}/lettres/", status_code=307)

    def show_trouble(request: "Request", status: int) -> "Response":
        headers = {"retry-after": "30"} if status in (429, 503) else {}
        return house.pages.answer(request, "trouble", status=status, headers=headers, code=status)

    async def show_error(request: "Request", error: Exception) -> "Response":
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = show_trouble(request, status)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    @asynccontextmanager
    async def lifespan(_app: "Starlette") -> "AsyncIterator[None]":
        writing = asyncio.create_task(links.write_totals())
        yield
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await run_in_threadpool(links.write, everything=True)
        await asking.close()

    routes = [
        Route("/", show_home),
        Route("/u/{token}", leaving.show),
        Route("/u/{token}", leaving.leave, methods=["POST"]),
        Route("/r/{token}", leaving.show_return),
        Route("/r/{token}", leaving.come_back, methods=["POST"]),
        Route("/p/{token}", wishes.show),
        Route("/p/{token}", wishes.change, methods=["POST"]),
        Route("/inscription", joining.show),
        Route("/inscription", joining.join, methods=["POST"]),
        Route("/c/{token}", joining.show_confirmation),
        Route("/c/{token}", joining.confirm, methods=["POST"]),
        Route("/lettres/", archive.show_letters),
        Route("/lettres/{issue}", archive.add_slash),
        Route("/lettres/{issue}/", archive.show_file),
        Route("/lettres/{issue}/{name:path}", archive.show_file),
        Route("/l/{issue}/{mark}", links.lead),
        Route("/hooks/{provider}", hooks.take, methods=["POST"]),
        Route("/style.css", show_style),
    ]
    return Starlette(
        routes=[Mount(house.pages.base, routes=routes)] if house.pages.base else routes,
        middleware=[Middleware(Guard, trouble=show_trouble)],
        exception_handlers={HTTPException: show_error},
        lifespan=lifespan,
    )


def server_configuration(app: "Starlette") -> "Config":
    """Give how the pages are served: who calls too slowly or too often at once is for the proxy, or ended here."""
    from uvicorn import Config

    return Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        ws="none",
        server_header=False,
        # Whose forwarded headers count is ours to say.
        proxy_headers=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def serve_public(workspace: Workspace, *, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the public pages until Ctrl-C or SIGTERM; `on_ready` gets the address once it answers. Port 0 is any.

    Raises:
        RtesmailError: the port is taken or may not be used, or something in the workspace cannot be used.
    """
    import uvicorn

    app = make_public_app(workspace)
    listener = _listen(host, port)

    class PublicServer(uvicorn.Server):
        async def startup(self, sockets: "list[socket.socket] | None" = None) -> None:
            await super().startup(sockets=sockets)
            shown = f"[{host}]" if ":" in host else host
            on_ready(f"http://{shown}:{listener.getsockname()[1]}/")

    try:
        PublicServer(server_configuration(app)).run(sockets=[listener])
    except KeyboardInterrupt:
        return
    finally:
        listener.close()


def _listen(host: str, port: int) -> "socket.socket":
    """Take the port before anything else starts, so that a taken one is said at once."""
    import socket

    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named TCP: only then asyncio sends at once what is small (TCP_NODELAY); else each answer waits some 40 ms.
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise _cannot_listen(host, port, error) from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: Exception) -> RtesmailError:
    reason = system_words(error)
    return RtesmailError(
        _("The server cannot use {host}, port {port}: {reason}.").format(host=host, port=port, reason=reason),
        hint=_("Another one may be running. Choose another port: rtesmail serve --port {port}").format(
            port=port + 1 if 0 < port < 65535 else 8026
        ),
    )

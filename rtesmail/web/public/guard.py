"""Around every answer: headers that bind the browser, troubles as pages, and a log that holds nothing of a person."""

import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rtesmail.model.errors import UnusableStoreError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("rtesmail.serve")

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of our own pages: no script at all, nothing from elsewhere."""

LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""That of a letter's web version, which carries its styles as a mail does and may show pictures of the house's site."""

_HEADERS = {
    b"content-security-policy": PAGE_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    # The address of a page can hold a token: no other site gets to see it.
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"cache-control": b"no-store",
}
_TOKEN = re.compile(r"(/[upcrl]/).+")

Trouble = Callable[["Request", int], "Response"]
"""Makes the page that says what is wrong, by its HTTP status."""


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: "ASGIApp", trouble: Trouble) -> None:
        self._app, self._trouble = app, trouble

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def send_guarded(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _value in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in _HEADERS.items() if name not in present),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 - the edge of the server: readers see a page, the log a line
            self._note(error)
            if not status:
                from starlette.requests import Request

                code = 503 if isinstance(error, UnusableStoreError) else 500
                await self._trouble(Request(scope), code)(scope, receive, send_guarded)
        finally:
            took = 1000 * (time.monotonic() - started)
            LOG.info("%s %s %s %.0f ms", scope["method"], shown_path(scope["path"]), status, took)

    def _note(self, error: Exception) -> None:
        # An error's words can hold an address or a token; where it happened says enough without --debug.
        LOG.error("%s", type(error).__name__, exc_info=LOG.isEnabledFor(logging.DEBUG))


def shown_path(path: str) -> str:
    """Give a path as the log may hold it: who has the log must neither be able to act for readers nor
    know when which link was opened."""
    return _TOKEN.sub(r"\1…", path).encode("unicode_escape").decode("ascii").replace("\\u2026", "…")[:200]

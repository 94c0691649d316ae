"""Who the preview answers to: a browser on this machine that asked for this machine by name, and nobody else."""

from gettext import gettext as _
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = ("127.0.0.1", "localhost")

CHROME_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of our own pages; the mail in a frame has its own, stricter on scripts."""

_HEADERS = {
    b"content-security-policy": CHROME_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    # Not no-referrer: a browser would then say `Origin: null` of our own forms (Fetch standard, section 3.1).
    b"referrer-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cache-control": b"no-store",
}


class LoopbackGuard:
    """ASGI middleware: refuses a foreign Host header, and a form that no page of ours sent; adds the security headers
    that a response lacks.

    A foreign site can make its own name resolve to 127.0.0.1 (DNS rebinding) and so read pages meant for this
    machine: the Host header then carries that site's name, which is how it is told apart.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: "Message") -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _value in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in _HEADERS.items() if name not in present),
                ]
            await send(message)

        from starlette.responses import PlainTextResponse

        if not _is_asked_by_name(scope):
            port = scope["server"][1]
            words = _("The preview answers only at {url}.").format(url=f"http://127.0.0.1:{port}/")
            await PlainTextResponse(words + "\n", status_code=421)(scope, receive, send_guarded)
        elif not _comes_from_our_page(scope):
            words = _("Only a page of this preview can ask for this.")
            await PlainTextResponse(words + "\n", status_code=403)(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)


def _is_asked_by_name(scope: "Scope") -> bool:
    """Tell whether the one Host header names this machine and the port that was really reached."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    server = scope.get("server")
    if len(hosts) != 1 or not server:
        return False
    port = server[1]
    allowed = {f"{name}:{port}" for name in LOOPBACK_NAMES}
    if port == 80:
        allowed |= set(LOOPBACK_NAMES)
    return hosts[0].decode("latin-1").lower() in allowed


def _comes_from_our_page(scope: "Scope") -> bool:
    """Tell whether what changes something was sent by a page of this very host: every browser says so in `Origin`."""
    if scope["method"] in ("GET", "HEAD"):
        return True
    values = {name: [value for key, value in scope["headers"] if key == name] for name in (b"origin", b"host")}
    site = [value for name, value in scope["headers"] if name == b"sec-fetch-site"]
    return values[b"origin"] == [b"http://" + values[b"host"][0]] and site in ([], [b"same-origin"])

"""Running the preview on this machine, from its command to Ctrl-C."""

from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.errors import RtesmailError
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    import socket

    from rtesmail.web.preview import Preview

LOOPBACK = "127.0.0.1"

GRACE_SECONDS = 1
"""How long requests under way may take to end once a person stops the preview."""


def serve_preview(workspace_root: Path, *, port: int = 8025, on_ready: Callable[[str], None]) -> None:
    """Serve the preview on 127.0.0.1 until Ctrl-C; `on_ready` gets its address once it answers.

    Port 0 takes any free one.

    Raises:
        RtesmailError: the port is taken or may not be used.
    """
    import asyncio

    import uvicorn

    from rtesmail.web.preview import make_app

    listener = _listen(port)
    app = make_app(workspace_root)
    preview: Preview = app.state.preview

    class PreviewServer(uvicorn.Server):
        async def startup(self, sockets: "list[socket.socket] | None" = None) -> None:
            await super().startup(sockets=sockets)
            on_ready(f"http://{LOOPBACK}:{listener.getsockname()[1]}/")
            self._first_reading = asyncio.create_task(asyncio.to_thread(preview.read_the_rest))

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

    # Named TCP: only then asyncio sends at once what is small (TCP_NODELAY); else each answer waits some 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = system_words(error)
        other = port + 1 if 0 < port < 65535 else 8026
        raise RtesmailError(
            _("The preview cannot use port {port}: {reason}.").format(port=port, reason=reason),
            hint=_(
                "Another preview may be open. Close it, or choose another port: rtesmail preview --port {port}"
            ).format(port=other),
        ) from error
    return listener

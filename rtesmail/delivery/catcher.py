"""A mail server for this machine only, that keeps what it is given and passes nothing on."""

import re
import threading
from gettext import gettext as _
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rtesmail.delivery.transports.outbox import write_whole
from rtesmail.model.errors import WorkspaceError

if TYPE_CHECKING:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

_UNFIT = re.compile(r"[^A-Za-z0-9.@+_-]")


class Catcher:
    """Serves SMTP on 127.0.0.1 while used as a context; each message becomes `NNNN-recipient.eml` in the folder.

    The file's bytes are those received, without SMTP's doubled dots. Port 0 takes a free one.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        self.host = "127.0.0.1"
        self.port = port
        self._controller: Controller | None = None

    def __enter__(self) -> "Catcher":
        import socket

        from aiosmtpd.controller import Controller

        self.folder.mkdir(parents=True, exist_ok=True)
        if self.port == 0:
            with socket.socket() as probe:
                probe.bind((self.host, 0))
                self.port = probe.getsockname()[1]
        controller = Controller(
            _Filing(self.folder), hostname=self.host, port=self.port, data_size_limit=None, enable_SMTPUTF8=True
        )
        try:
            controller.start()
        except (OSError, TimeoutError) as error:
            raise WorkspaceError(
                _("No mail server can be started on {host}:{port}: {reason}").format(
                    host=self.host, port=self.port, reason=error
                ),
                hint=_("Choose another port."),
            ) from error
        self._controller = controller
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def messages(self) -> tuple[Path, ...]:
        """Give the files of what was received, in order."""
        return tuple(sorted(self.folder.glob("*.eml")))


class _Filing:
    """What the server does with each message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = len(list(folder.glob("*.eml")))
        self._lock = threading.Lock()

    # The name is aiosmtpd's.
    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:  # noqa: N802
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            with self._lock:
                self._number += 1
                number = self._number
            write_whole(self._folder / f"{number:04d}-{_UNFIT.sub('_', recipient)}.eml", content)
        return "250 2.0.0 Kept"

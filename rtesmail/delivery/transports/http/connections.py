"""What a call goes over: a connection that is kept for the next one, and a body that knows how much of it has left."""

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Session

JSON = "application/json"
_MOST_IDLE_SECONDS = 10.0


class Connections:
    """Open connections that no call uses; threads take them and bring them back."""

    def __init__(self) -> None:
        self._idle: list[tuple[Session, float]] = []

    def take(self) -> "Session":
        """Give a session that was used a moment ago, or a new one.

        A server that is about to close an idle line may do so while a request is on its way: an answer would be lost.
        """
        while self._idle:
            # Another thread may have taken the last one.
            with suppress(IndexError):
                session, freed_at = self._idle.pop()
                if time.monotonic() - freed_at < _MOST_IDLE_SECONDS:
                    return session
                session.close()
        return _new_session()

    def give_back(self, session: "Session") -> None:
        self._idle.append((session, time.monotonic()))

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()


class Body:
    """A request's body that knows how much of itself was handed to the connection, and can be held back."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._given = 0
        self._is_stopped = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.content)

    def read(self, size: int = -1) -> bytes:
        with self._lock:
            if self._is_stopped:
                raise OSError("the call was cut")
            end = len(self.content) if size < 0 else self._given + size
            piece = self.content[self._given : end]
            self._given += len(piece)
            return piece

    def stop(self) -> bool:
        """Give no more; tell whether the whole of it surely never left. A question has no body and does nothing."""
        with self._lock:
            self._is_stopped = True
            return not self.content or self._given < len(self.content)


def _new_session() -> "Session":
    import requests

    from rtesmail import __version__

    session = requests.Session()
    session.headers.update({"User-Agent": f"rtesmail/{__version__}", "Accept": JSON})
    return session

"""One sender at a time: a lock on the workspace that the kernel lets go when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.errors import StoppedError
from rtesmail.model.system_words import system_words

LOCK_NAME = "sending.lock"
_READING_NAME = "reading.lock"


@contextmanager
def sending_lock(folder: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of a workspace's `lists` folder.

    Raises:
        StoppedError: another process holds it, still after `wait_seconds`.
    """
    with _lock(folder / LOCK_NAME, _("Another process (pid {pid}) is sending from this workspace."), wait_seconds):
        yield


@contextmanager
def reading_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of who reads what comes back: two readers at once would forward the same answers.

    Raises:
        StoppedError: another process holds it.
    """
    with _lock(
        folder / _READING_NAME, _("Another process (pid {pid}) is reading the mailboxes of this workspace."), 0.0
    ):
        yield


@contextmanager
def _lock(path: Path, busy: str, wait_seconds: float) -> Iterator[None]:
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Not inherited by child processes (PEP 446): a child that lives on would keep the lock.
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoppedError(
            _("The lock {path} cannot be made: {reason}").format(path=path, reason=system_words(error)),
            hint=_("Check that this user may write to the folder."),
        ) from error
    try:
        _take(handle, busy, wait_seconds)
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, busy: str, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise _held(handle, busy) from None
        time.sleep(0.1)


def _held(handle: int, busy: str) -> StoppedError:
    holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "?"
    return StoppedError(
        busy.format(pid=holder),
        hint=_("Wait until it is done, then run the same command again."),
    )

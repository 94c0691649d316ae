"""What changes on disk, told to the pages that are open."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path

QUIET_MS = 10
"""A save is over when nothing moved for this long: editors write, rename and touch in one go."""

COMPARE_SECONDS = 1.0
"""How often the state of files and database is compared with the last: seldom enough for a running mailing,
which commits all the time."""

PING_SECONDS = 15.0
"""How often an idle stream says that it is alive, so that a browser gone away is noticed."""

CONFIGURATION = "rtesmail.toml"
CONTENT_FOLDERS = ("templates", "issues")
PEOPLE_NAMES = ("rtesmail.db", "rtesmail.db-wal", "segments.toml")


def content_stamp(root: Path, shipped: Path | None = None) -> str:
    """Give a short text that changes when a file does that an edition may be made of.

    `shipped` is the folder of the templates that come with the package. Only names, sizes and times are read.
    """
    folders = [root / name for name in CONTENT_FOLDERS]
    if shipped is not None and shipped not in folders:
        folders.append(shipped)
    state = hashlib.sha256()
    for path in (root / CONFIGURATION, *(file for folder in folders for file in _files_under(folder))):
        state.update(_state_of(path))
    return state.hexdigest()[:16]


def people_stamp(root: Path) -> str:
    """Give a short text that changes when the database does, or which segments of its people there are."""
    state = hashlib.sha256()
    for name in PEOPLE_NAMES:
        state.update(_state_of(root / "lists" / name))
    return state.hexdigest()[:16]


def _files_under(folder: Path) -> Iterable[Path]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(files))


def _state_of(path: Path) -> bytes:
    try:
        found = path.stat()
    except OSError:
        return f"{path}\0absent\n".encode()
    return f"{path}\0{found.st_mtime_ns}\0{found.st_size}\0{found.st_ino}\n".encode()


class Changes:
    """Watches a workspace and wakes the open event streams. Belongs to one event loop."""

    def __init__(self, root: Path, shipped: Path | None = None) -> None:
        self._root = root
        self._shipped = shipped
        # A page that outlived a run of the preview holds that run's forms: no stamp of this run is like its own.
        self._run = secrets.token_hex(4)
        self._results = 0
        self._waiting: set[asyncio.Event] = set()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def stamp(self) -> str:
        """Give the state of content and people together, in this run: what a page shows is as new as its stamp."""
        return f"{self._run}-{self._results}-{content_stamp(self._root, self._shipped)}-{people_stamp(self._root)}"

    def start(self) -> None:
        """Begin to watch, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [
            asyncio.create_task(self._watch_content()),
            asyncio.create_task(self._watch_configuration()),
            # Taken before any page is open: what changes after a page's hello must differ from it.
            asyncio.create_task(self._compare_now_and_then(self.stamp())),
        ]

    def announce(self) -> None:
        """Wake every open stream. Several announcements before a stream wakes count as one."""
        for event in self._waiting:
            event.set()

    def announce_from_thread(self) -> None:
        """Announce from a thread that is not the event loop's."""
        if self._loop is not None and not self.is_closed:
            self._loop.call_soon_threadsafe(self.announce)

    def announce_result(self) -> None:
        """Announce from a thread what no file shows; a page that begins to listen only then is out of date too."""
        self._results += 1
        self.announce_from_thread()

    @property
    def is_closed(self) -> bool:
        return self._stop.is_set()

    def close(self) -> None:
        """End the open streams and stop watching; `finish` waits for the end."""
        self._stop.set()
        self.announce()

    async def finish(self) -> None:
        """Close and wait until nothing watches any more."""
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stream(self) -> AsyncIterator[str]:
        """Give Server-Sent Events: `hello` with the present stamp, then `change` at each change.

        The format is that of the HTML standard, section 9.2 "Server-sent events".
        """
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield f"retry: 500\nevent: hello\ndata: {await asyncio.to_thread(self.stamp)}\n\n"
            while not self._stop.is_set():
                try:
                    await asyncio.wait_for(event.wait(), PING_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                event.clear()
                if not self._stop.is_set():
                    yield f"event: change\ndata: {await asyncio.to_thread(self.stamp)}\n\n"
        finally:
            self._waiting.discard(event)

    async def _watch_content(self) -> None:
        """Watch the folders of content, from the start again when one of them comes or goes."""
        from watchfiles import awatch

        while not self._stop.is_set():
            folders = self._content_folders()
            # The system may refuse (its limit of watches, a folder just removed): comparing goes on meanwhile.
            with suppress(OSError, RuntimeError):
                async for changes in awatch(
                    *folders,
                    step=QUIET_MS,
                    debounce=40 * QUIET_MS,
                    stop_event=self._stop,
                    rust_timeout=500,
                    yield_on_timeout=True,
                ):
                    if changes:
                        self.announce()
                    if self._content_folders() != folders:
                        break
            await asyncio.sleep(0.1)

    def _content_folders(self) -> dict[Path, int]:
        """Give the folders that exist, each with its inode: one made anew under its old name needs a new watch."""
        wanted = [self._root / name for name in CONTENT_FOLDERS]
        if self._shipped is not None:
            wanted.append(self._shipped)
        return {folder: folder.stat().st_ino for folder in wanted if folder.is_dir()}

    async def _watch_configuration(self) -> None:
        """Watch for `rtesmail.toml` in its folder, since editors replace a file rather than write into it."""
        from watchfiles import awatch

        with suppress(OSError, RuntimeError):
            async for _changes in awatch(
                self._root,
                watch_filter=lambda _change, path: Path(path).name == CONFIGURATION,
                recursive=False,
                step=QUIET_MS,
                debounce=40 * QUIET_MS,
                stop_event=self._stop,
            ):
                self.announce()

    async def _compare_now_and_then(self, seen: str) -> None:
        """Notice what no watch tells: approvals and mailings of other commands, files on a network drive."""
        while not self._stop.is_set():
            await asyncio.sleep(COMPARE_SECONDS)
            now = await asyncio.to_thread(self.stamp)
            if now != seen:
                seen = now
                self.announce()

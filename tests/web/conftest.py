"""A real preview on a loopback port, over a copy of the demo workspace."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import uvicorn

from rtesmail.web.preview import make_app

APRIL = "2025-04-mensuelle"
GARD = "2024-11-invitation-gard"


@dataclass(frozen=True)
class Preview:
    """A running preview: the workspace it shows and where it answers."""

    root: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=headers, timeout=30)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    @contextmanager
    def events(self) -> Iterator[Iterator[str]]:
        """The names of the events of one open page, as they come."""
        with requests.get(f"{self.url}/events", stream=True, timeout=30) as answer:
            lines = _in_time(answer.iter_lines(chunk_size=1, decode_unicode=True))
            yield (line.removeprefix("event: ") for line in lines if line.startswith("event: "))


def _in_time(lines: Iterator[str]) -> Iterator[str]:
    """Fail when an event does not come: the stream itself stays open and says so now and then."""
    deadline = time.monotonic() + 60.0
    for line in lines:
        assert time.monotonic() < deadline, "the event did not come"
        yield line


@contextmanager
def serving(root: Path) -> Iterator[Preview]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    port = listener.getsockname()[1]
    configuration = uvicorn.Config(make_app(root), log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        assert server.started, "the preview did not start"
        yield Preview(root, port)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


@pytest.fixture
def preview(demo_workspace: Path) -> Iterator[Preview]:
    # Two issues are enough for a list, and quicker to render than all.
    for folder in (demo_workspace / "issues").iterdir():
        if folder.name not in (APRIL, GARD, "snippets"):
            shutil.rmtree(folder)
    with serving(demo_workspace) as running:
        yield running

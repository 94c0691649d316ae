"""What every test shares: English texts, and a copy of the demo workspace to work in."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

os.environ["LANGUAGE"] = "en"

# How long an example takes says something of the machine; none of our promises is one of seconds. Where CI judges a
# change, the examples are the same each time: new ones are looked for wherever else the tests run.
settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("patient")


@pytest.fixture
def demo_workspace(tmp_path: Path) -> Path:
    """A copy of the shipped workspace, without its database: content, sample list and configuration."""
    root = tmp_path / "workspace"
    root.mkdir()
    shutil.copy(ROOT / "rtesmail.toml", root)
    shutil.copytree(ROOT / "issues", root / "issues")
    (root / "templates").mkdir()
    (root / "lists").mkdir()
    shutil.copy(ROOT / "lists" / "sample.csv", root / "lists")
    return root


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def rtesmail(tmp_path: Path) -> Run:
    """Run the real command in a process of its own, as staff and cron do."""

    def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rtesmail", *arguments],
            cwd=cwd or tmp_path,
            env={**os.environ, "LANGUAGE": "en", "COLUMNS": "100", **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


class Site:
    """A web site on loopback: what stands at a path, and what was asked.

    `pages` gives, by path or by whole address when it is asked as a proxy, (status, headers, body).
    """

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                status, headers, body = site.pages.get(self.path, (404, {}, b""))
                etag = headers.get("ETag")
                if etag and self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> str:
        """Put a page there and give its address."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
        return path if "://" in path else self.address + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site of one's own, for the length of a test."""
    running = Site()
    yield running
    running.close()

"""Starting the preview and closing it."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from rtesmail.model.errors import RtesmailError
from rtesmail.web.serving import serve_preview

SERVE = """
import sys
from pathlib import Path
from rtesmail.web.serving import serve_preview
serve_preview(Path(sys.argv[1]), port=0, on_ready=lambda address: print(address, flush=True))
print("closed", flush=True)
"""


def test_a_taken_port_is_said_with_another_one_to_try(demo_workspace: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RtesmailError, match=f"port {port}") as caught:
            serve_preview(demo_workspace, port=port, on_ready=lambda _address: pytest.fail("it cannot be ready"))
    assert f"--port {port + 1}" in caught.value.hint


@contextmanager
def running(root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The preview in a process of its own, as the command runs it, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def listening_addresses(port: int) -> list[str]:
    """The addresses on which this machine listens at a port, from the kernel's own table."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if Path(table).exists():
            rows = [row.split() for row in Path(table).read_text().splitlines()[1:]]
            found += [row[1].split(":")[0] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]
    return found


def test_the_preview_listens_on_loopback_only(demo_workspace: Path) -> None:
    with running(demo_workspace) as (_process, address):
        port = urlsplit(address).port
        assert port is not None
        assert listening_addresses(port) == [socket.inet_aton("127.0.0.1")[::-1].hex().upper()]


def test_ctrl_c_closes_the_preview_even_with_open_pages(demo_workspace: Path) -> None:
    with running(demo_workspace) as (process, address):
        pages = [requests.get(f"{address}events", stream=True, timeout=30) for _page in range(3)]
        assert requests.get(address, timeout=30).status_code == 200
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
        print(f"closed {time.monotonic() - started:.2f} s after Ctrl-C")
        assert (process.returncode, output, errors) == (0, "closed\n", "")
        for page in pages:
            page.close()

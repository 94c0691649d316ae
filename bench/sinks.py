"""Servers that take everything, each for the time of a measure."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sink() -> Iterator[int]:
    """Run Postfix's smtp-sink on a free port; give the port."""
    port = _free_port()
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with _running(["smtp-sink", *as_user, f"127.0.0.1:{port}", "1000"], port):
        yield port


@contextmanager
def slow_sink(milliseconds: int) -> Iterator[int]:
    """Run a server whose replies come late; give its port."""
    port = _free_port()
    program = Path(__file__).parent / "peers" / "slow_sink.py"
    with _running([sys.executable, str(program), str(port), str(milliseconds)], port):
        yield port


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, command[0])
        yield
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, name: str) -> None:
    for _try in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{name} does not answer")

"""Ports on loopback that nobody uses, and servers on them that answer."""

import socket
import time
from collections.abc import Callable

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_greeting(port: int, log: Callable[[], str], greeting: bytes = b"220 ") -> None:
    """Wait until a mail server greets; fail with its log when it does not."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                if line.recv(len(greeting)) == greeting:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server does not answer: " + log())

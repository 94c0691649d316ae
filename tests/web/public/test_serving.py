"""The command that opens the doors: what it says, how it ends, what its log holds."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.tokens import Purpose, load_secret, sign

from ...conftest import Run


@contextmanager
def running(root: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and where it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "rtesmail", "-C", str(root), "serve", "--port", str(port), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        assert "https://lettre.rtes.example/" in said
        assert f"http://127.0.0.1:{port}/" in said
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_the_log_tells_of_requests_without_their_tokens(
    demo_workspace: Path, number: signal.Signals
) -> None:
    token = sign(load_secret(load_workspace(demo_workspace)), Purpose.UNSUBSCRIBE, 7, "demo")
    with running(demo_workspace) as (process, address):
        assert requests.get(f"{address}/u/{token}", timeout=30).status_code == 200
        assert requests.post(f"{address}/u/{token}", timeout=30).status_code == 200
        process.send_signal(number)
        _output, errors = process.communicate(timeout=20)
    assert process.returncode in (0, -number)
    lines = errors.splitlines()
    assert [re.sub(r"\d+ ms$", "", line[24:]) for line in lines] == ["INFO GET /u/… 200 ", "INFO POST /u/… 200 "]
    assert token not in errors


def test_quietly_it_logs_troubles_only(demo_workspace: Path) -> None:
    with running(demo_workspace, "--quiet") as (process, address):
        assert requests.get(f"{address}/lettres/", timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        _output, errors = process.communicate(timeout=20)
    assert errors == ""


def test_a_taken_port_is_said_with_another_one_to_try(demo_workspace: Path, rtesmail: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = rtesmail("serve", "--port", str(port), cwd=demo_workspace)
    assert done.returncode == 1
    assert f"port {port}: Address already in use" in done.stderr
    assert f"--port {port + 1}" in done.stderr


def test_a_host_that_is_none_of_this_machine_is_said(demo_workspace: Path, rtesmail: Run) -> None:
    done = rtesmail("serve", "--host", "203.0.113.1", cwd=demo_workspace)
    assert done.returncode == 1
    assert "203.0.113.1" in done.stderr
    assert "Traceback" not in done.stderr

"""Real servers, each in a folder of its own, and judges of what passed through them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtesmail.delivery.signing.keys import KeyKind, make_keys

from .desk import chromium, command, page  # noqa: F401 - fixtures of the tests at the desk
from .dkim_judge import Judge
from .dovecot_server import Dovecot
from .exim_server import EXIM, MECHANISMS, Exim
from .postfix_server import Postfix

_STORY: list[tuple[str, ...]] = []


@pytest.fixture(scope="session")
def story_table() -> list[tuple[str, ...]]:
    """Who, what happened, their status, copies of each letter: shown when the tests have run."""
    return _STORY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _STORY:
        return
    terminalreporter.section("what became of each person")
    line = "{:<12} {:<56} {:<14} {:>8} {:>8}"
    for row in (("person", "what happened", "then", "letter 1", "letter 2"), *_STORY):
        terminalreporter.write_line(line.format(*row))


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    assert shutil.which("postfix", path=f"{os.environ['PATH']}:/usr/sbin"), "install Postfix: apt-get install postfix"
    assert os.geteuid() == 0, "Postfix's master needs root: run this test as root (in CI it does)"
    # Not in pytest's folders, which are for their owner only.
    server = Postfix(Path(tempfile.mkdtemp(prefix="rtesmail-postfix-")))
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def mechanism() -> str:
    """How to log in to Exim; a test may ask for each in turn."""
    return next(iter(MECHANISMS))


@pytest.fixture
def exim(mechanism: str) -> Iterator[Exim]:
    assert EXIM.exists(), "unpack Exim: run `make debian` as root on Debian"
    assert os.geteuid() == 0, "Exim's daemon begins as root: run this test as root (in CI it does)"
    # Not in pytest's folders, which are for their owner only.
    server = Exim(Path(tempfile.mkdtemp(prefix="rtesmail-exim-")), mechanism)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """One server for the tests of a module, which empty its mailbox when they begin."""
    assert Path("/usr/sbin/dovecot").exists(), "install Dovecot: apt-get install dovecot-imapd"
    # Not in pytest's folders, which are for their owner only.
    server = Dovecot(Path(tempfile.mkdtemp(prefix="rtesmail-dovecot-")))
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    keys = make_keys("rtes.example", "m202504", (KeyKind.RSA, KeyKind.ED25519), tmp_path / "dkim")
    return Judge(tmp_path, keys)

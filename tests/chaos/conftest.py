"""The troubles that a mailing is put through, and a table of what came of them.

`make chaos` sets RTESMAIL_CHAOS=full; without it the same tests do a share that takes less than a minute.
"""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .house import House, Zygote
from .promises import Table

IS_FULL = os.environ.get("RTESMAIL_CHAOS") == "full"
SEED = int(os.environ.get("RTESMAIL_CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
_TABLE = Table()
collect_ignore = [] if IS_FULL else ["test_long_locks.py"]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    program = Zygote()
    yield program
    program.close()


@pytest.fixture
def table() -> Table:
    return _TABLE


NewHouse = Callable[..., House]


@pytest.fixture
def new_house(tmp_path: Path, zygote: Zygote) -> NewHouse:
    """Build a house with so many people."""

    def build(people: int, connections: int = 4, name: str = "house") -> House:
        return House(tmp_path / name, tmp_path, zygote, people, connections).build()

    return build


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _TABLE.accounts:
        return
    terminalreporter.section(f"what came of the troubles (RTESMAIL_CHAOS_SEED={SEED})")
    line = "{:<44} {:>6} {:>8} {:>8} {:>6} {:>8}"
    terminalreporter.write_line(line.format("trouble", "times", "people", "doubles", "lost", "unknown"))
    for trouble, account in _TABLE.accounts.items():
        terminalreporter.write_line(line.format(trouble, *vars(account).values()))

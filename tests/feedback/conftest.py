"""The two collections of messages that came back, each with a table of what its messages are."""

from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "tests" / "data" / "feedback"
BOUNCES = ROOT / "build" / "bounces" / "flufl_bounce-6.0.0" / "tests" / "data"


@dataclass(frozen=True)
class Case:
    """A message and what it is; `status` is None where its table does not say."""

    path: Path
    kind: str
    recipients: tuple[str, ...]
    status: str | None = None


def lines(table: str) -> list[list[str]]:
    text = (TABLES / table).read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def recipients(field: str) -> tuple[str, ...]:
    return () if field == "-" else tuple(field.split(","))


OURS = [
    Case(TABLES / name, kind, recipients(who), status.strip("-")) for name, kind, status, who in lines("expected.txt")
]
FLUFL = [Case(BOUNCES / name, kind, recipients(who)) for name, kind, who in lines("flufl_bounce.txt")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, cases in (("ours", OURS), ("flufl", FLUFL), ("case", OURS + FLUFL)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, cases, ids=[case.path.stem for case in cases])


@pytest.fixture
def samples() -> dict[str, bytes]:
    """Our own samples, by the names of their files without their ending."""
    return {case.path.stem: case.path.read_bytes() for case in OURS}

"""A workspace in which people are imported, and the commands in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ISSUE = "2025-04-mensuelle"


@pytest.fixture
def workspace(demo_workspace: Path, rtesmail) -> Path:
    done = rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    assert done.returncode == 0, done.stderr
    return demo_workspace


@pytest.fixture
def run(workspace: Path, rtesmail) -> Callable[..., Any]:
    """Run a command in the workspace and expect an exit code; with `--json`, give what it says."""

    def command(*arguments: str, code: int = 0, **environment: str) -> Any:
        done = rtesmail(*arguments, cwd=workspace, **environment)
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done

    return command


@pytest.fixture
def approved(run) -> str:
    """The April issue, approved."""
    run("approve", ISSUE, "--by", "Ada Exemple")
    return ISSUE


@pytest.fixture
def outbox(workspace: Path) -> Path:
    return workspace / "out" / "outbox"

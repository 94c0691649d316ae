"""What every test shares: English texts, and a copy of the demo workspace to work in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

os.environ["LANGUAGE"] = "en"

# How long an example takes says something of the machine; none of our promises is one of seconds.
settings.register_profile("patient", deadline=None)
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

"""The wheel works alone: in an empty environment, away from the checkout."""

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with nothing but the wheel; gives the path of its `rtesmail`."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True
    )
    (wheel,) = folder.glob("rtesmail-*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True, capture_output=True)
    return folder / "env" / "bin" / "rtesmail"


def run(command: Path, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [command, *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "LANGUAGE": "en", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    result = json.loads(run(installed, "demo", "here", "--json", cwd=tmp_path))
    assert Path(result["workspace"]) == tmp_path / "here"
    assert result["audience"] == result["accepted"] == 30
    assert len(list(Path(result["inbox"]).glob("*.eml"))) == 30
    assert "<html" in Path(result["html"]).read_text(encoding="utf-8")
    assert Path(result["text"]).read_text(encoding="utf-8").strip()


def test_a_new_workspace_builds_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    run(installed, "init", "mine", cwd=tmp_path)
    run(installed, "build", "2025-04-mensuelle", cwd=tmp_path / "mine")
    assert (tmp_path / "mine" / "out" / "2025-04-mensuelle" / "edition.html").is_file()


def test_what_stands_behind_a_findings_name_comes_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    run(installed, "init", "here", cwd=tmp_path)
    issue = tmp_path / "here" / "issues" / "2025-04-mensuelle" / "issue.toml"
    text = issue.read_text(encoding="utf-8")
    issue.write_text(re.sub(r"(?m)^preheader = .*$", 'preheader = ""', text), encoding="utf-8")
    shown = run(installed, "check", "2025-04-mensuelle", cwd=tmp_path / "here")
    page = re.search(r"paragraph in (.+)\.$", shown, re.MULTILINE)
    assert page
    assert "## preheader" in (tmp_path / "here" / page[1]).read_text(encoding="utf-8")

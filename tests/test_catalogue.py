"""French staff read French, everywhere."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_text_has_its_french() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "catalogue.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr

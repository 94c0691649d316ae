"""The letter on paper as staff ask for it, also where what prints is not installed."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]

INVITATION = "2024-11-invitation-gard"


def test_the_same_files_give_the_same_letter_on_another_day_wherever_it_is_asked_for(
    rtesmail: Run, demo_workspace: Path
) -> None:
    done = rtesmail("letter", INVITATION, cwd=demo_workspace)
    assert done.returncode == 0, done.stderr
    assert f"out/{INVITATION}/letter.pdf" in done.stdout
    assert "1 A4 page\n" in done.stdout
    assert f"rtesmail publish {INVITATION}" in done.stdout
    first = (demo_workspace / "out" / INVITATION / "letter.pdf").read_bytes()

    elsewhere = {"PYTHONHASHSEED": "7", "LANGUAGE": "fr", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "99"}
    again = rtesmail("letter", INVITATION, "--to", "desk/mayor.pdf", "--json", cwd=demo_workspace, **elsewhere)
    told = json.loads(again.stdout)
    assert (told["path"], told["pages"], told["findings"]) == ("desk/mayor.pdf", 1, [])
    assert (demo_workspace / "desk" / "mayor.pdf").read_bytes() == first
    assert told["bytes"] == len(first)


def test_without_weasyprint_it_says_what_to_install(rtesmail: Run, demo_workspace: Path, tmp_path: Path) -> None:
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "weasyprint.py").write_text("raise ModuleNotFoundError('no', name='weasyprint')")
    done = rtesmail("letter", INVITATION, cwd=demo_workspace, PYTHONPATH=str(hiding))
    assert done.returncode == 1
    assert "need weasyprint, which is not installed." in done.stderr
    assert "pip install 'rtesmail[letter]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (demo_workspace / "out").exists()


def test_without_pango_it_says_what_to_install(rtesmail: Run, demo_workspace: Path, tmp_path: Path) -> None:
    broken = tmp_path / "libraries"
    broken.mkdir()
    (broken / "libpango-1.0.so.0").touch()
    done = rtesmail("letter", INVITATION, cwd=demo_workspace, LD_LIBRARY_PATH=str(broken))
    assert done.returncode == 1
    assert "apt-get install libpango-1.0-0" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""

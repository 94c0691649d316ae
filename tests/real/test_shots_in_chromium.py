"""An issue as pictures, taken by a real Chromium."""

import os
from pathlib import Path

import pytest
from PIL import Image

APRIL = "2025-04-mensuelle"
NAMES = [
    "01-boite-de-reception.png",
    "02-telephone-clair.png",
    "03-tablette-clair.png",
    "04-ordinateur-clair.png",
    "05-telephone-sombre.png",
    "06-tablette-sombre.png",
    "07-ordinateur-sombre.png",
    "08-telephone-sans-images.png",
    "09-tablette-sans-images.png",
    "10-ordinateur-sans-images.png",
    "11-texte-brut.png",
]
WIDTHS = {"telephone": 750, "tablette": 600, "ordinateur": 1200}


def corner(path: Path) -> tuple[int, ...]:
    """The colour of a picture's lower left corner, which is the mail's ground."""
    with Image.open(path) as picture:
        found = picture.convert("RGB").getpixel((2, picture.height - 2))
    assert isinstance(found, tuple)
    return found


def test_every_frame_becomes_a_picture_of_the_whole_mail_beside_its_build(demo_workspace: Path, rtesmail) -> None:
    done = rtesmail("shot", APRIL, cwd=demo_workspace, LANGUAGE="fr")
    assert done.returncode == 0, done.stderr
    folder = demo_workspace / "out" / APRIL / "shots"
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert all(name in done.stdout for name in NAMES)
    for name in NAMES:
        with Image.open(folder / name) as picture:
            device = name.split("-")[1]
            assert picture.width == WIDTHS.get(device, picture.width)
            if device in WIDTHS:
                assert picture.height > 3 * picture.width
    assert corner(folder / NAMES[3]) == (246, 243, 236)
    assert corner(folder / NAMES[6]) == (18, 25, 24)


def test_without_a_browser_it_is_said_what_to_install(demo_workspace: Path, rtesmail, tmp_path: Path) -> None:
    done = rtesmail("shot", APRIL, cwd=demo_workspace, PATH=str(tmp_path))
    assert done.returncode == 1
    assert "No Chromium, Chrome or Edge was found on this machine." in done.stderr
    assert "apt install chromium" in done.stderr
    assert not (demo_workspace / "out").exists()


def test_a_browser_that_does_not_start_is_said(demo_workspace: Path, rtesmail, tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    done = rtesmail("shot", APRIL, cwd=demo_workspace, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert "The browser does not answer." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("folder", ["rtesmail.toml", "/proc/nowhere"])
def test_a_folder_that_cannot_be_is_said(demo_workspace: Path, rtesmail, folder: str) -> None:
    done = rtesmail("shot", APRIL, "--to", folder, cwd=demo_workspace)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr

"""`paste --clipboard` takes what was copied in another program, from the clipboard of a real desktop."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

COPIED = """<meta charset="utf-8"><p class=MsoNormal style='mso-list:l0'><b>Un appel</b> à lire
<a href="https://www.example.org/appel?utm_source=mail">sur le site</a><o:p></o:p></p>"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A desktop of its own, with nobody else's clipboard."""
    told, tell = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(tell), "-nolisten", "tcp", "-screen", "0", "320x200x24"],
        pass_fds=[tell],
        stderr=subprocess.DEVNULL,
    )
    os.close(tell)
    with os.fdopen(told) as number:
        name = f":{number.readline().strip()}"
    yield name
    server.terminate()
    server.wait(10)


def copy(display: str, content: bytes, target: str) -> None:
    subprocess.run(
        ["xclip", "-in", "-selection", "clipboard", "-target", target],
        input=content,
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=20,
    )


def paste(rtesmail, root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return rtesmail("paste", "--clipboard", *arguments, cwd=root, WAYLAND_DISPLAY="", **environment)


def test_a_copied_page_comes_with_its_links_and_without_words_markup(
    display: str, demo_workspace: Path, rtesmail
) -> None:
    copy(display, COPIED.encode(), "text/html")
    done = paste(rtesmail, demo_workspace, "--title", "Un appel", "--json", DISPLAY=display)
    assert done.returncode == 0, done.stderr
    text = Path(demo_workspace, json.loads(done.stdout)["path"]).read_text(encoding="utf-8")
    assert text.endswith("---\n**Un appel** à lire [sur le site](https://www.example.org/appel)\n")


def test_copied_text_without_markup_comes_as_paragraphs(display: str, demo_workspace: Path, rtesmail) -> None:
    copy(display, "Élu·e·s, bonjour.\n\nÀ jeudi.".encode(), "UTF8_STRING")
    done = paste(rtesmail, demo_workspace, "--title", "Bonjour", "--json", DISPLAY=display)
    assert done.returncode == 0, done.stderr
    text = Path(demo_workspace, json.loads(done.stdout)["path"]).read_text(encoding="utf-8")
    assert text.endswith("---\nÉlu·e·s, bonjour.\n\nÀ jeudi.\n")


def test_an_empty_clipboard_and_a_machine_without_a_desktop_are_told(
    display: str, demo_workspace: Path, rtesmail, tmp_path: Path
) -> None:
    copy(display, b" ", "UTF8_STRING")
    for environment, words in (
        ({"DISPLAY": display}, "The clipboard holds no text."),
        ({"DISPLAY": ""}, "There is no desktop here, and so no clipboard."),
        ({"DISPLAY": display, "PATH": str(tmp_path)}, "xclip is not installed"),
        ({"DISPLAY": ":9999"}, "The clipboard holds no text."),
    ):
        done = paste(rtesmail, demo_workspace, **environment)
        assert done.returncode != 0
        assert words in done.stderr
        assert "rtesmail" in done.stderr or "Ctrl-C" in done.stderr
        assert "Traceback" not in done.stderr

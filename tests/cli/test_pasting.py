"""`paste`: from a file or standard input to a draft that the desk reads."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def paste(demo_workspace: Path):
    def run(*arguments: str, given: bytes = b"", code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "rtesmail", "paste", *arguments],
            cwd=demo_workspace,
            env={**os.environ, "LANGUAGE": "en"},
            input=given,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        return (done.stderr if code else done.stdout).decode()

    return run


def test_what_comes_in_becomes_a_draft(paste, demo_workspace: Path) -> None:
    shown = paste(given=b"<h1>Un titre</h1><p>Un <b>mot</b>.</p>")
    path = demo_workspace / "issues/snippets/articles/un-titre.md"
    assert path.read_text(encoding="utf-8").endswith("title: Un titre\nstatus: draft\n---\nUn **mot**.\n")
    assert "No finding" not in shown


def test_a_picture_without_alt_is_beside_the_draft_and_said(paste, demo_workspace: Path) -> None:
    source = base64.b64encode(PNG).decode()
    shown = paste("--title", "Photo", given=f"<p>Mot<img src='data:image/png;base64,{source}'></p>".encode())
    assert (demo_workspace / "issues/snippets/articles/photo/image-1.png").read_bytes() == PNG
    assert "Picture (image) has no alt" in shown
    assert "There is no picture" not in shown


def test_what_the_kind_still_needs_is_said(paste) -> None:
    assert "This event needs start" in paste("--kind", "event", "--title", "Rencontre", given=b"Mot")
    made = json.loads(
        paste("--kind", "event", "--title", "Rencontre", "--set", "start=1/6/2025", "--json", given=b"Mot")
    )
    assert made["id"] == "rencontre-2"


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        ((), b"", "There is no text in standard input"),
        (("missing.docx",), b"", "missing.docx cannot be read"),
        ((), b"PK\x03\x04 not a zip", "cannot be read as a Word file"),
        (("--kind", "artcle"), b"Mot", "There is no kind"),
    ],
)
def test_what_cannot_be_a_draft_is_said(paste, arguments: tuple[str, ...], given: bytes, words: str) -> None:
    code = 1 if "artcle" in arguments else 4
    assert words in paste(*arguments, given=given, code=code)

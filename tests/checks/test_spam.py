"""SpamAssassin's word, where it is installed: a program of that name, found as the command finds it."""

import os
from pathlib import Path

import pytest

from rtesmail.checks.spam import score
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Workspace

# The header as Mail::SpamAssassin::Conf documents it, folded as the program folds it.
HEAD = (
    "X-Spam-Status: {word}, score={points} required=5.0 tests=HTML_MESSAGE,\n\tMISSING_MID,SUBJ_ALL_CAPS autolearn=no\n"
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on the path, where a test puts its `spamassassin`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return folder / "spamassassin"


def install(program: Path, head: str, body: str = "cat") -> None:
    program.write_text(f"#!/bin/sh\nprintf '%s' '{head}'\n{body}\n", encoding="utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("word", "points", "expected"),
    [
        ("No", "-1.2", []),
        ("No", "2.4", []),
        ("No", "2.5", ["warning"]),
        ("Yes", "5.0", ["error"]),
        ("Yes", "12", ["error"]),
    ],
)
def test_points_near_the_limit_are_told_with_the_rules(
    workspace: Workspace, edition: Edition, program: Path, word: str, points: str, expected: list[str]
) -> None:
    install(program, HEAD.format(word=word, points=points))
    found = score(workspace, edition)
    assert [(x.check, x.severity.value) for x in found] == [("spam-score", severity) for severity in expected]
    assert all("HTML_MESSAGE, MISSING_MID, SUBJ_ALL_CAPS." in x.message for x in found)


def test_the_program_reads_a_whole_letter_without_open_slots(
    workspace: Workspace, issue: Issue, edition: Edition, program: Path, tmp_path: Path
) -> None:
    install(program, HEAD.format(word="No", points="0"), f"cat > '{tmp_path}/letter.eml'")
    assert score(workspace, edition) == ()
    letter = (tmp_path / "letter.eml").read_bytes()
    for part in (b"From: RTES <lettre@rtes.example>", b"List-Unsubscribe: <mailto:", b"text/plain", b"text/html"):
        assert part in letter
    assert b"@@" not in letter


@pytest.mark.parametrize(
    ("head", "body"), [("", "cat"), ("X-Spam-Status: what", "cat"), ("", "exit 3"), ("", "exec sleep 30")]
)
def test_a_program_that_says_nothing_useful_is_a_note(
    workspace: Workspace, edition: Edition, program: Path, head: str, body: str
) -> None:
    install(program, head, body)
    (found,) = score(workspace, edition, patience_s=0.5)
    assert found.severity.value == "note"
    assert "no answer" in found.message


def test_where_it_is_not_installed_the_check_says_so(
    workspace: Workspace, edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = score(workspace, edition)
    assert found.severity.value == "note"
    assert "not installed" in found.message

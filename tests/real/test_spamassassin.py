"""SpamAssassin itself, from Debian, reads a letter of the demo workspace."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.checks.spam import score
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition

# What every SpamAssassin gives a thousand points: https://spamassassin.apache.org/gtube/
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


@pytest.fixture
def letter(demo_workspace: Path) -> tuple[Workspace, Edition]:
    assert shutil.which("spamassassin"), "install SpamAssassin: apt-get install spamassassin"
    workspace = load_workspace(demo_workspace)
    return workspace, render_edition(workspace, load_issue(workspace, "2025-04-mensuelle").issue)


def test_spamassassin_lets_the_shipped_letter_pass(letter: tuple[Workspace, Edition]) -> None:
    assert score(*letter) == ()


def test_what_spamassassin_refuses_is_an_error_with_its_rule(letter: tuple[Workspace, Edition]) -> None:
    workspace, edition = letter
    (found,) = score(workspace, replace(edition, text=f"{edition.text}\n{GTUBE}\n"))
    assert (found.check, found.severity.value) == ("spam-score", "error")
    assert "GTUBE" in found.message

"""The documentation says what is, not what was."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_command_reference_is_what_the_commands_say_now() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "commands.py"))
    assert (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8") == made["reference"](), (
        "run `make docs`"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^## rtesmail (\S+)", reference, re.MULTILINE))
    shown = set(re.findall(r"(?:^|`|/|\$ )rtesmail ([a-z]+)\b", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert shown <= known, f"unknown commands: {sorted(shown - known)}"


def test_the_exit_codes_are_all_documented() -> None:
    from rtesmail.model import errors

    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    codes = {e.exit_code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.RtesmailError)}
    documented = {int(code) for code in re.findall(r"^\| (\d) \|", page, re.MULTILINE)}
    assert codes | {0, 2} == documented

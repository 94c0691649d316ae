"""All that is wrong in an issue's files is told in one go, whatever stops it first."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

APRIL = "2025-04-mensuelle"
EVENT = "issues/snippets/agenda/2025-04-10-commande-publique.md"
ARTICLE = "issues/snippets/articles/bloc-communal.md"


@pytest.fixture
def broken(demo_workspace: Path) -> Path:
    """A workspace with a wrong date, a picture that is not there, and a mistake in each kind of template."""
    event, article = demo_workspace / EVENT, demo_workspace / ARTICLE
    event.write_text(event.read_text("utf-8").replace("start: ", "start: 2025-13-45 # "), "utf-8")
    article.write_text(
        article.read_text("utf-8").replace("---\n", "---\nimage: {src: no.png, alt: Rien}\n", 1), "utf-8"
    )
    for name, ending in (
        ("snippets/article.mjml.j2", "{{ nope }}"),
        ("parts/footer.txt.j2", "{% if %}"),
        ("parts/look.css.j2", "{{ nothing }}"),
    ):
        path = demo_workspace / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((ROOT / "templates" / name).read_text("utf-8") + ending, "utf-8")
    return demo_workspace


@pytest.mark.parametrize(
    "command", [("build", APRIL), ("approve", APRIL, "--by", "Ana Silva"), ("check", APRIL), ("shot", APRIL)]
)
def test_a_broken_template_hides_no_broken_snippet_picture_or_other_template(
    rtesmail: Run, broken: Path, command: tuple[str, ...]
) -> None:
    told = rtesmail(*command, cwd=broken)
    assert told.returncode == 4
    places = [line.split()[1].partition(":")[0] for line in told.stderr.splitlines() if line.startswith("  error")]
    assert places == [
        EVENT,
        ARTICLE,
        "templates/parts/footer.txt.j2",
        "templates/parts/look.css.j2",
        "templates/snippets/article.mjml.j2",
    ]
    assert "  5 errors\n" in told.stderr


def test_a_picture_that_is_not_there_is_told_once_for_the_letter_on_paper(rtesmail: Run, broken: Path) -> None:
    told = rtesmail("letter", APRIL, cwd=broken)
    assert told.returncode == 4
    assert told.stderr.count("There is no picture no.png.") == 1
    assert "'2025-13-45' is not a day of the calendar." in told.stderr


def test_an_issue_that_cannot_be_read_hides_no_mistake_of_the_snippets_beside_it(
    rtesmail: Run, demo_workspace: Path
) -> None:
    folder = demo_workspace / "issues" / APRIL
    (folder / "issue.toml").write_text("number = = 4\n", "utf-8")
    (folder / "reste.md").write_text("---\nkind: article\ntitle: [a]\nbody: b\n---\n", "utf-8")
    told = rtesmail("check", APRIL, cwd=demo_workspace)
    assert told.returncode == 4
    assert f"issues/{APRIL}/issue.toml:1" in told.stderr
    assert f"issues/{APRIL}/reste.md:3  title should be a text." in told.stderr


def test_a_subject_that_is_a_list_is_not_said_to_be_empty_too(rtesmail: Run, demo_workspace: Path) -> None:
    path = demo_workspace / "issues" / APRIL / "issue.toml"
    spoilt = 'subject = ["a"]'
    lines = [spoilt if one.startswith("subject") else one for one in path.read_text("utf-8").split("\n")]
    path.write_text("\n".join(lines), "utf-8")
    said = rtesmail("check", APRIL, cwd=demo_workspace)
    place = f"issues/{APRIL}/issue.toml:{lines.index(spoilt) + 1}"
    (told,) = [line for line in said.stdout.splitlines() if place in line]
    assert told.endswith("[wrong-type]")
    assert "\n  1 error\n" in said.stdout

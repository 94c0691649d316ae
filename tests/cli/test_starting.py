"""The command starts at once, and whatever goes wrong it speaks in words and exit codes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from rtesmail.cli.application import GROUPS, build_application

HEAVY = (
    "aiosmtpd",
    "aiosmtplib",
    "boto3",
    "botocore",
    "cssutils",
    "email_validator",
    "icalendar",
    "jinja2",
    "lxml",
    "markdown_it",
    "mjml",
    "premailer",
    "requests",
    "rich",
    "yaml",
    "sqlite_utils",
    "starlette",
    "tomlkit",
    "uvicorn",
    "watchfiles",
)


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['rtesmail', '--help']\n"
        "from rtesmail.cli.main import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code, end.code\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "assemble" in done.stdout
    assert set(done.stderr.split()) & set(HEAVY) == set()


def test_a_command_is_found_by_its_name_alone_and_loads_no_other() -> None:
    every = typer.main.get_command(build_application())
    assert set(every.commands) == {name for names in GROUPS.values() for name in names}
    for group, names in GROUPS.items():
        for name in names:
            asked = ("--debug", "-C", "segments", name, "--help")
            alone = typer.main.get_command(build_application(asked))
            assert set(alone.commands) == set(names), group


@pytest.mark.parametrize("asked", [(), ("--help", "build"), ("sned",), ("-C", "build")])
def test_help_and_a_wrong_name_know_every_command(asked: tuple[str, ...]) -> None:
    assert len(typer.main.get_command(build_application(asked)).commands) == sum(map(len, GROUPS.values()))


def test_no_command_shows_the_help(rtesmail) -> None:
    done = rtesmail()
    assert done.returncode == 2
    assert "assemble" in done.stdout


def test_help_is_in_french_for_a_french_terminal(rtesmail) -> None:
    done = rtesmail("send", "--help", LANGUAGE="fr")
    assert done.stdout.startswith("Usage\N{NO-BREAK SPACE}: rtesmail send")
    assert "Afficher cette aide et quitter." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sned",), "No such command 'sned'"),
        (("build",), "is missing"),
        (("build", "x", "--jsno"), "--json"),
        (("preview", "--port", "many"), "'--port' does not fit: it is a whole number, such as 12."),
        (("preview", "--port", "99999"), "'--port' does not fit: 65535 is the most."),
        (("organisations", "--limit", "0"), "'--limit' does not fit: 1 is the least."),
        (("build", "x", "y"), "This is one word too many: y"),
        (("build", "x", "--json=1"), "'--json' takes no value."),
        (("-C",), "'-C' wants a value after it."),
        (("assemble", "mensuelle", "2025-04", "--as-of", "demain"), "2025-04-03T09:00"),
        (("assemble", "mensuelle", "2025-04", "--as-of", "4/12/2026 9h30"), "write it as 2026-12-04T09:30."),
        (("assemble", "mensuelle", "2025-04", "--as-of", "lundi 4/12/2026 9h"), "write it as 2025-04-03T09:00."),
    ],
)
def test_what_is_typed_wrong_is_told_in_words(rtesmail, demo_workspace: Path, arguments, words: str) -> None:
    done = rtesmail(*arguments, cwd=demo_workspace)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_names_no_issue_is_told_which_there_are_and_what_to_type(rtesmail, demo_workspace: Path) -> None:
    for arguments in (["status"], ["diff"], ["publish"], ["check", "--json"]):
        told = rtesmail(*arguments, cwd=demo_workspace)
        assert told.returncode == 2
        lines = told.stderr.splitlines()
        assert lines[2:6] == [
            "The issues, newest first:",
            "  2025-t2-trimestrielle",
            "  2025-04-mensuelle",
            "  2024-11-invitation-gard",
        ]
        assert f"→ For example: rtesmail {arguments[0]} 2025-t2-trimestrielle" in lines
    told = rtesmail("send", cwd=demo_workspace)
    assert "→ For example: rtesmail send 2025-t2-trimestrielle --list NAME" in told.stderr
    told = rtesmail("-C", str(demo_workspace), "status")
    assert "  2025-04-mensuelle" in told.stderr


def test_of_many_issues_the_newest_are_named_and_the_rest_is_counted(rtesmail, demo_workspace: Path) -> None:
    for year in range(2026, 2036):
        (demo_workspace / "issues" / f"{year}-01-mensuelle").mkdir()
        (demo_workspace / "issues" / f"{year}-01-mensuelle" / "issue.toml").touch()
    told = rtesmail("status", cwd=demo_workspace).stderr
    assert "  2035-01-mensuelle\n  2034-01-mensuelle\n" in told
    assert "2027-01-mensuelle" not in told
    assert "  and 6 more: rtesmail issues\n" in told


def test_where_there_is_no_issue_whoever_names_none_is_told_how_to_make_one(rtesmail, demo_workspace: Path) -> None:
    shutil.rmtree(demo_workspace / "issues")
    told = rtesmail("status", cwd=demo_workspace).stderr
    assert "There is no issue yet." in told
    assert "→ Make one: rtesmail assemble PUBLICATION NUMBER" in told
    outside = rtesmail("status").stderr
    assert "'ISSUE' is missing." in outside
    assert "no issue yet" not in outside


def test_outside_a_workspace_it_says_how_to_make_one(rtesmail) -> None:
    done = rtesmail("build", "x")
    assert done.returncode == 4
    assert "rtesmail init" in done.stderr


def test_a_wrong_configuration_is_told_with_its_lines(rtesmail, demo_workspace: Path) -> None:
    path = demo_workspace / "rtesmail.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("full_name =", "ful_name ="), encoding="utf-8")
    done = rtesmail("issues", "--json", cwd=demo_workspace)
    assert done.returncode == 4
    assert "rtesmail.toml:" in done.stderr
    assert {f["check"] for f in json.loads(done.stdout)["findings"]} == {"unknown-field", "missing-field"}


def test_an_unexpected_error_is_one_line_without_debug_and_a_traceback_with_it(rtesmail, demo_workspace: Path) -> None:
    (demo_workspace / "rtesmail.toml").unlink()
    (demo_workspace / "rtesmail.toml").symlink_to("rtesmail.toml")
    quiet = rtesmail("--workspace", str(demo_workspace), "issues")
    assert "Traceback" not in quiet.stderr
    assert quiet.returncode != 0


def test_a_closed_pipe_is_no_error(demo_workspace: Path) -> None:
    command = f"{sys.executable} -m rtesmail assemble mensuelle 2025-04 --dry-run --explain | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=demo_workspace, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


def test_colours_stay_out_of_a_pipe(rtesmail, demo_workspace: Path) -> None:
    done = rtesmail("assemble", "mensuelle", "2025-04", "--dry-run", "--explain", cwd=demo_workspace)
    assert "\033" not in done.stdout + done.stderr

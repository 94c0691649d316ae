"""The commands as staff type them, from the yes to the folder on the web server."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from .conftest import APRIL

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_an_approved_issue_is_published_and_relayed_from_the_command_line(rtesmail: Run, demo_workspace: Path) -> None:
    refused = rtesmail("publish", APRIL, cwd=demo_workspace)
    assert refused.returncode == 3
    assert f"rtesmail approve {APRIL}" in refused.stderr
    assert rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace).returncode == 0

    published = rtesmail("publish", APRIL, cwd=demo_workspace)
    assert published.returncode == 0, published.stderr
    assert "The archive holds 1 issue. Next: copy out/archive to the web server." in published.stdout
    assert (demo_workspace / "out" / "archive" / "feed.xml").is_file()

    relayed = rtesmail("relay", APRIL, "--to", "kit", "--json", cwd=demo_workspace)
    told = json.loads(relayed.stdout)
    assert told["address"] == f"https://lettre.rtes.example/lettres/{APRIL}/"
    assert sorted(told["files"]) == sorted(path.name for path in (demo_workspace / "kit").iterdir())


def test_what_the_files_of_a_published_issue_have_is_said_on_the_terminal_too(
    rtesmail: Run, demo_workspace: Path
) -> None:
    assert rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace).returncode == 0
    (demo_workspace / "issues" / APRIL / "reste.md").write_text("---\ncolour: blue\n---\n", encoding="utf-8")
    for command in ("publish", "relay"):
        done = rtesmail(command, APRIL, cwd=demo_workspace)
        assert done.returncode == 0, done.stderr
        assert f"issues/{APRIL}/reste.md:1  kind is missing" in done.stdout


def test_a_mistake_in_the_settings_is_shown_with_its_line(rtesmail: Run, demo_workspace: Path) -> None:
    path = demo_workspace / "rtesmail.toml"
    written = path.read_text(encoding="utf-8") + '\n[publishing]\nurl = "lettres"\n'
    path.write_text(written, encoding="utf-8")
    done = rtesmail("publish", APRIL, cwd=demo_workspace)
    assert done.returncode == 4
    assert f"rtesmail.toml:{written.count(chr(10))}" in done.stderr
    assert "url should start with https://." in done.stderr


def test_when_the_link_of_a_kit_and_a_letter_answers_is_said_of_what_is_published(
    rtesmail: Run, demo_workspace: Path
) -> None:
    def said(command: str) -> str:
        done = rtesmail(command, APRIL, cwd=demo_workspace)
        assert done.returncode == 0, done.stderr
        return done.stdout

    rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace)
    for command in ("relay", "letter"):
        assert f"The link answers once the issue is published: rtesmail publish {APRIL}" in said(command)
    said("publish")
    there = f"The link leads to the page in out/archive/{APRIL}, and answers once that is on the web server."
    for command in ("relay", "letter"):
        assert there in said(command)
        assert "once the issue is published" not in said(command)

    written = demo_workspace / "issues" / APRIL / "issue.toml"
    written.write_text(written.read_text("utf-8").replace("cinq rendez-vous", "six rendez-vous"), "utf-8")
    rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace)
    earlier = f"The link leads to an earlier state of the issue, in out/archive/{APRIL}: rtesmail publish {APRIL}"
    assert earlier in said("relay")


def test_a_page_put_elsewhere_is_known_to_the_kit_and_the_letter_until_it_goes_from_there(
    rtesmail: Run, demo_workspace: Path, tmp_path: Path
) -> None:
    def said(command: str, *options: str) -> str:
        done = rtesmail(command, APRIL, *options, cwd=demo_workspace, PYTHONIOENCODING="utf-8:replace")
        assert done.returncode == 0, done.stderr
        return done.stdout

    rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace)
    # A folder's name need not be UTF-8.
    said("publish", "--to", str(tmp_path / "our site \udce9"))
    for command in ("relay", "letter"):
        told = said(command)
        assert f"The link leads to the page in {tmp_path}/our site" in told
        assert "once the issue is published" not in told

    site = tmp_path / "site"
    said("publish", "--to", "../site")
    assert (
        f"The page in {site}/{APRIL} was made for https://lettre.rtes.example/lettres/{APRIL}/, where the link does "
        f"not lead: rtesmail publish {APRIL} --to {site} --url https://archives.example.org\n"
    ) in said("relay", "--url", "https://archives.example.org")

    site.rename(tmp_path / "moved")
    for command in ("relay", "letter"):
        assert (
            f"The page was put into {site}/{APRIL}, where it is not found now: the link answers if a web server has "
            f"it. To make it again: rtesmail publish {APRIL} --to {site}\n"
        ) in said(command)
    with (demo_workspace / "rtesmail.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[publishing]\nfolder = "{tmp_path}/moved"\n')
    for command in ("relay", "letter"):
        assert f"The link leads to the page in {tmp_path}/moved/{APRIL}, and answers once" in said(command)


def test_a_workspace_that_moves_with_its_archive_still_knows_the_page(rtesmail: Run, demo_workspace: Path) -> None:
    rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace)
    rtesmail("publish", APRIL, "--to", "pages", cwd=demo_workspace)
    moved = demo_workspace.rename(demo_workspace.with_name("moved"))
    assert f"The link leads to the page in pages/{APRIL}," in rtesmail("relay", APRIL, cwd=moved).stdout
    (moved / "pages" / APRIL / "index.html").unlink()
    assert (
        f"The page was put into pages/{APRIL}, where it is not found now" in rtesmail("relay", APRIL, cwd=moved).stdout
    )


def test_of_two_pages_of_an_issue_the_one_that_the_link_leads_to_is_named(rtesmail: Run, demo_workspace: Path) -> None:
    rtesmail("approve", APRIL, "--by", "Ana Silva", cwd=demo_workspace)
    other = ("--url", "https://archives.example.org")
    rtesmail("publish", APRIL, cwd=demo_workspace)
    rtesmail("publish", APRIL, "--to", "pages", *other, cwd=demo_workspace)
    for options, folder in (((), "out/archive"), (other, "pages")):
        done = rtesmail("relay", APRIL, *options, cwd=demo_workspace)
        assert f"The link leads to the page in {folder}/{APRIL}," in done.stdout, done.stdout + done.stderr

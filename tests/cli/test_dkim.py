"""`rtesmail dkim` makes keys and says exactly what to publish and what to write into rtesmail.toml."""

import re
import stat
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest


@pytest.fixture
def workspace(demo_workspace: Path) -> Path:
    """The shipped workspace with nobody in it yet: keys need no readers."""
    return demo_workspace


def configure(workspace: Path, lines: str, *, transport: str = "boite") -> None:
    settings = workspace / "rtesmail.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n" + lines.replace("NAME", transport), "utf-8")


def test_the_printed_lines_can_be_pasted_as_they_are(run, workspace: Path) -> None:
    told = run("dkim", "new", "rtes.example", "--selector", "avril").stdout
    lines = told[told.index("[[transports.NAME.dkim]]") :]
    keys = tomllib.loads(lines)["transports"]["NAME"]["dkim"]
    assert [key["key_file"] for key in keys] == [
        "lists/dkim/rtes.example.avril.pem",
        "lists/dkim/rtes.example.avrile.pem",
    ]
    configure(workspace, lines)
    shown = run("dkim", "show").stdout
    assert shown.strip() == told[: told.index("Then add to the transport")].strip()


def test_a_record_is_given_for_zone_files_and_for_web_forms(run) -> None:
    told = run("dkim", "new", "rtes.example", "--selector", "avril").stdout.splitlines()
    zone = next(line for line in told if line.startswith("avril._domainkey.rtes.example. IN TXT ("))
    value = told[told.index("avril._domainkey.rtes.example") + 1]
    assert value.startswith("v=DKIM1; k=rsa; p=MIIBIjAN")
    assert "".join(re.findall(r'"([^"]*)"', zone)) == value


@pytest.mark.parametrize(
    ("kind", "endings"),
    [("rsa", [("", "rsa")]), ("ed25519", [("e", "ed25519")]), ("both", [("", "rsa"), ("e", "ed25519")])],
)
def test_a_key_is_named_after_its_month_and_made_of_the_type_asked_for(
    run, workspace: Path, kind: str, endings: list[tuple[str, str]]
) -> None:
    keys = run("dkim", "new", "RTES.example", "--type", kind, "--json")["keys"]
    month = f"m{date.today():%Y%m}"
    assert [(key["domain"], key["selector"]) for key in keys] == [
        ("rtes.example", month + end) for end, _kind in endings
    ]
    assert [key["value"].split("; ")[1] for key in keys] == [f"k={name}" for _end, name in endings]
    for key in keys:
        assert stat.S_IMODE((workspace / key["key_file"]).stat().st_mode) == 0o600


def test_git_never_takes_a_key_even_without_the_workspaces_own_list(run, workspace: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=workspace, check=True)
    run("dkim", "new", "rtes.example")
    subprocess.run(["git", "add", "--all"], cwd=workspace, check=True)
    listed = subprocess.run(["git", "ls-files"], cwd=workspace, check=True, capture_output=True, text=True).stdout
    assert "rtesmail.toml" in listed
    assert ".pem" not in listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rtes.example", "--type", "dsa"), "rsa, ed25519 or both"),
        (("rtes.example", "--selector", "a_b"), "'a_b' is not a DKIM selector"),
        (("réseau.example",), "In DNS it is written xn--rseau-bsa.example"),
        (("https://rtes.example",), "is not the name of a domain."),
        (("../../etc.example",), "is not the name of a domain."),
        (("rtes.example", "--selector", "../x"), "is not a DKIM selector"),
    ],
)
def test_what_cannot_be_a_key_is_told_and_nothing_is_made(
    run, workspace: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in run("dkim", "new", *arguments, code=2).stderr
    assert not (workspace / "lists" / "dkim").exists()


def test_no_key_in_use_is_said_with_what_to_do(run) -> None:
    assert "rtesmail dkim new DOMAIN" in run("dkim", "show").stdout
    assert run("dkim", "show", "--json") == {"keys": []}


def test_a_lost_key_file_is_told_by_show(run, workspace: Path) -> None:
    told = run("dkim", "new", "rtes.example", "--selector", "avril", "--type", "rsa").stdout
    configure(workspace, told[told.index("[[transports.NAME.dkim]]") :])
    (workspace / "lists" / "dkim" / "rtes.example.avril.pem").unlink()
    told = run("dkim", "show", code=4).stderr
    assert "rtes.example.avril.pem cannot be read" in told
    assert "key_file" in told


def test_a_key_that_others_can_read_stops_a_mailing_before_anybody_gets_it(run, workspace: Path, outbox: Path) -> None:
    run("import", "lists/sample.csv", "--list", "demo")
    run("approve", "2025-04-mensuelle", "--by", "Ada Exemple")
    told = run("dkim", "new", "rtes.example", "--selector", "avril").stdout
    configure(workspace, told[told.index("[[transports.NAME.dkim]]") :])
    key = workspace / "lists" / "dkim" / "rtes.example.avril.pem"
    key.chmod(0o644)
    send = ("send", "2025-04-mensuelle", "--list", "demo", "--transport", "boite")
    assert "chmod 600" in run(*send, code=4).stderr
    assert not list(outbox.glob("*.eml"))
    key.chmod(0o600)
    run(*send)
    assert len(list(outbox.glob("*.eml"))) == 30

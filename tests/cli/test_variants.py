"""Blocks for some readers only, on the command line: build, approve, proof, dry run, send."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

ISSUE = "2025-04-mensuelle"
TITLE = "Assemblée générale du RTES"


@pytest.fixture
def reserved(workspace: Path) -> Path:
    """The workspace with the general assembly of the agenda for régions only."""
    path = workspace / "issues" / "snippets" / "agenda" / "2025-07-01-assemblee-generale.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kind: event", "kind: event\nonly_for: {levels: [région]}", 1), encoding="utf-8")
    return workspace


@pytest.mark.usefixtures("reserved")
def test_the_whole_job_with_a_block_for_regions(run, outbox: Path) -> None:
    built = run("build", ISSUE, "--json")
    assert [variant["for"] for variant in built["variants"]] == ["", "région"]
    shown = [TITLE in Path(variant["html"]).read_text(encoding="utf-8") for variant in built["variants"]]
    assert shown == [False, True]
    assert "all of its 2 variants" in run("approve", ISSUE, "--by", "Ada Exemple").stdout
    plan = run("send", ISSUE, "--list", "demo", "--dry-run", "--json")
    assert [variant["for"] for variant in plan["variants"]] == ["", "région"]
    people = [variant["people"] for variant in plan["variants"]]
    assert sum(people) == plan["would_get"] == 30
    assert people[1] > 0
    run("send", ISSUE, "--list", "demo", "--transport", "boite")
    letters = [path.read_bytes() for path in outbox.glob("*.eml")]
    texts = [message_from_bytes(letter, policy=policy.default).get_body(("plain",)) for letter in letters]
    assert sum(TITLE in str(text.get_content()) for text in texts if text) == people[1]
    lines = run("who", ISSUE, "--state", "all", "--json")["people"]
    assert sum(line["variant"] == "1" for line in lines) == people[1]


@pytest.mark.usefixtures("reserved")
def test_a_dry_run_says_who_gets_what_and_a_condition_that_nobody_meets(run, reserved: Path) -> None:
    issue = reserved / "issues" / ISSUE / "issue.toml"
    text = issue.read_text(encoding="utf-8")
    issue.write_text(f'{text}\n[only_for.printemps-marche]\nroles = ["sénatrice"]\n', encoding="utf-8")
    told = run("check", ISSUE, code=3).stdout
    assert "There is no snippet 'printemps-marche'" in told
    issue.write_text(f'{text}\n[only_for.assemblee-generale-2025]\nroles = ["sénatrice"]\n', encoding="utf-8")
    told = run("send", ISSUE, "--list", "demo", "--dry-run", code=3).stdout
    assert "… without blocks for some only" in told
    assert "Nobody on the list gets what is only for: région · sénatrice." in told


def test_a_dry_run_of_an_issue_for_everybody_says_nothing_of_it(run) -> None:
    told = run("send", ISSUE, "--list", "demo", "--dry-run", code=3).stdout
    assert "blocks for" not in told
    assert "only for" not in told


@pytest.mark.usefixtures("reserved")
def test_a_proof_as_if_for_a_reader(run, outbox: Path) -> None:
    def proof(*more: str) -> tuple[bool, str]:
        for old in outbox.glob("*"):
            old.unlink()
        told = run("proof", ISSUE, "--to", "a@rtes.example", "--transport", "boite", *more).stdout
        (letter,) = outbox.glob("*.eml")
        message = message_from_bytes(letter.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        assert str(message["Subject"]).startswith("[BAT")
        return TITLE in str(body.get_content()), told

    is_shown, told = proof()
    assert is_shown
    assert "the proof holds them all" in told
    is_shown, told = proof("--as-if", "level=Région, region=bretagne")
    assert is_shown
    assert "for everybody and for: région." in told
    is_shown, told = proof("--as-if", "level=commune")
    assert not is_shown
    assert "no other block is for such a reader" in told


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("région", "'région' does not say who reads"),
        ("niveau=région", "does not say who reads"),
        ("level=", "does not say who reads"),
        ("level=régoin", "There is no level 'régoin'. Did you mean région?"),
        ("region=Occitannie", "There is no region 'Occitannie'. Did you mean Occitanie?"),
    ],
)
def test_a_reader_who_cannot_be_is_told(run, typed: str, words: str) -> None:
    told = run("proof", ISSUE, "--to", "a@rtes.example", "--transport", "boite", "--as-if", typed, code=2).stderr
    assert words in " ".join(told.split())
    assert "--as-if" in told


def test_as_if_changes_nothing_where_all_get_the_same(run) -> None:
    told = run("proof", ISSUE, "--to", "a@rtes.example", "--transport", "boite", "--as-if", "role=maire").stdout
    assert "everybody gets the same" in told

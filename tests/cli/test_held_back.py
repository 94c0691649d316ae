"""A letter that is approved, to the byte, and would not leave all the same: told before anybody sends it."""

import json
from pathlib import Path

import pytest

from .april import ISSUE, change, snippet, standing

PAST = "issues/snippets/agenda/2025-04-10-commande-publique.md:8"
REASON = f"{ISSUE} has errors that its approval does not let pass."


@pytest.fixture
def moved(rtesmail, demo_workspace: Path) -> Path:
    """The demo with people and a waiver, approved, then put off until one of its events is over."""
    change(snippet(demo_workspace), "jeudi 10 avril", "jeudi 11 avril 2025")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    yes = rtesmail("approve", ISSUE, "--by", "Anne", "--waive", "weekday=Reporté", cwd=demo_workspace)
    assert yes.returncode == 0, yes.stderr
    put_off(demo_workspace, "2025-04-03", "2025-04-11")
    return demo_workspace


def put_off(house: Path, day: str, other: str) -> None:
    change(house / "issues" / ISSUE / "issue.toml", f"send_at = {day}", f"send_at = {other}")


def test_status_says_as_send_does_that_it_would_not_leave_and_why(rtesmail, moved: Path) -> None:
    for arguments in ((), ("--dry-run",)):
        sent = rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", *arguments, cwd=moved)
        assert sent.returncode == 3
        assert REASON in sent.stderr
        assert PAST in sent.stderr
        assert "[weekday]" not in sent.stderr
    said = rtesmail("status", ISSUE, cwd=moved)
    assert said.returncode == 0, said.stderr
    assert "Approved by Anne on" in said.stdout
    assert f"It would not leave: {REASON}" in said.stdout
    assert PAST in said.stdout
    assert "1 error\n" in said.stdout
    assert said.stdout.rstrip().endswith(f"Next: rtesmail check {ISSUE}")
    told = standing(rtesmail, moved)
    assert (told["state"], told["refusal"]) == ("approved", REASON)
    assert [(one["check"], one["line"]) for one in told["findings"]] == [("past-event", 8)]


def test_it_leaves_once_the_day_is_right_again(rtesmail, moved: Path) -> None:
    put_off(moved, "2025-04-11", "2025-04-03")
    said = rtesmail("status", ISSUE, cwd=moved).stdout
    assert "Approved by Anne on" in said
    assert "It would not leave" not in said
    told = standing(rtesmail, moved)
    assert (told["state"], told["refusal"], told["findings"]) == ("approved", None, [])
    sent = rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", cwd=moved)
    assert sent.returncode == 0, sent.stderr


def test_what_is_planned_is_not_said_to_leave(rtesmail, moved: Path) -> None:
    plan = ("schedule", ISSUE, "--list", "demo", "--at", "2025-04-11 09:00", "--not-after", "2931-04-11 09:00")
    said = rtesmail(*plan, cwd=moved)
    assert said.returncode == 0, said.stderr
    assert f"It would not leave: {REASON}" in said.stdout
    assert "it leaves then" not in said.stdout
    assert json.loads(rtesmail(*plan, "--json", cwd=moved).stdout)["refusal"] == REASON
    said = rtesmail("status", ISSUE, cwd=moved).stdout
    assert "What is planned does not leave like this." in said
    assert "leaves at its time" not in said
    (done,) = json.loads(rtesmail("run", "--json", cwd=moved).stdout)["done"]
    assert (done["action"], done["message"]) == ("failed", REASON)

"""Errors that a yes lets pass: with a name and a reason, told wherever they would count, and for no longer than it."""

import json
import re
from pathlib import Path

import pytest

from .april import ISSUE, change, snippet, standing


@pytest.fixture
def wrong_day(demo_workspace: Path) -> Path:
    """The demo with a weekday that is not that of its date, which is an error."""
    change(snippet(demo_workspace), "jeudi 10 avril", "jeudi 11 avril 2025")
    return demo_workspace


def test_an_error_passes_with_a_name_and_a_reason_and_is_sent_so(rtesmail, wrong_day: Path) -> None:
    refused = rtesmail("approve", ISSUE, "--by", "Anne", cwd=wrong_day)
    assert refused.returncode == 3
    said = rtesmail("approve", ISSUE, "--by", "Anne", "--waive", 'weekday="Reporté, date à venir"', cwd=wrong_day)
    assert said.returncode == 0, said.stderr
    assert "weekday: Reporté, date à venir" in said.stdout
    (waiver,) = standing(rtesmail, wrong_day)["waivers"]
    assert (waiver["check"], waiver["reason"]) == ("weekday", "Reporté, date à venir")
    assert waiver["place"].endswith("bloc-communal.md:16")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=wrong_day)
    sent = rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", cwd=wrong_day)
    assert sent.returncode == 0, sent.stderr
    assert list((wrong_day / "out" / "outbox").glob("*.eml"))


def test_check_lists_an_error_let_pass_apart_with_who_when_and_why_and_does_not_count_it(
    rtesmail, wrong_day: Path
) -> None:
    """In words, in JSON and in SARIF, where other programs close it."""
    rtesmail("approve", ISSUE, "--by", "Anne Exemple", "--waive", "weekday=Reporté", cwd=wrong_day)
    done = rtesmail("check", ISSUE, "--sarif", "found.sarif", cwd=wrong_day)
    assert done.returncode == 0, done.stderr
    said = done.stdout.replace("\n", " ")
    assert re.search(r"No finding\..*1 error let pass by Anne Exemple on .*bloc-communal\.md:16.*\[weekday\]", said)
    assert "reason: Reporté" in said
    assert done.stdout.rstrip().endswith(f"Next: rtesmail status {ISSUE}")
    (run,) = json.loads((wrong_day / "found.sarif").read_text("utf-8"))["runs"]
    (result,) = run["results"]
    (suppression,) = result["suppressions"]
    assert (result["ruleId"], result["level"]) == ("weekday", "error")
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == "Reporté"
    assert suppression["properties"]["approvedBy"] == "Anne Exemple"
    told = json.loads(rtesmail("check", ISSUE, "--json", cwd=wrong_day).stdout)
    assert (told["can_be_approved"], told["findings"]) == (True, [])
    (waived,) = told["waived"]
    assert (waived["check"], waived["line"], waived["reason"]) == ("weekday", 16, "Reporté")
    assert (waived["approved_by"], waived["approved_at"]) == ("Anne Exemple", suppression["properties"]["approvedAt"])


def test_a_waiver_falls_with_its_approval(rtesmail, wrong_day: Path) -> None:
    """Whether the letter changed since, or whom it is for."""
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=wrong_day)
    segments = wrong_day / "lists" / "segments.toml"
    before = "[elus]\nexpression = '\"élu\" in roles'\n"
    segments.write_text(before, "utf-8")
    yes = ("approve", ISSUE, "--by", "Anne", "--waive", "weekday=Reporté", "--for", "demo", "--segment", "elus")
    assert rtesmail(*yes, cwd=wrong_day).returncode == 0
    assert rtesmail("check", ISSUE, cwd=wrong_day).returncode == 0
    segments.write_text(before.replace("élu", "presse"), "utf-8")
    assert rtesmail("check", ISSUE, cwd=wrong_day).returncode == 3
    segments.write_text(before, "utf-8")
    assert rtesmail("check", ISSUE, cwd=wrong_day).returncode == 0
    change(snippet(wrong_day), "title: ", "title: Enfin ")
    told = rtesmail("check", ISSUE, "--json", "--sarif", "found.sarif", cwd=wrong_day)
    assert told.returncode == 3
    found = json.loads(told.stdout)
    assert ([one["check"] for one in found["findings"]], found["waived"]) == (["weekday"], [])
    (run,) = json.loads((wrong_day / "found.sarif").read_text("utf-8"))["runs"]
    assert [result["suppressions"] for result in run["results"]] == [[]]


def test_an_error_beside_one_let_pass_still_counts(rtesmail, wrong_day: Path) -> None:
    """A check made stricter after the yes changes nothing that readers get."""
    change(snippet(wrong_day), "jeudi 11 avril 2025", "jeudi 11 avril 2025 ([cliquez ici](https://www.example.org/)")
    with (wrong_day / "rtesmail.toml").open("a", encoding="utf-8") as configuration:
        configuration.write('\n[checks]\nlink-words = "warning"\n')
    assert rtesmail("approve", ISSUE, "--by", "Anne", "--waive", "weekday=Reporté", cwd=wrong_day).returncode == 0
    change(wrong_day / "rtesmail.toml", 'link-words = "warning"', 'link-words = "error"')
    told = rtesmail("check", ISSUE, "--json", cwd=wrong_day)
    assert told.returncode == 3
    found = json.loads(told.stdout)
    assert [one["check"] for one in found["findings"]] == ["link-words"]
    assert [one["check"] for one in found["waived"]] == ["weekday"]
    said = rtesmail("check", ISSUE, cwd=wrong_day).stdout
    assert "1 error let pass by Anne" in said
    assert said.rstrip().endswith(f"Mend the errors, then: rtesmail check {ISSUE}")


def test_checking_makes_no_database(rtesmail, wrong_day: Path) -> None:
    assert rtesmail("check", ISSUE, cwd=wrong_day).returncode == 3
    assert not list(wrong_day.rglob("rtesmail.db*"))


def test_check_says_when_nobody_knows_what_was_let_pass(rtesmail, wrong_day: Path) -> None:
    """In words beside the findings, for programs within them; a letter without errors has nothing to let pass."""
    rtesmail("approve", ISSUE, "--by", "Anne", "--waive", "weekday=Reporté", cwd=wrong_day)
    told = json.loads(rtesmail("check", ISSUE, "--json", cwd=wrong_day).stdout)
    assert (told["can_be_approved"], told["waivers_known"]) == (True, True)
    database = wrong_day / "lists" / "rtesmail.db"
    database.write_bytes(b"no database at all, by far" * 40)
    words = "The database cannot be read (file is not a database): errors that an approval lets pass count as errors"
    done = rtesmail("check", ISSUE, "--json", "--sarif", "found.sarif", cwd=wrong_day)
    assert done.returncode == 3
    assert done.stderr.startswith(f"warning  {words}")
    assert done.stderr.count("\n") == 1
    told = json.loads(done.stdout)
    assert ([one["check"] for one in told["findings"]], told["waived"], told["waivers_known"]) == (
        ["weekday"],
        [],
        False,
    )
    (run,) = json.loads((wrong_day / "found.sarif").read_text("utf-8"))["runs"]
    (invocation,) = run["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert (invocation["executionSuccessful"], notification["level"]) == (True, "warning")
    assert notification["message"]["text"].startswith(words)
    said = rtesmail("check", ISSUE, cwd=wrong_day)
    assert "[weekday]" in said.stdout
    assert words in said.stderr
    change(snippet(wrong_day), "jeudi 11 avril 2025", "jeudi 10 avril 2025")
    assert rtesmail("check", ISSUE, cwd=wrong_day).stderr == ""


def test_an_error_that_nobody_let_pass_still_refuses(rtesmail, wrong_day: Path) -> None:
    change(snippet(wrong_day, "deux-caracteristiques"), "status: reviewed", "status: draft")
    refused = rtesmail("approve", ISSUE, "--by", "Anne", "--waive", "weekday=x", cwd=wrong_day)
    assert refused.returncode == 3
    assert "draft" in refused.stderr


@pytest.mark.parametrize(
    ("waiver", "words"),
    [
        ("weekday", "gives no reason"),
        ("weekday=", "needs a reason"),
        ("weekdy=x", "There is no check weekdy."),
        ("weekdy=x", "Did you mean weekday?"),
        ("size=x", "has found no error here"),
        ("unsubscribe=x", "promise made to readers"),
    ],
)
def test_a_waiver_that_cannot_be_is_told(rtesmail, wrong_day: Path, waiver: str, words: str) -> None:
    refused = rtesmail("approve", ISSUE, "--by", "Anne", "--waive", waiver, cwd=wrong_day)
    assert refused.returncode in (2, 3)
    assert words in refused.stderr
    assert standing(rtesmail, wrong_day) is None


def test_errors_let_pass_are_told_in_the_order_of_their_lines(rtesmail, demo_workspace: Path) -> None:
    path = demo_workspace / "issues" / "snippets" / "articles" / "bloc-communal.md"
    path.write_text(path.read_text("utf-8") + "\njeudi 11 avril 2025\n" * 50, "utf-8")
    told = rtesmail("approve", ISSUE, "--by", "Anne", "--waive", "weekday=Reporté", "--json", cwd=demo_workspace)
    assert told.returncode == 0, told.stderr
    path.write_text(path.read_text("utf-8").replace("\njeudi 11 avril 2025\n", "", 1), "utf-8")
    lines = [int(one["place"].rpartition(":")[2]) for one in standing(rtesmail, demo_workspace)["waivers"]]
    assert len(lines) > 40
    assert lines == sorted(lines)

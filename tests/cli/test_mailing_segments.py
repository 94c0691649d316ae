"""Staff send an issue to a segment of a list: they see whom it asks for, and mailings are told apart."""

from pathlib import Path

import pytest

SEGMENTS = """
[regions]
expression = 'level == "région"'

[bretagne]
expression = 'region == "Bretagne"'

[mayors]
expression = 'role == "maire"'

[nobody]
expression = 'role == "astronaute"'
"""


@pytest.fixture(autouse=True)
def segments(workspace: Path) -> Path:
    path = workspace / "lists" / "segments.toml"
    path.write_text(SEGMENTS, encoding="utf-8")
    return path


def test_a_segment_is_told_in_words_sent_to_and_accounted_for(
    run, approved: str, workspace: Path, outbox: Path
) -> None:
    target = ("--list", "demo", "--segment", "bretagne")
    told = run("send", approved, *target, "--dry-run", "--transport", "boite")
    assert "the region is Bretagne" in told.stdout
    assert "not in the segment bretagne" in told.stdout
    assert f"rtesmail send {approved} --list demo --segment bretagne" in told.stdout
    foreseen = run("send", approved, *target, "--dry-run", "--transport", "boite", "--json")
    assert foreseen["segment"] == "bretagne"
    assert foreseen["would_get"] + foreseen["held_back"]["not in the segment bretagne"] == 30
    done = run("send", approved, *target, "--transport", "boite", "--json")
    assert (done["segment"], done["accepted"]) == ("bretagne", foreseen["would_get"])
    assert len(list(outbox.glob("*.eml"))) == foreseen["would_get"]
    whole = run("send", approved, "--list", "demo", "--transport", "boite", "--json")
    assert (whole["segment"], whole["accepted"], whole["skipped"]) == ("", 30 - done["accepted"], done["accepted"])
    assert len(list(outbox.glob("*.eml"))) == 30
    listed = run("status", approved, "--json")["mailings"]
    assert [(mailing["segment"], mailing["condition"]) for mailing in listed] == [
        ("bretagne", 'region == "Bretagne"'),
        ("", ""),
    ]
    shown = run("status", approved).stdout
    assert f"{approved} to demo (segment bretagne): finished" in shown
    assert f"{approved} to demo: finished" in shown
    people = run("who", approved, "--segment", "bretagne", "--json")["people"]
    assert {person["segment"] for person in people} == {"bretagne"}
    assert len(people) == done["accepted"]
    paper = run("certificate", approved, *target, "--by", "Ada Exemple", "--output", "certificate.json")
    assert 'bretagne: region == "Bretagne"' in paper.stdout
    assert "demo (segment bretagne)" in run("verify", "certificate.json").stdout


def test_a_value_that_nobody_has_is_noted_and_nothing_is_sent(run, approved: str, outbox: Path) -> None:
    target = ("--list", "demo", "--segment", "nobody", "--transport", "boite")
    assert "astronaute" in run("send", approved, *target, "--dry-run", "--json")["notes"][0]
    assert "note" in run("send", approved, *target, "--dry-run").stdout
    refused = run("send", approved, *target, code=3).stderr
    assert "whom the segment nobody asks for" in refused
    assert "rtesmail segments explain nobody --list demo" in refused
    assert not outbox.exists()


def test_a_slip_in_the_segment_sends_nothing(run, approved: str, segments: Path, outbox: Path) -> None:
    send = ("send", approved, "--list", "demo", "--transport", "boite", "--segment")
    assert "Did you mean bretagne?" in run(*send, "bretange", code=4).stderr
    assert "Did you mean bretagne?" in run(*send, "bretange", "--dry-run", code=4).stderr
    assert "leave --segment out" in run(*send, "", code=2).stderr
    segments.write_text("[bretagne]\nexpression = 'region = \"Bretagne\"'\n", encoding="utf-8")
    broken = run(*send, "bretagne", code=4).stderr
    assert "segments.toml:2" in broken
    assert "^" in broken
    assert not outbox.exists()


def test_a_plan_shows_its_condition_and_is_refused_when_that_changed(
    run, approved: str, workspace: Path, segments: Path, outbox: Path
) -> None:
    settings = workspace / "rtesmail.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('transport = "demo"', 'transport = "boite"'), encoding="utf-8")
    when = ("--at", "2020-01-01 09:00", "--not-after", "2090-01-01 09:00")
    planned = run("schedule", approved, "--list", "demo", "--segment", "bretagne", *when)
    assert 'region == "Bretagne"' in planned.stdout
    run("schedule", approved, "--list", "demo", "--segment", "regions", *when)
    segments.write_text(SEGMENTS.replace('"Bretagne"', '"Occitanie"'), encoding="utf-8")
    lines = {line["segment"]: line for line in run("run", "--json", code=3)["done"]}
    assert lines["regions"]["action"] == "sent"
    assert len(list(outbox.glob("*.eml"))) == lines["regions"]["accepted"] > 0
    assert lines["bretagne"]["action"] == "failed"
    assert 'region == "Occitanie"' in lines["bretagne"]["message"]
    assert f"rtesmail cancel {approved} --list demo --segment bretagne" in lines["bretagne"]["hint"]
    told = run("run", code=3, LANGUAGE="fr").stdout
    assert f"{approved} → demo (segment bretagne)" in told
    assert "Programmez-le de nouveau" in told


def test_a_plan_for_a_list_that_there_is_not_is_refused_at_once(run, approved: str, segments: Path) -> None:
    segments.write_text("[gone]\nexpression = 'on(\"demmo\")'\n", encoding="utf-8")
    when = ("--at", "2090-01-01 09:00")
    assert "no list “demmo”" in run("schedule", approved, "--list", "demo", "--segment", "gone", *when, code=4).stderr
    assert run("status", approved, "--json")["mailings"] == []


def test_one_of_two_mailings_is_cancelled(run, approved: str) -> None:
    when = ("--at", "2090-01-01 09:00")
    run("schedule", approved, "--list", "demo", "--segment", "bretagne", *when)
    run("schedule", approved, "--list", "demo", *when)
    gone = run("cancel", approved, "--list", "demo", "--segment", "bretagne", "--json")
    assert gone["segment"] == "bretagne"
    states = {each["segment"]: each["state"] for each in run("status", approved, "--json")["mailings"]}
    assert states == {"bretagne": "cancelled", "": "scheduled"}
    again = run("cancel", approved, "--list", "demo", "--segment", "bretagne", code=4).stderr
    assert "demo (segment bretagne)" in again

"""What came back of real mailings is what its table says: over a hundred real bounces, and our samples of the rest."""

import re
import runpy
from pathlib import Path
from typing import Any

from rtesmail.feedback.classifying import classify

ROOT = Path(__file__).parents[2]
NEVER_BOUNCES = {"auto_reply", "challenge", "human_reply", "unsubscribe_request", "complaint", "unrelated"}


def test_a_sample_is_told_with_its_code_and_whom_it_is_about(ours: Any) -> None:
    told = classify(ours.path.read_bytes())
    assert (told.kind.value, told.status, told.recipients) == (ours.kind, ours.status, ours.recipients)


def test_a_real_bounce_is_told_with_all_whom_it_is_about(flufl: Any) -> None:
    assert flufl.path.exists(), "run `make bounces`: it fetches the messages of flufl.bounce's tests"
    told = classify(flufl.path.read_bytes())
    assert (told.kind.value, set(told.recipients)) == (flufl.kind, set(flufl.recipients))


def test_every_message_of_both_collections_is_in_a_table() -> None:
    from_flufl = ROOT / "build" / "bounces" / "flufl_bounce-6.0.0" / "tests" / "data"
    for table, files in (("flufl_bounce.txt", from_flufl.glob("*.txt")), ("expected.txt", TABLES.glob("*.eml"))):
        names = {line.split()[0] for line in (TABLES / table).read_text(encoding="utf-8").splitlines()}
        assert {file.name for file in files} == {name for name in names if name.endswith((".txt", ".eml"))}


def test_no_answer_of_a_person_or_of_their_program_is_taken_for_a_bounce(case: Any) -> None:
    if case.kind in NEVER_BOUNCES:
        assert not classify(case.path.read_bytes()).kind.is_bounce


def test_the_page_says_what_is_measured_now() -> None:
    page = (ROOT / "docs" / "reference" / "feedback.md").read_text(encoding="utf-8")
    measured = list(runpy.run_path(str(ROOT / "bench" / "classifying.py"))["rows"]())
    assert re.findall(r"^\| (?:flufl\.bounce|ours) \|.*$", page, re.MULTILINE) == measured


TABLES = ROOT / "tests" / "data" / "feedback"

"""Errors that an approval lets pass, as the preview shows them: apart, answered for, and no longer than it stands."""

import re
from html import unescape
from pathlib import Path

import pytest

from .conftest import APRIL, Preview
from .forms import PAGE, approved, fields_of, send, told

SNIPPET = Path("issues/snippets/articles/bloc-communal.md")
WAIVE = ("--waive", "weekday=Postponed to <summer>")


@pytest.fixture
def wrong_day(preview: Preview, rtesmail) -> Preview:
    """A preview of a letter whose only error, a weekday that is not that of its date, was let pass."""
    rewrite(preview, "jeudi 10 avril", "jeudi 11 avril 2025")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=preview.root)
    done = rtesmail("approve", APRIL, "--by", "Anne <i>", "--for-all", *WAIVE, cwd=preview.root)
    assert done.returncode == 0, done.stderr
    return preview


def rewrite(preview: Preview, old: str, new: str, path: Path = SNIPPET) -> None:
    text = (preview.root / path).read_text(encoding="utf-8")
    assert old in text
    (preview.root / path).write_text(text.replace(old, new), encoding="utf-8")


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<(?!i>)[^>]*>", " ", page)).split())


def row_of(preview: Preview) -> str:
    """The line of the list of issues that is about this one."""
    (row,) = (row for row in preview.page("/").split("<tr>") if f'href="{PAGE}' in row)
    return words(row)


def test_what_was_let_pass_stands_apart_with_who_when_and_why_and_counts_for_nothing(
    wrong_day: Preview, rtesmail
) -> None:
    said = rtesmail("check", APRIL, cwd=wrong_day.root)
    assert said.returncode == 0, said.stderr
    heading = re.search(r"1 error let pass by Anne <i> on .*:\d\d:", said.stdout)
    assert heading
    page = wrong_day.page(PAGE)
    apart = words(page.split('class="passed"')[1].split("</section>")[0])
    assert heading[0] in apart
    assert "reason: Postponed to <summer>" in apart
    assert "bloc-communal.md:16" in apart
    assert "<summer>" not in page
    assert "Nothing to mend." in page
    assert "cannot be approved or sent" not in page
    assert "Ready 1 error let pass Approved" in words(page)
    assert "Ready 1 error let pass Approved" in row_of(wrong_day)


def test_where_it_stands_is_shown_in_the_letter_all_the_same(wrong_day: Preview) -> None:
    page = wrong_day.page(PAGE)
    link = re.search(r'id="show-(\w+)" href="([^"]+)"', page.split('class="passed"')[1])
    assert link
    assert 'is-shown">jeudi 11' in wrong_day.page(f"{PAGE}/frame?at={link[1]}")
    assert 'class="finding is-shown"' in wrong_day.page(unescape(link[2]))


@pytest.mark.parametrize("is_of_the_letter", [True, False])
def test_a_change_that_voids_the_yes_makes_it_an_error_again_at_once(
    wrong_day: Preview, rtesmail, is_of_the_letter: bool
) -> None:
    """Whether the letter changed, or whom it is for."""
    segments = wrong_day.root / "lists" / "segments.toml"
    segments.write_text("[elus]\nexpression = '\"élu\" in roles'\n", encoding="utf-8")
    target = ("--for", "demo", "--segment", "elus")
    assert rtesmail("approve", APRIL, "--by", "Anne", *target, *WAIVE, cwd=wrong_day.root).returncode == 0
    assert "1 error let pass" in row_of(wrong_day)
    if is_of_the_letter:
        rewrite(wrong_day, "title: ", "title: Enfin ")
    else:
        segments.write_text("[elus]\nexpression = '\"presse\" in roles'\n", encoding="utf-8")
    page = wrong_day.page(PAGE)
    assert 'class="passed"' not in page
    assert 'class="finding finding-error"' in page
    assert f"{APRIL} has errors and cannot be approved or sent." in page
    assert "Has errors 1 error Changed since its approval" in row_of(wrong_day)


def test_approving_for_others_lets_the_same_pass_under_the_new_name_and_says_so(wrong_day: Preview) -> None:
    page = wrong_day.page(PAGE)
    assert "Your approval lets the same error pass, for the same reason." in page
    fields = {**fields_of(wrong_day, deed="approve"), "whom": "some", "list": "demo", "name": "Camille"}
    assert told(send(wrong_day, "approve", fields)).startswith("Approved by Camille as it is now")
    approval = approved(wrong_day)
    assert approval is not None
    assert [one.list_name for one in approval.audiences] == ["demo"]
    assert [(one.check, one.reason) for one in approval.waivers] == [("weekday", "Postponed to <summer>")]
    assert "1 error let pass by Camille on" in words(wrong_day.page(PAGE))


def test_nobody_lets_pass_for_a_reason_that_they_have_not_seen(wrong_day: Preview, rtesmail) -> None:
    fields = {**fields_of(wrong_day, deed="approve"), "whom": "some", "list": "demo", "name": "Camille"}
    again = ("--for-all", "--waive", "weekday=Another reason")
    assert rtesmail("approve", APRIL, "--by", "Sam", *again, cwd=wrong_day.root).returncode == 0
    assert "came after this page was shown. Nothing was done." in told(send(wrong_day, "approve", fields))
    approval = approved(wrong_day)
    assert approval is not None
    assert approval.approved_by == "Sam"


def test_a_database_that_cannot_be_read_is_said_where_it_makes_a_difference(wrong_day: Preview) -> None:
    (wrong_day.root / "lists" / "rtesmail.db").write_bytes(b"no database at all, by far" * 40)
    said = (
        "The database cannot be read (file is not a database): errors that an approval lets pass count as errors here."
    )
    page = wrong_day.page(PAGE)
    assert said in page
    assert 'class="finding finding-error"' in page
    rewrite(wrong_day, "jeudi 11 avril 2025", "jeudi 10 avril")
    assert said not in wrong_day.page(PAGE)


def test_an_approved_letter_that_would_not_leave_is_said_to_be_both(wrong_day: Preview, rtesmail) -> None:
    """Put off until an event is over, it is the same letter to the byte, and `send` refuses it."""
    rewrite(wrong_day, "send_at = 2025-04-03", "send_at = 2025-04-11", Path("issues") / APRIL / "issue.toml")
    plan = ("schedule", APRIL, "--list", "demo", "--at", "2931-04-11 09:00")
    assert rtesmail(*plan, cwd=wrong_day.root).returncode == 0
    rtesmail("import", "lists/sample.csv", "--list", "mensuelle", cwd=wrong_day.root)
    other = ("schedule", APRIL, "--list", "mensuelle", "--at", "2931-04-11 09:00")
    assert rtesmail(*other, cwd=wrong_day.root).returncode == 0
    reason = f"{APRIL} has errors that its approval does not let pass."
    assert "Has errors 1 error 1 error let pass Approved, would not leave Anne <i>" in row_of(wrong_day)
    assert reason in row_of(wrong_day)
    page = words(wrong_day.page(PAGE))
    assert "Approved, would not leave Anne <i>" in page
    assert f"{reason} Mend them, or let them pass with a new approval (--waive): rtesmail check {APRIL}" in page
    assert page.count("What is planned does not leave like this.") == 1
    assert "Approve it for others" not in page
    rewrite(wrong_day, "send_at = 2025-04-11", "send_at = 2025-04-03", Path("issues") / APRIL / "issue.toml")
    assert "Ready 1 error let pass Approved Anne <i>" in row_of(wrong_day)


def test_an_error_passes_with_a_name_and_a_reason_given_in_the_preview(wrong_day: Preview) -> None:
    """With those that the yes let pass before the letter was put off, for their own reasons."""
    rewrite(wrong_day, "send_at = 2025-04-03", "send_at = 2025-04-11", Path("issues") / APRIL / "issue.toml")
    fields = {**fields_of(wrong_day, deed="approve"), "whom": "every", "name": "Camille"}
    assert 'name="why-weekday"' not in wrong_day.page(PAGE)
    for reason in ({}, {"why-past-event": "  "}):
        assert told(send(wrong_day, "approve", {**fields, **reason})).startswith(
            "A waiver needs a reason." if reason else f"{APRIL} has errors and cannot be approved or sent."
        )
    assert told(send(wrong_day, "approve", {**fields, "why-past-event": " It was <fine> "})).startswith("Approved by")
    approval = approved(wrong_day)
    assert approval is not None
    assert approval.approved_by == "Camille"
    reasons = {(one.check, one.reason) for one in approval.waivers}
    assert reasons == {("weekday", "Postponed to <summer>"), ("past-event", "It was <fine>")}
    assert "Ready 2 errors let pass Approved Camille" in row_of(wrong_day)


def test_a_reason_that_was_typed_is_not_lost_with_a_refusal(preview: Preview) -> None:
    rewrite(preview, "jeudi 10 avril", "jeudi 11 avril 2025")
    fields = {**fields_of(preview, deed="approve"), "why-weekday": 'Said "so"', "name": " "}
    answer = send(preview, "approve", fields)
    assert told(answer).startswith("An approval needs the name")
    assert 'value="Said &#34;so&#34;"' in answer.text
    assert approved(preview) is None


def test_what_readers_were_promised_and_what_no_check_knows_cannot_be_let_pass(preview: Preview) -> None:
    rewrite(preview, "jeudi 10 avril", "jeudi 11 avril 2025, bonjour @@nom@@")
    page = preview.page(PAGE)
    assert "has errors and cannot be approved or sent." in page
    assert f'action="{PAGE}/approve"' not in page
    fields = {**fields_of(preview), "name": "Camille", "why-weekday": "x"}
    for more, words in (({"why-unknown-slot": "x"}, "promise made to readers"), ({}, "has errors and cannot be")):
        assert words in told(send(preview, "approve", {**fields, **more}))
    assert "There is no check nothing." in told(send(preview, "approve", {**fields, "why-nothing": "x"}))
    assert approved(preview) is None

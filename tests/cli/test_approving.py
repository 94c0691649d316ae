"""The yes to an issue: whom it is for, what voids it, and what colleagues read above a proof."""

import email
import json
import re
import sqlite3
from email import policy
from pathlib import Path

import pytest

from .april import ISSUE, change, snippet, standing


def stage(rtesmail, house: Path) -> str:
    """How far the calendar says that the issue is."""
    year = json.loads(rtesmail("calendar", "--year", "2025", "--json", cwd=house).stdout)["issues"]
    (found,) = (one["state"] for one in year if one["issue"] == ISSUE)
    return str(found)


@pytest.mark.parametrize("what", ["content", "issue", "template", "configuration", "clocks"])
def test_any_change_voids_the_yes_and_status_says_which(rtesmail, demo_workspace: Path, what: str) -> None:
    house = demo_workspace
    assert rtesmail("approve", ISSUE, "--by", "Anne", cwd=house).returncode == 0
    assert standing(rtesmail, house)["state"] == "approved"
    if what == "content":
        change(snippet(house), "le jeudi 10 avril", "le jeudi 10 avril prochain")
    elif what == "issue":
        change(house / "issues" / ISSUE / "issue.toml", "cinq rendez-vous", "six rendez-vous")
    elif what == "template":
        parts = house / "templates" / "parts"
        parts.mkdir(parents=True, exist_ok=True)
        shipped = Path(__file__).parents[2] / "templates" / "parts" / "look.css.j2"
        (parts / "look.css.j2").write_text(shipped.read_text("utf-8") + "\n.paper { padding: 1px }\n", "utf-8")
    elif what == "configuration":
        change(house / "rtesmail.toml", 'name = "RTES"\naddress', 'name = "Le RTES"\naddress')
    else:
        change(house / "rtesmail.toml", 'time_zone = "Europe/Paris"', 'time_zone = "America/Cayenne"')
    found = standing(rtesmail, house)
    assert found["state"] == "changed"
    words = " ".join(one["words"] for one in found["changes"])
    expected = {"content": "bloc communal", "issue": "six rendez-vous", "template": "look", "configuration": "Le RTES"}
    expected["clocks"] = "go by America/Cayenne"
    assert expected[what] in words
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=house)
    assert rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", cwd=house).returncode == 3
    said = rtesmail("status", ISSUE, cwd=house).stdout
    assert "that approval is void" in said


def test_what_is_approved_as_it_is_need_not_be_approved_again_to_be_planned(rtesmail, demo_workspace: Path) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    plan = ("schedule", ISSUE, "--list", "demo", "--at", "2035-04-03 09:00")
    assert "Next: rtesmail approve" in rtesmail(*plan, cwd=demo_workspace).stdout
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", cwd=demo_workspace)
    planned = rtesmail(*plan, cwd=demo_workspace).stdout
    assert "Approved by Ada Exemple as it is now" in planned
    assert "rtesmail approve" not in planned
    change(snippet(demo_workspace), "title: ", "title: Enfin ")
    shown = rtesmail("status", ISSUE, cwd=demo_workspace).stdout
    assert "What is planned does not leave like this." in shown
    assert shown.rstrip().endswith(f'Next: rtesmail approve {ISSUE} --by "Your name"')


def test_status_says_what_to_do_next_wherever_an_issue_stands(rtesmail, demo_workspace: Path) -> None:
    def following() -> str:
        return rtesmail("status", ISSUE, cwd=demo_workspace).stdout.rstrip().rpartition("\n")[2]

    assert following() == f'Next: rtesmail approve {ISSUE} --by "Your name"'
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", cwd=demo_workspace)
    assert following() == f"Next: rtesmail send {ISSUE} --list NAME --dry-run"
    (demo_workspace / "templates" / "monthly.mjml.j2").write_text("{{ nothing }}", "utf-8")
    assert following() == f"Next: rtesmail check {ISSUE}"


def test_nobody_is_sent_to_approve_what_has_errors(rtesmail, demo_workspace: Path) -> None:
    path = demo_workspace / "issues" / ISSUE / "issue.toml"
    whole = path.read_text("utf-8")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", cwd=demo_workspace)
    for _turn in ("changed", "never approved"):
        spoilt = whole.replace('snippets = ["', 'snippets = ["nowhere", "', 1)
        path.write_text(spoilt.replace('subject = "', 'subject = "Enfin : ', 1), "utf-8")
        plan = ("schedule", ISSUE, "--list", "demo", "--at", "2931-04-11 09:00")
        for command in (("status", ISSUE), plan):
            said = rtesmail(*command, cwd=demo_workspace).stdout.rstrip()
            assert said.endswith(f"\nNext: rtesmail check {ISSUE}")
        (demo_workspace / "lists" / "rtesmail.db").unlink()
        rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    path.write_text(whole, "utf-8")
    assert rtesmail("status", ISSUE, cwd=demo_workspace).stdout.rstrip().endswith('--by "Your name"')


def test_check_leads_to_the_yes_that_is_still_missing(rtesmail, demo_workspace: Path) -> None:
    def following() -> str:
        return rtesmail("check", ISSUE, cwd=demo_workspace).stdout.rstrip().rpartition("\n")[2]

    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    assert following() == f'Next: rtesmail approve {ISSUE} --by "Your name"'
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", "--for", "demo", cwd=demo_workspace)
    assert following() == f"Next: rtesmail status {ISSUE}"
    path = demo_workspace / "issues" / ISSUE / "issue.toml"
    path.write_text(path.read_text("utf-8").replace('subject = "', 'subject = "Enfin : ', 1), "utf-8")
    assert following() == f'Next: rtesmail approve {ISSUE} --by "Your name" --for demo'


def test_the_command_that_comes_next_names_a_list_as_it_is_called(rtesmail, demo_workspace: Path) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "élus {2026}", cwd=demo_workspace)
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", "--for", "élus {2026}", cwd=demo_workspace)
    path = demo_workspace / "issues" / ISSUE / "issue.toml"
    path.write_text(path.read_text("utf-8").replace('subject = "', 'subject = "Enfin : ', 1), "utf-8")
    said = rtesmail("check", ISSUE, cwd=demo_workspace).stdout
    assert said.rstrip().endswith(f'Next: rtesmail approve {ISSUE} --by "Your name" --for "élus {{2026}}"')


def test_a_plan_for_a_segment_that_cannot_be_read_says_how_to_see_why(rtesmail, demo_workspace: Path) -> None:
    segments = demo_workspace / "lists" / "segments.toml"
    segments.write_text("[elus]\nexpression = '\"élu\" in roles'\n", encoding="utf-8")
    target = ("demo", "--segment", "elus")
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", "--for", *target, cwd=demo_workspace)
    rtesmail("schedule", ISSUE, "--list", *target, "--at", "2931-04-11 09:00", cwd=demo_workspace)
    segments.write_text("[elus]\nexpression = '\"élu in roles'\n", encoding="utf-8")
    said = rtesmail("status", ISSUE, cwd=demo_workspace).stdout
    assert "named above" not in said
    assert "→ See them: rtesmail segments list\n" in said
    assert "lists/segments.toml:2" in rtesmail("segments", "list", cwd=demo_workspace).stderr


def test_after_sending_status_says_that_what_stands_now_needs_a_yes_of_its_own(rtesmail, demo_workspace: Path) -> None:
    house = demo_workspace
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=house)
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", cwd=house)
    sent = rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", cwd=house)
    assert sent.stdout.startswith("Written into out/outbox; nothing was sent.\n")
    status = rtesmail("status", ISSUE, cwd=house).stdout
    assert "as it was approved" not in status
    issue = house / "issues" / ISSUE / "issue.toml"
    issue.write_text(issue.read_text("utf-8").replace('subject = "', 'subject = "Bonjour, '), "utf-8")
    *_, now, who = rtesmail("status", ISSUE, cwd=house).stdout.splitlines()
    command = f'rtesmail approve {ISSUE} --by "Your name"'
    assert now == f"What has left is as it was approved. For what stands here now: {command}"
    assert who == f"Who is where: rtesmail who {ISSUE}"


def test_a_yes_for_a_list_is_for_no_other(rtesmail, demo_workspace: Path) -> None:
    house = demo_workspace
    for name in ("demo", "presse"):
        rtesmail("import", "lists/sample.csv", "--list", name, cwd=house)
    unknown = rtesmail("approve", ISSUE, "--by", "Anne", "--for", "press", cwd=house)
    assert unknown.returncode != 0
    assert "presse" in unknown.stderr
    assert rtesmail("approve", ISSUE, "--by", "Anne", "--for", "demo", cwd=house).returncode == 0
    assert standing(rtesmail, house)["audiences"] == [{"list": "demo", "segment": "", "condition": ""}]
    refused = rtesmail("send", ISSUE, "--list", "presse", "--transport", "boite", cwd=house)
    assert refused.returncode == 3
    assert "is approved for demo, not for presse" in refused.stderr
    foreseen = rtesmail("send", ISSUE, "--list", "presse", "--dry-run", "--json", cwd=house)
    assert foreseen.returncode == 3
    assert "not for presse" in json.loads(foreseen.stdout)["refused"]
    when = ("--at", "2025-01-01 09:00", "--not-after", "2099-01-01 09:00")
    planned = rtesmail("schedule", ISSUE, "--list", "presse", *when, cwd=house)
    assert planned.returncode == 0
    assert "It would not leave: 2025-04-mensuelle is approved for demo, not for presse." in planned.stdout
    by_cron = rtesmail("run", cwd=house)
    assert by_cron.returncode == 3
    assert "not for presse" in by_cron.stdout + by_cron.stderr
    assert not list((house / "out").glob("outbox/*.eml"))
    assert rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", cwd=house).returncode == 0


def test_a_list_of_the_configuration_can_be_approved_before_anybody_is_on_it(rtesmail, demo_workspace: Path) -> None:
    house = demo_workspace
    done = rtesmail("approve", ISSUE, "--by", "Anne", "--for", "mensuelle", cwd=house)
    assert done.returncode == 0
    assert "Nobody is on the list mensuelle now" in done.stderr
    assert standing(rtesmail, house)["audiences"] == [{"list": "mensuelle", "segment": "", "condition": ""}]
    refused = rtesmail("send", ISSUE, "--list", "mensuelle", "--transport", "boite", cwd=house)
    assert refused.returncode == 3
    assert "Nobody on the list mensuelle can be written to" in refused.stderr
    assert rtesmail("send", ISSUE, "--list", "mensuelle", "--dry-run", cwd=house).returncode in (0, 3)
    when = ("--at", "2025-01-01 09:00", "--not-after", "2099-01-01 09:00")
    assert rtesmail("schedule", ISSUE, "--list", "mensuelle", *when, cwd=house).returncode == 0
    unknown = rtesmail("approve", ISSUE, "--by", "Anne", "--for", "mensuele", cwd=house)
    assert unknown.returncode == 4
    assert "Known lists: mensuelle, trimestrielle." in unknown.stderr
    rtesmail("import", "lists/sample.csv", "--list", "mensuelle", cwd=house)
    assert rtesmail("send", ISSUE, "--list", "mensuelle", "--transport", "boite", cwd=house).returncode == 0
    again = rtesmail("approve", ISSUE, "--by", "Anne", "--for", "mensuelle", cwd=house)
    assert "Nobody is on" not in again.stderr


def test_a_yes_for_a_list_is_not_widened_by_a_yes_that_names_nobody(rtesmail, demo_workspace: Path) -> None:
    house = demo_workspace
    for name in ("demo", "presse"):
        rtesmail("import", "lists/sample.csv", "--list", name, cwd=house)
    assert rtesmail("approve", ISSUE, "--by", "Anne", "--for", "demo", cwd=house).returncode == 0
    for by_whom in ("unchanged", "changed"):
        if by_whom == "changed":
            change(snippet(house), "le jeudi 10 avril", "le jeudi 10 avril prochain")
        refused = rtesmail("approve", ISSUE, "--by", "Béa", cwd=house)
        assert refused.returncode == 3
        assert "Anne approved 2025-04-mensuelle for demo only" in refused.stderr
        assert f'rtesmail approve {ISSUE} --by "Your name" --for demo (or --for-all' in refused.stderr
        assert [one["list"] for one in standing(rtesmail, house)["audiences"]] == ["demo"]
    void = rtesmail("send", ISSUE, "--list", "demo", "--dry-run", cwd=house)
    assert f'Next: rtesmail approve {ISSUE} --by "Your name" --for demo' in void.stdout
    both = rtesmail("approve", ISSUE, "--by", "Béa", "--for", "demo", "--for-all", cwd=house)
    assert both.returncode == 2
    assert rtesmail("approve", ISSUE, "--by", "Béa", "--for", "demo", cwd=house).returncode == 0
    assert rtesmail("approve", ISSUE, "--by", "Béa", "--for-all", cwd=house).returncode == 0
    assert standing(rtesmail, house)["audiences"] == []
    assert rtesmail("approve", ISSUE, "--by", "Béa", cwd=house).returncode == 0


def test_a_plan_for_people_of_whom_the_yes_says_nothing_is_told_wherever_it_shows(
    rtesmail, demo_workspace: Path
) -> None:
    house = demo_workspace
    for name in ("demo", "presse"):
        rtesmail("import", "lists/sample.csv", "--list", name, cwd=house)
    when = ("--at", "2025-04-03 09:00", "--not-after", "2099-01-01 09:00")
    before = rtesmail("schedule", ISSUE, "--list", "presse", *when, cwd=house).stdout
    assert "It would not leave" not in before
    assert f'Next: rtesmail approve {ISSUE} --by "Your name"\n' in before
    rtesmail("approve", ISSUE, "--by", "Anne", "--for", "demo", cwd=house)
    said = rtesmail("status", ISSUE, cwd=house).stdout
    assert "It would not leave: 2025-04-mensuelle is approved for demo, not for presse." in said
    command = f'rtesmail approve {ISSUE} --by "Your name" --for demo --for presse'
    assert command in said
    (mailing,) = json.loads(rtesmail("status", ISSUE, "--json", cwd=house).stdout)["mailings"]
    assert "not for presse" in mailing["refusal"]
    assert stage(rtesmail, house) == "uncovered"
    assert "planned for others than approved" in rtesmail("calendar", "--year", "2025", cwd=house).stdout
    assert rtesmail("approve", ISSUE, "--by", "Anne", "--for", "demo", "--for", "presse", cwd=house).returncode == 0
    assert "It would not leave" not in rtesmail("status", ISSUE, cwd=house).stdout


def test_a_segment_that_asks_for_others_since_voids_the_yes_to_it(rtesmail, demo_workspace: Path) -> None:
    house = demo_workspace
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=house)
    segments = house / "lists" / "segments.toml"
    segments.write_text("[elus]\nexpression = '\"élu\" in roles'\n", "utf-8")
    alone = rtesmail("approve", ISSUE, "--by", "Anne", "--segment", "elus", cwd=house)
    assert alone.returncode == 2
    yes = rtesmail("approve", ISSUE, "--by", "Anne", "--for", "demo", "--segment", "elus", cwd=house)
    assert yes.returncode == 0, yes.stderr
    assert "For: demo (segment elus)." in yes.stdout
    assert f"Next: rtesmail send {ISSUE} --list demo --segment elus --dry-run" in yes.stdout
    segments.write_text("[elus]\nexpression = '\"presse\" in roles'\n", "utf-8")
    send = ("send", ISSUE, "--list", "demo", "--segment", "elus", "--transport", "boite")
    refused = rtesmail(*send, cwd=house)
    assert refused.returncode == 3
    assert "when Anne approved" in refused.stderr
    foreseen = rtesmail(*send, "--dry-run", cwd=house)
    assert foreseen.returncode == 3
    assert "`send` would refuse: The segment elus asked for" in foreseen.stdout
    assert standing(rtesmail, house)["state"] == "changed"
    assert stage(rtesmail, house) == "changed"
    said = rtesmail("status", ISSUE, cwd=house).stdout
    assert "that approval is void" in said
    assert '"presse" in roles' in said
    segments.unlink()
    assert "is gone from lists/segments.toml since Anne approved" in rtesmail("status", ISSUE, cwd=house).stdout
    segments.write_text("[elus]\nexpression = '\"élu\" in'\n", "utf-8")
    assert standing(rtesmail, house)["changed_segments"] != []
    segments.write_text("[elus]\nexpression = '\"élu\" in roles'\n", "utf-8")
    assert standing(rtesmail, house)["state"] == "approved"
    assert stage(rtesmail, house) == "approved"
    assert rtesmail("send", ISSUE, "--list", "demo", "--transport", "boite", cwd=house).returncode == 3


def test_a_plan_for_a_segment_that_has_changed_is_to_be_planned_again_whoever_approves(
    rtesmail, demo_workspace: Path
) -> None:
    house = demo_workspace
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=house)
    segments = house / "lists" / "segments.toml"
    segments.write_text("[elus]\nexpression = '\"élu\" in roles'\n", "utf-8")
    yes = ("approve", ISSUE, "--by", "Anne", "--for", "demo", "--segment", "elus")
    assert rtesmail(*yes, cwd=house).returncode == 0
    plan = ("schedule", ISSUE, "--list", "demo", "--segment", "elus", "--at", "2025-04-03 09:00")
    assert rtesmail(*plan, "--not-after", "2099-01-01 09:00", cwd=house).returncode == 0
    assert stage(rtesmail, house) == "scheduled"
    segments.write_text("[elus]\nexpression = '\"presse\" in roles'\n", "utf-8")
    refusal = 'It would not leave: The segment elus asked for "élu" in roles when the mailing was planned'
    for _approval in ("void", "given anew"):
        assert refusal in rtesmail("status", ISSUE, cwd=house).stdout
        assert stage(rtesmail, house) == "uncovered"
        assert rtesmail(*yes, cwd=house).returncode == 0
    assert rtesmail(*plan, "--not-after", "2099-01-01 09:00", cwd=house).returncode == 0
    assert stage(rtesmail, house) == "scheduled"


def test_a_file_that_cannot_be_read_is_no_change_that_could_be_told(rtesmail, demo_workspace: Path) -> None:
    rtesmail("approve", ISSUE, "--by", "Anne", cwd=demo_workspace)
    (demo_workspace / "issues" / ISSUE / "issue.toml").write_text("title = ", "utf-8")
    assert standing(rtesmail, demo_workspace)["state"] == "unreadable"


def proofed(rtesmail, house: Path) -> tuple[str, str]:
    """Send a proof into the folder; give its text and HTML."""
    before = set((house / "out" / "outbox").glob("*.eml"))
    done = rtesmail("proof", ISSUE, "--to", "anne@rtes.example", "--transport", "boite", cwd=house)
    assert done.returncode == 0, done.stderr
    assert "Written into out/outbox; nothing was sent." in done.stdout
    (path,) = set((house / "out" / "outbox").glob("*.eml")) - before
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_a_proof_says_above_the_letter_what_was_found_and_what_changed(rtesmail, demo_workspace: Path) -> None:
    text, html = proofed(rtesmail, demo_workspace)
    assert "C’est le premier BAT." in text
    assert "Les vérifications n’ont rien trouvé." in html
    change(snippet(demo_workspace), "jeudi 10 avril", "jeudi 11 avril 2025")
    text, html = proofed(rtesmail, demo_workspace)
    for part in (text, html):
        assert "10\u00a0avril" in part.split("Pour donner le bon à tirer")[0]
        assert "weekday" not in part
        assert "bloc-communal.md:16" in part
    # Within nothing of the letter: what inboxes show of it still comes first, the letter whole below.
    head, letter = html.split("border-bottom:3px solid #1a1a1a", 1)
    assert "display:none" in head
    assert '<div aria-label="L’ESS au cœur du bloc communal' in letter


def test_below_its_note_a_proof_is_the_letter_that_readers_will_get(rtesmail, demo_workspace: Path) -> None:
    text, html = proofed(rtesmail, demo_workspace)
    assert rtesmail("build", ISSUE, cwd=demo_workspace).returncode == 0
    (built,) = (demo_workspace / "out" / ISSUE).glob("*.html")
    note = re.compile(r'<div style="background-color:#fdf6d8!important;.*?</div></div>', re.DOTALL)
    assert len(note.findall(html)) == 1
    bare = re.compile(r"https?://[^\s\"<]+|mailto:[^\"]+|[\w.]+@[\w.]+,")
    assert bare.sub("", note.sub("", html)).split() == bare.sub("", built.read_text("utf-8")).split()
    assert text.count("#" * 72) == 2


def test_only_the_last_proof_is_kept(rtesmail, demo_workspace: Path) -> None:
    proofed(rtesmail, demo_workspace)
    for before, after in (("à 11h.", "à 12h."), ("à 12h.", "à 14h."), ("à 14h.", "à 15h.")):
        change(snippet(demo_workspace), before, after)
        if after != "à 15h.":
            proofed(rtesmail, demo_workspace)
    with sqlite3.connect(demo_workspace / "lists" / "rtesmail.db") as store:
        assert store.execute("SELECT COUNT(*) FROM editions").fetchone()[0] == 1
        assert store.execute("SELECT COUNT(*) FROM proofs").fetchone()[0] == 1
    said = rtesmail("diff", ISSUE, "--against", "proof", cwd=demo_workspace).stdout
    assert "compared with its last proof" in said
    assert "bloc communal" in said


def test_without_a_proof_there_is_nothing_to_compare_with_one(rtesmail, demo_workspace: Path) -> None:
    refused = rtesmail("diff", ISSUE, "--against", "proof", cwd=demo_workspace)
    assert refused.returncode == 1
    assert "No proof" in refused.stderr


def test_a_list_of_two_words_stands_in_the_next_command_as_it_is_to_be_typed(rtesmail, demo_workspace: Path) -> None:
    def following(*arguments: str) -> str:
        return rtesmail(*arguments, cwd=demo_workspace).stdout.rstrip().rpartition("\n")[2]

    assert following("import", "lists/sample.csv", "--list", "ma liste") == 'Next: rtesmail people --list "ma liste"'
    rtesmail("approve", ISSUE, "--by", "Ada Exemple", "--for", "ma liste", cwd=demo_workspace)
    assert (
        following("send", ISSUE, "--list", "ma liste", "--dry-run") == f'Next: rtesmail send {ISSUE} --list "ma liste"'
    )
    snippet = demo_workspace / "issues" / ISSUE / "issue.toml"
    snippet.write_text(snippet.read_text("utf-8").replace('subject = "', 'subject = "Enfin : ', 1), "utf-8")
    assert following("status", ISSUE).endswith('--by "Your name" --for "ma liste"')


def test_a_letter_is_not_planned_for_midnight_because_its_hour_was_forgotten(rtesmail, demo_workspace: Path) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    done = rtesmail("schedule", ISSUE, "--list", "demo", "--at", "2931-04-11", cwd=demo_workspace)
    assert done.returncode == 2
    assert "2931-04-11T09:00" in done.stderr
    late = ("--at", "2931-04-11 09:00", "--not-after", "2931-04-12")
    assert rtesmail("schedule", ISSUE, "--list", "demo", *late, cwd=demo_workspace).returncode == 2
    assert rtesmail("assemble", "mensuelle", "2931-04", "--as-of", "2931-04-11", cwd=demo_workspace).returncode == 0

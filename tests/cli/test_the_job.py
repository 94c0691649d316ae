"""The whole job through the real commands, as staff and cron run them."""

import json
import socket
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ISSUE = "2025-04-mensuelle"
SNIPPET = "issues/snippets/agenda/2025-04-10-commande-publique.md"
BOX = ("--transport", "boite")


def edit(workspace: Path, old: str = "webinaire\n", new: str = "webinaire en direct\n") -> None:
    path = workspace / SNIPPET
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def copies(outbox: Path) -> list[str]:
    """Give the addresses of what was sent, one for each message."""
    messages = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in outbox.glob("*.eml")]
    return sorted(m["To"].addresses[0].addr_spec for m in messages)


def local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d %H:%M")


def test_the_demo_does_the_whole_job_and_says_where_everything_is(rtesmail, tmp_path: Path) -> None:
    done = rtesmail("demo", "here", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["workspace"] == str(tmp_path / "here")
    assert said["audience"] == said["accepted"] == 30
    assert len(copies(Path(said["inbox"]))) == len(set(copies(Path(said["inbox"])))) == 30
    html = Path(said["html"]).read_text(encoding="utf-8")
    text = Path(said["text"]).read_text(encoding="utf-8")
    for words in ("Mesurer la place de l’ESS dans la commande publique", "1er\u00a0juillet 2025"):
        assert words in html
        assert words in text


def test_a_second_demo_in_the_same_place_sends_nothing_more(rtesmail, tmp_path: Path) -> None:
    for _twice in range(2):
        done = rtesmail("demo", "here", "--json")
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "here" / "out" / "inbox").glob("*.eml"))) == 30


def test_the_demo_keeps_its_hands_off_a_folder_of_other_things(rtesmail, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    done = rtesmail("demo", "mine")
    assert done.returncode == 4
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_nothing_unapproved_is_sent(run, outbox: Path) -> None:
    done = run("send", ISSUE, "--list", "demo", *BOX, code=3)
    assert "is not approved" in done.stderr
    assert copies(outbox) == []


def test_an_edit_voids_the_approval_and_undoing_it_does_not_need_another(
    run, approved: str, workspace: Path, outbox: Path
) -> None:
    edit(workspace)
    done = run("send", approved, "--list", "demo", *BOX, code=3)
    assert "changed since Ada Exemple approved it" in done.stderr
    assert copies(outbox) == []
    edit(workspace, "webinaire en direct\n", "webinaire\n")
    run("send", approved, "--list", "demo", *BOX)
    assert len(copies(outbox)) == 30


def test_a_change_of_template_or_configuration_voids_the_approval_too(run, approved: str, workspace: Path) -> None:
    path = workspace / "rtesmail.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("#0b6b5c", "#0b6b5d"), encoding="utf-8")
    run("send", approved, "--list", "demo", *BOX, code=3)


def test_an_issue_with_errors_cannot_be_approved(run, workspace: Path) -> None:
    edit(workspace, "start: 2025-04-10 11:00", "start: 2025-04-31 11:00")
    done = run("approve", ISSUE, "--by", "Ada Exemple", code=3)
    assert f"{SNIPPET}:7" in done.stderr
    said = run("check", ISSUE, "--json", code=3)
    assert not said["can_be_approved"]
    assert {f["path"] for f in said["findings"]} == {SNIPPET}


def test_a_broken_snippet_leaves_the_rest_to_be_seen(run, workspace: Path) -> None:
    edit(workspace, "start: 2025-04-10 11:00", "start: bientôt")
    said = run("build", ISSUE, "--json", code=4)
    html = Path(said["html"]).read_text(encoding="utf-8")
    assert "Séminaire de clôture TRESSONS" in html
    assert said["findings"][0]["line"] == 7


def test_a_dry_run_counts_and_leaves_no_trace(run, approved: str, outbox: Path) -> None:
    said = run("send", approved, "--list", "demo", "--dry-run", "--json")
    assert said["would_get"] == 30
    assert said["approved_by"] == "Ada Exemple"
    assert said["largest_bytes"] > 10_000
    assert copies(outbox) == []
    assert run("status", approved, "--json")["mailings"] == []


def test_sending_in_steps_reaches_everybody_once(run, approved: str, outbox: Path) -> None:
    first = run("send", approved, "--list", "demo", *BOX, "--limit", "7", "--json")
    assert (first["sent_now"], first["pending"], first["audience"]) == (7, 23, 30)
    second = run("send", approved, "--list", "demo", *BOX, "--json")
    assert (second["sent_now"], second["accepted"], second["state"]) == (23, 30, "finished")
    third = run("send", approved, "--list", "demo", *BOX, "--json")
    assert (third["sent_now"], third["accepted"]) == (0, 30)
    assert len(copies(outbox)) == len(set(copies(outbox))) == 30


def test_a_person_on_two_lists_gets_one_copy(run, approved: str, outbox: Path) -> None:
    run("import", "lists/sample.csv", "--list", "press")
    run("send", approved, "--list", "demo", *BOX)
    said = run("send", approved, "--list", "press", *BOX, "--json")
    assert (said["sent_now"], said["skipped"]) == (0, 30)
    assert len(copies(outbox)) == 30


def test_who_said_no_in_the_middle_is_not_written_to(run, approved: str, outbox: Path) -> None:
    run("send", approved, "--list", "demo", *BOX, "--limit", "3")
    left = run("who", approved, "--state", "pending", "--json")["people"][0]["email"]
    run("people", "unsubscribe", left, "--source", "telephone")
    said = run("send", approved, "--list", "demo", *BOX, "--json")
    assert (said["accepted"], said["skipped"]) == (29, 1)
    assert left not in copies(outbox)


def test_no_import_brings_back_who_said_no(run, workspace: Path) -> None:
    address = run("people", "--limit", "1", "--json")["people"][0]["email"]
    run("people", "unsubscribe", address)
    said = run("import", "lists/sample.csv", "--list", "demo", "--json")
    assert said["counts"]["held_back"] == 1
    assert run("people", "show", address, "--json")["status"] == "unsubscribed"


def test_who_asks_for_it_is_written_to_again(run, approved: str, outbox: Path) -> None:
    address = run("people", "--limit", "1", "--json")["people"][0]["email"]
    assert run("people", "unsubscribe", address, "--json")["changed"]
    assert not run("people", "unsubscribe", address, "--json")["changed"]
    assert run("people", "resubscribe", address, "--source", "by letter", "--json")["changed"]
    run("send", approved, "--list", "demo", *BOX)
    assert address in copies(outbox)


def test_a_begun_mailing_keeps_its_edition_whatever_becomes_of_the_files(
    run, approved: str, workspace: Path, outbox: Path
) -> None:
    run("send", approved, "--list", "demo", *BOX, "--limit", "3")
    edit(workspace, "start: 2025-04-10 11:00", "start: nonsense")
    run("send", approved, "--list", "demo", *BOX)
    bodies = {
        message_from_bytes(p.read_bytes(), policy=policy.default)
        .get_body(("plain",))
        .get_content()
        .split("Organisation")[0]
        for p in outbox.glob("*.eml")
    }
    assert len(bodies) == 1
    assert len(copies(outbox)) == 30


def test_the_account_shows_every_person_and_adds_up(run, approved: str) -> None:
    run("send", approved, "--list", "demo", *BOX, "--limit", "12")
    said = run("who", approved, "--json")
    (mailing,) = run("status", approved, "--json")["mailings"]
    states = ("pending", "sending", "accepted", "deferred", "refused", "unknown", "skipped")
    assert sum(mailing[state] for state in states) == mailing["audience"] == len(said["people"]) == 30
    assert {p["state"] for p in said["people"]} == {"accepted", "pending"}


def test_a_proof_goes_to_colleagues_without_approval_and_is_marked(run, outbox: Path) -> None:
    run("proof", ISSUE, "--to", "une@collegue.example", "--to", "un@collegue.example", *BOX)
    assert copies(outbox) == ["un@collegue.example", "une@collegue.example"]
    messages = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in outbox.glob("*.eml")]
    assert all(m["Subject"].startswith("[BAT] ") for m in messages)
    assert run("status", ISSUE, "--json")["mailings"] == []


class TestCron:
    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    @pytest.fixture(autouse=True)
    def the_box_is_the_way_out(self, workspace: Path) -> None:
        path = workspace / "rtesmail.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('transport = "demo"', 'transport = "boite"'), encoding="utf-8")

    def test_what_is_approved_and_due_leaves_once(self, run, approved: str, outbox: Path, now: datetime) -> None:
        run("schedule", approved, "--list", "demo", "--at", local(now - timedelta(minutes=5)))
        (done,) = run("run", "--json")["done"]
        assert (done["action"], done["accepted"]) == ("sent", 30)
        assert run("run", "--json")["done"] == []
        assert len(copies(outbox)) == 30

    def test_what_is_not_due_waits(self, run, approved: str, outbox: Path, now: datetime) -> None:
        run("schedule", approved, "--list", "demo", "--at", local(now + timedelta(hours=2)))
        assert run("run", "--json")["done"] == []
        assert copies(outbox) == []

    def test_what_is_not_approved_waits_and_says_so(self, run, outbox: Path, now: datetime) -> None:
        run("schedule", ISSUE, "--list", "demo", "--at", local(now - timedelta(minutes=5)))
        (done,) = run("run", "--json", code=3)["done"]
        assert done["action"] == "waiting"
        assert copies(outbox) == []
        run("approve", ISSUE, "--by", "Ada Exemple")
        run("run")
        assert len(copies(outbox)) == 30

    def test_after_its_deadline_nothing_leaves(self, run, approved: str, workspace: Path, outbox: Path, now: datetime):
        from rtesmail.delivery.mailings import schedule
        from rtesmail.store.opening import open_store

        store = open_store(workspace / "lists" / "rtesmail.db")
        before = now - timedelta(hours=3)
        schedule(store, approved, "demo", at=before, not_after=before + timedelta(hours=1), now=before)
        store.conn.close()
        (done,) = run("run", "--json", code=3)["done"]
        assert done["action"] == "expired"
        assert run("run", "--json")["done"] == []
        assert copies(outbox) == []

    def test_a_cancelled_mailing_does_not_leave(self, run, approved: str, outbox: Path, now: datetime) -> None:
        run("schedule", approved, "--list", "demo", "--at", local(now - timedelta(minutes=5)))
        run("cancel", approved, "--list", "demo")
        assert run("run", "--json")["done"] == []
        assert copies(outbox) == []

    def test_a_time_that_the_clocks_jump_over_is_refused(self, run, approved: str) -> None:
        done = run("schedule", approved, "--list", "demo", "--at", "2027-03-28 02:30", code=2)
        assert "does not exist" in done.stderr


def test_french_staff_read_french(run, approved: str) -> None:
    done = run("send", approved, "--list", "demo", *BOX, LANGUAGE="fr")
    assert ["accepté", "30"] in [line.split() for line in done.stdout.splitlines()]
    assert ["destinataires", "30"] in [line.split() for line in done.stdout.splitlines()]
    done = run("send", approved, "--list", "inconnue", *BOX, code=4, LANGUAGE="fr")
    assert "inconnue" in done.stderr
    assert "There is no" not in done.stderr


def test_a_missing_password_is_told_before_anybody_is_frozen(run, approved: str, workspace: Path) -> None:
    path = workspace / "rtesmail.toml"
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[transports.provider]\nkind = "smtp"\nhost = "127.0.0.1"\nport = 2599\nusername = "x"\n'
        + 'password_env = "RTESMAIL_NO_SUCH_VARIABLE"\n',
        encoding="utf-8",
    )
    done = run("send", approved, "--list", "demo", "--transport", "provider", code=4)
    assert "RTESMAIL_NO_SUCH_VARIABLE" in done.stderr
    assert run("status", approved, "--json")["mailings"] == []


def test_a_server_that_is_not_there_stops_the_run_and_it_can_go_on(
    run, workspace: Path, approved: str, outbox: Path
) -> None:
    # A port of its own: at the usual one somebody may be trying their own letters just now.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = workspace / "rtesmail.toml"
    settings.write_text(settings.read_text("utf-8").replace("port = 2525", f"port = {port}"), "utf-8")
    stopped = run("send", approved, "--list", "demo", code=5)
    assert f"127.0.0.1:{port}" in stopped.stderr
    said = run("send", approved, "--list", "demo", *BOX, "--json")
    assert said["accepted"] == 30
    assert len(copies(outbox)) == 30

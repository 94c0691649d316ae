"""`rtesmail feedback classify`: what staff see, and what programs read."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from rtesmail.delivery.verp import VerpMaker

SAMPLES = Path(__file__).parents[1] / "data" / "feedback"


def test_programs_get_one_object_a_line_for_each_message(rtesmail, tmp_path: Path) -> None:
    for name in ("postfix-quota", "away-gmail-fr", "human-thanks"):
        shutil.copy(SAMPLES / f"{name}.eml", tmp_path)
    done = rtesmail("feedback", "classify", ".", "--json")
    told = {fact["file"]: fact for fact in map(json.loads, done.stdout.splitlines())}
    assert {file: fact["kind"] for file, fact in told.items()} == {
        "postfix-quota.eml": "mailbox_full",
        "away-gmail-fr.eml": "auto_reply",
        "human-thanks.eml": "human_reply",
    }
    bounce = told["postfix-quota.eml"]
    assert (bounce["recipients"], bounce["status"], bounce["action"]) == (
        ["s.lopez@departement.example"],
        "5.2.2",
        "failed",
    )
    assert bounce["diagnostic"].startswith("552 5.2.2")


def test_staff_get_a_table_and_a_count_of_each_kind(rtesmail) -> None:
    told = rtesmail("feedback", "classify", str(SAMPLES / "postfix-unknown.eml"), str(SAMPLES / "arf-yahoo.eml")).stdout
    assert "hard bounce" in told
    assert "claude.vidal@ville.example" in told
    assert told.rstrip().endswith("2 messages.")


def test_it_speaks_french(rtesmail) -> None:
    told = rtesmail("feedback", "classify", str(SAMPLES / "arf-yahoo.eml"), LANGUAGE="fr").stdout
    assert "plainte" in told
    assert told.rstrip().endswith("1 message.")


def test_names_and_contents_made_to_break_a_terminal_do_not(rtesmail, tmp_path: Path) -> None:
    hostile = os.fsencode(tmp_path) + b"/\x1b[31m\xff\n.eml"
    with open(hostile, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write("From: a@b.example\nSubject: \x1b]0;x\x07 \u2028 \u202e ".encode() + b"\xed\xa0\x80\n\nx")
    for arguments in ([], ["--json"]):
        done = rtesmail("feedback", "classify", ".", *arguments)
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        assert not arguments or len(done.stdout.splitlines()) == 1


def test_a_path_that_is_not_there_is_named(rtesmail) -> None:
    done = rtesmail("feedback", "classify", "nowhere")
    assert done.returncode == 2
    assert "There is no file or folder nowhere." in done.stderr


def test_what_cannot_be_read_is_named_and_the_rest_told(rtesmail, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "human-thanks.eml", tmp_path)
    (tmp_path / "gone.eml").symlink_to(tmp_path / "missing")
    done = rtesmail("feedback", "classify", ".", "--json")
    assert done.returncode == 4
    assert "gone.eml could not be read" in done.stderr
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, bytes(range(256)) * 10])
def test_what_is_no_message_is_left_to_a_person(rtesmail, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert json.loads(rtesmail("feedback", "classify", "x", "--json").stdout)["kind"] == "unidentified"


def test_in_a_workspace_a_return_address_names_its_delivery_and_person(run, approved, workspace: Path) -> None:
    run("send", approved, "--list", "demo", "--transport", "boite")
    with sqlite3.connect(workspace / "lists" / "rtesmail.db") as store:
        delivery, email = store.execute("SELECT id, email FROM deliveries ORDER BY id LIMIT 1").fetchone()
    secret = (workspace / "lists" / "secret.key").read_bytes().strip()
    to = VerpMaker(secret, "retours@rtes.example").address_of(delivery)
    bounce = workspace / "bounce.eml"
    bounce.write_text(f"From: MAILER-DAEMON@mx.example\nTo: {to}\nSubject: Undeliverable\n\nUser unknown\n", "utf-8")
    told = run("feedback", "classify", str(bounce), "--json")
    assert (told["kind"], told["delivery"], told["recipients"]) == ("hard_bounce", delivery, [email])
    key = workspace / "lists" / "secret.key"
    key.write_bytes(b"another-secret-of-this-year\n" + key.read_bytes())
    assert run("feedback", "classify", str(bounce), "--json")["delivery"] == delivery
    bounce.write_text(bounce.read_text("utf-8").replace(f"+{delivery}-", f"+{delivery + 1}-"), "utf-8")
    forged = run("feedback", "classify", str(bounce), "--json")
    assert (forged["delivery"], forged["recipients"]) == (None, [])


def test_looking_makes_no_secret_and_no_database(rtesmail, demo_workspace: Path) -> None:
    rtesmail("feedback", "classify", str(SAMPLES / "arf-yahoo.eml"), cwd=demo_workspace)
    assert sorted(file.name for file in (demo_workspace / "lists").iterdir()) == ["sample.csv"]

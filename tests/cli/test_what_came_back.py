"""What came back, as staff see it: in a person's history, in the report, and how an address is restored."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rtesmail.delivery.tokens import Purpose, sign
from rtesmail.feedback.treating import treat_event
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind, FeedbackPolicy
from rtesmail.store.opening import open_store

WHO = "ines@ville.example"


@pytest.fixture
def house(rtesmail, demo_workspace: Path) -> Path:
    """A workspace with three people of whom one bounced yesterday, one may soon, and one's server blocks us."""
    (demo_workspace / "people.csv").write_text(
        "email;nom\nines@ville.example;Inès\nomar@ville.example;Omar\nlea@ville.example;Léa\n", "utf-8"
    )
    done = rtesmail("import", "people.csv", "--list", "demo", cwd=demo_workspace)
    assert done.returncode == 0, done.stderr
    now = datetime.now(UTC)
    store = open_store(demo_workspace / "lists" / "rtesmail.db")
    told = [(FeedbackKind.HARD_BOUNCE, WHO, 1, "550 unknown user")]
    told += [(FeedbackKind.MAILBOX_FULL, "omar@ville.example", days, "452 full") for days in (1, 2, 3)]
    told += [(FeedbackKind.BLOCKED, "lea@ville.example", 1, "554 your IP is on a list")]
    for number, (kind, address, days, words) in enumerate(told):
        event = FeedbackEvent(kind, address, "", "", now - timedelta(days=days), words)
        treat_event(store, event, identity=str(number), source="webhook: brevo", policy=FeedbackPolicy(), now=now)
    store.conn.close()
    return demo_workspace


def test_a_persons_history_says_what_came_back_and_what_was_done_and_why(rtesmail, house: Path) -> None:
    said = rtesmail("people", "show", WHO, cwd=house, COLUMNS="220").stdout
    assert "hard bounce: written to no more" in said
    assert "the address does not work; 550 unknown user; webhook: brevo" in said
    told = json.loads(rtesmail("people", "show", WHO, "--json", cwd=house).stdout)["history"]
    assert [(one["what"], one["decision"]) for one in told if one["kind"] == "feedback"] == [
        ("hard_bounce", "suppressed")
    ]


def test_a_reason_is_read_in_the_readers_language_whatever_wrote_it(rtesmail, house: Path) -> None:
    said = rtesmail("people", "show", WHO, cwd=house, COLUMNS="220", LANGUAGE="fr").stdout
    assert "l’adresse ne fonctionne pas" in said
    said = rtesmail("people", "show", "omar@ville.example", cwd=house, COLUMNS="220", LANGUAGE="fr").stdout
    assert "3 échecs passagers sur 5 admis, en 180 jours" in said
    made = rtesmail("privacy", "export", WHO, "--output", "ines.html", cwd=house, LANGUAGE="fr")
    assert made.returncode == 0, made.stderr
    page = (house / "ines.html").read_text("utf-8")
    assert "l’adresse ne fonctionne pas" in page
    assert "rejet définitif" in page


def test_an_address_is_restored_by_somebody_who_says_why(rtesmail, house: Path) -> None:
    refused = rtesmail("people", "resubscribe", WHO, "--source", "phone", cwd=house)
    assert "rtesmail people restore" in refused.stderr
    assert rtesmail("people", "restore", WHO, cwd=house).returncode == 2
    done = rtesmail("people", "restore", WHO, "--by", "Anne", "--reason", "wrote from it", cwd=house)
    assert done.returncode == 0, done.stderr
    said = rtesmail("people", "show", WHO, cwd=house, COLUMNS="220").stdout
    assert "the address works again" in said
    assert "wrote from it; decided by Anne" in said
    again = rtesmail("people", "restore", WHO, "--by", "Anne", "--reason", "x", "--json", cwd=house)
    assert json.loads(again.stdout)["changed"] is False
    rtesmail("people", "unsubscribe", WHO, cwd=house)
    refused = rtesmail("people", "restore", WHO, "--by", "Anne", "--reason", "x", cwd=house)
    assert refused.returncode == 3
    assert "people resubscribe" in refused.stderr


def test_the_report_tells_who_is_gone_who_may_go_and_who_blocks_us(rtesmail, house: Path) -> None:
    said = rtesmail("feedback", "report", cwd=house, COLUMNS="220").stdout
    gone, near, blocked = said.index("Written to no more:"), said.index("Near the limit of 5"), said.index("Blocked:")
    assert gone < said.rindex(WHO) < near < said.index("omar@ville.example") < blocked < said.index("554 your IP")
    told = json.loads(rtesmail("feedback", "report", "--days", "7", "--json", cwd=house).stdout)
    assert told["near"] == [{"address": "omar@ville.example", "failures": 3}]
    assert told["blocked"] == [{"domain": "ville.example", "number": 1, "words": ["554 your IP is on a list"]}]
    assert [line["address"] for line in told["suppressed"]] == [WHO]


def test_leaving_by_a_letters_unsubscribe_address_is_in_the_history_once(rtesmail, house: Path) -> None:
    text = (house / "rtesmail.toml").read_text("utf-8")
    (house / "rtesmail.toml").write_text(f"{text}\n[feedback]\nsoft_bounces = 4\n", "utf-8")
    rtesmail("feedback", "report", cwd=house)
    secret = b"0123456789abcdef0123456789abcdef"
    (house / "lists" / "secret.key").write_bytes(secret + b"\n")
    token = sign(secret, Purpose.UNSUBSCRIBE, 2, "demo")
    (house / "no.eml").write_text(f"From: x@autre.example\nSubject: unsubscribe {token}\n\n", "utf-8")
    for repeat in (False, True):
        told = json.loads(rtesmail("feedback", "read", "no.eml", "--json", cwd=house).stdout)
        (treatment,) = told["messages"][0]["treatments"]
        assert (treatment["decision"], treatment["repeat"]) == ("suppressed", repeat)
    history = json.loads(rtesmail("people", "show", "omar@ville.example", "--json", cwd=house).stdout)["history"]
    assert [one["what"] for one in history if one["decision"] == "suppressed"] == ["unsubscribe_request"]
    # Whoever comes back stays, though the old message lies in the file that is read again.
    rtesmail("people", "resubscribe", "omar@ville.example", "--source", "phone", cwd=house)
    rtesmail("feedback", "read", "no.eml", cwd=house)
    known = json.loads(rtesmail("people", "show", "omar@ville.example", "--json", cwd=house).stdout)
    assert known["status"] == "active"


@pytest.mark.parametrize("line", ["soft_bounces = 0", "soft_days = 'many'", "believe = 'all'", "hard = 1"])
def test_a_policy_that_makes_no_sense_is_told_with_its_line(rtesmail, demo_workspace: Path, line: str) -> None:
    toml = demo_workspace / "rtesmail.toml"
    text = toml.read_text("utf-8") + f"\n[feedback]\n{line}\n"
    toml.write_text(text, "utf-8")
    done = rtesmail("feedback", "report", cwd=demo_workspace)
    assert done.returncode == 4
    assert f"rtesmail.toml:{len(text.splitlines())}" in done.stderr
    assert "Traceback" not in done.stderr

"""Who asks gets all that is held on them and nothing on others; a colleague sees a person's whole history."""

import json
from datetime import timedelta

import pytest

from rtesmail.audience import consent
from rtesmail.audience.suppression import resubscribe, suppress
from rtesmail.delivery.resolving import Decision, decide
from rtesmail.model.consent import ConsentKind
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState
from rtesmail.privacy.erasure import erase_person
from rtesmail.privacy.handover import hand_over, handover_text
from rtesmail.privacy.history import history_of, lists_of
from rtesmail.privacy.leftovers import files_naming
from rtesmail.privacy.persons import find_person
from rtesmail.privacy.tables import personal_tables

from ..delivery.conftest import ISSUE, START, Post, Script

ADDRESS = "p003@example.org"


def test_everything_on_a_person_is_handed_over_and_nothing_on_others(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    consent.record(
        post.store, ADDRESS, ConsentKind.CONFIRMED, source="form", now=START, wording="Yes, monthly", ip="192.0.2.9"
    )
    script.behaviour = {ADDRESS: ["450 4.2.1 busy", "550 5.1.1 gone"]}
    post.send()
    post.watch.move(hours=1)
    post.send()
    decision = Decision(DeliveryState.REFUSED, DeliveryState.PENDING, "Une Collègue", (ADDRESS,))
    decide(post.store, post.workspace, ISSUE, "abonnes", decision, post.watch)
    suppress(post.store, ADDRESS, "bounced", source="550 5.1.1", now=START)
    handover = hand_over(post.store, "P003@example.org", now=START)
    assert {holding.table for holding in handover.holdings} == {
        "subscribers",
        "memberships",
        "suppressions",
        "consent_events",
        "deliveries",
        "delivery_history",
    }
    text = handover_text(handover, {"your rights": "…"})
    for value in (ADDRESS, "Personne 3", "abonnes", "Yes, monthly", "192.0.2.9", "busy", "gone", post.edition.subject):
        assert json.dumps(value, ensure_ascii=False)[1:-1] in text
    for other in ("p004", "Personne 4", "Une Collègue"):
        assert other not in text
    assert json.loads(text)["about"] == {"your rights": "…"}


def test_the_letters_of_other_people_in_a_call_are_not_handed_over(post: Post) -> None:
    post.send(limit=2)
    post.store.conn.execute(
        "INSERT INTO provider_calls (mailing_id, transport, idempotency_key, payload, deliveries, made_at, expires_at) "
        "VALUES (1, 'brevo', 'k', ?, '[3, 4]', '2025-04-03T07:00:00.000+00:00', '2025-04-03T07:12:00.000+00:00')",
        (b"p003@example.org p004@example.org",),
    )
    text = handover_text(hand_over(post.store, ADDRESS, now=START), {})
    assert "brevo" in text
    assert "p004" not in text


def test_what_a_person_reads_first_is_among_what_is_held() -> None:
    for table in personal_tables():
        assert set(table.readable) <= set(table.columns) | set(table.joined), table.name


def test_a_stranger_and_an_erased_person_are_told_apart_from_each_other(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="Nothing is held"):
        hand_over(post.store, "stranger@example.org", now=START)
    erase_person(post.store, post.workspace, ADDRESS, by="DPO", now=post.watch)
    with pytest.raises(RefusedError, match="was erased"):
        hand_over(post.store, ADDRESS, now=START)


def test_a_history_tells_in_order_what_was_said_sent_answered_and_decided(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    consent.record(post.store, ADDRESS, ConsentKind.REQUESTED, source="form", now=START, list_name="abonnes")
    consent.record(post.store, ADDRESS, ConsentKind.CONFIRMED, source="form", now=START + timedelta(minutes=1))
    post.watch.move(minutes=2)
    script.behaviour = {ADDRESS: ["450 4.2.1 busy", "550 5.1.1 gone"]}
    post.send()
    post.watch.move(hours=1)
    post.send()
    decision = Decision(DeliveryState.REFUSED, DeliveryState.PENDING, "Une Collègue", (ADDRESS,))
    decide(post.store, post.workspace, ISSUE, "abonnes", decision, post.watch)
    post.watch.move(hours=1)
    post.send()
    post.watch.move(hours=1)
    suppress(post.store, ADDRESS, "unsubscribed", source="a call", now=post.watch())
    post.watch.move(hours=1)
    resubscribe(post.store, ADDRESS, source="another call", wording="monthly", now=post.watch())
    post.watch.move(hours=1)
    suppress(post.store, ADDRESS, "complained", source="webhook", now=post.watch())
    person = find_person(post.store, ADDRESS)
    entries = history_of(post.store, person)
    assert [entry.what for entry in entries] == [
        "collected",
        "requested",
        "confirmed",
        "deferred",
        "refused",
        "pending",
        "accepted",
        "unsubscribed",
        "resubscribed",
        "unsubscribed",
        "complained",
    ]
    assert sorted(entry.at for entry in entries) == [entry.at for entry in entries]
    assert (entries[3].words, entries[4].code, entries[5].by) == ("4.2.1 busy", 550, "Une Collègue")
    assert entries[8].words == "another call; monthly"
    assert lists_of(post.store, person) == ("abonnes",)


def test_files_that_still_name_a_person_are_found_in_any_case_and_encoding(post: Post) -> None:
    root = post.workspace.root
    (root / "lists" / "old.csv").write_text("email\nP003@Example.org\n", encoding="utf-8")
    (root / "lists" / "excel.txt").write_text("p003@example.org", encoding="utf-16")
    (root / "lists" / "others.csv").write_text("p0033@example.org", encoding="utf-8")
    (root / "out").mkdir()
    (root / "out" / "1.eml").write_bytes(b"To: p003@example.org\r\n")
    found = files_naming(root, [ADDRESS], database=post.workspace.database)
    assert [path.name for path in found] == ["excel.txt", "old.csv", "1.eml"]

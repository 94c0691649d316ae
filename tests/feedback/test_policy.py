"""What comes back ends as the policy says: each kind, once, told to who asks."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from rtesmail.audience.restoring import restore
from rtesmail.audience.suppression import resubscribe, suppress
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.feedback import (
    Decision,
    FeedbackKind,
)
from rtesmail.privacy.erasure import erase_person
from rtesmail.privacy.history import EventKind, history_of
from rtesmail.privacy.persons import find_person

from ..delivery.conftest import START
from ..delivery.conftest import post as post
from .policy_house import FULL, HARD, SOFT, WHO, House, decisions
from .policy_house import house as house


@pytest.mark.parametrize(
    ("kind", "decision", "status"),
    [
        (HARD, "suppressed", "bounced"),
        (FeedbackKind.COMPLAINT, "suppressed", "complained"),
        (FeedbackKind.UNSUBSCRIBE_REQUEST, "suppressed", "unsubscribed"),
        (SOFT, "counted", "active"),
        (FULL, "counted", "active"),
        (FeedbackKind.BLOCKED, "alerted", "active"),
        (FeedbackKind.AUTO_REPLY, "noted", "active"),
        (FeedbackKind.CHALLENGE, "noted", "active"),
        (FeedbackKind.DELIVERED, "noted", "active"),
        (FeedbackKind.DEFERRED, "noted", "active"),
        (FeedbackKind.UNRELATED, "noted", "active"),
        (FeedbackKind.HUMAN_REPLY, "forward", "active"),
        (FeedbackKind.UNIDENTIFIED, "kept", "active"),
    ],
)
def test_each_kind_ends_as_the_policy_says(house: House, kind: FeedbackKind, decision: str, status: str) -> None:
    done = house.treat(kind, WHO, delivery=house.delivery(), diagnostic="550 no")
    assert decisions(done) == [(decision, WHO)]
    assert done[0].reason
    assert house.status() == status
    # Nobody else is touched.
    assert {house.status(f"p{number:03d}@example.org") for number in range(2, 11)} == {"active"}


@pytest.mark.parametrize(
    ("kind", "decision", "status"),
    [
        (HARD, "suppressed", "bounced"),
        (FeedbackKind.COMPLAINT, "suppressed", "complained"),
        (FeedbackKind.UNSUBSCRIBED, "suppressed", "unsubscribed"),
        (SOFT, "counted", "active"),
        (FULL, "counted", "active"),
        (FeedbackKind.BLOCKED, "alerted", "active"),
        (FeedbackKind.DELIVERED, "noted", "active"),
        (FeedbackKind.OTHER, "noted", "active"),
    ],
)
def test_a_providers_event_ends_as_the_same_policy_says(
    house: House, kind: FeedbackKind, decision: str, status: str
) -> None:
    assert house.tell(kind).decision.value == decision
    assert house.status() == status


def test_what_a_provider_tells_of_opening_and_arriving_is_not_kept(house: House) -> None:
    for kind in (FeedbackKind.OTHER, FeedbackKind.DELIVERED, FeedbackKind.DEFERRED):
        house.tell(kind)
    assert house.events() == 0


def test_a_providers_event_is_tied_to_its_delivery_by_our_message_id_or_by_its_own_number(house: House) -> None:
    row = house.post.reply_to("p002@example.org")
    house.tell(SOFT, "p002@example.org", message_id=row["message_id"])
    house.store.execute("UPDATE deliveries SET reply = 'queued as <abc-77@provider>' WHERE id = ?", (row["id"],))
    house.tell(FULL, "P002@example.org", provider_id="abc-77@provider", days=2)
    found = house.store.execute("SELECT delivery_id, email_key FROM feedback_events")
    assert [tuple(one) for one in found] == [(row["id"], "p002@example.org")] * 2


def test_the_same_thing_twice_changes_nothing(house: House) -> None:
    before = house.treat(SOFT, WHO, delivery=house.delivery(), identity="a" * 64)
    again = house.treat(SOFT, WHO, delivery=house.delivery(), identity="a" * 64, days=20)
    assert (before[0].is_repeat, again[0].is_repeat) == (False, True)
    assert again == (replace(before[0], is_repeat=True),)
    assert house.events() == 1
    assert [house.tell(HARD, identity="b" * 64).is_repeat for _time in range(2)] == [False, True]


def test_a_failure_is_counted_once_a_mailing_and_once_a_day(house: House) -> None:
    for days in (1, 2, 3, 4):
        house.treat(SOFT, WHO, delivery=house.delivery(), days=days)
    assert house.status() == "active", "one letter that is told of four times has failed once"
    for hours in range(4):
        house.tell(FULL, days=10 + hours / 24)
    assert house.status() == "active", "a day is counted once"
    house.tell(SOFT, days=12)
    assert house.status() == "bounced"


def test_failures_grow_old(house: House) -> None:
    for days in (0, 20, 40, 60, 80):
        assert house.tell(SOFT, days=days).decision is Decision.COUNTED
    assert house.tell(SOFT, days=81).decision is Decision.SUPPRESSED
    told = history_of(house.store, find_person(house.store, WHO))
    assert "3 failures of 3 that may pass, within 30 days" in [one.reason for one in told]


def test_who_is_suppressed_already_stays_so_for_the_heavier_reason(house: House) -> None:
    suppress(house.store, WHO, "unsubscribed", source="test", now=START)
    assert house.tell(HARD).decision is Decision.ALREADY
    assert house.status() == "unsubscribed"
    assert house.tell(FeedbackKind.COMPLAINT).decision is Decision.SUPPRESSED
    assert house.status() == "complained"


def test_a_bounce_older_than_a_persons_own_yes_is_history(house: House) -> None:
    suppress(house.store, WHO, "unsubscribed", source="test", now=START + timedelta(days=2))
    resubscribe(house.store, WHO, source="mail", wording="yes", now=START + timedelta(days=5))
    for kind in (HARD, FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBE_REQUEST):
        assert decisions(house.treat(kind, WHO, delivery=house.delivery(), days=4)) == [("noted", WHO)]
        # Without a moment it is as old as the letter that it is about.
    assert decisions(house.treat(HARD, WHO, delivery=house.delivery(), happened_at=None)) == [("noted", WHO)]
    assert house.status() == "active"
    assert decisions(house.treat(HARD, WHO, delivery=house.delivery(), days=6)) == [("suppressed", WHO)]


def test_a_no_by_mail_counts_for_a_subscribers_own_address_only(house: House) -> None:
    kind = FeedbackKind.UNSUBSCRIBE_REQUEST
    assert decisions(house.treat(kind, "stranger@example.net")) == [("kept", "")]
    assert decisions(house.treat(kind, "P004@example.org")) == [("suppressed", "p004@example.org")]
    assert decisions(house.treat(kind, "p004@example.org")) == [("already", "p004@example.org")]
    source = house.store.execute("SELECT source FROM consent_events WHERE event = 'unsubscribed'").fetchone()[0]
    assert "mailbox returns" in source
    assert "by a mail from their address" in source


def test_writing_back_is_a_contact_of_a_subscriber_once(house: House) -> None:
    for _time in range(2):
        done = house.treat(FeedbackKind.HUMAN_REPLY, WHO, identity="c" * 64)
        # Being read twice is not being handed on: who forwards knows that.
        assert [(one.decision, one.is_repeat) for one in done] == [(Decision.FORWARD, False)]
    house.treat(FeedbackKind.HUMAN_REPLY, "stranger@example.net")
    found = house.store.execute("SELECT email_key FROM consent_events WHERE event = 'replied'").fetchall()
    assert [row[0] for row in found] == [WHO]


def test_an_address_that_works_again_is_written_to_on_a_colleagues_word(house: House) -> None:
    for days in (1, 2, 3):
        house.tell(SOFT, days=days)
    assert house.status() == "bounced"
    at = START + timedelta(days=10)
    assert restore(house.store, "P001@Example.org", by="Anne", reason="wrote from it", now=at)
    assert house.status() == "active"
    assert house.suppressed() == set()
    assert decisions(house.treat(HARD, WHO, delivery=house.delivery(), days=9)) == [("noted", WHO)]
    house.tell(SOFT, days=11)
    house.tell(SOFT, days=12)
    assert house.status() == "active", "what was counted before counts no more"
    house.tell(SOFT, days=13)
    assert house.status() == "bounced"
    restored = [one for one in history_of(house.store, find_person(house.store, WHO)) if one.what == "restored"]
    assert [(one.by, one.reason, one.at) for one in restored] == [("Anne", "wrote from it", at)]


@pytest.mark.parametrize(
    ("reason", "hint"), [("unsubscribed", "people resubscribe"), ("complained", "another address")]
)
def test_no_colleague_restores_who_said_no(house: House, reason: str, hint: str) -> None:
    suppress(house.store, WHO, reason, source="test", now=START)
    with pytest.raises(RefusedError) as error:
        restore(house.store, WHO, by="Anne", reason="x", now=START)
    assert hint in error.value.hint
    assert house.status() == reason


def test_restoring_needs_somebody_who_answers_for_it(house: House) -> None:
    suppress(house.store, WHO, "bounced", source="test", now=START)
    for by, reason in (("", "x"), (" ", "x"), ("Anne", "\n")):
        with pytest.raises(WorkspaceError):
            restore(house.store, WHO, by=by, reason=reason, now=START)
    with pytest.raises(WorkspaceError):
        restore(house.store, "nobody@example.org", by="Anne", reason="x", now=START)
    assert house.status() == "bounced"
    assert restore(house.store, "p002@example.org", by="Anne", reason="x", now=START) is False


def test_an_erased_person_comes_back_by_nothing_and_leaves_no_words(house: House) -> None:
    number = house.delivery()
    said = f"550 <{WHO}> unknown"
    house.treat(HARD, WHO, delivery=number, identity="d" * 64, diagnostic=said)
    restore(house.store, WHO, by="Anne", reason=f"{WHO} wrote", now=START + timedelta(days=3))
    erase_person(house.store, house.post.workspace, WHO, by="Une Déléguée", now=lambda: START + timedelta(days=5))
    assert WHO not in "\n".join(house.store.conn.iterdump())
    assert [one.address for one in house.treat(HARD, WHO, delivery=number, identity="d" * 64)] == [""]
    for kind in (HARD, FeedbackKind.COMPLAINT, SOFT):
        house.treat(kind, WHO, delivery=number, diagnostic=said)
        house.treat(kind, WHO, diagnostic=said)
        house.tell(kind, WHO, words=said)
    assert WHO not in "\n".join(house.store.conn.iterdump())


def test_what_came_back_stays_as_it_was_written(house: House) -> None:
    import sqlite3

    house.treat(HARD, WHO, delivery=house.delivery())
    restore(house.store, WHO, by="Anne", reason="x", now=START + timedelta(days=3))
    for table in ("feedback_events", "restorations"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET email_key = 'x'"):
            with pytest.raises(sqlite3.IntegrityError):
                house.store.execute(statement)


def test_a_persons_history_tells_each_decision_with_its_reason(house: House) -> None:
    house.treat(SOFT, WHO, delivery=house.delivery(), status="4.2.0", diagnostic="450 try later\r\nplease")
    house.treat(HARD, WHO)
    told = [one for one in history_of(house.store, find_person(house.store, WHO)) if one.kind is EventKind.FEEDBACK]
    assert [(one.what, one.decision) for one in told] == [("soft_bounce", "counted"), ("hard_bounce", "kept")]
    assert told[0].about == house.post.edition.issue
    assert "450 try later please" in told[0].words
    assert all(one.reason for one in told)


@pytest.mark.parametrize("kind", [FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBE_REQUEST])
def test_a_colleagues_word_takes_back_no_no(house: House, kind: FeedbackKind) -> None:
    house.tell(HARD)
    restore(house.store, WHO, by="Anne", reason="x", now=START + timedelta(days=10))
    assert decisions(house.treat(kind, WHO, delivery=house.delivery(), days=5)) == [("suppressed", WHO)]
    assert house.status() != "active"

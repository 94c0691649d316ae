"""The database itself keeps the ledger's promises: illegal steps, doubles and losses are refused by it."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product

import pytest

from rtesmail.delivery import accounts, ledger, mailings
from rtesmail.model.errors import RefusedError, StoppedError
from rtesmail.model.mailing import DeliveryState, MailingState, Outcome, Recipient

from .conftest import Post, add_people, suppress

LEGAL = {
    ("pending", "sending"),
    ("pending", "skipped"),
    ("deferred", "sending"),
    ("deferred", "skipped"),
    ("deferred", "refused"),
    ("sending", "accepted"),
    ("sending", "deferred"),
    ("sending", "refused"),
    ("sending", "unknown"),
    ("sending", "pending"),
}

BY_A_PERSON = {("refused", "pending"), ("unknown", "pending"), ("unknown", "accepted")}


def begin(post: Post) -> int:
    mailing = mailings.begin(
        post.store,
        issue_id=post.edition.issue,
        list_name="abonnes",
        digest=post.edition.digest,
        now=post.watch(),
    )
    return mailing.id


def passage(mailing: int) -> ledger.Passage:
    return ledger.Passage(mailing, "test", lambda delivery: f"<{delivery}@example.org>")


def take(post: Post, mailing: int, size: int, outcomes: Sequence[Outcome] = ()) -> Sequence[Recipient]:
    """Settle, and claim for the rest of the world."""
    return ledger.turn(post.store, passage(mailing), outcomes, sizes={"": size}, now=post.watch())[""]


def force(post: Post, state: str) -> int:
    """Make a row in a state without passing by the steps before it."""
    number = post.store.conn.execute("SELECT MAX(id) FROM deliveries").fetchone()[0]
    row = post.store.conn.execute("SELECT * FROM deliveries WHERE id = ?", (number,)).fetchone()
    return int(
        post.store.conn.execute(
            "INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, state) "
            "VALUES (?, (SELECT MAX(id) FROM subscribers), ?, ?, '', '', ?) RETURNING id",
            (row["mailing_id"], f"{state}@example.org", f"{state}@example.org", state),
        ).fetchone()[0]
    )


@pytest.mark.parametrize(("before", "after"), list(product(DeliveryState, DeliveryState)))
def test_the_database_allows_the_ledgers_steps_and_no_other(
    post: Post, before: DeliveryState, after: DeliveryState
) -> None:
    begin(post)
    post.store.conn.execute(
        "INSERT INTO subscribers (email, email_key, created_at, updated_at) VALUES ('z@example.org', 'z', '', '')"
    )
    delivery = force(post, before.value)
    statement = "UPDATE deliveries SET state = ? WHERE id = ?"
    if before is after or (before.value, after.value) in LEGAL:
        post.store.conn.execute(statement, (after.value, delivery))
        return
    if (before.value, after.value) in BY_A_PERSON:
        with pytest.raises(sqlite3.IntegrityError, match="only a person"):
            post.store.conn.execute(statement, (after.value, delivery))
        post.store.conn.execute(
            "UPDATE deliveries SET state = ?, settled_by = 'Une Relectrice' WHERE id = ?", (after.value, delivery)
        )
        return
    with pytest.raises(sqlite3.IntegrityError, match="cannot take this step"):
        post.store.conn.execute(statement, (after.value, delivery))


def test_the_database_keeps_every_row_and_the_frozen_number(post: Post) -> None:
    begin(post)
    with pytest.raises(sqlite3.IntegrityError, match="forgets nobody"):
        post.store.conn.execute("DELETE FROM deliveries")
    with pytest.raises(sqlite3.IntegrityError, match="frozen"):
        post.store.conn.execute("UPDATE mailings SET audience = 3")


def test_the_database_refuses_a_person_twice_in_a_mailing(post: Post) -> None:
    begin(post)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        post.store.conn.execute(
            "INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation) "
            "SELECT mailing_id, subscriber_id, email, 'other', '', '' FROM deliveries LIMIT 1"
        )


def test_beginning_twice_gives_the_first_mailing(post: Post) -> None:
    assert begin(post) == begin(post)
    assert len(post.states()) == 10


def test_suppressed_members_are_not_frozen(post: Post) -> None:
    suppress(post.store, "p001@example.org")
    post.store.conn.execute("UPDATE subscribers SET status = 'bounced' WHERE email = 'p002@example.org'")
    begin(post)
    assert len(post.states()) == 8


def test_a_claim_is_on_disk_before_it_is_given(post: Post) -> None:
    mailing = begin(post)
    claimed = take(post, mailing, 4)
    other = sqlite3.connect(post.workspace.database)
    on_disk = other.execute("SELECT id, message_id FROM deliveries WHERE state = 'sending'").fetchall()
    other.close()
    assert [row[0] for row in on_disk] == [person.delivery for person in claimed]
    assert on_disk[0][1] == f"<{claimed[0].delivery}@example.org>"


def test_a_turn_settles_and_claims_together_or_not_at_all(post: Post) -> None:
    mailing = begin(post)
    first = take(post, mailing, 2)
    stranger = [Outcome(first[0].delivery, DeliveryState.ACCEPTED), Outcome(9, DeliveryState.ACCEPTED)]
    with pytest.raises(StoppedError, match=r"changed by somebody else.*: 1, 9"):
        take(post, mailing, 2, stranger)
    assert list(post.states().values()).count("sending") == 2


def test_rows_left_by_a_dead_run_become_unknown(post: Post) -> None:
    mailing = begin(post)
    take(post, mailing, 3)
    assert ledger.recover(post.store, mailing, now=post.watch()) == 3
    lines = accounts.who(post.store, mailing, DeliveryState.UNKNOWN)
    assert len(lines) == 3
    assert "interrupted" in lines[0].reply


def test_a_message_that_always_loses_its_line_waits_like_a_deferred_one(post: Post) -> None:
    mailing = begin(post)
    target = 0
    for _attempt in range(ledger.MOST_LOST_CONNECTIONS):
        post.store.conn.execute("UPDATE deliveries SET attempts = -1 WHERE id <> 1 AND state = 'pending'")
        claimed = take(post, mailing, 10)
        target = claimed[-1].delivery
        take(post, mailing, 0, [Outcome(person.delivery, DeliveryState.PENDING) for person in claimed])
    assert target == 1
    assert post.states()["p001@example.org"] == "deferred"


def test_cancelling_accounts_for_everybody_and_leaves_room_for_another(post: Post) -> None:
    post.send(limit=3)
    mailing = mailings.of_issue(post.store, post.edition.issue)[0]
    assert mailings.cancel(post.store, mailing.id, now=post.watch()) == 7
    assert mailings.get(post.store, mailing.id).state is MailingState.CANCELLED
    again = post.send()
    assert again.mailing.id != mailing.id
    assert (again.sent_now, again.totals.of(DeliveryState.SKIPPED)) == (7, 3)


def test_a_finished_mailing_cannot_be_cancelled(post: Post) -> None:
    report = post.send()
    with pytest.raises(RefusedError, match="nothing to cancel"):
        mailings.cancel(post.store, report.mailing.id, now=post.watch())


def test_a_locked_database_stops_with_plain_words(post: Post) -> None:
    post.store.conn.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(post.workspace.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoppedError, match="Another command is writing to the database") as stopped:
        post.send()
    assert "Wait until it is done" in stopped.value.hint
    other.execute("ROLLBACK")
    other.close()
    assert post.send().sent_now == 10


def test_a_read_only_database_stops_with_plain_words(post: Post) -> None:
    post.store.conn.execute("PRAGMA query_only = ON")
    with pytest.raises(StoppedError, match="readonly"):
        post.send()
    post.store.conn.execute("PRAGMA query_only = OFF")
    assert post.send().sent_now == 10


def test_a_full_disk_stops_and_the_run_goes_on_when_there_is_room(post: Post) -> None:
    add_people(post.store, 2000, start=11)
    pages = post.store.conn.execute("PRAGMA page_count").fetchone()[0]
    post.store.conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoppedError, match="full"):
        post.send()
    assert post.states() == {}
    post.store.conn.execute(f"PRAGMA max_page_count = {pages * 10}")
    assert post.send(limit=10).sent_now == 10


def test_each_attempt_through_a_transport_counts_once_for_the_pace(post: Post) -> None:
    add_people(post.store, 2, list_name="presse", start=20)
    begun = post.watch()
    over = begin(post)
    post.watch.move(hours=1)
    earlier = take(post, over, 10)
    done = [Outcome(one.delivery, DeliveryState.ACCEPTED) for one in earlier]
    take(post, over, 0, done)
    mailings.finish(post.store, over, now=post.watch())
    post.watch.move(hours=1)
    retried = mailings.begin(
        post.store, issue_id=post.edition.issue, list_name="presse", digest=post.edition.digest, now=post.watch()
    ).id
    first, second = take(post, retried, 2)
    settled = [Outcome(first.delivery, DeliveryState.PENDING), Outcome(second.delivery, DeliveryState.REFUSED)]
    post.watch.move(minutes=10)
    assert [one.delivery for one in take(post, retried, 1, settled)] == [first.delivery]
    hours = [(moment - begun).total_seconds() / 3600 for moment in since(post, hours=24)]
    assert hours == [*[1.0] * 10, 2.0, 2.0, 2.0 + 1 / 6]
    assert len(since(post, minutes=70)) == 13
    assert len(since(post, minutes=69)) == 3
    assert len(since(post, minutes=9)) == 1
    assert ledger.sent_since(post.store, "another", since=begun) == []


def since(post: Post, **length: float) -> list[datetime]:
    found = ledger.sent_since(post.store, "test", since=post.watch() - timedelta(**length))
    return sorted(moment for _group, moment in found)

"""A person decides about the unknown and the refused; the ledger keeps who did, and what was before."""

from datetime import timedelta
from threading import Timer

import pytest
from msgspec.structs import replace

from rtesmail.delivery.lock import sending_lock
from rtesmail.delivery.resolving import Decision, decide
from rtesmail.delivery.scheduling import schedule_mailing
from rtesmail.model.errors import RefusedError, StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, MailingState

from .conftest import ISSUE, Post, Script, count, suppress

ACCEPTED, PENDING, REFUSED, UNKNOWN = (
    DeliveryState.ACCEPTED,
    DeliveryState.PENDING,
    DeliveryState.REFUSED,
    DeliveryState.UNKNOWN,
)
ARRIVED = Decision(UNKNOWN, ACCEPTED, "Une Relectrice")


@pytest.fixture
def troubled(mailed: tuple[Post, Script]) -> tuple[Post, Script]:
    """A finished mailing: two people refused, one unknown."""
    post, script = mailed
    script.behaviour = {
        "p002@example.org": ["550 5.7.1 blocked"],
        "p003@example.org": ["550 5.1.1 no such person"],
        "p004@example.org": ["drop after the dot"],
    }
    assert post.send().mailing.state is MailingState.FINISHED
    return post, script


def decided(post: Post, decision: Decision) -> int:
    return decide(post.store, post.workspace, post.edition.issue, "abonnes", decision, post.watch)[1]


def test_an_unknown_message_called_accepted_is_not_sent_again(troubled: tuple[Post, Script]) -> None:
    post, script = troubled
    assert decided(post, ARRIVED) == 1
    assert post.send().was_finished
    assert post.states()["p004@example.org"] == "accepted"
    assert post.reply_to("p004@example.org")["settled_by"] == "Une Relectrice"
    assert script.copies()["p004@example.org"] == 1


def test_an_unknown_message_put_back_leaves_once_more(troubled: tuple[Post, Script]) -> None:
    post, script = troubled
    script.received.clear()
    assert decided(post, replace(ARRIVED, after=PENDING)) == 1
    assert count(post.send(), ACCEPTED) == 8
    assert script.copies() == {"p004@example.org": 1}


def test_the_refused_are_written_to_again_and_what_was_said_is_kept(troubled: tuple[Post, Script]) -> None:
    post, script = troubled
    assert decided(post, Decision(REFUSED, PENDING, "Une Relectrice")) == 2
    report = post.send()
    assert (report.sent_now, report.mailing.state) == (2, MailingState.FINISHED)
    rows = post.store.conn.execute("SELECT * FROM delivery_history WHERE delivery_id = 2 ORDER BY id").fetchall()
    assert [(row["state"], row["settled_by"]) for row in rows] == [("refused", ""), ("pending", "Une Relectrice")]
    assert (rows[0]["code"], rows[0]["enhanced"], rows[0]["reply"]) == (550, "5.7.1", "5.7.1 blocked")
    assert script.copies()["p002@example.org"] == 1


def test_who_said_no_in_between_is_not_written_to(troubled: tuple[Post, Script]) -> None:
    post, script = troubled
    suppress(post.store, "p002@example.org")
    decided(post, Decision(REFUSED, PENDING, "Une Relectrice"))
    post.send()
    assert post.states()["p002@example.org"] == "skipped"
    assert "p002@example.org" not in script.copies()


def test_one_person_can_be_decided_about_alone(troubled: tuple[Post, Script]) -> None:
    post, _script = troubled
    assert decided(post, Decision(REFUSED, PENDING, "Une Relectrice", ("P003@example.org",))) == 1
    assert (post.states()["p002@example.org"], post.states()["p003@example.org"]) == ("refused", "pending")


def test_an_address_in_another_state_changes_nothing(troubled: tuple[Post, Script]) -> None:
    post, _script = troubled
    before = post.states()
    with pytest.raises(RefusedError, match=r"p001@example\.org"):
        decided(post, replace(ARRIVED, addresses=("p004@example.org", "p001@example.org")))
    assert post.states() == before


def test_nobody_in_that_state_is_said(post: Post) -> None:
    post.send()
    with pytest.raises(RefusedError, match="Nobody in the mailing"):
        decided(post, ARRIVED)


def test_a_decision_needs_a_name_and_a_mailing(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="Who decides"):
        decided(post, replace(ARRIVED, by=" "))
    with pytest.raises(WorkspaceError, match="no begun mailing"):
        decided(post, ARRIVED)


@pytest.mark.parametrize("before", [UNKNOWN, REFUSED])
def test_nobody_is_put_back_once_the_deadline_is_past(mailed: tuple[Post, Script], before: DeliveryState) -> None:
    post, script = mailed
    script.behaviour = {"p002@example.org": ["550 5.7.1 blocked"], "p004@example.org": ["drop after the dot"]}
    deadline = post.watch() + timedelta(hours=1)
    schedule_mailing(post.store, post.workspace, ISSUE, "abonnes", at=post.watch(), not_after=deadline, now=post.watch)
    post.send()
    states = post.states()
    post.watch.move(hours=2)
    with pytest.raises(RefusedError, match=r"deadline of .* is past"):
        decided(post, Decision(before, PENDING, "Une Relectrice"))
    assert (post.states(), post.send().was_finished) == (states, True)
    assert decided(post, ARRIVED) == 1


def test_who_waits_again_shows_no_answer_of_the_attempt_before(troubled: tuple[Post, Script]) -> None:
    post, _script = troubled
    decided(post, Decision(REFUSED, PENDING, "Une Relectrice"))
    row = post.reply_to("p002@example.org")
    assert (row["code"], row["enhanced"], row["reply"], row["settled_by"]) == (None, "", "", "Une Relectrice")
    (kept,) = post.store.conn.execute("SELECT code, reply FROM delivery_history WHERE delivery_id = 2").fetchall()
    assert tuple(kept) == (550, "5.7.1 blocked")


def test_a_decision_waits_for_another_command_that_sends(troubled: tuple[Post, Script]) -> None:
    post, _script = troubled
    lock = sending_lock(post.workspace.database.parent)
    lock.__enter__()
    with pytest.raises(StoppedError, match="is sending"):
        decided(post, ARRIVED)
    release = Timer(0.3, lock.__exit__, (None, None, None))
    release.start()
    address = (post.store, post.workspace, post.edition.issue, "abonnes", ARRIVED, post.watch)
    assert decide(*address, wait_seconds=60)[1] == 1
    release.join()

"""Cron sends nothing unapproved, nothing twice, nothing later than its deadline."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rtesmail.delivery import mailings
from rtesmail.delivery.accounts import mailing_status
from rtesmail.delivery.approvals import approve
from rtesmail.delivery.lock import sending_lock
from rtesmail.delivery.scheduling import RunAction, RunLine, cancel_mailing, run_due, schedule_mailing
from rtesmail.model.edition import Edition
from rtesmail.model.errors import ContentError, RefusedError, StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState

from .conftest import START, Post, Script, make_edition


def plan(post: Post, hours: float = 1.0, until: float | None = 6.0) -> Mailing:
    return schedule_mailing(
        post.store,
        post.workspace,
        post.edition.issue,
        "abonnes",
        at=START + timedelta(hours=hours),
        not_after=None if until is None else START + timedelta(hours=until),
        now=post.watch,
    )


def run(post: Post, render: Callable[[str], Edition] | None = None) -> tuple[RunLine, ...]:
    return run_due(
        post.store,
        post.workspace,
        render=render or (lambda _issue: post.edition),
        transport_for=lambda _edition, _list: post.transport,
        now=post.watch,
    )


def state_of(post: Post) -> MailingState:
    return mailing_status(post.store, post.edition.issue)[0].mailing.state


def test_nothing_leaves_before_its_time_and_once_after_it(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    plan(post)
    assert run(post) == ()
    post.watch.move(hours=1)
    (line,) = run(post)
    assert (line.action, line.exit_code) == (RunAction.SENT, 0)
    assert "10 messages accepted in this run, 10 of 10 in all" in line.message
    assert run(post) == ()
    assert set(script.copies().values()) == {1}
    assert state_of(post) is MailingState.FINISHED


def test_the_unapproved_waits_and_is_reported_until_its_deadline(post: Post) -> None:
    post.edition = make_edition(subject="Corrigé")
    plan(post)
    post.watch.move(hours=2)
    (line,) = run(post)
    assert (line.action, line.exit_code) == (RunAction.WAITING, 3)
    assert "changed since Une Relectrice approved it" in line.message
    assert state_of(post) is MailingState.SCHEDULED
    approve(post.store, post.edition, by="Une Relectrice", now=post.watch())
    (line,) = run(post)
    assert line.action is RunAction.SENT


def test_a_late_run_sends_nothing(post: Post) -> None:
    plan(post)
    post.watch.move(hours=6, seconds=1)
    (line,) = run(post)
    assert (line.action, line.exit_code) == (RunAction.EXPIRED, 3)
    assert post.states() == {}
    assert state_of(post) is MailingState.EXPIRED
    assert run(post) == ()
    with pytest.raises(RefusedError, match="deadline"):
        post.send()


def test_an_expired_plan_can_be_made_again(post: Post) -> None:
    plan(post)
    post.watch.move(hours=7)
    run(post)
    plan(post, hours=8, until=9)
    post.watch.move(hours=1)
    (line,) = run(post)
    assert line.action is RunAction.SENT


def test_the_deadline_holds_in_the_middle_of_a_run(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    plan(post)
    post.watch.move(hours=1)

    def late(_address: str) -> None:
        if len(script.received) >= 4:
            post.watch.move(hours=6)

    script.before_storing = late
    (line,) = run(post)
    assert line.action is RunAction.EXPIRED
    # The fifth one moves the clock; at most two more were on the other connections.
    assert 5 <= len(script.received) <= 7
    status = mailing_status(post.store, post.edition.issue)[0]
    assert status.mailing.state is MailingState.EXPIRED
    assert status.totals.of(DeliveryState.SKIPPED) == 10 - len(script.received)
    assert status.totals.of(DeliveryState.ACCEPTED) == len(script.received)


def test_what_still_waits_at_the_deadline_is_skipped_with_the_reason(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p003@example.org"] = ["451 4.3.2 Later"] * 9
    plan(post)
    post.watch.move(hours=1)
    (line,) = run(post)
    assert (line.action, line.report is not None) == (RunAction.SENT, True)
    post.watch.move(hours=8)
    (line,) = run(post)
    assert line.action is RunAction.EXPIRED
    assert "1 person who still waited" in line.message
    assert post.reply_to("p003@example.org")["reply"] == "the deadline was past"


def test_a_begun_mailing_goes_on_with_its_own_edition_though_the_files_changed(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p003@example.org"] = ["451 4.3.2 Later"]
    plan(post)
    post.watch.move(hours=1)
    run(post)

    def unreadable(_issue: str) -> Edition:
        raise ContentError("the files are being edited", [])

    assert run(post, unreadable) == ()
    post.watch.move(minutes=16)
    (line,) = run(post, unreadable)
    assert line.action is RunAction.SENT
    assert set(script.copies().values()) == {1}
    assert state_of(post) is MailingState.FINISHED


def test_a_trouble_with_one_mailing_does_not_hold_up_the_others(post: Post) -> None:
    schedule_mailing(
        post.store, post.workspace, "2025-05-mensuelle", "abonnes", at=START, not_after=None, now=post.watch
    )
    plan(post, hours=0)

    def render(issue: str) -> Edition:
        if issue != post.edition.issue:
            raise ContentError("issue.toml has 2 mistakes", [], hint="Mend them.")
        return post.edition

    lines = run(post, render)
    assert [(line.action, line.exit_code) for line in lines] == [(RunAction.FAILED, 4), (RunAction.SENT, 0)]


def test_a_planned_mailing_to_a_list_that_has_gone_from_the_settings_says_so(post: Post) -> None:
    mailings.schedule(post.store, post.edition.issue, "partie", at=START, not_after=None, now=post.watch())
    (line,) = run(post)
    assert (line.action, line.message) == (RunAction.FAILED, "There is no list partie.")


def test_a_mailing_begun_by_hand_is_not_taken_over_by_cron(post: Post) -> None:
    post.send(limit=3)
    post.watch.move(days=1)
    assert run(post) == ()


def test_two_runs_at_once_do_not_share_a_mailing(post: Post) -> None:
    plan(post, hours=0)
    with sending_lock(post.workspace.database.parent), pytest.raises(StoppedError, match="Another process"):
        run(post)
    assert post.states() == {}


def test_a_failing_delivery_shows_in_the_exit_code(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p003@example.org"] = ["550 5.1.1 No"]
    plan(post, hours=0)
    (line,) = run(post)
    assert (line.action, line.exit_code) == (RunAction.SENT, 6)


def test_a_stopped_run_is_a_line_and_the_next_one_goes_on(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.sender_reply = "553 5.7.1 No"
    plan(post, hours=0)
    (line,) = run(post)
    assert (line.action, line.exit_code) == (RunAction.STOPPED, 5)
    script.sender_reply = ""
    (line,) = run(post)
    assert line.action is RunAction.SENT
    assert set(script.copies().values()) == {1}


@pytest.mark.parametrize(("hours", "until"), [(2.0, 1.0), (-3.0, -1.0)])
def test_a_deadline_that_makes_no_sense_is_refused(post: Post, hours: float, until: float) -> None:
    with pytest.raises(RefusedError, match="deadline"):
        plan(post, hours, until)


def test_a_begun_mailing_cannot_be_scheduled(post: Post) -> None:
    post.send(limit=1)
    with pytest.raises(RefusedError, match="already begun"):
        plan(post)


def test_an_unknown_list_is_told_when_scheduling(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="no list"):
        schedule_mailing(post.store, post.workspace, post.edition.issue, "nulle-part", at=START, not_after=None)


def test_a_cancelled_plan_is_not_sent(post: Post) -> None:
    plan(post, hours=0)
    mailing, skipped = cancel_mailing(post.store, post.workspace, post.edition.issue, "abonnes", now=post.watch)
    assert (mailing.state, skipped) == (MailingState.CANCELLED, 0)
    assert run(post) == ()
    with pytest.raises(WorkspaceError, match="no mailing"):
        cancel_mailing(post.store, post.workspace, post.edition.issue, "abonnes", now=post.watch)


def test_a_trial_by_hand_is_not_gone_on_with_by_cron(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.send(limit=3)
    post.watch.move(hours=1)
    assert run(post) == ()
    assert len(script.received) == 3


def test_who_a_server_put_off_in_a_sending_by_hand_is_tried_again_by_cron(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p003@example.org"] = ["451 4.3.2 Later"]
    report = post.send()
    assert report.totals.of(DeliveryState.DEFERRED) == 1
    assert run(post) == ()
    post.watch.move(hours=1)
    (line,) = run(post)
    assert (line.action, state_of(post)) == (RunAction.SENT, MailingState.FINISHED)
    assert set(script.copies().values()) == {1}
    assert len(script.copies()) == 10

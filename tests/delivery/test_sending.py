"""What is promised of a mailing: once each, nobody forgotten, whatever the server does."""

import pytest
from msgspec.structs import replace

from rtesmail.audience.departures import leave_list
from rtesmail.audience.imports import LONGEST_LIST_NAME
from rtesmail.delivery import accounts, ledger, mailings
from rtesmail.model.edition import EditionImage
from rtesmail.model.errors import RefusedError, StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.model.publication import TransportKind

from .conftest import ISSUE, Post, Script, add_people, count, free_port, make_edition, suppress

ACCEPTED, DEFERRED, REFUSED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED, DeliveryState.REFUSED
PENDING, UNKNOWN, SKIPPED = DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.SKIPPED


def assert_the_account_balances(post: Post) -> None:
    for row in post.store.conn.execute("SELECT id, audience FROM mailings WHERE audience IS NOT NULL").fetchall():
        totals = ledger.totals(post.store, row["id"])
        assert sum(totals.by_state.values()) == totals.audience == row["audience"]


def test_everybody_gets_the_approved_edition_once(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    report = post.send()
    assert count(report, ACCEPTED) == report.sent_now == report.totals.audience == 10
    assert report.mailing.state is MailingState.FINISHED
    assert script.copies() == {f"p{n:03d}@example.org": 1 for n in range(1, 11)}
    assert script.sessions == 3
    again = post.send()
    assert again.was_finished
    assert again.sent_now == 0
    assert len(script.received) == 10


def test_the_outbox_holds_one_file_per_person(post: Post) -> None:
    report = post.send()
    assert count(report, ACCEPTED) == 10
    files = sorted(post.transport.folder.iterdir()) if post.transport.folder else []
    assert [file.name for file in files] == [f"{n:08d}.eml" for n in range(1, 11)]


def test_an_unapproved_edition_is_refused_and_nobody_is_frozen(post: Post) -> None:
    post.edition = make_edition(issue="2025-05-mensuelle")
    with pytest.raises(RefusedError, match="is not approved") as refused:
        post.send()
    assert "rtesmail approve" in refused.value.hint
    assert mailings.of_issue(post.store, "2025-05-mensuelle") == ()


def test_an_edit_after_the_approval_says_whose_yes_it_voids(post: Post) -> None:
    post.edition = make_edition(subject="Tout autre chose")
    with pytest.raises(RefusedError, match=r"changed since Une Relectrice approved it on 3 April 2025 at 9:00\."):
        post.send()
    assert post.states() == {}


def test_an_unknown_list_names_the_known_ones(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="no list absents") as error:
        post.send(list_name="absents")
    assert "abonnes" in error.value.hint


def test_a_list_without_anybody_to_write_to_is_refused(post: Post) -> None:
    for n in range(1, 11):
        suppress(post.store, f"p{n:03d}@example.org")
    with pytest.raises(RefusedError, match="Nobody on the list"):
        post.send()
    assert mailings.of_issue(post.store, post.edition.issue) == ()


def test_a_limited_run_is_gone_on_with_by_the_next_one(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    first = post.send(limit=4)
    assert (first.sent_now, count(first, PENDING)) == (4, 6)
    assert first.mailing.state is MailingState.SENDING
    second = post.send()
    assert second.resumed
    assert second.sent_now == 6
    assert set(script.copies().values()) == {1}
    assert_the_account_balances(post)


def test_a_begun_mailing_goes_on_with_its_own_edition(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.send(limit=2)
    post.edition = make_edition(subject="Version corrigée trop tard")
    report = post.send()
    assert report.differs_from_files
    assert report.sent_now == 8
    assert not any("Version corrig" in content.decode() for _address, content in script.received)
    assert len({content.split(b"Subject:")[1].split(b"\r\nMIME")[0] for _address, content in script.received}) == 1


def test_resuming_needs_no_edition_from_the_files(post: Post) -> None:
    post.send(limit=2)
    assert post.send(edition=None).sent_now == 8


def test_who_joins_after_the_freeze_is_left_out_and_counted(post: Post) -> None:
    post.send(limit=2)
    add_people(post.store, 3, start=11)
    report = post.send()
    assert report.totals.audience == 10
    assert report.newcomers_left_out == 3


def test_who_leaves_one_second_before_their_turn_is_not_mailed(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    left = []

    def leave(_totals: object) -> None:
        if not left:
            left.append("p009@example.org")
            suppress(post.store, "p009@example.org", "complained")
            post.store.conn.execute("UPDATE subscribers SET status = 'erased' WHERE email = 'p010@example.org'")

    report = post.send(progress=leave)
    assert count(report, SKIPPED) == 2
    assert {"p009@example.org", "p010@example.org"}.isdisjoint(script.copies())
    assert post.reply_to("p009@example.org")["reply"] == "complained"
    assert_the_account_balances(post)


def test_a_person_on_two_lists_gets_an_issue_once(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    add_people(post.store, 6, list_name="elus", start=8)
    first = post.send()
    second = post.send(list_name="elus")
    assert count(second, SKIPPED) == 3
    assert count(second, ACCEPTED) == 3
    lines = accounts.who(post.store, second.mailing.id, SKIPPED)
    assert {line.reply for line in lines} == {f"already in mailing {first.mailing.id}"}
    assert set(script.copies().values()) == {1}
    assert_the_account_balances(post)


def test_a_temporary_no_is_tried_again_later_for_that_person_only(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p003@example.org"] = ["451 4.3.2 Come back later"] * 2
    report = post.send()
    assert (count(report, ACCEPTED), count(report, DEFERRED)) == (9, 1)
    assert report.mailing.state is MailingState.SENDING
    row = post.reply_to("p003@example.org")
    assert (row["code"], row["enhanced"], row["reply"]) == (451, "4.3.2", "4.3.2 Come back later")
    post.watch.move(minutes=14)
    assert post.send().sent_now == 0
    post.watch.move(minutes=2)
    assert count(post.send(), DEFERRED) == 1
    post.watch.move(minutes=61)
    last = post.send()
    assert last.sent_now == 1
    assert last.mailing.state is MailingState.FINISHED
    assert script.copies()["p003@example.org"] == 1


def test_a_temporary_no_for_three_days_is_a_refusal(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p003@example.org"] = ["450 4.2.1 Mailbox busy"] * 50
    post.send()
    for _attempt in range(40):
        post.watch.move(hours=4)
        report = post.send()
        if report.mailing.state is MailingState.FINISHED:
            break
    row = post.reply_to("p003@example.org")
    assert (row["state"], row["reply"]) == ("refused", "4.2.1 Mailbox busy")
    assert 5 <= row["attempts"] <= 12


@pytest.mark.parametrize("stage", ["", "dot "])
def test_a_permanent_no_keeps_the_servers_words(mailed: tuple[Post, Script], stage: str) -> None:
    post, script = mailed
    script.behaviour["p005@example.org"] = [f"{stage}550 5.1.1 No such user here"]
    report = post.send()
    assert (count(report, ACCEPTED), count(report, REFUSED)) == (9, 1)
    assert report.mailing.state is MailingState.FINISHED
    row = post.reply_to("p005@example.org")
    assert (row["code"], row["enhanced"], row["reply"]) == (550, "5.1.1", "5.1.1 No such user here")


def test_a_line_lost_before_the_dot_is_tried_again(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p004@example.org"] = ["drop before the dot"]
    report = post.send()
    assert count(report, ACCEPTED) == 10
    assert script.copies()["p004@example.org"] == 1
    assert post.reply_to("p004@example.org")["attempts"] == 2


def test_a_line_lost_in_the_middle_of_a_large_message_is_tried_again(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.edition = make_edition(images=(EditionImage("photo", "image/png", bytes(12_000_000)),))
    post.approve()
    script.behaviour["p004@example.org"] = ["drop in the middle"]
    add_people(post.store, 1, list_name="une", start=4)
    report = post.send(list_name="une")
    assert (count(report, ACCEPTED), count(report, UNKNOWN)) == (1, 0)
    assert script.copies() == {"p004@example.org": 1}
    assert post.reply_to("p004@example.org")["attempts"] == 2


def test_a_line_lost_after_the_dot_is_unknown_and_never_sent_again(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p004@example.org"] = ["drop after the dot"]
    report = post.send()
    assert (count(report, ACCEPTED), count(report, UNKNOWN)) == (9, 1)
    assert script.stored_then_dropped == ["p004@example.org"]
    post.watch.move(days=1)
    post.send()
    assert set(script.copies().values()) == {1}
    assert len(script.received) == 10
    assert_the_account_balances(post)


@pytest.mark.parametrize("reply", ["421 4.7.0 Too many messages, closing", "dot 421 4.3.0 Shutting down"])
def test_a_closing_server_leaves_the_message_waiting(mailed: tuple[Post, Script], reply: str) -> None:
    post, script = mailed
    script.behaviour["p002@example.org"] = [reply]
    report = post.send()
    assert count(report, ACCEPTED) == 10
    assert set(script.copies().values()) == {1}
    # The place of the connection that was sent away rests: no fourth one is opened in this short run.
    assert script.sessions == 3


def test_a_slow_server_is_waited_for(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["p002@example.org"] = ["slow"]
    assert count(post.send(), ACCEPTED) == 10


def test_a_refused_sender_stops_the_run_with_the_servers_words(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.sender_reply = "553 5.7.1 Not your address"
    with pytest.raises(StoppedError, match=r"refuses the sender lettre@rtes.example: 553 5.7.1 Not your address"):
        post.send()
    assert set(post.states().values()) == {"pending"}
    script.sender_reply = ""
    assert count(post.send(), ACCEPTED) == 10


def test_twenty_failures_in_a_row_stop_the_run(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    add_people(post.store, 40, start=11)
    for n in range(1, 51):
        script.behaviour[f"p{n:03d}@example.org"] = ["550 5.7.1 You are on our black list"]
    with pytest.raises(StoppedError, match=r"failures in a row; the last one: 550 5\.7\.1 You are on our black list"):
        post.send()
    states = list(post.states().values())
    assert 20 <= states.count("refused") <= 22
    script.behaviour.clear()
    report = post.send()
    assert count(report, ACCEPTED) + count(report, REFUSED) == 50


def test_without_a_server_nothing_is_lost(post: Post) -> None:
    away = replace(post.transport, kind=TransportKind.SMTP, host="127.0.0.1", port=free_port())
    with pytest.raises(StoppedError, match="cannot be reached"):
        post.send(transport=away)
    assert set(post.states().values()) == {"pending"}
    assert count(post.send(), ACCEPTED) == 10


def test_a_person_with_an_impossible_address_is_refused_and_the_others_served(post: Post) -> None:
    post.store.conn.execute("UPDATE subscribers SET email = 'a@b.example> SIZE=1' WHERE id = 2")
    report = post.send()
    assert (count(report, ACCEPTED), count(report, REFUSED)) == (9, 1)


def test_an_accented_local_part_needs_a_server_that_takes_it(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.store.conn.execute("UPDATE subscribers SET email = 'hélène@example.org' WHERE id = 2")
    post.store.conn.execute("UPDATE subscribers SET email = 'helene@réseau.example' WHERE id = 3")
    report = post.send()
    assert (count(report, ACCEPTED), count(report, REFUSED)) == (9, 1)
    assert "accents" in post.reply_to("hélène@example.org")["reply"]
    assert script.copies()["helene@xn--rseau-bsa.example"] == 1


def test_an_altered_stored_edition_is_never_sent(post: Post) -> None:
    post.send(limit=1)
    post.store.conn.execute("UPDATE editions SET text = 'autre chose'")
    with pytest.raises(WorkspaceError, match="was altered"):
        post.send()


def test_sums_equal_the_audience_after_any_mixture(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour.update(
        {
            "p001@example.org": ["drop after the dot"],
            "p002@example.org": ["550 5.1.1 No"],
            "p003@example.org": ["450 4.2.0 Later"],
            "p004@example.org": ["drop before the dot"],
            "p005@example.org": ["dot 452 4.2.2 Full"],
        }
    )
    suppress(post.store, "p010@example.org")
    report = post.send()
    assert report.totals.audience == 9
    assert (count(report, UNKNOWN), count(report, REFUSED), count(report, DEFERRED)) == (1, 1, 2)
    assert_the_account_balances(post)


def test_the_longest_list_name_leaves_every_line_within_its_998_characters(post: Post) -> None:
    name = "𝓁" * LONGEST_LIST_NAME
    add_people(post.store, 1, list_name=name)
    post.send(list_name=name)
    assert post.transport.folder is not None
    (letter,) = post.transport.folder.glob("*.eml")
    lines = letter.read_bytes().split(b"\r\n")
    assert any(line.startswith(b"List-Unsubscribe: <https://") and len(line) > 500 for line in lines)
    assert max(map(len, lines)) <= 998


def test_going_on_begins_nothing_even_when_all_is_ready(post: Post) -> None:
    for _twice in range(2):
        with pytest.raises(RefusedError, match="not begun yet"):
            post.send(begins=False)
        mailings.schedule(post.store, ISSUE, "abonnes", at=post.watch(), not_after=None, now=post.watch())
    assert post.states() == {}
    post.send(limit=1)
    assert count(post.send(begins=False), ACCEPTED) == 10


def test_who_leaves_the_list_during_the_mailing_is_skipped_and_others_lists_do_not_matter(post: Post) -> None:
    add_people(post.store, 2, list_name="invites")
    post.send(limit=3)
    last, before_last = 10, 9
    assert leave_list(post.store, last, "abonnes", source="a link", now=post.watch())
    assert not leave_list(post.store, before_last, "invites", source="a link", now=post.watch())
    assert leave_list(post.store, 2, "invites", source="a link", now=post.watch())
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 9
    assert post.states()["p010@example.org"] == "skipped"
    assert post.reply_to("p010@example.org")["reply"] == "left this list"

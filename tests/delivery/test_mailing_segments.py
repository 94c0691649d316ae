"""A mailing to a segment: those of a list whom it asks for, nobody twice, and as it was when planned."""

import sqlite3
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parseaddr

import pytest

from rtesmail.delivery import audiences, mailings
from rtesmail.delivery.planning import plan_mailing
from rtesmail.delivery.scheduling import RunAction, RunLine, cancel_mailing, run_due, schedule_mailing
from rtesmail.delivery.targets import part_of
from rtesmail.model.errors import ContentError, RefusedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, MailingState

from .conftest import ISSUE, Post, add_people, count, suppress

SEGMENTS = """
[regions]
expression = 'level == "région"'

[occitanie]
expression = 'region == "Occitanie"'

[en-mandat]
expression = 'mandate_end >= today'

[personne]
expression = 'role == "maire"'
"""


def write_segments(post: Post, text: str = SEGMENTS) -> None:
    (post.workspace.root / "lists" / "segments.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def house(post: Post) -> Post:
    """Ten people: 1 to 4 work for a région, 3 to 6 in Occitanie."""
    write_segments(post)
    post.store.conn.execute("UPDATE subscribers SET level = 'région' WHERE id <= 4")
    post.store.conn.execute("UPDATE subscribers SET region = 'Occitanie' WHERE id BETWEEN 3 AND 6")
    return post


def letters(post: Post) -> list[str]:
    """Whom the letters in the outbox are for, in order."""
    assert post.transport.folder is not None
    found = [message_from_bytes(path.read_bytes())["To"] for path in post.transport.folder.glob("*.eml")]
    return sorted(parseaddr(to)[1] for to in found)


def people(first: int, last: int) -> list[str]:
    return [f"p{number:03d}@example.org" for number in range(first, last + 1)]


def plan(post: Post, segment: str, list_name: str = "abonnes") -> None:
    now = post.watch()
    schedule_mailing(
        post.store,
        post.workspace,
        ISSUE,
        list_name,
        at=now + timedelta(hours=1),
        not_after=now + timedelta(hours=3),
        part=part_of(post.workspace, segment, now),
        now=post.watch,
    )


def run(post: Post) -> tuple[RunLine, ...]:
    return run_due(
        post.store,
        post.workspace,
        render=lambda _issue: post.edition,
        transport_for=lambda _edition, _list: post.transport,
        now=post.watch,
    )


def test_only_those_of_the_list_whom_the_segment_asks_for_get_it(house: Post) -> None:
    suppress(house.store, "p002@example.org")
    add_people(house.store, 1, list_name="presse", start=11)
    house.store.conn.execute("UPDATE subscribers SET level = 'région' WHERE id = 11")
    report = house.send(segment="regions")
    assert (report.mailing.segment, report.mailing.condition) == ("regions", 'level == "région"')
    assert report.mailing.state is MailingState.FINISHED
    assert letters(house) == ["p001@example.org", "p003@example.org", "p004@example.org"]


def test_two_overlapping_segments_and_then_the_whole_list_reach_each_person_once(house: Post) -> None:
    assert house.send(segment="regions").sent_now == 4
    second = house.send(segment="occitanie")
    assert (second.sent_now, count(second, DeliveryState.SKIPPED)) == (2, 2)
    whole = house.send()
    assert (whole.sent_now, count(whole, DeliveryState.SKIPPED)) == (4, 6)
    assert letters(house) == people(1, 10)
    assert len({mailing.id for mailing in mailings.of_issue(house.store, ISSUE)}) == 3


def test_mailings_of_one_issue_under_way_at_once_share_nobody(house: Post) -> None:
    house.send(segment="regions", limit=1)
    house.send(segment="occitanie", limit=1)
    house.send(limit=1)
    for segment in ("", "occitanie", "regions"):
        assert house.send(segment=segment, begins=False).mailing.state is MailingState.FINISHED
    assert letters(house) == people(1, 10)


def test_the_same_segment_asked_for_again_goes_on_with_the_first_mailing(house: Post) -> None:
    first = house.send(segment="regions", limit=1)
    again = house.send(segment="regions")
    assert again.mailing.id == first.mailing.id
    assert again.resumed
    assert house.send(segment="regions").was_finished


def test_who_forgets_the_segment_when_going_on_is_not_led_to_the_whole_list(house: Post) -> None:
    house.send(segment="regions", limit=1)
    with pytest.raises(RefusedError, match="nothing was sent") as told:
        house.send(begins=False)
    assert told.value.hint == "Under way are: --list abonnes --segment regions"


def test_a_begun_mailing_keeps_its_people_and_its_condition(house: Post) -> None:
    house.send(segment="regions", limit=1)
    house.store.conn.execute("UPDATE subscribers SET level = '' WHERE id = 4")
    write_segments(house, "[regions]\nexpression = 'region == \"Occitanie\"'\n")
    assert house.send(segment="regions").mailing.condition == 'level == "région"'
    (house.workspace.root / "lists" / "segments.toml").unlink()
    assert house.send(segment="regions").was_finished
    assert letters(house) == people(1, 4)
    with pytest.raises(sqlite3.IntegrityError, match="keeps its segment"):
        house.store.conn.execute("UPDATE mailings SET condition = 'role == \"\"'")
    with pytest.raises(sqlite3.IntegrityError, match="keeps its segment"):
        house.store.conn.execute("UPDATE mailings SET segment = 'occitanie'")


def test_who_comes_to_the_segment_after_the_start_is_told_and_left_out(house: Post) -> None:
    house.send(segment="regions", limit=1)
    add_people(house.store, 2, start=11)
    house.store.conn.execute("UPDATE subscribers SET level = 'région' WHERE id = 11")
    assert house.send(segment="regions").newcomers_left_out == 1
    assert letters(house) == people(1, 4)


def test_a_planned_mailing_whose_segment_changed_is_refused_and_the_others_go_on(house: Post) -> None:
    for segment in ("regions", "occitanie", "personne"):
        plan(house, segment)
    changed = SEGMENTS.replace('"Occitanie"', '"Bretagne"').replace("[personne]", "[quelqu-un]")
    write_segments(house, changed)
    house.watch.move(hours=1)
    lines = {line.segment: line for line in run(house)}
    assert lines["regions"].action is RunAction.SENT
    assert lines["occitanie"].action is RunAction.FAILED
    assert 'asked for region == "Occitanie"' in lines["occitanie"].message
    assert "Plan it again" in lines["occitanie"].hint
    assert "is gone" in lines["personne"].message
    assert (lines["occitanie"].exit_code, lines["personne"].exit_code) == (3, 3)
    assert letters(house) == people(1, 4)
    with pytest.raises(RefusedError, match="asked for"):
        house.send(segment="occitanie")


def test_a_mailing_planned_again_takes_the_segment_as_it_now_is(house: Post) -> None:
    plan(house, "occitanie")
    write_segments(house, "[occitanie]\nexpression = 'level == \"région\"'\n")
    plan(house, "occitanie")
    house.watch.move(hours=1)
    (line,) = run(house)
    assert line.action is RunAction.SENT
    assert letters(house) == people(1, 4)


def test_a_planned_mailing_whose_segments_file_has_mistakes_does_not_hold_up_the_others(house: Post) -> None:
    plan(house, "regions")
    plan(house, "")
    write_segments(house, "[regions]\nexpression = 'level ='\n")
    house.watch.move(hours=1)
    lines = {line.segment: line.action for line in run(house)}
    assert lines == {"regions": RunAction.FAILED, "": RunAction.SENT}


def test_today_is_the_local_day_of_the_freeze(house: Post) -> None:
    house.store.conn.execute("UPDATE subscribers SET mandate_ends_on = '2025-04-03' WHERE id = 1")
    house.store.conn.execute("UPDATE subscribers SET mandate_ends_on = '2025-04-04' WHERE id = 2")
    # In Paris it is the 4th already.
    house.watch.moment = datetime(2025, 4, 3, 22, 30, tzinfo=UTC)
    house.send(segment="en-mandat")
    assert letters(house) == ["p002@example.org"]


def test_what_is_foreseen_is_what_is_frozen(house: Post) -> None:
    suppress(house.store, "p001@example.org")
    house.send(segment="occitanie")
    part = part_of(house.workspace, "regions", house.watch())
    found, held = audiences.foresee(house.store, ISSUE, "abonnes", part=part)
    assert [person.email for person in found] == ["p002@example.org"]
    assert held == {"unsubscribed": 1, "not in the segment regions": 6, "already in mailing 1": 2}
    assert house.send(segment="regions").sent_now == 1


def test_a_plan_tells_values_that_nobody_has(house: Post) -> None:
    found = plan_mailing(
        house.store, house.workspace, ISSUE, "abonnes", house.edition, house.transport, segment="personne"
    )
    assert found.would_get == 0
    assert len(found.notes) == 1
    assert "maire" in found.notes[0]


def test_a_segment_without_people_is_refused_as_an_empty_list_is(house: Post) -> None:
    with pytest.raises(RefusedError, match="the segment personne asks for can be written to"):
        house.send(segment="personne")
    assert mailings.of_issue(house.store, ISSUE) == ()


def test_an_unknown_segment_names_the_one_that_was_meant(house: Post) -> None:
    with pytest.raises(WorkspaceError, match="no segment “region”") as told:
        house.send(segment="region")
    assert "regions" in told.value.hint
    write_segments(house, "[regions]\nexpression = 'level =='\n")
    with pytest.raises(ContentError):
        house.send(segment="regions")
    assert mailings.of_issue(house.store, ISSUE) == ()


def test_cancelling_one_segments_mailing_leaves_the_others(house: Post) -> None:
    plan(house, "regions")
    plan(house, "occitanie")
    cancelled, _left_out = cancel_mailing(house.store, house.workspace, ISSUE, "abonnes", segment="regions")
    assert cancelled.segment == "regions"
    assert mailings.find(house.store, ISSUE, "abonnes", "occitanie") is not None
    with pytest.raises(WorkspaceError, match=f"no mailing of {ISSUE} to abonnes"):
        cancel_mailing(house.store, house.workspace, ISSUE, "abonnes")

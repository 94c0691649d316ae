"""The forecast says what a run at that pace would live through."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtesmail.delivery.forecast import foretell
from rtesmail.delivery.pace import Pace
from rtesmail.delivery.planning import plan_mailing
from rtesmail.model.publication import DomainPace, Limits, PaceSettings, WarmUp

from .conftest import START, Post

PARIS = ZoneInfo("Europe/Paris")
numbers = st.one_of(st.just(0), st.integers(1, 9))
limits = st.builds(Limits, per_second=numbers, per_minute=numbers, per_hour=numbers)


def lived(pace_settings: PaceSettings, counts: dict[str, int]) -> datetime:
    """Send one at a time, whenever it may be, and give when the last one left."""
    pace = Pace(pace_settings, zone=PARIS)
    left, now, last = dict(counts), START, START
    while any(left.values()):
        waiting = [group for group, number in left.items() if number]
        sizes = pace.allot(now, 1, {}, waiting)
        if not sizes:
            now = pace.next_at(waiting, now)
            continue
        (group,) = sizes
        pace.record(group, now)
        left[group] -= 1
        last = now
    return last


@settings(max_examples=80, deadline=None)
@given(whole=limits, own=limits, many=st.integers(0, 60), few=st.integers(0, 40))
def test_the_last_message_leaves_when_it_was_said(whole: Limits, own: Limits, many: int, few: int) -> None:
    pace = PaceSettings(whole, (DomainPace("orange", ("orange.example",), own),))
    said = foretell(pace, PARIS, {"orange": few, "": many}, START)
    if said.last_at is not None:
        assert said.last_at == lived(pace, {"orange": few, "": many})


def test_without_limits_only_the_server_decides() -> None:
    said = foretell(PaceSettings(), PARIS, {"": 1000}, START)
    assert (said.first_at, said.last_at) == (START, None)


def test_a_warm_up_takes_the_days_that_it_takes() -> None:
    pace = PaceSettings(warm_up=WarmUp(START.date(), 100, 2.0))
    said = foretell(pace, PARIS, {"": 650}, START)
    assert said.last_at is not None
    # 100, then 200, then 350 of the third day's 400.
    assert said.last_at.astimezone(PARIS).date() == START.date() + timedelta(days=2)


@pytest.mark.parametrize("people", [1_000_000])
def test_a_million_people_are_foretold_to_the_message(people: int) -> None:
    pace = PaceSettings(Limits(per_second=30, per_hour=50_000))
    said = foretell(pace, PARIS, {"": people}, START)
    # Twenty windows of an hour: the last one begins after nineteen hours and ends within what 30 a second need.
    last_window = START + timedelta(hours=19)
    assert said.last_at == last_window + timedelta(seconds=(50_000 - 1) // 30)


def test_a_plan_says_when_the_last_one_would_leave(post: Post) -> None:
    from dataclasses import replace

    paced = replace(post.transport, pace=PaceSettings(Limits(per_hour=4)))
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, paced, now=post.watch)
    assert plan.last_at == START + timedelta(hours=2)
    free = plan_mailing(
        post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport, now=post.watch
    )
    assert free.last_at is None

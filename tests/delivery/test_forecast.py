"""The forecast says what a run at that pace would live through."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.pacing.forecast import foretell
from rtesmail.delivery.pacing.pace import Pace
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


@settings(max_examples=80)
@given(whole=limits, own=limits, many=st.integers(0, 60), few=st.integers(0, 40))
def test_the_last_message_leaves_when_it_was_said(whole: Limits, own: Limits, many: int, few: int) -> None:
    pace = PaceSettings(whole, (DomainPace("orange", ("orange.example",), own),))
    said = foretell(pace, PARIS, {"orange": few, "": many}, START)
    if said.last_at is not None:
        assert said.last_at == lived(pace, {"orange": few, "": many})


def lived_by_group(pace_settings: PaceSettings, counts: dict[str, int], now: datetime) -> dict[str, datetime]:
    """Send all who may leave at a time, to the end, and give when the last one of each group left."""
    pace = Pace(pace_settings, zone=PARIS)
    left, last = {group: number for group, number in counts.items() if number}, {}
    waiting = list(left)
    while left:
        sizes = pace.allot(now, sum(left.values()), {}, waiting)
        if not sizes:
            now = pace.next_at(left, now)
            waiting = list(left)
            continue
        for group, size in sizes.items():
            number = min(size, left[group])
            pace.record(group, now, number)
            left[group] -= number
            last[group] = now
        waiting = [group for group in waiting if left[group]]
        left = {group: number for group, number in left.items() if number}
    return last


many = st.integers(0, 1500)
nights = st.sampled_from([None, (time(20), time(7, 30)), (time(2, 30), time(4)), (time(12), time(13))])
warm_ups = st.sampled_from([None, WarmUp(date(2026, 3, 28), 150, 1.3), WarmUp(date(2026, 10, 20), 40, 1.0)])


@settings(max_examples=60)
@given(
    whole=limits,
    orange=limits,
    free=limits,
    counts=st.fixed_dictionaries({"orange": many, "free": many, "": many}),
    night=nights,
    warm_up=warm_ups,
    start=st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 30), timezones=st.just(PARIS)),
)
def test_what_is_skipped_because_it_repeats_changes_nothing(
    whole: Limits,
    orange: Limits,
    free: Limits,
    counts: dict[str, int],
    night: tuple[time, time] | None,
    warm_up: WarmUp | None,
    start: datetime,
) -> None:
    groups = (DomainPace("orange", ("orange.example",), orange), DomainPace("free", ("free.example",), free))
    pace = PaceSettings(replace(whole, per_second=max(1, whole.per_second)), groups, warm_up, night)
    assert foretell(pace, PARIS, counts, start).last_at_of == lived_by_group(pace, counts, start)


def test_a_warm_up_day_that_fills_up_ends_at_midnight() -> None:
    pace = PaceSettings(Limits(per_second=1, per_hour=3000), warm_up=WarmUp(date(2026, 3, 28), 150, 1.3))
    said = foretell(pace, PARIS, {"": 525}, datetime(2026, 3, 27, tzinfo=PARIS))
    assert said.last_at == datetime(2026, 3, 30, 0, 0, 29, tzinfo=PARIS)


def test_a_run_over_a_change_of_clocks_rests_at_the_same_hours() -> None:
    pace = PaceSettings(Limits(per_second=1), quiet_hours=(time(20), time(7, 30)))
    start = datetime(2026, 3, 27, 7, 30, tzinfo=PARIS)
    said = foretell(pace, PARIS, {"": 4 * 45_000}, start)
    assert said.last_at == datetime(2026, 3, 30, 19, 59, 59, tzinfo=PARIS)


def test_what_left_before_takes_up_its_windows() -> None:
    pace = PaceSettings(Limits(per_hour=10))
    past = [("", START - timedelta(minutes=15))] * 4
    said = foretell(pace, PARIS, {"": 12}, START, past)
    assert (said.first_at, said.last_at) == (START, START + timedelta(hours=1))


def test_a_group_without_limits_leaves_as_fast_as_the_server_takes_it() -> None:
    pace = PaceSettings(groups=(DomainPace("orange", ("orange.example",), Limits(per_minute=10)),))
    said = foretell(pace, PARIS, {"orange": 25, "": 1_000_000}, START)
    assert said.last_at_of == {"orange": START + timedelta(minutes=2), "": None}
    assert said.last_at == START + timedelta(minutes=2)


def test_quiet_hours_alone_put_off_the_first_message_only() -> None:
    pace = PaceSettings(Limits(connections=3), quiet_hours=(time(6), time(10)))
    said = foretell(pace, PARIS, {"": 1_000_000}, START)
    assert (said.first_at, said.last_at) == (datetime(2025, 4, 3, 10, tzinfo=PARIS), None)


def test_nobody_to_write_to_has_no_times() -> None:
    said = foretell(PaceSettings(Limits(per_hour=1)), PARIS, {"": 0}, START)
    assert (said.first_at, said.last_at) == (None, None)


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
    paced = replace(post.transport, pace=PaceSettings(Limits(per_hour=4)))
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, paced, now=post.watch)
    assert plan.last_at == START + timedelta(hours=2)
    free = plan_mailing(
        post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport, now=post.watch
    )
    assert free.last_at is None

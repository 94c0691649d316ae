"""Never more in a window than its number, never a wait without a reason, and rest at night."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.clock import utc_now
from rtesmail.delivery.pacing.pace import Grouping, Pace, memory_of
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import DomainPace, Limits, PaceSettings, WarmUp

from .conftest import START, Post, Served, add_people, count

PARIS = ZoneInfo("Europe/Paris")
MICROSECOND = timedelta(microseconds=1)
LENGTHS = {
    "per_second": timedelta(seconds=1),
    "per_minute": timedelta(minutes=1),
    "per_hour": timedelta(hours=1),
    "per_day": timedelta(days=1),
}
Sent = list[tuple[str, datetime]]

numbers = st.one_of(st.just(0), st.integers(1, 7))
limits = st.builds(Limits, per_second=numbers, per_minute=numbers, per_hour=numbers, per_day=numbers)
paces = st.builds(
    lambda whole, orange, free: PaceSettings(
        whole,
        (DomainPace("orange", ("orange.example",), orange), DomainPace("free", ("free.example",), free)),
    ),
    limits,
    limits,
    limits,
)
pauses = st.one_of(
    st.just(timedelta()),
    st.timedeltas(timedelta(), timedelta(seconds=2)),
    st.timedeltas(timedelta(), timedelta(hours=2)),
    st.sampled_from([*LENGTHS.values(), LENGTHS["per_minute"] - MICROSECOND]),
)


def limits_on(pace: PaceSettings, group: str) -> list[tuple[Limits, bool]]:
    """Give the limits that hold for a group, and whether each counts the other groups too."""
    return [(pace.limits, True), *((one.limits, False) for one in pace.groups if one.group == group)]


def is_allowed(pace: PaceSettings, gone: Sent, group: str, at: datetime) -> bool:
    """Count by hand whether one more may leave."""
    for rule, counts_all in limits_on(pace, group):
        for name, length in LENGTHS.items():
            most = getattr(rule, name)
            inside = [g for g, moment in gone if at - length < moment <= at and (counts_all or g == group)]
            if most and len(inside) >= most:
                return False
    return True


def assert_no_window_is_broken(pace: PaceSettings, gone: Sent) -> None:
    for index, (group, moment) in enumerate(gone):
        assert is_allowed(pace, gone[:index], group, moment)


@settings(max_examples=150)
@given(pace=paces, turns=st.lists(st.tuples(st.sampled_from(["orange", "free", ""]), pauses), max_size=60))
def test_windows_are_exact_and_nothing_waits_without_a_reason(
    pace: PaceSettings, turns: list[tuple[str, timedelta]]
) -> None:
    living, now = Pace(pace, zone=PARIS), START
    gone: Sent = []
    for group, pause in turns:
        now += pause
        at = living.next_at([group], now)
        assert at == now or not is_allowed(pace, gone, group, now)
        assert at == now or not is_allowed(pace, gone, group, at - MICROSECOND)
        assert is_allowed(pace, gone, group, at)
        now = at
        living.record(group, now)
        gone.append((group, now))


@settings(max_examples=100)
@given(pace=paces, turns=st.lists(st.tuples(st.integers(1, 9), pauses), max_size=30))
def test_what_is_allotted_at_once_fits_the_windows(pace: PaceSettings, turns: list[tuple[int, timedelta]]) -> None:
    living, now = Pace(pace, zone=PARIS), START
    gone: Sent = []
    for places, pause in turns:
        now += pause
        sizes = living.allot(now, places, {}, living.groups)
        assert sum(sizes.values()) <= places
        for group, size in sizes.items():
            living.record(group, now, size)
            gone += [(group, now)] * size
        is_full = sum(sizes.values()) == places
        assert is_full or not any(is_allowed(pace, gone, group, now) for group in living.groups)
    assert_no_window_is_broken(pace, gone)


@settings(max_examples=100)
@given(
    pace=paces,
    warm_up=st.one_of(st.none(), st.builds(WarmUp, st.just(START.date()), st.integers(1, 9), st.just(1.5))),
    turns=st.lists(st.tuples(st.sampled_from(["orange", "free", ""]), pauses), max_size=40),
    pause=pauses,
)
def test_a_new_run_goes_on_at_the_pace_of_the_one_before(
    pace: PaceSettings, warm_up: WarmUp | None, turns: list[tuple[str, timedelta]], pause: timedelta
) -> None:
    pace = replace(pace, warm_up=warm_up)
    living, now = Pace(pace, zone=PARIS), START
    gone: Sent = []
    for group, wait in turns:
        now = living.next_at([group], now + wait)
        living.record(group, now)
        gone.append((group, now))
    now += pause
    known = [(group, moment) for group, moment in reversed(gone) if moment >= now - memory_of(pace)]
    restored = Pace(pace, zone=PARIS, past=known)
    for group in living.groups:
        assert restored.next_at([group], now) == living.next_at([group], now)
    assert restored.allot(now, 50, {}, living.groups) == living.allot(now, 50, {}, living.groups)


@settings(max_examples=100)
@given(
    pace=paces,
    turns=st.lists(
        st.tuples(
            st.sampled_from(["orange", "free", ""]),
            pauses,
            st.one_of(st.just(timedelta()), st.timedeltas(timedelta(), timedelta(hours=3))),
        ),
        max_size=40,
    ),
)
def test_a_clock_set_back_lets_no_more_leave_and_waits_for_a_window_at_most(
    pace: PaceSettings, turns: list[tuple[str, timedelta, timedelta]]
) -> None:
    living, true, behind = Pace(pace, zone=PARIS), START, timedelta()
    gone: Sent = []
    for group, pause, set_back in turns:
        true, behind = true + pause, behind + set_back
        at = living.next_at([group], true - behind)
        assert at <= true - behind + memory_of(pace)
        true = at + behind
        living.record(group, at)
        gone.append((group, true))
    assert_no_window_is_broken(pace, gone)


def test_a_clock_set_forward_for_a_moment_forgets_nothing() -> None:
    pace = Pace(PaceSettings(Limits(per_hour=2)), zone=PARIS)
    pace.record("", START, 2)
    assert pace.allot(START + timedelta(days=900), 5, {}, pace.groups) == {"": 2}
    assert pace.next_at([""], START + timedelta(minutes=1)) == START + timedelta(hours=1)


def test_sent_messages_that_lie_in_the_future_do_not_stop_a_run_for_long() -> None:
    settled = PaceSettings(Limits(per_hour=1), warm_up=WarmUp(START.date(), 1, 1.0))
    pace = Pace(settled, zone=PARIS, past=[("", START + timedelta(days=400))])
    assert pace.next_at([""], START) <= START + timedelta(days=1)


def test_a_full_group_does_not_hold_up_the_others() -> None:
    groups = (DomainPace("orange", ("orange.example",), Limits(per_hour=1)),)
    pace = Pace(PaceSettings(groups=groups), zone=PARIS)
    pace.record("orange", START)
    assert pace.allot(START, 10, {}, pace.groups) == {"": 10}
    assert pace.next_at(["orange", ""], START) == START
    assert pace.next_at(["orange"], START) == START + timedelta(hours=1)


def test_scarce_places_go_round_the_groups() -> None:
    groups = tuple(DomainPace(name, (f"{name}.example",), Limits()) for name in ("orange", "free"))
    pace = Pace(PaceSettings(Limits(per_second=1), groups), zone=PARIS)
    served: Counter[str] = Counter()
    for second in range(9):
        now = START + timedelta(seconds=second)
        (group,) = pace.allot(now, 8, {}, pace.groups)
        pace.record(group, now)
        served[group] += 1
    assert served == {"orange": 3, "free": 3, "": 3}


def test_places_that_one_group_cannot_use_go_to_the_others() -> None:
    groups = (DomainPace("orange", ("orange.example",), Limits(per_minute=2)),)
    pace = Pace(PaceSettings(Limits(per_second=9), groups), zone=PARIS)
    assert pace.allot(START, 20, {}, pace.groups) == {"orange": 2, "": 7}


def test_connections_under_way_count_for_the_group_and_for_the_whole() -> None:
    groups = (DomainPace("orange", ("orange.example",), Limits(connections=2)),)
    pace = Pace(PaceSettings(Limits(connections=5), groups), zone=PARIS)
    assert pace.allot(START, 20, {}, pace.groups) == {"orange": 2, "": 3}
    assert pace.allot(START, 20, {"orange": 2, "": 1}, pace.groups) == {"": 2}
    assert pace.allot(START, 20, {"orange": 2, "": 3}, pace.groups) == {}
    assert pace.next_at(pace.groups, START) == START


def test_a_pace_without_limits_is_free() -> None:
    pace = Pace(PaceSettings(), zone=PARIS)
    assert pace.is_free
    assert memory_of(PaceSettings()) == timedelta()
    assert pace.allot(START, 1000, {"": 999}, pace.groups) == {"": 1000}
    assert pace.allot(START, 0, {}, pace.groups) == {}


def test_an_address_belongs_to_the_group_of_its_domain() -> None:
    groups = (
        DomainPace("orange", ("orange.example", "wanadoo.example"), Limits()),
        DomainPace("forest", ("xn--fort-ipa.example",), Limits()),
    )
    grouping = Grouping(PaceSettings(groups=groups))
    assert grouping.groups == ("orange", "forest", "")
    assert grouping.group_of("someone@Wanadoo.EXAMPLE") == "orange"
    assert grouping.group_of("orange.example") == "orange"
    assert grouping.group_of("quelqu’un@Forêt.example") == "forest"
    assert grouping.group_of("someone@mail.orange.example") == ""
    assert grouping.group_of("someone@–.example") == ""
    assert Grouping(PaceSettings()).group_of("someone@orange.example") == ""


def paris(day: date, clock: time, fold: int = 0) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), PARIS).astimezone(UTC)


def reads_quiet(begin: time, end: time, at: datetime) -> bool:
    clock = at.astimezone(PARIS).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def is_quiet(begin: time, end: time, at: datetime) -> bool:
    """Read the clock; between quiet minutes of the two hours that an autumn night counts twice it is quiet too."""
    if reads_quiet(begin, end, at):
        return True
    twice = [datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(120)]
    quiet = [minute for minute in twice if reads_quiet(begin, end, minute)]
    return bool(quiet) and twice[0] <= at and quiet[0] <= at < quiet[-1]


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
change_days = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1)]


@settings(max_examples=150)
@given(
    begin=clocks,
    end=clocks,
    day=st.sampled_from(change_days),
    into=st.timedeltas(timedelta(hours=-26), timedelta(hours=26)),
)
def test_quiet_hours_follow_the_local_clock_when_the_clocks_change(
    begin: time, end: time, day: date, into: timedelta
) -> None:
    # The hour that the clock shows twice has no one beginning or end.
    assume(begin != end and begin.hour != 2 and end.hour != 2)
    pace = Pace(PaceSettings(quiet_hours=(begin, end)), zone=PARIS)
    now = datetime.combine(day, time(), UTC) + into
    at = now
    if is_quiet(begin, end, now):
        at = now.replace(second=0, microsecond=0)
        while is_quiet(begin, end, at):
            at += timedelta(minutes=1)
    assert pace.next_at([""], now) == at
    assert bool(pace.allot(now, 3, {}, [""])) == (at == now)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 10.5), (date(2026, 10, 25), 12.5), (date(2026, 7, 1), 11.5)],
    ids=["shorter night", "longer night", "any night"],
)
def test_a_night_is_as_long_as_the_clock_says(day: date, hours: float) -> None:
    pace = Pace(PaceSettings(quiet_hours=(time(20), time(7, 30))), zone=PARIS)
    evening = paris(day - timedelta(days=1), time(20))
    assert pace.next_at([""], evening - MICROSECOND) == evening - MICROSECOND
    assert pace.next_at([""], evening) == paris(day, time(7, 30)) == evening + timedelta(hours=hours)


def test_a_window_that_opens_at_night_waits_for_the_morning() -> None:
    pace = Pace(PaceSettings(Limits(per_hour=1), quiet_hours=(time(20), time(7, 30))), zone=PARIS)
    pace.record("", paris(date(2026, 7, 1), time(19, 30)))
    assert pace.next_at([""], paris(date(2026, 7, 1), time(19, 31))) == paris(date(2026, 7, 2), time(7, 30))


def test_a_new_sender_writes_to_more_people_each_local_day() -> None:
    warm_up = WarmUp(date(2026, 3, 28), 100, 1.15)
    pace, sent = Pace(PaceSettings(warm_up=warm_up), zone=PARIS), {}
    now = paris(date(2026, 3, 26), time(12))
    for _ in range(6):
        size = pace.allot(now, 10_000, {}, [""])[""]
        pace.record("", now, size)
        sent[now.astimezone(PARIS).date().day] = size
        midnight = pace.next_at([""], now)
        assert midnight == paris(now.astimezone(PARIS).date() + timedelta(days=1), time())
        assert pace.allot(midnight - MICROSECOND, 10_000, {}, [""]) == {}
        now = midnight
    assert sent == {26: 100, 27: 100, 28: 100, 29: 115, 30: 132, 31: 152}


def test_a_warm_up_ends_by_itself() -> None:
    pace = Pace(PaceSettings(warm_up=WarmUp(date(2020, 1, 1), 200, 2.0)), zone=PARIS)
    assert pace.allot(START, 10_000_000, {}, [""]) == {"": 10_000_000}


def test_a_clock_set_back_over_midnight_gives_no_second_day() -> None:
    pace = Pace(PaceSettings(warm_up=WarmUp(date(2026, 7, 1), 100, 1.0)), zone=PARIS)
    pace.record("", paris(date(2026, 7, 1), time(23, 59)), 60)
    pace.record("", paris(date(2026, 7, 2), time(0, 1)), 40)
    assert pace.allot(paris(date(2026, 7, 1), time(23, 58)), 500, {}, [""]) == {}
    assert pace.next_at([""], paris(date(2026, 7, 1), time(23, 58))) == paris(date(2026, 7, 2), time())


def test_the_memory_reaches_as_far_as_the_longest_window() -> None:
    groups = (DomainPace("orange", ("orange.example",), Limits(per_hour=9)),)
    assert memory_of(PaceSettings(Limits(per_second=3), groups)) == timedelta(hours=1)
    assert memory_of(PaceSettings(Limits(connections=3), quiet_hours=(time(20), time(7)))) == timedelta()
    assert memory_of(PaceSettings(warm_up=WarmUp(date(2026, 7, 1), 9))) >= timedelta(hours=25)


def test_a_run_that_its_window_ends_goes_on_when_it_opens(post: Post) -> None:
    groups = (DomainPace("others", ("example.net",), Limits(per_hour=3)),)
    post.transport = replace(post.transport, pace=PaceSettings(groups=groups))
    post.store.conn.execute("UPDATE subscribers SET email = replace(email, '.org', '.net') WHERE id % 2 = 0")
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 8
    assert report.mailing.resume_at == START + timedelta(hours=1)
    # A run waits a quarter of an hour by itself; this is earlier.
    post.watch.move(minutes=40)
    assert count(post.send(), DeliveryState.ACCEPTED) == 8
    post.watch.move(minutes=20)
    assert count(post.send(), DeliveryState.ACCEPTED) == 10


def test_a_server_gets_no_more_in_a_second_than_the_pace_says(post: Post, served: Served) -> None:
    add_people(post.store, 60, start=11)
    post.transport = replace(served.settings, pace=PaceSettings(Limits(per_second=30)))
    report = post.send(now=utc_now)
    assert count(report, DeliveryState.ACCEPTED) == len(served.script.received) == 70
    rows = post.store.conn.execute("SELECT sending_at FROM deliveries ORDER BY sending_at").fetchall()
    moments = [datetime.fromisoformat(row["sending_at"]) for row in rows]
    # The ledger keeps whole milliseconds.
    gaps = [later - sooner for sooner, later in zip(moments, moments[30:], strict=False)]
    assert min(gaps) >= timedelta(seconds=1, milliseconds=-1)
    assert moments[-1] - moments[0] < timedelta(seconds=3)

"""kill -9 before each call that a command makes into SQLite or the network, one after the other.

Between two such calls nothing happens that anybody else could see. So this is every step of the ledger and each point
around it: before and after a commit, between a claim and the first byte, between the final dot and its settling.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import IS_FULL, SEED, NewHouse
from .house import House
from .promises import Table, check_promises
from .sinks import Sink

PEOPLE = 6
SHARE = 1 if IS_FULL else 11
"""Every step, or one of so many."""
STEPS_OF_SENDING = {
    "freeze: execute",
    "begin: execute",
    "claim_next: execute",
    "_claim: executemany",
    "transaction: execute",
    "_sock_connect: connect",
    "write: send",
    "_read_ready__get_buffer: recv_into",
    "settle: executemany",
    "has_live_rows: execute",
}


def kills(house: House, folder: Path, do: str, **job: Any) -> Iterator[tuple[House, Sink, str]]:
    """Kill a copy of the house at each step until a run comes to its end; give what is left of it, with its server."""
    step = 1 + SEED % SHARE
    while True:
        shaken = house.copied_to(folder / f"{do}-{step}")
        with Sink(folder / f"received-{do}-{step}") as sink:
            ended = shaken.run(sink.port, do, kill_at=step, **job)
            if ended.code != -9:
                assert ended.code in (0, 3, 6), ended.words
                return
            sink.settle()
            yield shaken, sink, ended.trace
        step += SHARE


@pytest.fixture
def begun(new_house: NewHouse, tmp_path: Path) -> tuple[House, list[Sink]]:
    """A planned mailing on its way: two people have it, two have it but nobody here knows, two wait."""
    house = new_house(PEOPLE, connections=2)
    with Sink(tmp_path / "first") as first, Sink(tmp_path / "silent", "-q", ".") as silent:
        assert house.run(first.port, "schedule", hours=24).code == 0
        assert house.run(first.port, limit=2).code == 0
        assert house.run(silent.port, limit=2).code == 0
    assert house.states() == {"accepted": 2, "unknown": 2, "pending": 2}
    return house, [first, silent]


def test_a_sender_killed_at_any_step_is_resumed_without_a_second_copy_and_without_a_loss(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    met = set()
    for house, sink, step in kills(new_house(PEOPLE, connections=2), tmp_path, "send"):
        met.add(step)
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "kill -9 at each step: send", house, [sink])
        # One that a kill met between claim and settling.
        assert house.states()["unknown"] <= house.connections
    assert met >= (STEPS_OF_SENDING if IS_FULL else set())
    assert met


def test_a_resumed_run_killed_at_any_step_is_resumed_again(
    begun: tuple[House, list[Sink]], tmp_path: Path, table: Table
) -> None:
    base, earlier = begun
    with Sink(tmp_path / "before") as before:
        dying = base.run(before.port, kill_at=60)
    assert dying.code == -9
    for house, sink, _step in kills(base, tmp_path, "send"):
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "kill -9 at each step: send again", house, [*earlier, before, sink])


def test_a_cancelling_killed_at_any_step_is_done_again_and_a_new_mailing_writes_to_nobody_twice(
    begun: tuple[House, list[Sink]], tmp_path: Path, table: Table
) -> None:
    base, earlier = begun
    for house, sink, _step in kills(base, tmp_path, "cancel"):
        # Cancelled already, or not at all.
        assert house.run(sink.port, "cancel").code in (0, 4)
        assert house.mailing_state() == "cancelled"
        assert sink.count() == 0
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "kill -9 at each step: cancel", house, [*earlier, sink])
        assert sink.count() == 2


def test_a_run_killed_at_any_step_sends_nothing_after_the_deadline(
    begun: tuple[House, list[Sink]], tmp_path: Path, table: Table
) -> None:
    base, earlier = begun
    base.move_clock(25 * 3600)
    for house, sink, _step in kills(base, tmp_path, "run"):
        assert house.run(sink.port, "run").code in (0, 3)
        assert house.mailing_state() == "expired"
        assert house.run(sink.port).code == 3
        assert sink.count() == 0
        check_promises(table, "kill -9 at each step: expire", house, [*earlier, sink])
        assert house.states() == {"accepted": 2, "unknown": 2, "skipped": 2}


@pytest.mark.parametrize("decision", ["accepted", "pending"])
def test_a_decision_killed_at_any_step_is_taken_wholly_or_not_at_all(
    begun: tuple[House, list[Sink]], tmp_path: Path, table: Table, decision: str
) -> None:
    base, earlier = begun
    for house, sink, _step in kills(base, tmp_path, "resolve", **{"as": decision}):
        assert house.states()["unknown"] in (0, 2)
        # Taken already, or not at all.
        assert house.run(sink.port, "resolve", **{"as": decision}).code in (0, 3)
        house.finish(sink.port)
        sink.settle()
        again = {copy.address for copy in earlier[1].copies()} if decision == "pending" else set()
        check_promises(table, "kill -9 at each step: resolve", house, [*earlier, sink], twice=frozenset(again))
        assert sink.count() == 2 + len(again)
        assert house.states() == {"accepted": PEOPLE}

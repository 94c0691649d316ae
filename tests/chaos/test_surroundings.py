"""What happens around a run: clocks jump, the process sleeps, servers go, people leave."""

import signal
import socket
import time
from pathlib import Path

import pytest

from .conftest import IS_FULL, NewHouse
from .house import House, address_of, wait_for
from .promises import Table, check_promises
from .sinks import Sink

PEOPLE = 1200 if IS_FULL else 500
"""Enough that a run is still on its way when something is done to it."""


def nearly(house: House, sink: Sink) -> int:
    """Count those whose turn may have come: who is in the dump, and who is being written to."""
    return sink.count() + house.connections


@pytest.mark.parametrize("steps", [(-7200,), (3600,), (7 * 86_400, -30 * 86_400, 0)][0 if IS_FULL else 2 :], ids=str)
def test_a_clock_that_jumps_makes_no_difference(
    new_house: NewHouse, tmp_path: Path, table: Table, steps: tuple[int, ...]
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        process = house.start(sink.port)
        for number, seconds in enumerate(steps, start=1):
            wait_for(sink, number * PEOPLE // 8, process)
            house.move_clock(seconds)
        assert process.wait().code == 0
        check_promises(table, "clock set back or forward", house, [sink], times=len(steps))
        assert house.states() == {"accepted": PEOPLE}


def test_a_clock_set_back_between_runs_delays_only_those_who_are_to_be_tried_again(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(15)
    with Sink(tmp_path / "busy", "-r", "RCPT") as busy, Sink(tmp_path / "received") as sink:
        assert house.run(busy.port).code == 0
        house.move_clock(-86_400)
        assert house.run(sink.port).words == "sent 0"
        assert house.states() == {"deferred": 15}
        house.finish(sink.port)
        check_promises(table, "clock set back or forward", house, [busy, sink])
        assert house.states() == {"accepted": 15}


def test_nothing_is_begun_after_a_deadline_that_a_jump_of_the_clock_has_passed(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        assert house.run(sink.port, "schedule", hours=2).code == 0
        process = house.start(sink.port, "run")
        wait_for(sink, PEOPLE // 6, process)
        house.move_clock(3 * 3600)
        most = nearly(house, sink)
        assert process.wait().code == 0
        assert PEOPLE // 6 <= sink.count() <= most
        assert house.mailing_state() == "expired"
        # The clock goes back, and it stays over.
        house.move_clock(0)
        assert house.run(sink.port, "run").words == ""
        assert sink.count() <= most
        check_promises(table, "deadline passed on the way", house, [sink])
        assert house.states().keys() == {"accepted", "skipped"}


@pytest.mark.parametrize("options", [("-t", "1"), ()][: 2 if IS_FULL else 1], ids=str)
def test_a_run_that_sleeps_for_a_while_goes_on_where_it_was(
    new_house: NewHouse, tmp_path: Path, table: Table, options: tuple[str, ...]
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received", *options) as sink:
        process = house.start(sink.port)
        for part in (6, 3):
            wait_for(sink, PEOPLE // part, process)
            process.send_signal(signal.SIGSTOP)
            time.sleep(2.5 if IS_FULL else 1.5)
            process.send_signal(signal.SIGCONT)
        assert process.wait().code in (0, 6)
        check_promises(table, "process stopped and continued", house, [sink], times=2)
        assert house.mailing_state() == "finished"


def test_a_server_that_dies_ends_the_run_with_words_and_another_one_gets_the_rest(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "first") as first:
        process = house.start(first.port)
        wait_for(first, PEOPLE // 6, process)
        first.die()
        ended = process.wait()
        assert ended.code == 5
        assert "cannot be reached" in ended.words
        assert "Check the network" in ended.words
    with Sink(tmp_path / "second", port=first.port) as second:
        house.finish(second.port)
        check_promises(table, "server gone", house, [first, second])
        assert house.states()["unknown"] <= house.connections


def test_a_server_that_never_answers_holds_up_no_wish_to_stop(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(20)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = house.start(silent.getsockname()[1])
        silent.accept()
        process.send_signal(signal.SIGINT)
        ended = process.wait(seconds=20)
    assert ended.code == 5
    assert ended.words.startswith("InterruptedRunError: Stopped as asked, after 0 accepted messages.")
    assert house.states() == {"pending": 20}
    with Sink(tmp_path / "received") as sink:
        house.finish(sink.port)
        check_promises(table, "server never answers", house, [sink])
        assert house.states() == {"accepted": 20}


def test_nobody_who_leaves_while_a_mailing_is_under_way_is_written_to(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house, gone, number = new_house(PEOPLE), 0, 0
    with Sink(tmp_path / "received") as sink:
        process = house.start(sink.port)
        wait_for(sink, 1, process)
        while process.poll() is None:
            # One whose turn comes soon; after the no is written, it must not have come already.
            number = max(number + 1, nearly(house, sink) + 40)
            if number > PEOPLE:
                break
            house.say_no(number)
            gone += 1
            if nearly(house, sink) + gone >= number:
                house.said_no.discard(address_of(number))
        assert process.wait().code == 0
        check_promises(table, "people leave meanwhile", house, [sink], times=len(house.said_no))
        assert house.said_no, "nobody left in time: this run showed nothing"

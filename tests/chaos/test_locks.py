"""Another program holds the database while a mailing is under way."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rtesmail.store.opening import BUSY_SECONDS

from .conftest import IS_FULL, NewHouse
from .house import House, wait_for
from .promises import Table, check_promises
from .sinks import Sink

PEOPLE = 1500 if IS_FULL else 600
"""Enough that a run is still on its way when something is done to it."""


@contextmanager
def held(house: House) -> Iterator[None]:
    """Hold the write lock, as a program does that somebody left open in the middle of a change."""
    with closing(sqlite3.connect(house.database, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_run_waits_for_another_programs_change_and_knows_what_became_of_every_message(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        process = house.start(sink.port)
        for part in (8, 4, 2):
            wait_for(sink, PEOPLE // part, process)
            with held(house):
                time.sleep(1.0 if IS_FULL else 0.3)
        assert process.wait().code == 0
        check_promises(table, "database locked for a while", house, [sink], times=3)
        assert house.states() == {"accepted": PEOPLE}


def test_a_wish_to_stop_is_heard_while_the_database_is_locked(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        process = house.start(sink.port)
        wait_for(sink, PEOPLE // 4, process)
        with held(house):
            time.sleep(0.5)
            asked_at = time.monotonic()
            process.send_signal(signal.SIGINT)
            ended = process.wait()
            assert time.monotonic() - asked_at < BUSY_SECONDS / 2
        assert ended.code == 5
        assert ended.words.startswith("InterruptedRunError: Stopped after ")
        assert "another command is writing to the database" in ended.words
        assert "they will count as unknown" in ended.words
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "stopped while the database is locked", house, [sink])
        assert house.states()["unknown"] <= house.connections

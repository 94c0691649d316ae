"""Another program holds the database for longer than a run waits: `make chaos` only, each takes half a minute."""

import time
from pathlib import Path

import pytest

from rtesmail.store.opening import BUSY_SECONDS

from .conftest import NewHouse
from .house import wait_for
from .promises import Table, check_promises
from .sinks import Sink
from .test_locks import PEOPLE, held


def test_a_run_that_gave_up_still_writes_down_what_it_knows_if_the_lock_goes_while_it_ends(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        process = house.start(sink.port)
        wait_for(sink, 300, process)
        with held(house):
            time.sleep(BUSY_SECONDS + 3)
        ended = process.wait()
        assert ended.code == 5
        assert "will count as unknown" not in ended.words
        house.finish(sink.port)
        check_promises(table, "database locked for too long", house, [sink])
        assert house.states() == {"accepted": PEOPLE}


@pytest.mark.parametrize("number", [0, 300])
def test_a_database_locked_for_too_long_stops_the_run_with_words(
    new_house: NewHouse, tmp_path: Path, table: Table, number: int
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        assert house.run(sink.port, limit=4).code == 0
        process = house.start(sink.port)
        wait_for(sink, number, process)
        with held(house):
            ended = process.wait()
        assert ended.code == 5
        assert "nother command is writing to the database" in ended.words
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "database locked for too long", house, [sink])
        assert house.states()["unknown"] <= house.connections

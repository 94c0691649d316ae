"""kill -9 at random moments of one mailing, again and again, while people leave."""

import random
import time
from pathlib import Path

from .conftest import IS_FULL, SEED, NewHouse
from .promises import Table, check_promises
from .sinks import Sink

KILLS = 200 if IS_FULL else 20
A_RUN = 10
"""How many messages a run may hand over: this spreads the kills over the whole audience, whatever the speed is."""


def test_a_mailing_killed_at_random_moments_reaches_everybody_once(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    print(f"RTESMAIL_CHAOS_SEED={SEED}")
    chance = random.Random(SEED)
    house = new_house(2 * KILLS * A_RUN)
    last = house.people
    killed = 0
    with Sink(tmp_path / "received") as sink:
        begun_at = time.monotonic()
        assert house.run(sink.port, limit=A_RUN).code == 0
        usual = time.monotonic() - begun_at
        for _run in range(3 * KILLS):
            process = house.start(sink.port, limit=A_RUN)
            time.sleep(chance.uniform(0.0, usual))
            was_killed = process.kill().code == -9
            killed += was_killed
            # As many runs come near their end as are killed early on.
            usual *= 1.1 if was_killed else 0.8
            # From the end: their turn cannot have come.
            if chance.random() < 0.1 and last > sink.count() + (killed + 1) * house.connections:
                house.say_no(last)
                last -= 1
            if killed == KILLS:
                break
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "kill -9 at random moments", house, [sink], times=killed)
    states = house.states()
    assert killed == KILLS
    assert states["unknown"] <= killed * house.connections
    assert states["skipped"] == len(house.said_no)
    assert states["unknown"], "no kill met a message under way: this run showed nothing"

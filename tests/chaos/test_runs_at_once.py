"""Several commands on one mailing at once, also when the one that sends is killed."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from .conftest import IS_FULL, SEED, NewHouse
from .promises import Table, check_promises
from .sinks import Sink

KILLS = 20 if IS_FULL else 4
ISSUE = "2025-04-mensuelle"


def test_whoever_is_killed_among_several_the_others_go_on_and_nobody_gets_two(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    chance = random.Random(SEED)
    house = new_house(KILLS * 100)
    with Sink(tmp_path / "received") as sink:
        assert house.run(sink.port, "schedule", hours=240).code == 0
        for number in range(1, KILLS + 1):
            several = [house.start(sink.port, "run")]
            several += [house.start(sink.port, wait=60.0) for _waiting in range(2)]
            while sink.count() < 60 * number and None in [process.poll() for process in several]:
                pass
            chance.shuffle(several)
            for process in several[:2]:
                process.kill()
            # The third one ends the mailing, or is told that another one sends, unless it has ended already.
            assert several[2].wait().code in (0, 5, 6)
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "several runs at once, two of them killed", house, [sink], times=KILLS)


def test_send_and_cron_at_the_same_moment_write_to_everybody_once(
    demo_workspace: Path, tmp_path: Path, rtesmail
) -> None:
    def run(*arguments: str) -> None:
        done = rtesmail(*arguments, cwd=demo_workspace)
        assert done.returncode == 0, done.stderr

    with Sink(tmp_path / "received") as sink:
        with (demo_workspace / "rtesmail.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'\n[transports.sink]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\n')
            settings.write('\n[lists.demo]\ntransport = "sink"\n')
        run("import", "lists/sample.csv", "--list", "demo")
        run("approve", ISSUE, "--by", "Ada Exemple")
        run("schedule", ISSUE, "--list", "demo", "--at", "2025-04-03 09:00", "--not-after", "2100-01-01 00:00")
        commands = [["send", ISSUE, "--list", "demo"], ["run"]] * (3 if IS_FULL else 1)
        at_once = [
            subprocess.Popen([sys.executable, "-m", "rtesmail", *command], cwd=demo_workspace) for command in commands
        ]
        assert {process.wait(timeout=120) for process in at_once} <= {0, 5}
        run("send", ISSUE, "--list", "demo")
        received = Counter(copy.address for copy in sink.copies())
        assert len(received) == 30
        assert set(received.values()) == {1}

"""A disk that fills up or may not be written to, at any point of a mailing: a clear stop, and nothing lost."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import IS_FULL, NewHouse
from .house import Ended, House
from .promises import Table, check_promises
from .sinks import Sink

PEOPLE = 60
LARGEST = range(33_000, 600_000, 8_192 if IS_FULL else 50_000)
"""How large a file may grow, in bytes: from just above the index of SQLite's log (32 KB) to more than is needed."""
IS_ROOT = os.geteuid() == 0


def assert_clear_stop(ended: Ended) -> None:
    assert ended.code in (4, 5), ended.words
    assert re.search("cannot be (written to|used|made)", ended.words)
    assert "Check that" in ended.words


def test_a_file_that_may_not_grow_stops_a_run_wherever_it_is_and_nothing_is_lost(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    base, stopped = new_house(PEOPLE), 0
    for largest in LARGEST:
        house = base.copied_to(tmp_path / f"largest{largest}")
        with Sink(tmp_path / f"received{largest}") as sink:
            ended = house.run(sink.port, largest_file=largest)
            if ended.code == 0:
                break
            assert_clear_stop(ended)
            stopped += 1
            house.finish(sink.port)
            sink.settle()
            check_promises(table, "disk full (file size limit)", house, [sink])
            assert house.states()["unknown"] <= house.connections
    else:
        raise AssertionError("no size was enough")
    assert stopped


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, 1 MB large. Only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("kilobytes", (range(36, 460, 12 if IS_FULL else 100)) if IS_ROOT else [])
def test_a_full_disk_stops_a_run_and_the_rest_leaves_when_there_is_room(
    new_house: NewHouse, small_disk: Path, tmp_path: Path, table: Table, kilobytes: int
) -> None:
    base = new_house(PEOPLE)
    house = base.copied_to(small_disk / "house")
    ballast = small_disk / "ballast"
    free = shutil.disk_usage(small_disk).free
    ballast.write_bytes(bytes(free - 1024 * kilobytes))
    with Sink(tmp_path / "received") as sink:
        ended = house.run(sink.port)
        ballast.unlink()
        if ended.code != 0:
            assert_clear_stop(ended)
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "disk full (small disk)", house, [sink])
        assert house.states()["unknown"] <= house.connections


@contextmanager
def read_only(house: House) -> Iterator[None]:
    """Let nobody write into the folder of the database; root, whom permissions do not stop, mounts it so."""
    folder = house.database.parent
    paths = (folder, *folder.iterdir())
    for path in paths:
        path.chmod(0o555)
    if IS_ROOT:
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    try:
        yield
    finally:
        if IS_ROOT:
            subprocess.run(["umount", folder], check=True)
        for path in paths:
            path.chmod(0o755)


def test_a_database_that_may_only_be_read_sends_nothing_and_says_so(
    new_house: NewHouse, tmp_path: Path, table: Table
) -> None:
    house = new_house(PEOPLE)
    with Sink(tmp_path / "received") as sink:
        assert house.run(sink.port, limit=10).code == 0
        with read_only(house):
            assert_clear_stop(house.run(sink.port))
        assert sink.count() == 10
        house.finish(sink.port)
        sink.settle()
        check_promises(table, "database may only be read", house, [sink])
        assert house.states() == {"accepted": PEOPLE}

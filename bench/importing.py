"""A file of people on a list, beside the `sqlite3` shell's `.import` into the same table with the same indexes.

The shell gets rows that are ready (number, key, status and moments included) and fills `subscribers` alone. rtesmail
reads what a spreadsheet writes, judges each address, holds the rows against each other, the people known and the
suppressions, and fills memberships and the consent journal too.
"""

import csv
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import Row

from rtesmail.store.opening import open_store

FEW, MANY, ROUNDS = 100_000, 1_000_000, 3
COLUMNS = ("email", "name", "organisation", "role", "level", "region")
_MOMENT = "2025-04-03T07:00:00.000+00:00"

# In a process of its own, for its peak of memory; its clock runs from opening the file to the commit.
_OURS = """
import resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from rtesmail.audience.imports import RowStatus, import_file
from rtesmail.store.opening import open_store
store = open_store(Path(sys.argv[2]))
begun = time.perf_counter()
report = import_file(store, Path(sys.argv[1]), "readers", now=datetime.now(UTC))
print(time.perf_counter() - begun, report.count(RowStatus.ADDED), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(people: int = MANY, rounds: int = ROUNDS) -> list[Row]:
    """Import in rounds, addresses in order and shuffled; then the peaks of memory of few and many people."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for order, is_shuffled in (("addresses in order", False), ("shuffled", True)):
            _write_files(folder, people, is_shuffled=is_shuffled)
            theirs, ours = [], []
            for number in range(rounds):
                theirs.append(_shell(folder, f"shell-{is_shuffled}-{number}.db", people))
                ours.append(_rtesmail(folder, f"ours-{is_shuffled}-{number}.db", people)[0])
            ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
            rows += [
                Row(
                    f"importing: rtesmail, {order}",
                    people / statistics.median(ours),
                    "rows/s",
                    "sqlite3 .import",
                    statistics.median(ratios),
                    f"{min(ratios):.2f} to {max(ratios):.2f}",
                ),
                Row(
                    f"importing: sqlite3 .import, {order}", people / statistics.median(theirs), "rows/s", "itself", 1.0
                ),
            ]
        many = _rtesmail(folder, "many.db", people)[1]
        _write_files(folder, FEW, is_shuffled=True)
        few = _rtesmail(folder, "few.db", FEW)[1]
    return [
        *rows,
        Row(f"importing, memory: {FEW:,} rows", few / 1024, "MB", f"{FEW:,} rows", 1.0),
        Row(f"importing, memory: {people:,} rows", many / 1024, "MB", f"{FEW:,} rows", many / few),
    ]


def _write_files(folder: Path, people: int, *, is_shuffled: bool) -> None:
    numbers = list(range(people))
    if is_shuffled:
        random.Random(1).shuffle(numbers)
    columns = _columns_of_subscribers(folder)
    with (
        (folder / "ours.csv").open("w", encoding="utf-8", newline="") as ours,
        (folder / "ready.csv").open("w", encoding="utf-8", newline="") as ready,
    ):
        for_us, for_shell = csv.writer(ours, delimiter=";"), csv.writer(ready)
        for_us.writerow(COLUMNS)
        for place, number in enumerate(numbers, 1):
            town = number % 35_000
            email = f"prenom.nom{number:07d}@ville-{town}.example"
            cells = (email, f"Inès Nom {number}", f"Ville de Machin {town}", "Conseillère", "commune", "Occitanie")
            for_us.writerow(cells)
            told = dict(zip(COLUMNS, cells, strict=True))
            told |= {"id": str(place), "email_key": email, "status": "active"}
            told |= {"created_at": _MOMENT, "updated_at": _MOMENT}
            for_shell.writerow(told.get(column, empty) for column, empty in columns.items())


def _columns_of_subscribers(folder: Path) -> dict[str, str]:
    """Each column with what stands for nothing in it: the shell can give text and numbers, but no NULL."""
    store = open_store(folder / "columns.db")
    found = {
        row["name"]: "0" if row["type"] == "INTEGER" else "" for row in store.query("PRAGMA table_info(subscribers)")
    }
    store.conn.close()
    return found


def _shell(folder: Path, name: str, people: int) -> float:
    path = folder / name
    open_store(path).conn.close()
    begun = time.perf_counter()
    commands = ["PRAGMA synchronous = FULL;", ".mode csv", f".import {folder / 'ready.csv'} subscribers"]
    subprocess.run(["sqlite3", str(path)], input="\n".join(commands), text=True, check=True, capture_output=True)
    took = time.perf_counter() - begun
    store = open_store(path)
    if store.table("subscribers").count != people:
        raise SystemExit(f"the shell imported {store.table('subscribers').count} rows instead of {people}")
    store.conn.close()
    path.unlink()
    return took


def _rtesmail(folder: Path, name: str, people: int) -> tuple[float, int]:
    command = [sys.executable, "-c", _OURS, str(folder / "ours.csv"), str(folder / name)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    if int(said[1]) != people:
        raise SystemExit(f"rtesmail imported {said[1]} rows instead of {people}")
    (folder / name).unlink()
    return float(said[0]), int(said[2])


if __name__ == "__main__":
    from results import show

    show(measure(*(int(text) for text in sys.argv[1:])))

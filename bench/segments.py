"""How long counting a segment takes among a million people, and finding its first page, beside a bare COUNT(*).

Run by itself: `python bench/segments.py [PEOPLE]`. SQLite reads its file, which the system has cached. The people are
made up: 36,000 organisations, 207 roles, five in a hundred suppressed. What is measured is the processor's time: one
thread works and waits for nothing, so that it is the time by the clock on a machine that does nothing else.
"""

import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from sqlite_utils import Database

from rtesmail.audience.segments.asking import count, first_page
from rtesmail.audience.segments.parsing import parse
from rtesmail.model.organisations import LEVEL_OF, OrganisationKind
from rtesmail.model.territories import REGION_OF, REGIONS
from rtesmail.store.opening import open_store

TODAY = date(2026, 6, 1)
RUNS = 7
EXPRESSIONS = (
    'level in ("région", "département") and region == "32" and "élu" in roles',
    'level == "commune"',
    'not level == "commune"',
    '"élu" in roles',
    'mandate_end < today and language == "fr"',
    'departement in ("59", "62") or region == "Bretagne"',
    'kind == "métropole"',
    'kind != "commune"',
    "attributes.taille >= 4990",
    'on("one in a thousand") and level == "commune"',
    'on("nine in ten") and level == "commune"',
    'not on("nine in ten")',
    'not on("one in a thousand")',
    'attributes.taille == ""',
    'organisation == "House 7"',
    'role == "Chargé de mission 7" and departement == "48"',
    'on("nine in ten") and organisation == "House 7"',
    'on("nine in ten") and kind == "métropole"',
    'on("nine in ten") and kind == "commune"',
    'not on("nine in ten") and kind != "commune"',
    'on("nine in ten") and attributes.taille != ""',
    'on("nine in ten") and attributes.taille == ""',
    "not attributes.taille > 100",
    'on("nine in ten") and attributes.taille > 100',
    'on("nine in ten") or attributes.taille != ""',
    'on("nine in ten") or kind == "commune"',
    'on("one in a thousand") or on("nine in ten") and kind == "commune"',
    'not on("nine in ten") and "élu" in roles',
    'not on("nine in ten") and level == "commune"',
    'language == "de"',
    'language == "fr" and mandate_end < 2020-01-01',
    'role == ""',
)
_KINDS = (*OrganisationKind,)
_SHARES = (80, 10, 2, 1, 0.3, 0.7, 3, 2, 1)
_ROLES = ("élu·e", "Élue", "technicien·ne", "presse", "partenaire", "Maire", "DGS")


def fill(store: Database, people: int) -> None:
    """Write people and organisations of the same shape at each run."""
    chance = random.Random(1)
    departements = sorted(REGION_OF)
    houses = [(number, chance.choices(_KINDS, _SHARES)[0], chance.choice(departements)) for number in range(1, 36_001)]
    connection = store.conn
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.executemany(
        """INSERT INTO organisations (id, name, name_key, kind, region, departement, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, '', '')""",
        ((n, f"House {n}", f"house{n}", kind, REGION_OF[code], code) for n, kind, code in houses),
    )
    connection.executemany(
        """INSERT INTO subscribers (id, email, email_key, name, organisation, role, level, region, status, created_at,
        updated_at, organisation_id, departement, other_roles, language, mandate_ends_on)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '2025-01-01', '2025-01-01', ?, ?, ?, ?, ?)""",
        _people(people, houses, chance),
    )
    connection.executescript(
        """INSERT INTO lists (id, name, created_at) VALUES (1, 'nine in ten', ''), (2, 'one in a thousand', '');
        INSERT INTO memberships SELECT 1, id, '' FROM subscribers WHERE id % 10 <> 0;
        INSERT INTO memberships SELECT 2, id, '' FROM subscribers WHERE id % 1000 = 0;
        INSERT INTO suppressions SELECT email_key, 'bounced', 'x', '' FROM subscribers WHERE status = 'bounced';
        INSERT INTO subscriber_attributes SELECT id, 'taille', id / 5 % 5000 FROM subscribers WHERE id % 5 = 0;"""
    )
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _people(
    number: int, houses: list[tuple[int, OrganisationKind, str]], chance: random.Random
) -> Iterator[tuple[object, ...]]:
    for person in range(1, number + 1):
        house, kind, departement = chance.choice(houses)
        region = REGION_OF[departement]
        level = LEVEL_OF.get(kind)
        yield (
            person,
            f"p{person}@house{house}.example",
            f"p{person}@house{house}.example",
            f"Person {person}",
            f"House {house}",
            chance.choice(_ROLES) if chance.random() < 0.7 else f"Chargé de mission {chance.randrange(200)}",
            level.value if level else "",
            REGIONS[region] if chance.random() < 0.9 else region,
            "active" if chance.random() < 0.95 else "bounced",
            house,
            departement,
            chance.choice(("", "", "", "", "presse", "élu;presse")),
            "fr" if chance.random() < 0.9 else "",
            chance.choice(("", "2026-03-22", "2027-06-30")),
        )


def seconds(task: Callable[..., object], *arguments: object, **more: object) -> float:
    """Do it and give the processor's time."""
    start = time.process_time()
    task(*arguments, **more)
    return time.process_time() - start


def bare_count(store: Database) -> None:
    """Count everybody."""
    store.execute("SELECT COUNT(*) FROM subscribers").fetchone()


def measure(store: Database, people: int) -> None:
    """Print each expression's fastest times, and the median ratio to a COUNT(*) asked in the same turn."""
    print(f"{people:,} people; {os.cpu_count()} cores, {platform.system()}, SQLite {sqlite3.sqlite_version}")
    print(f"{'count':>9} {'× COUNT(*)':>11} {'20 of them':>11} {'people':>9}  expression")
    for expression in EXPRESSIONS:
        node = parse(expression)
        bare: list[float] = []
        counts: list[float] = []
        pages: list[float] = []
        for _run in range(RUNS):
            bare.append(seconds(bare_count, store))
            counts.append(seconds(count, store, node, today=TODAY))
            pages.append(seconds(first_page, store, node, today=TODAY, limit=20))
        ratio = statistics.median(counted / one for counted, one in zip(counts, bare, strict=True))
        # The fastest: whatever else the machine does only adds.
        counted, page = (1000 * min(times) for times in (counts, pages))
        found = count(store, node, today=TODAY).people
        print(f"{counted:>6.0f} ms {ratio:>9.1f} × {page:>8.1f} ms {found:>9,}  {expression}")


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "rtesmail.db")
        fill(store, people)
        measure(store, people)
        store.conn.close()


if __name__ == "__main__":
    main()

"""A real store of people who differ in all that can be asked of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.store.opening import open_store

NOW = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)

LEVELS = ("", "commune", "région", "département")
REGIONS = ("", "Hauts-de-France", "32", "hauts de france", "Bretagne", "Pays imaginaire")
ROLES = ("", "élu·e", "Élue", "technicien", "Maire (adjoint)", "!!!")
OTHERS = ("", "presse", "élu;partenaire")
DAYS = ("", "2026-02-28", "2026-03-01", "2027-01-01")
SIZES = ("", "3500", "3 500", "12,5", "grande", "0")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Some three hundred people; of each field every value, in many combinations."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    store = open_store(folder / "rtesmail.db")
    at = NOW.isoformat()
    store.conn.executemany(
        """INSERT INTO organisations (id, name, name_key, kind, siren, insee, region, departement, is_member,
        created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, '', '', 1, '', '')""",
        [(1, "Ville A", "villea", "commune", "200054781", "01004"), (2, "EPT B", "eptb", "EPT", "", "")],
    )
    store.conn.executemany(
        "INSERT INTO lists (id, name, created_at) VALUES (?, ?, '')", [(1, "abonnes"), (2, "d'\"été")]
    )
    for i in range(300):
        store.conn.execute(
            """INSERT INTO subscribers (id, email, email_key, organisation, role, level, region, status, created_at,
            updated_at, organisation_id, departement, other_roles, language, mandate_ends_on)
            VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?, ?, ?)""",
            (
                i + 1, f"p{i}@x.example", f"p{i}@x.example", ("", "Ville A", "VILLE-A", "Ailleurs")[i // 5 % 4],
                ROLES[i % 6], LEVELS[i // 2 % 4], REGIONS[i // 3 % 6], at, at, (None, 1, 2)[i // 7 % 3],
                ("", "01", "2A", "971")[i // 11 % 4], OTHERS[i // 13 % 3], ("", "fr", "en")[i // 17 % 3],
                DAYS[i // 6 % 4],
            ),
        )  # fmt: skip
        if SIZES[i // 4 % 6]:
            store.conn.execute("INSERT INTO subscriber_attributes VALUES (?, 'taille', ?)", (i + 1, SIZES[i // 4 % 6]))
        for list_id in (1, 2):
            if i % (list_id + 1) == 0:
                store.conn.execute("INSERT INTO memberships VALUES (?, ?, '')", (list_id, i + 1))
    yield store
    store.conn.close()

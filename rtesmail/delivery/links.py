"""Where the counted links of letters lead, kept before any letter with them leaves, and their totals."""

import json
from typing import TYPE_CHECKING

from rtesmail.model.links import FEWEST_SHOWN, LinkTotal
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    from sqlite_utils import Database

    from rtesmail.model.edition import Edition

_WRITE_WITHIN = 1.0


def keep_links(connection: "sqlite3.Connection", edition: "Edition") -> None:
    """Write down where an edition's counted links lead, within a transaction; those known already stay."""
    connection.executemany(
        "INSERT OR IGNORE INTO counted_links (issue, mark, address) VALUES (?, ?, ?)",
        [(edition.issue, link.mark, link.address) for link in edition.links],
    )


def find_address(store: "Database", issue: str, mark: str) -> str | None:
    """Give where a link leads, None when no letter holds it."""
    sql = "SELECT address FROM counted_links WHERE issue = ? AND mark = ?"
    with reading(store) as connection:
        row = connection.execute(sql, (issue, mark)).fetchone()
    return None if row is None else str(row["address"])


def add_clicks(store: "Database", clicks: "Mapping[tuple[str, str], int]", publications: "Collection[str]") -> None:
    """Add clicks by issue and mark, of letters of these publications alone: counting may have been switched off.

    Those before the issue left, on proofs, are colleagues' and not counted.

    Raises:
        UnusableStoreError: the database cannot be written to now; none was added.
    """
    counting = json.dumps(sorted(publications))
    with transaction(store, wait_seconds=_WRITE_WITHIN) as connection:
        connection.executemany(
            "UPDATE counted_links SET clicks = clicks + ? WHERE issue = ? AND mark = ? AND EXISTS (SELECT 1 FROM "
            "mailings JOIN editions ON editions.digest = mailings.edition_digest "
            "WHERE mailings.issue = counted_links.issue AND mailings.started_at IS NOT NULL "
            "AND editions.publication IN (SELECT value FROM json_each(?)))",
            [(count, issue, mark, counting) for (issue, mark), count in clicks.items()],
        )


def totals_of(store: "Database", issue: str) -> tuple[LinkTotal, ...]:
    """Give an issue's links, the one opened most first; those with few clicks in the order of their addresses."""
    sql = "SELECT address, clicks FROM counted_links WHERE issue = ?"
    with reading(store) as connection:
        rows = connection.execute(sql, (issue,)).fetchall()
    totals = [LinkTotal(row["address"], row["clicks"] if row["clicks"] >= FEWEST_SHOWN else None) for row in rows]
    return tuple(sorted(totals, key=lambda total: (-(total.clicks or 0), total.address)))

"""Who a mailing is for: frozen when it begins, foreseen before."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.mailing import Recipient
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import reading

if TYPE_CHECKING:
    from sqlite_utils import Database

VariantOf = Callable[[str, str, str], str]
"""(level, region, role) → the variant of an edition that such a person gets."""


def same_for_all(_level: str, _region: str, _role: str) -> str:
    """Give the variant of an edition that has none."""
    return ""


_MEMBERS = """
FROM memberships AS membership
JOIN lists AS list ON list.id = membership.list_id
JOIN subscribers AS person ON person.id = membership.subscriber_id
WHERE list.name = :list AND person.status = 'active'
  AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = person.email_key)
"""

# Who wants one rhythm only gets nothing of another, nor what is occasional.
_WANTS_ANOTHER_RHYTHM = """
EXISTS (SELECT 1 FROM frequency_wishes AS wish WHERE wish.subscriber_id = person.id AND wish.frequency <> :frequency)
"""

_WRITABLE_MEMBERS = f"{_MEMBERS} AND NOT {_WANTS_ANOTHER_RHYTHM}"

_EARLIER_MAILING = """
(SELECT MIN(other.mailing_id) FROM deliveries AS other JOIN mailings ON mailings.id = other.mailing_id
 WHERE mailings.issue = :issue AND other.mailing_id <> :mailing AND other.state <> 'skipped'
   AND (other.subscriber_id = person.id OR other.email_key = person.email_key))
"""

_FREEZE = f"""
INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, pace_group, variant, state,
  reply, settled_at)
SELECT :mailing, id, email, email_key, name, organisation, pace_group_of(email), variant_of(level, region, role),
  CASE WHEN earlier IS NULL THEN 'pending' ELSE 'skipped' END,
  CASE WHEN earlier IS NULL THEN '' ELSE replace(:reason, '{{number}}', earlier) END,
  CASE WHEN earlier IS NULL THEN NULL ELSE :now END
FROM (SELECT person.*, {_EARLIER_MAILING} AS earlier {_WRITABLE_MEMBERS})
ORDER BY id
"""


def freeze(
    connection: sqlite3.Connection,
    mailing: int,
    *,
    issue: str,
    list_name: str,
    group_of: Callable[[str], str],
    variant_of: VariantOf,
    frequency: str = "",
    now: datetime,
) -> int:
    """Write one row per member who can be written to; give their number.

    What is known of them now decides for good which variant of the edition they get. Who already stands in another
    mailing of the issue gets a `skipped` row: nobody gets an issue twice. `frequency` is the publication's rhythm,
    empty when it is occasional.
    """
    values = {
        "mailing": mailing,
        "issue": issue,
        "list": list_name,
        "frequency": frequency,
        "now": to_text(now),
        "reason": _("already in mailing {number}"),
    }
    connection.create_function("pace_group_of", 1, group_of, deterministic=True)
    # Of many people few differ in all three.
    connection.create_function("variant_of", 3, lru_cache(maxsize=10_000)(variant_of), deterministic=True)
    return connection.execute(_FREEZE, values).rowcount


def newcomers(store: "Database", mailing: int, list_name: str) -> int:
    """Count who joined the list since the freeze: they are not in this mailing."""
    with reading(store) as connection:
        (frequency,) = connection.execute("SELECT frequency FROM mailings WHERE id = ?", (mailing,)).fetchone()
        row = connection.execute(
            f"SELECT COUNT(*) {_WRITABLE_MEMBERS} AND NOT EXISTS "
            "(SELECT 1 FROM deliveries AS row WHERE row.mailing_id = :mailing AND row.subscriber_id = person.id)",
            {"list": list_name, "mailing": mailing, "frequency": frequency},
        ).fetchone()
    return int(row[0])


def foresee(
    store: "Database", issue: str, list_name: str, variant_of: VariantOf = same_for_all, *, frequency: str = ""
) -> tuple[tuple[Recipient, ...], dict[str, int]]:
    """Give who a freeze would take now, and how many members it would hold back by reason. Nothing is written."""
    values = {"mailing": 0, "issue": issue, "list": list_name, "frequency": frequency}
    with reading(store) as connection:
        members = connection.execute(
            f"SELECT person.*, {_EARLIER_MAILING} AS earlier {_WRITABLE_MEMBERS} ORDER BY person.id", values
        ).fetchall()
        held = connection.execute(
            """SELECT CASE WHEN person.status <> 'active' THEN person.status ELSE suppression.reason END AS reason,
                      COUNT(*) AS people
               FROM memberships AS membership JOIN lists AS list ON list.id = membership.list_id
               JOIN subscribers AS person ON person.id = membership.subscriber_id
               LEFT JOIN suppressions AS suppression ON suppression.email_key = person.email_key
               WHERE list.name = :list AND (person.status <> 'active' OR suppression.email_key IS NOT NULL)
               GROUP BY reason ORDER BY reason""",
            values,
        ).fetchall()
        (elsewhen,) = connection.execute(f"SELECT COUNT(*) {_MEMBERS} AND {_WANTS_ANOTHER_RHYTHM}", values).fetchone()
    reasons = {suppression_reason(row["reason"]): int(row["people"]) for row in held}
    if elsewhen:
        reasons[suppression_reason("frequency")] = int(elsewhen)
    people = []
    for row in members:
        if row["earlier"] is None:
            variant = variant_of(row["level"], row["region"], row["role"])
            people.append(Recipient(0, row["id"], row["email"], row["name"], row["organisation"], variant=variant))
            continue
        reason = _("already in mailing {number}").format(number=row["earlier"])
        reasons[reason] = reasons.get(reason, 0) + 1
    return tuple(people), reasons


def suppression_reason(reason: str) -> str:
    """Say in a person's words why somebody is not written to."""
    words = {
        "unsubscribed": _("unsubscribed"),
        "bounced": _("the address bounced"),
        "complained": _("complained"),
        "erased": _("erased"),
        "left": _("left this list"),
        "frequency": _("wants another frequency"),
    }
    return words.get(reason, reason)

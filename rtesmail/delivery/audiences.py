"""Who a mailing is for: frozen when it begins, foreseen before."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience.segments.queries import Compiler
from rtesmail.delivery.targets import Part
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

_FREEZE = """
INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, pace_group, variant, state,
  reply, settled_at)
SELECT :mailing, id, email, email_key, name, organisation, pace_group_of(email), variant_of(level, region, role),
  CASE WHEN earlier IS NULL THEN 'pending' ELSE 'skipped' END,
  CASE WHEN earlier IS NULL THEN '' ELSE replace(:reason, :number, earlier) END,
  CASE WHEN earlier IS NULL THEN NULL ELSE :now END
FROM ({members})
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
    part: Part | None = None,
    frequency: str = "",
    now: datetime,
) -> int:
    """Write one row per member who can be written to; give their number.

    What is known of them now decides for good which variant of the edition they get. Who already stands in another
    mailing of the issue gets a `skipped` row: nobody gets an issue twice. Of the list only `part` is taken, if one is
    given. `frequency` is the publication's rhythm, empty when it is occasional.

    Raises:
        WorkspaceError: the part's segment asks for a list that there is not.
    """
    asked, asked_values = _within(connection, part)
    values = {
        **asked_values,
        "mailing": mailing,
        "issue": issue,
        "list": list_name,
        "frequency": frequency,
        "now": to_text(now),
        "reason": _("already in mailing {number}"),
        "number": "{number}",
    }
    connection.create_function("pace_group_of", 1, group_of, deterministic=True)
    # Of many people few differ in all three.
    connection.create_function("variant_of", 3, lru_cache(maxsize=10_000)(variant_of), deterministic=True)
    members = f"SELECT person.*, {_EARLIER_MAILING} AS earlier {_WRITABLE_MEMBERS} AND {asked}"
    return connection.execute(_FREEZE.format(members=members), values).rowcount


def newcomers(store: "Database", mailing: int, list_name: str, part: Part | None = None) -> int:
    """Count who came to the list, or to that part of it, since the freeze: they are not in this mailing."""
    with reading(store) as connection:
        asked, asked_values = _within(connection, part)
        (frequency,) = connection.execute("SELECT frequency FROM mailings WHERE id = ?", (mailing,)).fetchone()
        row = connection.execute(
            f"SELECT COUNT(*) {_WRITABLE_MEMBERS} AND {asked} AND NOT EXISTS "
            "(SELECT 1 FROM deliveries AS row WHERE row.mailing_id = :mailing AND row.subscriber_id = person.id)",
            {"list": list_name, "mailing": mailing, "frequency": frequency, **asked_values},
        ).fetchone()
    return int(row[0])


def foresee(
    store: "Database",
    issue: str,
    list_name: str,
    variant_of: VariantOf = same_for_all,
    *,
    part: Part | None = None,
    frequency: str = "",
) -> tuple[tuple[Recipient, ...], dict[str, int]]:
    """Give who a freeze would take now, and how many members it would hold back by reason. Nothing is written.

    Whom `part` leaves out are those who could be written to; who cannot is held back for that reason, in it or not.

    Raises:
        WorkspaceError: the part's segment asks for a list that there is not.
    """
    with reading(store) as connection:
        asked, asked_values = _within(connection, part)
        values = {"mailing": 0, "issue": issue, "list": list_name, "frequency": frequency, **asked_values}
        members = connection.execute(
            f"SELECT person.*, {_EARLIER_MAILING} AS earlier {_WRITABLE_MEMBERS} AND {asked} ORDER BY person.id", values
        ).fetchall()
        (outside,) = connection.execute(f"SELECT COUNT(*) {_WRITABLE_MEMBERS} AND NOT {asked}", values).fetchone()
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
    if part is not None and outside:
        reasons[_("not in the segment {segment}").format(segment=part.segment)] = int(outside)
    people = []
    for row in members:
        if row["earlier"] is None:
            variant = variant_of(row["level"], row["region"], row["role"])
            people.append(Recipient(0, row["id"], row["email"], row["name"], row["organisation"], variant=variant))
            continue
        reason = _("already in mailing {number}").format(number=row["earlier"])
        reasons[reason] = reasons.get(reason, 0) + 1
    return tuple(people), reasons


def notes_on(store: "Database", part: Part) -> tuple[str, ...]:
    """Tell which of the values that a part asks for nobody has."""
    with reading(store) as connection:
        compiler = Compiler(connection, part.today)
        compiler.compile(part.node)
    return tuple(dict.fromkeys(compiler.notes))


def _within(connection: sqlite3.Connection, part: Part | None) -> tuple[str, dict[str, str | int | bytes]]:
    """Give the condition that a `person` is in a part, with its values by name; all of a list meet that of none."""
    if part is None:
        return "1", {}
    condition = Compiler(connection, part.today).compile(part.node)
    pieces = condition.text.split("?")
    names = [f"asked_{position}" for position in range(len(condition.values))]
    text = pieces[0] + "".join(f":{name}{piece}" for name, piece in zip(names, pieces[1:], strict=True))
    return (
        f"person.id IN (SELECT subscribers.id FROM subscribers WHERE {text})",
        dict(zip(names, condition.values, strict=True)),
    )


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

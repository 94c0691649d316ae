"""Organisations, and who belongs to them."""

import sqlite3
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.model.organisations import Organisation, OrganisationKind
from rtesmail.model.people import folded
from rtesmail.model.territories import REGION_OF, REGIONS, departement_of_commune, region_key
from rtesmail.store.moments import to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = ("name", "kind", "siren", "insee", "region", "departement", "is_member")


class ConflictError(ValueError):
    """It cannot be told which organisation is meant."""


class Attached(Struct, frozen=True):
    """What looking for people's organisations came to: how many were attached, and how many stand between several."""

    people: int
    undecided: int


def completed(organisation: Organisation) -> Organisation:
    """Add what follows from what is known: a commune's code says its département, which says its région."""
    departement = organisation.departement or departement_of_commune(organisation.insee)
    region = organisation.region or REGION_OF.get(departement, "")
    return replace(organisation, departement=departement, region=region)


def find_organisation(
    connection: sqlite3.Connection, wanted: Organisation, *, table: str = "organisations"
) -> Organisation | None:
    """Give the organisation that is surely this one; None when there is none.

    A code decides. Without one, the name does, with kind, région and département where both sides say them; two
    different codes of one sort are two organisations, whatever their names. `table` may be a copy of `organisations`.

    Raises:
        ConflictError: it could be several.
    """
    for column in ("siren", "insee"):
        code = getattr(wanted, column)
        if code:
            row = connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", (code,)).fetchone()
            if row is not None:
                return as_organisation(row)
    if not wanted.name:
        return None
    rows = connection.execute(f"SELECT * FROM {table} WHERE name_key = ?", (folded(wanted.name),)).fetchall()
    fitting = [one for one in map(as_organisation, rows) if _fits(one, wanted)]
    if len(fitting) > 1:
        raise ConflictError(_("several organisations have this name: add its SIREN or INSEE code"))
    return fitting[0] if fitting else None


def save_organisation(connection: sqlite3.Connection, organisation: Organisation, *, now: datetime) -> tuple[int, bool]:
    """Make an organisation or complete the one that is known; give its id and whether anything changed.

    What is empty erases nothing. Its people's level, région and département follow. The caller holds the transaction.

    Raises:
        ConflictError: it could be several, or its codes belong to two that are known.
    """
    known = find_organisation(connection, organisation)
    at = to_text(now)
    if known is None:
        made = completed(organisation)
        cursor = connection.execute(
            f"INSERT INTO organisations ({', '.join(_COLUMNS)}, name_key, created_at, updated_at) "
            f"VALUES ({', '.join('?' * (len(_COLUMNS) + 3))})",
            (*_as_row(made), folded(made.name), at, at),
        )
        return int(cursor.lastrowid or 0), True
    better = completed(merged(known, organisation))
    if better == known:
        return known.id, False
    refuse_codes_of_others(connection, better)
    assignments = ", ".join(f"{column} = ?" for column in (*_COLUMNS, "name_key", "updated_at"))
    connection.execute(
        f"UPDATE organisations SET {assignments} WHERE id = ?",
        (*_as_row(better), folded(better.name), at, known.id),
    )
    _describe(connection, better, "organisation_id = ?", known.id, at)
    return known.id, True


def attach(connection: sqlite3.Connection, subscriber_id: int, organisation_id: int, *, now: datetime) -> None:
    """Say that a person belongs to an organisation: their level, région and département are those of it from now on."""
    row = connection.execute("SELECT * FROM organisations WHERE id = ?", (organisation_id,)).fetchone()
    organisation = as_organisation(row)
    at = to_text(now)
    # One after the other: a new text alone means that the person has left (a trigger).
    connection.execute("UPDATE subscribers SET organisation = ? WHERE id = ?", (organisation.name, subscriber_id))
    connection.execute("UPDATE subscribers SET organisation_id = ? WHERE id = ?", (organisation_id, subscriber_id))
    _describe(connection, organisation, "id = ?", subscriber_id, at)


def attach_by_name(connection: sqlite3.Connection, *, now: datetime, undecided_rows: str = "") -> Attached:
    """Attach the people of no organisation whose text names exactly one; the caller holds the transaction.

    Where level or région of the person contradict it, nothing is guessed; of several that have the name, one is meant
    when the person's level, région or département say so. `undecided_rows` is a table of an import's rows, of which
    those that say more than a name and still do not tell (`is_undecided`) are left alone too.
    """
    is_free = "organisation_id IS NULL AND organisation <> ''"
    if undecided_rows:
        is_free += f" AND email_key NOT IN (SELECT email_key FROM {undecided_rows} WHERE is_undecided)"
    by_name: dict[str, list[Organisation]] = {}
    for row in connection.execute("SELECT * FROM organisations"):
        by_name.setdefault(str(row["name_key"]), []).append(as_organisation(row))
    if not by_name:
        return Attached(0, 0)
    people = undecided = 0
    texts = connection.execute(
        f"""SELECT organisation, level, region, departement, COUNT(*) AS people FROM subscribers
        WHERE {is_free} GROUP BY organisation, level, region, departement"""
    ).fetchall()
    at = to_text(now)
    for text, level, region, departement, number in texts:
        named = by_name.get(folded(text), [])
        told = [(one, _agreements(one, level, region, departement)) for one in named]
        fitting = [one for one, same in told if all(same) and (same or len(named) == 1)]
        if len(fitting) != 1:
            undecided += number if named else 0
            continue
        connection.execute(
            f"""UPDATE subscribers SET organisation_id = ? WHERE {is_free}
            AND organisation = ? AND level = ? AND region = ? AND departement = ?""",
            (fitting[0].id, text, level, region, departement),
        )
        _describe(connection, fitting[0], "organisation_id = ?", fitting[0].id, at)
        people += number
    return Attached(people, undecided)


def list_organisations(store: "Database", *, text: str = "", limit: int = 50) -> tuple[tuple[Organisation, int], ...]:
    """At most `limit` organisations by name, those whose name holds `text`, each with its number of people."""
    rows = store.execute(
        """SELECT organisations.*, (SELECT COUNT(*) FROM subscribers
             WHERE organisation_id = organisations.id AND status = 'active') AS people
        FROM organisations WHERE instr(name_key, ?) ORDER BY name_key, id LIMIT ?""",
        (folded(text), limit),
    )
    return tuple((as_organisation(row), int(row["people"])) for row in rows)


def as_organisation(row: sqlite3.Row) -> Organisation:
    """Read a row of the table `organisations`."""
    return Organisation(
        id=row["id"],
        name=row["name"],
        kind=OrganisationKind(row["kind"]) if row["kind"] else None,
        siren=row["siren"],
        insee=row["insee"],
        region=row["region"],
        departement=row["departement"],
        is_member=bool(row["is_member"]),
    )


def refuse_codes_of_others(
    connection: sqlite3.Connection, organisation: Organisation, *, table: str = "organisations"
) -> None:
    """See to it that the codes of an organisation are those of no other.

    Raises:
        ConflictError: they are.
    """
    for column in ("siren", "insee"):
        row = connection.execute(
            f"SELECT name FROM {table} WHERE {column} = ? AND {column} <> '' AND id <> ?",
            (getattr(organisation, column), organisation.id),
        ).fetchone()
        if row is not None:
            raise ConflictError(
                _("its codes are those of two: {one} and {other}").format(one=organisation.name, other=row[0])
            )


def _as_row(organisation: Organisation) -> tuple[str | int, ...]:
    return (
        organisation.name,
        organisation.kind.value if organisation.kind else "",
        organisation.siren,
        organisation.insee,
        organisation.region,
        organisation.departement,
        int(organisation.is_member),
    )


def merged(known: Organisation, said: Organisation) -> Organisation:
    """Take what is said; what it leaves empty stays."""
    return Organisation(
        id=known.id,
        name=said.name or known.name,
        kind=said.kind or known.kind,
        siren=said.siren or known.siren,
        insee=said.insee or known.insee,
        region=said.region or known.region,
        departement=said.departement or known.departement,
        is_member=said.is_member or known.is_member,
    )


def _fits(one: Organisation, wanted: Organisation) -> bool:
    full = completed(wanted)
    sides = [(getattr(one, name), getattr(full, name)) for name in ("kind", "siren", "insee", "region", "departement")]
    return all(mine == asked for mine, asked in sides if mine and asked)


def _agreements(one: Organisation, level: str, region: str, departement: str) -> list[bool]:
    """Say of each thing that both an organisation and a person tell whether they tell the same."""
    sides = ((one.level, level), (one.region, region_key(region) if region else ""), (one.departement, departement))
    # Of a person at an organisation without level (press, a partner) an old level says nothing.
    return [mine == said for mine, said in sides if mine and said]


def _describe(connection: sqlite3.Connection, organisation: Organisation, whom: str, value: int, at: str) -> None:
    """Copy level, région and département to people; what the organisation does not say stays as it was."""
    copies = {
        "level": organisation.level,
        "region": REGIONS.get(organisation.region, ""),
        "departement": organisation.departement,
    }
    said = {column: text for column, text in copies.items() if text}
    if said:
        connection.execute(
            f"UPDATE subscribers SET {', '.join(f'{c} = ?' for c in said)}, updated_at = ? WHERE {whom}",
            (*said.values(), at, value),
        )

"""Which organisations the rows of a file mean: planned beside those that are known, then written.

What an organisation is called and what it is are its own: a row about a person completes it, and changes nothing of it.
"""

import sqlite3
from gettext import gettext as _

from msgspec.structs import replace

from rtesmail.audience.organisations import (
    ConflictError,
    as_organisation,
    completed,
    find_organisation,
    merged,
    refuse_codes_of_others,
)
from rtesmail.audience.staging import Staging
from rtesmail.model.organisations import LEVEL_OF, Organisation, OrganisationKind
from rtesmail.model.people import folded
from rtesmail.model.quoting import joined
from rtesmail.model.territories import REGIONS, region_code

_OWN = "id, name, name_key, kind, siren, insee, region, departement, is_member"
_MEANT = ("organisation", "kind", "siren", "insee", "region", "departement")
"""What a row says of an organisation; its région and département tell two of the same name apart."""
_SAYS_SO = "(r.kind <> '' OR r.siren <> '' OR r.insee <> '')"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_LEVELS = " ".join(f"WHEN {_quoted(kind)} THEN {_quoted(level)}" for kind, level in LEVEL_OF.items())
_NAMES = " ".join(f"WHEN {_quoted(code)} THEN {_quoted(name)}" for code, name in REGIONS.items())
# What people who belong to an organisation have from it; empty where it does not say.
_COPIES = {
    "level": f"CASE o.kind {_LEVELS} ELSE '' END",
    "region": f"CASE o.region {_NAMES} ELSE '' END",
    "departement": "o.departement",
}


def plan_belongings(connection: sqlite3.Connection, staging: Staging) -> None:
    """Say of each row which organisation it means, and put there what follows from that.

    Whoever belongs to an organisation and stays there has level, région and département of it, whatever the row says.
    """
    if connection.execute(f"SELECT 1 FROM {staging.rows} r WHERE {_SAYS_SO} LIMIT 1").fetchone():
        _copy_organisations(connection, staging)
        _find_meant(connection, staging)
        _take_from_organisations(connection, staging)
    if connection.execute("SELECT 1 FROM organisations LIMIT 1").fetchone():
        _leave_to_organisations(connection, staging)


def write_belongings(connection: sqlite3.Connection, staging: Staging, *, at: str) -> None:
    """Write the organisations that a plan made or completed, and who of the known people belongs to them."""
    if not _is_planned(connection, staging):
        return
    connection.execute(
        f"""INSERT INTO organisations ({_OWN}, created_at, updated_at)
        SELECT {_OWN}, :at, :at FROM {staging.organisations} WHERE is_new ORDER BY id""",
        {"at": at},
    )
    better = ", ".join(f"{column} = o.{column}" for column in ("kind", "siren", "insee", "region", "departement"))
    connection.execute(
        f"""UPDATE organisations SET {better}, updated_at = :at FROM {staging.organisations} o
        WHERE o.is_completed AND o.id = organisations.id""",
        {"at": at},
    )
    # After the name: a new name alone means that the person has left (a trigger).
    connection.execute(
        f"""UPDATE subscribers AS p SET organisation_id = r.organisation_id
        FROM {staging.verdicts} v JOIN {staging.rows} r USING (line)
        WHERE p.id = v.person_id AND v.before IS NOT NULL AND r.organisation_id IS NOT NULL"""
    )
    copies = ", ".join(f"{column} = coalesce(nullif({copy}, ''), p.{column})" for column, copy in _COPIES.items())
    connection.execute(
        f"""UPDATE subscribers AS p SET {copies}, updated_at = :at FROM {staging.organisations} o
        WHERE o.is_completed AND p.organisation_id = o.id""",
        {"at": at},
    )


def _is_planned(connection: sqlite3.Connection, staging: Staging) -> bool:
    found = connection.execute("SELECT 1 FROM temp.sqlite_schema WHERE name = ?", (staging.organisations,))
    return found.fetchone() is not None


def _copy_organisations(connection: sqlite3.Connection, staging: Staging) -> None:
    """Copy the known ones, so that a dry run sees what a file's own rows make of them, and changes nothing."""
    table = staging.organisations
    connection.execute(
        f"""CREATE TEMP TABLE {table} (id INTEGER PRIMARY KEY, name TEXT, name_key TEXT, kind TEXT, siren TEXT,
        insee TEXT, region TEXT, departement TEXT, is_member INTEGER, is_new INTEGER, is_completed INTEGER)"""
    )
    connection.execute(f"INSERT INTO {table} SELECT {_OWN}, 0, 0 FROM organisations")
    for column in ("name_key", "siren", "insee"):
        connection.execute(f"CREATE INDEX temp.{table}_by_{column} ON {table} ({column})")
    connection.execute(
        f"""CREATE TEMP TABLE {staging.named} ({", ".join(f"{column} TEXT" for column in _MEANT)}, own INTEGER,
        organisation_id INTEGER, note TEXT, PRIMARY KEY ({", ".join(_MEANT)}, own)) WITHOUT ROWID"""
    )


def _find_meant(connection: sqlite3.Connection, staging: Staging) -> None:
    """Find or plan each organisation once, in the order of the rows that are used; those with its name come first."""
    unused = f"SELECT line FROM {staging.verdicts}"
    # A row that has a code only is about the organisation that the person is known to work for.
    connection.execute(
        f"""UPDATE {staging.rows} AS r SET organisation_id = p.organisation_id,
        organisation = CASE r.organisation WHEN '' THEN p.organisation ELSE r.organisation END
        FROM subscribers p WHERE {_SAYS_SO} AND p.email_key = r.email_key"""
    )
    meant = ", ".join((*(f"r.{column}" for column in _MEANT), "coalesce(r.organisation_id, 0)"))
    groups = connection.execute(
        f"""SELECT {meant} FROM {staging.rows} r WHERE {_SAYS_SO} AND r.line NOT IN ({unused})
        GROUP BY {meant} ORDER BY r.organisation = '', min(r.line)"""
    )
    for group in groups:
        number: int | None = None
        try:
            number, note = _settle(connection, staging.organisations, *group)
        except ConflictError as error:
            note = _("what the row says of the organisation was left out: {why}").format(why=error)
        marks = ", ".join("?" * (len(_MEANT) + 3))
        connection.execute(f"INSERT INTO {staging.named} VALUES ({marks})", (*group, number, note))
    same = " AND ".join((*(f"n.{column} = r.{column}" for column in _MEANT), "n.own = coalesce(r.organisation_id, 0)"))
    connection.execute(
        f"""UPDATE {staging.rows} AS r SET organisation_id = n.organisation_id, notes = {_noted("n.note")},
        is_undecided = n.organisation_id IS NULL
        FROM {staging.named} n WHERE {same} AND {_SAYS_SO} AND r.line NOT IN ({unused})"""
    )


def _settle(
    connection: sqlite3.Connection,
    table: str,
    name: str,
    kind: str,
    siren: str,
    insee: str,
    region: str,
    departement: str,
    own: int,
) -> tuple[int, str]:
    """Give the number of the organisation that is meant, planned when it is not known, and what is to be told.

    `own` is the number of the one that the person belongs to already, 0 when there is none.
    """
    meant = OrganisationKind(kind) if kind else None
    said = Organisation(0, name, meant, siren, insee, region_code(region), departement)
    known = (
        find_organisation(connection, replace(said, name=""), table=table)
        or _still_own(connection, table, said, own)
        or find_organisation(connection, said, table=table)
    )
    if meant not in LEVEL_OF or (known and known.kind and known.kind not in LEVEL_OF):
        # A newspaper or a partner may have people anywhere: where one of them works is not where it is.
        said = replace(said, region="", departement="")
    if known is None:
        if not name:
            raise ConflictError(_("the row does not name it"))
        made = completed(said)
        cursor = connection.execute(
            f"INSERT INTO {table} VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, 0, 1, 0)",
            (name, folded(name), kind, siren, insee, made.region, made.departement),
        )
        return int(cursor.lastrowid or 0), ""
    for mine, asked in ((known.siren, siren), (known.insee, insee)):
        if mine and asked and mine != asked:
            raise ConflictError(_("“{name}” has another code, {code}").format(name=known.name, code=mine))
    better = completed(replace(merged(said, known), id=known.id))
    if better != known:
        refuse_codes_of_others(connection, better, table=table)
        connection.execute(
            f"""UPDATE {table} SET kind = ?, siren = ?, insee = ?, region = ?, departement = ?,
            is_completed = NOT is_new WHERE id = ?""",
            (better.kind or "", better.siren, better.insee, better.region, better.departement, known.id),
        )
    return known.id, _differences(known, said)


def _still_own(connection: sqlite3.Connection, table: str, said: Organisation, own: int) -> Organisation | None:
    """Give the person's own organisation if what is said can be about it: the same name, and no other code."""
    row = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (own,)).fetchone()
    if row is None:
        return None
    known = as_organisation(row)
    codes = ((known.siren, said.siren), (known.insee, said.insee))
    is_same = folded(known.name) == folded(said.name) and all(mine == asked for mine, asked in codes if mine and asked)
    return known if is_same else None


def _differences(known: Organisation, said: Organisation) -> str:
    """Tell what a row has otherwise than what is known, which stays."""
    notes = []
    if said.name and folded(said.name) != folded(known.name):
        notes.append(_("by its code, the organisation is known as “{name}”").format(name=known.name))
    if said.kind and known.kind and said.kind is not known.kind:
        notes.append(_("the organisation is known as {kind} and stays so").format(kind=known.kind))
    return joined(notes)


def _take_from_organisations(connection: sqlite3.Connection, staging: Staging) -> None:
    """Put into each row what its organisation is; what could not be settled is left out."""
    copies = ", ".join(f"{column} = coalesce(nullif({copy}, ''), r.{column})" for column, copy in _COPIES.items())
    connection.execute(
        f"""UPDATE {staging.rows} AS r SET organisation = o.name, kind = o.kind, siren = o.siren, insee = o.insee,
        notes = {_noted(_otherwise())}, {copies}
        FROM {staging.organisations} o WHERE o.id = r.organisation_id"""
    )
    connection.execute(f"UPDATE {staging.rows} SET kind = '', siren = '', insee = '' WHERE organisation_id IS NULL")


def _leave_to_organisations(connection: sqlite3.Connection, staging: Staging) -> None:
    """Of who belongs to an organisation already and stays there, take nothing that it says itself."""
    left = ", ".join(f"{column} = CASE {copy} WHEN '' THEN r.{column} ELSE '' END" for column, copy in _COPIES.items())
    connection.execute(
        f"""UPDATE {staging.rows} AS r SET notes = {_noted(_otherwise())}, {left}
        FROM subscribers p JOIN organisations o ON o.id = p.organisation_id
        WHERE p.email_key = r.email_key AND r.organisation_id IS NULL AND r.organisation IN ('', p.organisation)"""
    )


def _otherwise() -> str:
    """SQL for a note on a row that has another level, région or département than its organisation."""
    same = {"region": "o.region"}
    differs = " OR ".join(
        f"({copy} <> '' AND r.{column} NOT IN ('', {copy}, {same.get(column, copy)}))"
        for column, copy in _COPIES.items()
    )
    note = _quoted(_("level, région and département are those of the organisation"))
    return f"CASE WHEN {differs} THEN {note} ELSE '' END"


def _noted(note: str) -> str:
    """SQL that adds a note to those of a row."""
    return f"r.notes || CASE WHEN r.notes <> '' AND ({note}) <> '' THEN '; ' ELSE '' END || ({note})"

"""A spreadsheet of organisations, such as the network's members: every row answered for, all of it or nothing."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience import repairs
from rtesmail.audience.columns import HEADINGS, Column
from rtesmail.audience.descriptions import BadFieldError, read_organisation
from rtesmail.audience.organisations import Attached, ConflictError, attach_by_name, save_organisation
from rtesmail.audience.spreadsheets import read_sheet
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.organisations import Organisation
from rtesmail.model.people import folded
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

# Headings as `folded` leaves them; those of codes are the ones that a file of people has.
_HEADINGS: Mapping[str, re.Pattern[str]] = {
    "name": re.compile(
        r"noms?|name|organi[sz]ation|organisme|structure|collectivites?|(nomdela|nomdel)(collectivite|organisme|structure)"
    ),
    "kind": re.compile(rf"types?|kind|nature|categorie|niveau|{HEADINGS[Column.KIND].pattern}"),
    "siren": HEADINGS[Column.SIREN],
    "insee": HEADINGS[Column.INSEE],
    "region": HEADINGS[Column.REGION],
    "departement": HEADINGS[Column.DEPARTEMENT],
    "member": re.compile(r"membre|adherente?|member"),
}
_NO = ("", "non", "no", "n", "0", "faux", "false")
_YES = ("oui", "yes", "o", "y", "x", "1", "vrai", "true", "membre", "adherent", "adherente")


class OrganisationRow(StrEnum):
    """What became of a row."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class OrganisationsReport(Struct, frozen=True):
    """How many rows had which end, the rejected ones as (line, name, reason), and whom people were attached to."""

    counts: Mapping[OrganisationRow, int]
    rejected: tuple[tuple[int, str, str], ...]
    attached: Attached


def import_organisations(
    store: "Database", path: Path, *, members: bool, now: datetime, dry_run: bool = False
) -> OrganisationsReport:
    """Make or complete the organisations of a file, then attach people whose organisation's name is one of them.

    `members` says that all of them are members of the network; else a column says which. An empty cell erases
    nothing. A dry run reports the same and writes nothing.

    Raises:
        WorkspaceError: the file cannot be read or has no column of names.
    """
    sheet = read_sheet(path, _count_known)
    columns = _find_columns(sheet.headings)
    if "name" not in columns:
        raise WorkspaceError(
            _("{path} has no column of organisations' names.").format(path=path),
            hint=_("Name that column “organisation”, “collectivité” or “nom” in the first row."),
        )
    counts = dict.fromkeys(OrganisationRow, 0)
    rejected: list[tuple[int, str, str]] = []
    try:
        with transaction(store) as connection:
            before = connection.execute("SELECT coalesce(max(id), 0) FROM organisations").fetchone()[0]
            for row in sheet.rows:
                try:
                    wanted = _read(row.cells, columns, members)
                    number, has_changed = save_organisation(connection, wanted, now=now)
                except (BadFieldError, ConflictError) as error:
                    name = _cell(row.cells, columns["name"]).strip()
                    rejected.append((row.line, name[:60], " ".join(filter(None, (str(error), _hint(error))))))
                    counts[OrganisationRow.REJECTED] += 1
                    continue
                is_new = number > before
                before = max(before, number)
                ended = OrganisationRow.UPDATED if has_changed else OrganisationRow.UNCHANGED
                counts[OrganisationRow.ADDED if is_new else ended] += 1
            attached = attach_by_name(connection, now=now)
            if dry_run:
                raise _NothingWrittenError
    except _NothingWrittenError:
        pass
    return OrganisationsReport(counts, tuple(rejected), attached)


class _NothingWrittenError(Exception):
    """Ends the transaction of a dry run."""


def _hint(error: Exception) -> str:
    return error.hint if isinstance(error, BadFieldError) else ""


def _count_known(headings: Sequence[str]) -> int:
    return len(_find_columns(headings))


def _find_columns(headings: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, heading in enumerate(headings):
        for name, pattern in _HEADINGS.items():
            if pattern.fullmatch(folded(heading)):
                found.setdefault(name, position)
    return found


def _read(cells: Sequence[str], columns: Mapping[str, int], members: bool) -> Organisation:
    texts = {name: _cell(cells, columns[name]) if name in columns else "" for name in _HEADINGS}
    said = folded(texts.pop("member"))
    if said not in (*_NO, *_YES):
        raise BadFieldError(_("“{text}” does not say whether it is a member.").format(text=said), _("Write yes or no."))
    texts["siren"] = repairs.siren(texts["siren"])
    return read_organisation(texts.pop("name"), **texts, is_member=members or said in _YES)


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""

"""A CSV file of people put on a list: every row answered for, all of the file or nothing of it."""

import csv
from contextlib import suppress
from datetime import UTC, datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.audience.columns import Column, ReadRow, RejectedRow, count_known, find_columns, read_row
from rtesmail.audience.enrolment import enrol, plan_enrolment
from rtesmail.audience.reports import ImportReport, RowReport, RowStatus
from rtesmail.audience.spreadsheets import Sheet, as_plain_cell, read_sheet
from rtesmail.audience.storable import storable
from rtesmail.model.errors import WorkspaceError
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["ImportReport", "RowReport", "RowStatus", "import_csv"]

LONGEST_LIST_NAME = 100
"""A list's name is part of each reader's links, whose header line may hold 998 characters (RFC 5322 section 2.1.1)."""


def import_csv(
    store: "Database",
    path: Path,
    list_name: str,
    *,
    now: datetime,
    rejected_folder: Path | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Put the people of a CSV file on a list, made when it does not exist yet.

    A row adds or completes: an empty cell erases nothing, and nobody who said no, complained, bounced or was
    erased comes back. The file is one transaction, so that importing it again after any accident is safe, and
    changes nothing when it went through. `now` is aware. The rejected rows go, with their reason in front, to a
    CSV file in `rejected_folder`. A dry run reports the same and writes nothing.

    Raises:
        WorkspaceError: the file cannot be read or has no column of addresses, or the list has no usable name.
    """
    name = _checked_list_name(list_name)
    sheet = read_sheet(path, count_known)
    columns = find_columns(sheet.headings)
    if Column.EMAIL not in columns:
        raise _no_address_column(sheet)
    read = tuple(read_row(row, columns, width=len(sheet.headings), delimiter=sheet.delimiter) for row in sheet.rows)
    unused = tuple(h.strip() for i, h in enumerate(sheet.headings) if i not in columns.values() and h.strip())
    if dry_run:
        return ImportReport(plan_enrolment(store, read, name).rows, sheet.encoding, sheet.delimiter, None, unused)
    rejected_file = _rejected_path(sheet, read, rejected_folder, now)
    try:
        with transaction(store):
            plan = plan_enrolment(store, read, name)
            enrol(store, plan, name, source=storable(path.name), now=now)
            if rejected_file is not None:
                _write_rejected(rejected_file, sheet, read)
    except BaseException:
        if rejected_file is not None:
            with suppress(OSError):
                rejected_file.unlink()
        raise
    return ImportReport(plan.rows, sheet.encoding, sheet.delimiter, rejected_file, unused)


def _checked_list_name(list_name: str) -> str:
    name = " ".join(list_name.split())
    if not name or not name.isprintable():
        raise WorkspaceError(
            _("A list needs a name that can be read."), hint=_("For instance: --list {name}").format(name="readers")
        )
    if len(name) > LONGEST_LIST_NAME:
        raise WorkspaceError(
            _("The list's name has {n} characters; it may have {most}.").format(n=len(name), most=LONGEST_LIST_NAME),
            hint=_("For instance: --list {name}").format(name="readers"),
        )
    return name


def _no_address_column(sheet: Sheet) -> WorkspaceError:
    shown = [heading.strip()[:40] or _("(empty)") for heading in sheet.headings[:20]]
    return WorkspaceError(
        _("{path} has no column of e-mail addresses. Its first row has: {headings}.").format(
            path=sheet.path, headings=", ".join(repr(heading)[1:-1] for heading in shown)
        ),
        hint=_("Name that column “email”, “courriel” or “adresse mail” in the first row."),
    )


def _rejected_path(sheet: Sheet, read: tuple[ReadRow, ...], folder: Path | None, now: datetime) -> Path | None:
    if folder is None or not any(isinstance(item.outcome, RejectedRow) for item in read):
        return None
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = storable(sheet.path.stem).replace("?", "_")
    path, copy = folder / f"{stem}-{stamp}.csv", 1
    while path.exists():
        copy += 1
        path = folder / f"{stem}-{stamp}-{copy}.csv"
    return path


def _write_rejected(path: Path, sheet: Sheet, read: tuple[ReadRow, ...]) -> None:
    """Write the rejected rows as they were; with a BOM, for spreadsheets guess another encoding without it.

    The reason stands in front: behind the last cell it would line up with a surplus one. No cell is a formula to the
    spreadsheet that opens the file; importing it again gives each as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8-sig", errors="replace", newline="") as file:
            writer = csv.writer(file, delimiter=sheet.delimiter)
            writer.writerow([_("reason"), *map(as_plain_cell, sheet.headings)])
            for item in read:
                if isinstance(item.outcome, RejectedRow):
                    writer.writerow([item.outcome.reason, *map(as_plain_cell, item.row.cells)])
    except OSError as error:
        raise WorkspaceError(
            _("The rejected rows cannot be written to {path}: {reason}. Nothing was imported.").format(
                path=path, reason=error
            ),
            hint=_("Check that the folder can be written to and that the disk is not full."),
        ) from error

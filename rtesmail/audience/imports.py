"""A spreadsheet of people put on a list: every row answered for, all of the file or nothing of it."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.audience.column_maps import ColumnMap, propose_map
from rtesmail.audience.columns import Column, count_known
from rtesmail.audience.enrolment import enrol, large_cache, plan_enrolment
from rtesmail.audience.organisations import Attached, attach_by_name
from rtesmail.audience.rejected_rows import RejectedFile
from rtesmail.audience.reports import ImportReport, RowReport, RowReports, RowStatus
from rtesmail.audience.rows import RowReader
from rtesmail.audience.spreadsheets import Sheet, read_sheet
from rtesmail.audience.staging import stage_rows
from rtesmail.audience.storable import storable
from rtesmail.model.errors import WorkspaceError
from rtesmail.store.transactions import scratching, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["ImportReport", "RowReport", "RowStatus", "import_file", "import_sheet"]

LONGEST_LIST_NAME = 100
"""A list's name is part of each reader's links, whose header line may hold 998 characters (RFC 5322 section 2.1.1)."""


def import_file(
    store: "Database",
    path: Path,
    list_name: str,
    *,
    now: datetime,
    rejected_folder: Path | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Put the people of a file on a list as `import_sheet` does, with the columns that its headings say."""
    sheet = read_sheet(path, count_known)
    columns = propose_map(sheet.headings)
    return import_sheet(store, sheet, columns, list_name, now=now, rejected_folder=rejected_folder, dry_run=dry_run)


def import_sheet(
    store: "Database",
    sheet: Sheet,
    column_map: ColumnMap,
    list_name: str,
    *,
    now: datetime,
    rejected_folder: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[float], None] | None = None,
) -> ImportReport:
    """Put the people of a spreadsheet on a list, made when it does not exist yet.

    A row adds or completes: an empty cell erases nothing, and nobody who said no, complained, bounced or was
    erased comes back. The file is one transaction, so that importing it again after any accident is safe, and
    changes nothing when it went through. `now` is aware. The rejected rows go, with their reason in front, to a
    CSV file in `rejected_folder`. A dry run reports the same and writes nothing. `progress` is told the share of the
    file that has been read, from 0 to 1. However many rows there are, they are not kept in memory.

    Raises:
        WorkspaceError: the file cannot be read or has no column of addresses, or the list has no usable name.
    """
    name = checked_list_name(list_name)
    if Column.EMAIL not in column_map.columns:
        raise _no_address_column(sheet)
    reader = RowReader(sheet.headings, column_map.columns, attributes=column_map.attributes, delimiter=sheet.delimiter)
    folder = None if dry_run else rejected_folder
    attached = Attached(0, 0)
    with nullcontext() if folder is None else RejectedFile(sheet, folder, now) as rejected:
        put_aside = rejected.add if rejected else None
        staging = stage_rows(store, sheet, reader, put_aside=put_aside, progress=progress)
        if progress:
            progress(1.0)
        rows = RowReports(store.conn, staging)
        if dry_run:
            with scratching(store):
                plan_enrolment(store, staging, name)
        else:
            if rejected:
                rejected.flush()
            with large_cache(store), transaction(store):
                plan_enrolment(store, staging, name)
                enrol(store, staging, name, source=storable(sheet.path.name), now=now)
                attached = attach_by_name(store.conn, now=now, undecided_rows=staging.rows)
            if rejected:
                rejected.keep()
    return ImportReport(
        rows,
        rows.count_by_status(),
        rows.count_held_back(),
        sheet.encoding,
        sheet.delimiter,
        attached,
        rejected.path if rejected else None,
        column_map.unused,
    )


def checked_list_name(list_name: str) -> str:
    """Give a list's name with single spaces.

    Raises:
        WorkspaceError: it is empty, too long, or cannot be read.
    """
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

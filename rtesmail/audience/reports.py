"""What an import says of each row."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.audience.columns import ALL_FIELDS, label
from rtesmail.audience.organisations import Attached
from rtesmail.audience.segments.fields import ATTRIBUTES
from rtesmail.audience.staging import Staging
from rtesmail.model.people import SubscriberStatus
from rtesmail.model.quoting import joined


class RowStatus(StrEnum):
    """What became of one row."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    HELD_BACK = "held_back"
    REJECTED = "rejected"


class Change(Struct, frozen=True):
    """What a row changes in one field of a person."""

    field: str
    before: str
    after: str


class RowReport(Struct, frozen=True):
    """One row of the file, its first line counted from 1; `message` says what a person may want to know.

    `column` is the heading of the cell for which the row was rejected, `changes` what an update changes.
    """

    line: int
    status: RowStatus
    email: str
    message: str = ""
    column: str = ""
    changes: tuple[Change, ...] = ()


class RowReports:
    """The reports of all rows, in their order, read from the import's tables when asked for.

    There may be a million of them, so that they are not kept in memory; they can be read as long as the store is open.
    """

    def __init__(self, connection: sqlite3.Connection, staging: Staging) -> None:
        self._connection = connection
        self._staging = staging

    def __len__(self) -> int:
        return sum(self.count_by_status().values())

    def __iter__(self) -> Iterator[RowReport]:
        return self._read("1")

    def __getitem__(self, index: int) -> RowReport:
        for position, row in enumerate(self):
            if position == index:
                return row
        raise IndexError(index)

    def to_look_at(self) -> Iterator[RowReport]:
        """Only the rows about which there is something to say."""
        return self._read("status NOT IN ('added', 'unchanged') OR notes <> '' OR is_known")

    def count_by_status(self) -> Counter[RowStatus]:
        """How many rows there are of each status."""
        told = dict(self._connection.execute(f"SELECT status, count(*) FROM {self._staging.verdicts} GROUP BY status"))
        (understood,) = self._connection.execute(f"SELECT count(*) FROM {self._staging.rows}").fetchone()
        (rejected,) = self._connection.execute(f"SELECT count(*) FROM {self._staging.rejected}").fetchone()
        counts = Counter({RowStatus(status): number for status, number in told.items()})
        counts[RowStatus.ADDED] += understood - sum(told.values())
        counts[RowStatus.REJECTED] = rejected
        return counts

    def count_held_back(self) -> Counter[SubscriberStatus]:
        """How many rows were held back, by the reason."""
        found = self._connection.execute(
            f"SELECT reason, count(*) FROM {self._staging.verdicts} WHERE status = 'held_back' GROUP BY reason"
        )
        return Counter({SubscriberStatus(reason): number for reason, number in found})

    def _read(self, condition: str) -> Iterator[RowReport]:
        shown = (*ALL_FIELDS, "attributes")
        fields = ", ".join(f"r.{field}" for field in shown)
        empty = ", ".join("''" for _field in shown)
        found = self._connection.execute(
            f"""SELECT * FROM (
            SELECT r.line, coalesce(v.status, 'added') AS status, r.email, r.notes, '' AS heading, v.reason,
              v.first_line, v.before, v.person_id IS NOT NULL AND v.status = 'added' AS is_known, {fields}
            FROM {self._staging.rows} r LEFT JOIN {self._staging.verdicts} v USING (line)
            UNION ALL
            SELECT line, 'rejected', email, reason, heading, NULL, NULL, NULL, 0, {empty} FROM {self._staging.rejected}
            ) WHERE {condition} ORDER BY line"""
        )
        return map(_as_report, found)


class ImportReport(Struct, frozen=True):
    """Every row of the file, in its order. `unused` are the headings that were left aside.

    `attached` tells whose organisation was found by its name at the end; a dry run does not look for it.
    """

    rows: RowReports
    counts: Counter[RowStatus]
    held_back: Mapping[SubscriberStatus, int]
    encoding: str
    delimiter: str
    attached: Attached
    rejected_file: Path | None = None
    unused: tuple[str, ...] = ()

    def count(self, status: RowStatus) -> int:
        """How many rows had this status."""
        return self.counts[status]


def _as_report(row: sqlite3.Row) -> RowReport:
    status = RowStatus(row["status"])
    changes = _changes(row)
    said = ""
    match status:
        case RowStatus.DUPLICATE:
            said = _("the same address as line {line}; this row was not used").format(line=row["first_line"])
        case RowStatus.HELD_BACK:
            said = _why_held(SubscriberStatus(row["reason"]))
        case RowStatus.ADDED if row["is_known"]:
            said = _("already known, now on this list too")
    notes = row["notes"] if status not in (RowStatus.DUPLICATE, RowStatus.HELD_BACK) else ""
    message = joined((said, *map(_say_change, changes), notes))
    return RowReport(row["line"], status, row["email"], message, row["heading"], changes)


def _changes(row: sqlite3.Row) -> tuple[Change, ...]:
    if row["before"] is None:
        return ()
    *fields, attributes = json.loads(row["before"])
    pairs = zip(ALL_FIELDS, fields, strict=True)
    changes = [Change(field, old, row[field]) for field, old in pairs if row[field] not in ("", old)]
    known = dict(attributes)
    said = json.loads(row["attributes"])
    changes += [Change(f"{ATTRIBUTES}.{name}", known[name], new) for name, new in said if known[name] != new]
    return tuple(changes)


def _say_change(change: Change) -> str:
    return _("{what}: “{before}” → “{after}”").format(
        what=label(change.field), before=change.before, after=change.after
    )


def _why_held(reason: SubscriberStatus) -> str:
    match reason:
        case SubscriberStatus.UNSUBSCRIBED:
            return _("this person unsubscribed: not put back")
        case SubscriberStatus.BOUNCED:
            return _("mail to this address came back: not put back")
        case SubscriberStatus.COMPLAINED:
            return _("this person reported a mail as spam: not put back")
        case _:
            return _("this person asked to be forgotten: not put back")

"""What an import says of each row."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class RowStatus(StrEnum):
    """What became of one row."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    HELD_BACK = "held_back"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row of the file, its first line counted from 1; `message` says what a person may want to know."""

    line: int
    status: RowStatus
    email: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every row of the file, in its order. `unused` are the headings that mean nothing to rtesmail."""

    rows: tuple[RowReport, ...]
    encoding: str
    delimiter: str
    rejected_file: Path | None = None
    unused: tuple[str, ...] = ()

    def count(self, status: RowStatus) -> int:
        return self.counts[status]

    @property
    def counts(self) -> Counter[RowStatus]:
        """How many rows had each status; a status without rows counts 0."""
        return Counter(row.status for row in self.rows)

"""The rows that could not be used, in a file in which they can be mended."""

import csv
from contextlib import suppress
from datetime import UTC, datetime
from gettext import gettext as _
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from rtesmail.audience.plain_cells import as_plain_cell
from rtesmail.audience.rows import RejectedRow
from rtesmail.audience.sheets import Sheet
from rtesmail.audience.storable import storable
from rtesmail.model.errors import WorkspaceError


class RejectedFile:
    """A CSV file that begins with the first rejected row, and goes again unless it is kept.

    It has a BOM, for spreadsheets guess another encoding without it. The reason stands in front: behind the last cell
    it would line up with a surplus one. No cell is a formula to the spreadsheet that opens the file; importing it
    again gives each as it was.
    """

    def __init__(self, sheet: Sheet, folder: Path, now: datetime) -> None:
        self.path: Path | None = None
        self._sheet = sheet
        self._folder = folder
        self._stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._file: TextIO | None = None
        self._writer: Any = None
        self._is_kept = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            if self._file:
                self._file.close()
            if self.path and not self._is_kept:
                self.path.unlink()

    def add(self, item: RejectedRow) -> None:
        """Write one row.

        Raises:
            WorkspaceError: it cannot be written.
        """
        try:
            if self._file is None:
                self._begin()
            self._writer.writerow([item.reason, *map(as_plain_cell, item.row.cells)])
        except OSError as error:
            raise self._unwritable(error) from error

    def flush(self) -> None:
        """See to it that all rows are in the file.

        Raises:
            WorkspaceError: they cannot be written.
        """
        try:
            if self._file:
                self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def keep(self) -> None:
        """Let the file stay."""
        self._is_kept = True

    def _begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = storable(self._sheet.path.stem).replace("?", "_")
        path, copy = self._folder / f"{stem}-{self._stamp}.csv", 1
        while path.exists():
            copy += 1
            path = self._folder / f"{stem}-{self._stamp}-{copy}.csv"
        self._file = path.open("x", encoding="utf-8-sig", errors="replace", newline="")
        self.path = path
        self._writer = csv.writer(self._file, delimiter=self._sheet.delimiter or ";")
        self._writer.writerow([_("reason"), *map(as_plain_cell, self._sheet.headings)])

    def _unwritable(self, error: OSError) -> WorkspaceError:
        return WorkspaceError(
            _("The rejected rows cannot be written to {path}: {reason}. Nothing was imported.").format(
                path=self.path or self._folder, reason=error
            ),
            hint=_("Check that the folder can be written to and that the disk is not full."),
        )

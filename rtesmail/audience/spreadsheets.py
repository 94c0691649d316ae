"""Spreadsheets of every usual kind: a file opened for what it is, whatever its name says."""

from collections.abc import Callable, Sequence
from gettext import gettext as _
from pathlib import Path

from rtesmail.audience.csv_files import open_csv
from rtesmail.audience.plain_cells import as_plain_cell
from rtesmail.audience.sheets import Sheet, SheetRow
from rtesmail.audience.workbooks import open_workbook
from rtesmail.model.errors import WorkspaceError

__all__ = ["Sheet", "SheetRow", "as_plain_cell", "read_sheet"]

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PDF = b"%PDF"


def read_sheet(path: Path, count_known: Callable[[Sequence[str]], int], *, sheet: str = "") -> Sheet:
    """Open a CSV file or a workbook (.xlsx, .ods, .xls); `sheet` names the sheet of a workbook.

    `count_known` tells how many headings of a list are understood. Rows are read only when they are asked for.

    Raises:
        WorkspaceError: the file is missing, empty, or nothing that can be read.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise WorkspaceError(
            _("{path} is a pipe or a device, and an import reads a file more than once.").format(path=path),
            hint=_("Save it as a file first."),
        )
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
        if beginning.startswith(_PDF):
            raise WorkspaceError(
                _("{path} is a PDF file, not a spreadsheet.").format(path=path),
                hint=_("Ask for the spreadsheet it was made from."),
            )
        if beginning.startswith(_WORKBOOKS):
            return open_workbook(path, sheet, count_known)
        if sheet:
            raise WorkspaceError(
                _("{path} is a CSV file: it has no sheets.").format(path=path), hint=_("Leave --sheet out.")
            )
        return open_csv(path, count_known)
    except FileNotFoundError as error:
        raise WorkspaceError(
            _("There is no file {path}.").format(path=path),
            hint=_("Check the spelling and the folder you are in."),
        ) from error
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error),
            hint=_("Give a CSV file or a workbook that you may read."),
        ) from error

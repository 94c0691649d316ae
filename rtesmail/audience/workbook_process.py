"""The process that reads a workbook and tells its rows: `python -m rtesmail.audience.workbook_process FILE`.

It stands alone because a hostile or broken workbook can ask for more memory than there is, and calamine then ends the
process. It writes one JSON value a line: what the sheets are and how they begin; then, for the sheet whose name comes
in on standard input, each row that is not blank; `null` at the end.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

HEAD_ROWS = 25
MOST_MEMORY = 2 << 30
"""Bytes of address space: a sheet filled to Excel's last row with a dozen columns takes about a quarter of it."""
MOST_SECONDS = 300

Cell = str | bool | float | datetime | date | time | timedelta


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_path(sys.argv[1])
    except PasswordError:
        _tell({"trouble": "password"})
        return
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    beginnings = []
    for sheet in sheets:
        rows = _rows(workbook, sheet.name)
        head = [row for row, _number in zip(rows, range(HEAD_ROWS), strict=False)]
        is_hidden = sheet.visible is not SheetVisibleEnum.Visible
        beginnings.append({"name": sheet.name, "is_hidden": is_hidden, "rows": head})
    _tell({"sheets": beginnings})
    wanted = sys.stdin.readline()
    if wanted:
        for row in _rows(workbook, json.loads(wanted)):
            _tell(row)
        _tell(None)


def as_text(value: Cell) -> str:
    """Give a cell as text: whole numbers without a point, days as 2025-04-03, times as 09:00:00, TRUE and FALSE."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float() | int():
            return _number_text(value)
        case datetime():
            midnight = value.time() == time()
            return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case time():
            return value.isoformat("seconds")
    return value.isoformat()


def _number_text(value: float) -> str:
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return ""
    return f"{exact.to_integral_value() if exact == exact.to_integral_value() else exact:f}"


def _rows(workbook: "CalamineWorkbook", name: str) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(workbook.get_sheet_by_name(name).iter_rows(), 1):
        texts = [as_text(cell) for cell in cells]
        if "".join(texts).strip():
            yield number, texts


def _tell(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush() if isinstance(value, dict) else None


if __name__ == "__main__":
    main()

"""Where the headings of a sheet stand: titles, empty rows and merged cells come before or around them."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from rtesmail.audience.sheets import SheetRow

HEADINGS_WITHIN = 25
"""So many of the first rows are looked through for the headings."""


class Headings(Struct, frozen=True):
    """The headings, the row they begin in, the last row they fill, and the rows above them."""

    cells: tuple[str, ...]
    line: int
    last_line: int
    passed_over: tuple[SheetRow, ...] = ()


def find_headings(rows: Sequence[SheetRow], count_known: Callable[[Sequence[str]], int]) -> Headings | None:
    """Take the row of which most is understood, the first one in doubt; None when there is no row.

    A row with an address is never one of headings. Where headings stand in two rows (merged cells give groups of
    columns a common title), the words that are understood are put together.
    """
    if not rows:
        return None
    knowns = [0 if _has_address(row) else count_known(row.cells) for row in rows]
    at = max(range(len(rows)), key=lambda index: knowns[index])
    first = last = at
    cells = tuple(rows[at].cells)
    if at + 1 < len(rows) and not _has_address(rows[at + 1]):
        below = _overlaid(rows[at + 1].cells, cells)
        if count_known(below) > count_known(cells):
            cells, last = below, at + 1
    if at > 0 and knowns[at]:
        above = _overlaid(cells, rows[at - 1].cells)
        if count_known(above) > count_known(cells):
            cells, first = above, at - 1
    return Headings(cells, rows[first].line, rows[last].line, tuple(rows[:first]))


def _has_address(row: SheetRow) -> bool:
    return any("@" in cell for cell in row.cells)


def _overlaid(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    width = max(len(upper), len(lower))
    return tuple(_cell(upper, i) if _cell(upper, i).strip() else _cell(lower, i) for i in range(width))


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""

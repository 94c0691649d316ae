"""Cells that no spreadsheet takes for a formula, and that come back as they were."""

from collections.abc import Sequence

# What makes a spreadsheet calculate a cell or run what it names, full-width forms included (OWASP, "CSV Injection").
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula_like(cell: str) -> bool:
    """Would a spreadsheet calculate this cell?"""
    return cell.startswith(_FORMULA_SIGNS)


def as_plain_cell(cell: str) -> str:
    """Mark a cell as text with the apostrophe that spreadsheets know, where they would take it for a formula.

    One that has apostrophes before a formula of its own gets one more, so that it comes back as it was.
    """
    return f"'{cell}" if is_formula_like(cell.lstrip("'")) else cell


def without_marks(cells: Sequence[str]) -> tuple[str, ...]:
    """Take the marks of `as_plain_cell` off a row."""
    # Apostrophes inside a cell are frequent in French: only one after the end of a cell is looked at closer.
    text = "|".join(cells)
    if "|'" in text or text.startswith("'"):
        return tuple(map(_without_mark, cells))
    return tuple(cells)


def _without_mark(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and is_formula_like(cell.lstrip("'")) else cell

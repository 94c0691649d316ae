"""What an import says of each row and of all of them, for people and for programs."""

import itertools
from collections.abc import Iterable
from gettext import gettext as _
from gettext import ngettext, pgettext
from typing import TYPE_CHECKING

from rtesmail.cli import terminal
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.audience.column_maps import ColumnMap
    from rtesmail.audience.reports import ImportReport, RowReport
    from rtesmail.audience.spreadsheets import Sheet

ROWS_SHOWN = 200
"""Rows shown unless all are asked for: more scroll away before anybody has read them."""


def show_rows(rows: "Iterable[RowReport]", *, is_cut: bool) -> None:
    heads = (_("line"), _("row"), _("address"), _("column"), _("remark"))
    rows = iter(rows)
    while some := list(itertools.islice(rows, ROWS_SHOWN)):
        words = _row_words()
        terminal.table(
            [(str(r.line), words[r.status.value], r.email, r.column[:30], r.message) for r in some],
            heads=heads,
            right=(0,),
        )
        if is_cut:
            left = sum(1 for _row in rows)
            if left:
                terminal.say(
                    ngettext(
                        "… and {n} row more; see all with --all.", "… and {n} rows more; see all with --all.", left
                    ).format(n=grouped(left))
                )
        terminal.say()


def show_account(report: "ImportReport") -> None:
    words = _rows_words()
    counts = [(words[status.value], grouped(n)) for status, n in sorted(report.counts.items()) if n]
    terminal.table([*counts, (_("rows in all"), grouped(sum(report.counts.values())))], right=(1,))
    terminal.say()
    if report.held_back:
        reasons = [f"{_held_words()[reason.value]} {grouped(n)}" for reason, n in report.held_back.items()]
        terminal.say(_("Held back, for no import brings them back: {reasons}.").format(reasons=", ".join(reasons)))
    if people := report.attached.people:
        terminal.say(
            ngettext(
                "{n} person was found by name to work for a known organisation.",
                "{n} people were found by name to work for known organisations.",
                people,
            ).format(n=grouped(people))
        )
    if report.unused:
        terminal.say(_("Columns left aside: {names}.").format(names=", ".join(report.unused)))
    if report.rejected_file:
        terminal.say(
            _("The rejected rows are in {path}: mend them there and import that file.").format(
                path=terminal.shown_path(report.rejected_file)
            )
        )


def as_json(report: "ImportReport", list_name: str, sheet: "Sheet", columns: "ColumnMap") -> dict[str, terminal.Json]:
    return {
        "list": list_name,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "sheet": sheet.name,
        "columns": {h.text: h.column or None for h in columns.headings},
        "counts": {status.value: n for status, n in sorted(report.counts.items())},
        "held_back": {reason.value: n for reason, n in sorted(report.held_back.items())},
        "attached": report.attached.people,
        "undecided": report.attached.undecided,
        "rejected_file": str(report.rejected_file) if report.rejected_file else None,
    }


def row_as_json(row: "RowReport") -> terminal.Json:
    return {
        "line": row.line,
        "status": row.status.value,
        "email": row.email,
        "column": row.column,
        "message": row.message,
        "changes": {change.field: [change.before, change.after] for change in row.changes},
    }


def _row_words() -> dict[str, str]:
    """Name what became of one row."""
    return {
        "added": pgettext("one row", "added"),
        "updated": pgettext("one row", "updated"),
        "unchanged": pgettext("one row", "unchanged"),
        "duplicate": pgettext("one row", "twice in the file"),
        "held_back": pgettext("one row", "held back"),
        "rejected": pgettext("one row", "rejected"),
    }


def _rows_words() -> dict[str, str]:
    """Name what became of several rows."""
    return {
        "added": _("added"),
        "updated": _("updated"),
        "unchanged": _("unchanged"),
        "duplicate": _("twice in the file"),
        "held_back": _("held back"),
        "rejected": _("rejected"),
    }


def _held_words() -> dict[str, str]:
    """Name why people are held back."""
    return {
        "unsubscribed": pgettext("several people", "unsubscribed"),
        "bounced": pgettext("several people", "mail came back"),
        "complained": pgettext("several people", "complained"),
        "erased": pgettext("several people", "erased"),
    }

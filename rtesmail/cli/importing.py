"""The command that brings people in from a spreadsheet: what it read, and what it asks."""

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import import_reports, setting, terminal, wording

if TYPE_CHECKING:
    from rtesmail.audience.column_maps import ColumnMap, SavedMap
    from rtesmail.audience.spreadsheets import Sheet


def register(application: typer.Typer) -> None:
    application.command(
        "import", cls=wording.Command, help=_("Put the people of a spreadsheet on a list. Every row is reported.")
    )(import_file)


def import_file(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help=_("The file: CSV, or a workbook (.xlsx, .ods, .xls)."), metavar=_("FILE"))
    ],
    list_name: setting.ListOption,
    sheet_name: Annotated[
        str, typer.Option("--sheet", help=_("The sheet of a workbook, if several have people."), metavar=_("NAME"))
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help=_("Take the columns as they are understood, without asking."))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Report what would happen, write nothing."))] = False,
    every_row: Annotated[bool, typer.Option("--all", help=_("Show every row, not only those to look at."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.column_maps import knowing, load_map, map_path, propose_map
    from rtesmail.audience.imports import checked_list_name, import_sheet
    from rtesmail.audience.spreadsheets import read_sheet

    workspace = setting.current_workspace(context)
    list_name = checked_list_name(list_name)
    kept_in = map_path(workspace.root / "lists", list_name)
    saved = load_map(kept_in)
    sheet = read_sheet(file, knowing(saved), sheet=sheet_name)
    columns = propose_map(sheet.headings, saved)
    if not as_json:
        _show_sheet(sheet)
    _settle_columns(sheet, columns, saved, kept_in, list_name, is_taken=yes, is_dry=dry_run, is_quiet=as_json)
    with setting.opened_store(workspace) as store:
        with _progress(is_quiet=as_json) as advance:
            report = import_sheet(
                store,
                sheet,
                columns,
                list_name,
                now=setting.utc_now(),
                rejected_folder=workspace.root / "lists" / "rejected",
                dry_run=dry_run,
                progress=advance,
            )
        # The rows are in temporary tables of this connection.
        if as_json:
            head = import_reports.as_json(report, list_name, sheet, columns)
            terminal.emit_rows(head, "rows", map(import_reports.row_as_json, report.rows))
            return
        import_reports.show_rows(report.rows if every_row else report.rows.to_look_at(), is_cut=not every_row)
        import_reports.show_account(report)
    if dry_run:
        terminal.say(_("Nothing was written (--dry-run)."))
    else:
        from rtesmail.delivery.targets import as_one_word

        terminal.say(_("Next: rtesmail people --list {list}").format(list=as_one_word(list_name)))


def _show_sheet(sheet: "Sheet") -> None:
    """Tell how the file was read, and whatever of it was not."""
    name = terminal.shown_path(sheet.path)
    if sheet.name:
        terminal.say(_("{file}: sheet “{sheet}”.").format(file=name, sheet=sheet.name))
    else:
        delimiter = _("tab") if sheet.delimiter == "\t" else _("“{sign}”").format(sign=sheet.delimiter)
        terminal.say(
            _("{file}: {encoding}, {delimiter} between the cells.").format(
                file=name, encoding=sheet.encoding, delimiter=delimiter
            )
        )
    if sheet.other_sheets:
        shown = [
            _("{sheet} (hidden)").format(sheet=other) if other in sheet.hidden_sheets else other
            for other in sheet.other_sheets
        ]
        terminal.say(_("Sheets not read: {names}.").format(names=", ".join(shown)))
    if sheet.name in sheet.hidden_sheets:
        terminal.say(_("This sheet is hidden in the workbook."))
    if sheet.passed_over:
        count = len(sheet.passed_over)
        terminal.say(
            ngettext(
                "The headings are in row {line}; {n} row above them was passed over.",
                "The headings are in row {line}; {n} rows above them were passed over.",
                count,
            ).format(line=sheet.line, n=count)
        )
    if not sheet.is_encoding_certain and (example := _accented(sheet)):
        terminal.say(
            _("Nothing in the file says its encoding; {encoding} fits its accents best: “{example}”.").format(
                encoding=sheet.encoding, example=example
            )
        )
    terminal.say()


def _accented(sheet: "Sheet") -> str:
    """Find a cell by which a person sees whether the accents are right."""
    first_rows = (row.cells for row in itertools.islice(sheet.rows, 200))
    cells = (cell.strip() for cells in itertools.chain([sheet.headings], first_rows) for cell in cells)
    return next((cell[:60] for cell in cells if not cell.isascii() and cell.isprintable()), "")


def _settle_columns(
    sheet: "Sheet",
    columns: "ColumnMap",
    saved: "SavedMap | None",
    kept_in: Path,
    list_name: str,
    *,
    is_taken: bool,
    is_dry: bool,
    is_quiet: bool,
) -> None:
    """See to it that a person agrees with what the headings stand for, where that is not settled.

    Raises:
        RefusedError: somebody must be asked, and nobody is there.
        typer.Exit: the person said no.
    """
    from rtesmail.audience.column_maps import save_map
    from rtesmail.audience.columns import Column
    from rtesmail.model.errors import RefusedError

    # Without a column of addresses there is nothing to agree with: the import says so.
    if Column.EMAIL not in columns.columns:
        return
    is_watched = not is_quiet and sys.stdin.isatty() and sys.stdout.isatty()
    is_settled = not columns.doubtful and (saved is not None or not is_watched)
    if is_settled:
        return
    if not is_quiet:
        _show_columns(sheet, columns)
    if is_dry:
        return
    if not is_taken and not is_watched:
        raise RefusedError(
            _("Nobody has confirmed what these headings of {path} stand for: {names}.").format(
                path=sheet.path, names=", ".join(columns.doubtful)
            ),
            hint=_("Look with --dry-run; then add --yes, or run the command on a terminal. Nothing was imported."),
        )
    is_agreed = is_taken or terminal.ask(_("Is that right?"))
    save_map(kept_in, columns, saved, list_name=list_name, is_confirmed=is_agreed)
    if not is_agreed:
        terminal.say(
            _("Nothing was imported. Correct the columns in {path}, then run the same command again.").format(
                path=terminal.shown_path(kept_in)
            )
        )
        raise typer.Exit(3)
    if not is_quiet:
        terminal.say(_("Kept for the next import in {path}.").format(path=terminal.shown_path(kept_in)))
        terminal.say()


def _show_columns(sheet: "Sheet", columns: "ColumnMap") -> None:
    from rtesmail.audience import columns as known
    from rtesmail.audience.values import one_line

    first = next(iter(sheet.rows), None)
    cells = first.cells if first else ()
    terminal.table(
        [
            (
                h.text[:40],
                known.heading(h.column) if h.column else _("— left aside"),
                one_line(cells[h.position])[:40] if h.position < len(cells) else "",
            )
            for h in columns.headings
        ],
        heads=(_("heading"), _("stands for"), _("first row")),
    )
    terminal.say()


@contextmanager
def _progress(*, is_quiet: bool) -> Iterator[Callable[[float], None] | None]:
    """A bar where a person watches; nothing in cron and pipes."""
    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_("reading"), total=None)

        def advance(share: float) -> None:
            if 0 < share < 1:
                bar.update(task, total=1.0, completed=share)
            elif share:
                bar.update(task, description=_("comparing and writing"), total=None)

        yield advance

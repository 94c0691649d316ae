"""Workbooks as Excel and LibreOffice write them."""

import datetime
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from rtesmail.audience.columns import count_known
from rtesmail.audience.spreadsheets import Sheet, read_sheet
from rtesmail.model.errors import WorkspaceError

Rows = list[list[object]]


def write_xlsx(path: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)


def write_ods(path: Path, rows: Rows) -> None:
    book = OpenDocumentSpreadsheet()
    table = Table(name="Feuille1")
    for row in rows:
        line = TableRow()
        for value in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text="" if value is None else str(value)))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))


def read(path: Path, sheet: str = "") -> Sheet:
    return read_sheet(path, count_known, sheet=sheet)


@pytest.mark.parametrize(("end", "write"), [(".xlsx", write_xlsx), (".ods", write_ods)])
def test_a_workbook_is_read_like_a_csv_file(tmp_path: Path, end: str, write: Callable[[Path, Rows], None]) -> None:
    path = tmp_path / f"people{end}"
    write(path, [["Courriel", "Nom"], ["ines@ville.example", "Inès <b>A</b>"], ["zoe@ville.example", "=1+1 ’"]])
    sheet = read(path)
    assert sheet.headings == ("Courriel", "Nom")
    first, second = ((row.line, *row.cells) for row in sheet.rows)
    assert first == (2, "ines@ville.example", "Inès <b>A</b>")
    assert second[:2] == (3, "zoe@ville.example")


def test_what_a_file_is_counts_and_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    write_xlsx(tmp_path / "x.xlsx", [["email"], ["a@x.example"]])
    (tmp_path / "x.xlsx").rename(path)
    assert next(iter(read(path).rows)).cells == ("a@x.example",)


def test_numbers_days_and_truths_become_text_in_one_way(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    day, hour, length = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "hh:mm", "[h]:mm"))
    sheet.write_row(0, 0, ["email", "a", "b", "c", "d", "e", "f", "g", "h", "i"])
    sheet.write_row(1, 0, ["a@x.example", 1004, 3.5, 612345678, True])
    sheet.write_datetime(1, 5, datetime.datetime(2026, 3, 31), day)
    sheet.write_datetime(1, 6, datetime.datetime(2026, 3, 31, 9, 30), day)
    sheet.write_number(1, 7, 0.5, hour)
    sheet.write_number(1, 8, 1.5, length)
    sheet.write_formula(1, 9, "=1/0", None, "#DIV/0!")
    book.close()
    assert next(iter(read(path).rows)).cells[1:] == (
        "1004",
        "3.5",
        "612345678",
        "TRUE",
        "2026-03-31",
        "2026-03-31 09:30:00",
        "12:00:00",
        "36:00:00",
        "",
    )


def test_titles_empty_rows_and_merged_headings_come_before_the_people(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B2"] = "Contacts du réseau"
    sheet.merge_cells("B2:E2")
    sheet["B4"], sheet["C4"], sheet["E4"] = "Courriel", "Personne", "Structure"
    sheet.merge_cells("B4:B5")
    sheet.merge_cells("C4:D4")
    sheet["C5"], sheet["D5"] = "Nom", "Prénom"
    sheet["B6"], sheet["C6"], sheet["D6"], sheet["E6"] = "i@ville.example", "Aldemarque", "Inès", "Ville"
    book.save(path)
    read_in = read(path)
    assert read_in.headings == ("Courriel", "Nom", "Prénom", "Structure")
    assert (read_in.line, len(read_in.passed_over)) == (4, 1)
    assert [(row.line, row.cells) for row in read_in.rows] == [(6, ("i@ville.example", "Aldemarque", "Inès", "Ville"))]


@pytest.fixture
def several(tmp_path: Path) -> Path:
    path = tmp_path / "several.xlsx"
    book = xlsxwriter.Workbook(path)
    for name, cell in (("Notes", "rien"), ("Élus", "a@x.example"), ("Presse", "b@x.example"), ("Vieux", "c@x.example")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["email"])
        sheet.write_row(1, 0, [cell])
        if name == "Vieux":
            sheet.hide()
    book.close()
    return path


def test_of_several_sheets_with_people_one_must_be_named(several: Path) -> None:
    with pytest.raises(WorkspaceError, match="several sheets that may be meant: Élus, Presse") as refused:
        read(several)
    assert "--sheet “Élus”" in refused.value.hint
    assert next(iter(read(several, "Presse").rows)).cells == ("b@x.example",)


def test_sheets_that_are_not_read_are_known_and_the_hidden_ones_too(several: Path) -> None:
    sheet = read(several, "Élus")
    assert sheet.other_sheets == ("Notes", "Presse", "Vieux")
    assert sheet.hidden_sheets == ("Vieux",)
    assert read(several, "Vieux").name in sheet.hidden_sheets


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(several: Path) -> None:
    with pytest.raises(WorkspaceError, match="no sheet “Elus”") as refused:
        read(several, "Elus")
    assert "Vieux (hidden)" in refused.value.hint


def test_a_csv_file_has_no_sheets(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email\na@x.example\n")
    with pytest.raises(WorkspaceError, match="has no sheets"):
        read(path, "Élus")


def test_an_empty_workbook_is_told(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "empty.xlsx", [])
    with pytest.raises(WorkspaceError, match="is empty"):
        read(tmp_path / "empty.xlsx")


def test_a_cell_at_the_end_of_the_world_asks_for_no_more_memory_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "email")
    sheet.write_string(1_048_575, 16_383, "a@x.example")
    book.close()
    with pytest.raises(WorkspaceError, match="cannot be read as a workbook") as refused:
        read(path)
    assert "CSV" in refused.value.hint


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_damaged_workbook_is_read_or_refused_in_words(several: Path, data: st.DataObject) -> None:
    content = bytearray(several.read_bytes())
    for _hit in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = several.with_name("damaged.xlsx")
    damaged.write_bytes(content[: data.draw(st.integers(5, len(content)))] if data.draw(st.booleans()) else content)
    try:
        said = [cell for row in read(damaged, "Presse").rows for cell in row.cells]
    except WorkspaceError as refused:
        said = [str(refused), refused.hint]
    assert all(isinstance(text, str) for text in said)

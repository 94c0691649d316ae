"""Files as spreadsheets write them."""

import os
from pathlib import Path

import pytest

from rtesmail.audience.columns import count_known
from rtesmail.audience.spreadsheets import Sheet, read_sheet
from rtesmail.model.errors import WorkspaceError


def read(tmp_path: Path, content: bytes) -> Sheet:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    return read_sheet(path, count_known)


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_accents_come_through_from_every_usual_encoding(tmp_path: Path, codec: str, encoding: str) -> None:
    sheet = read(tmp_path, "prénom;e-mail\nInès;ines@ville.example\n".encode(codec))
    assert sheet.encoding == encoding
    assert sheet.headings == ("prénom", "e-mail")
    assert next(iter(sheet.rows)).cells == ("Inès", "ines@ville.example")


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, end: str) -> None:
    content = end.join([delimiter.join(["nom", "email"]), delimiter.join(["A", "a@x.example"]), ""])
    sheet = read(tmp_path, content.encode())
    assert sheet.delimiter == delimiter
    assert next(iter(sheet.rows)).cells == ("A", "a@x.example")


def test_a_comma_inside_the_headings_does_not_mislead(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"email;remarque, libre, longue, sans fin;nom\na@x.example;;A\n")
    assert sheet.delimiter == ";"


def test_the_line_that_excel_adds_is_passed_over(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"sep=,\r\nemail,nom\r\na@x.example,A\r\n")
    assert (sheet.delimiter, sheet.headings, next(iter(sheet.rows)).line) == (",", ("email", "nom"), 3)


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    sheet = read(tmp_path, b'\nemail;nom\n\n;\na@x.example;"A\nB"\nc@x.example;C\n')
    assert [(row.line, row.cells[0]) for row in sheet.rows] == [(5, "a@x.example"), (7, "c@x.example")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n;;\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"PK\x03\x04rest", "cannot be read as a workbook"),
        (b"email;nom\na\x81@x.example;\xff\n", "none of these encodings"),
        (b'email;nom\na@x.example;"A\nb@x.example;B\n', "opened in the row of line 2 never closes"),
        (b'email;nom\na@x.example;"' + b"A" * 200_000 + b'"\n', "line 2 never closes"),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(WorkspaceError, match=said) as refused:
        list(read(tmp_path, content).rows)
    assert refused.value.hint


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="There is no file"):
        read_sheet(tmp_path / "none.csv", count_known)
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read_sheet(tmp_path, count_known)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WorkspaceError, match="is a pipe"):
        read_sheet(tmp_path / "pipe", count_known)

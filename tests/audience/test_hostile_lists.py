"""Lists that mean harm, or were made by a cat on the keyboard."""

import csv
import io
import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.audience.columns import HEADINGS, Column
from rtesmail.audience.imports import ImportReport, RowStatus, import_file
from rtesmail.audience.subscribers import audience_of
from rtesmail.model.errors import RtesmailError
from rtesmail.store.opening import open_store

from .test_workbooks import write_ods

Importer = Callable[..., ImportReport]
SAMPLE = (Path(__file__).parents[2] / "lists" / "sample.csv").read_bytes()

NAMES = [
    "<script>alert(1)</script>",
    "{{ config }}",
    "Inès\r\nBcc: everybody@x.example",
    '=cmd|" /C calc"!A0',
    "\u202ecilbup\u202c",
    "Robert'); DROP TABLE subscribers;--",
    "\x00\x1b[2J",
    "𝕴𝖓è𝖘",
    "🏳️‍🌈",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_does_harm_to_the_list(store: Database, import_text: Importer, name: str) -> None:
    quoted = name.replace('"', '""')
    import_text(f'email;nom\na@ville.example;"{quoted}"\nb@ville.example;B\n')
    people = {person.email: person.name for person in audience_of(store, "readers")}
    assert people["b@ville.example"] == "B"
    if "@" in name:
        assert "a@ville.example" not in people
    else:
        assert people["a@ville.example"].splitlines() == [people["a@ville.example"]]
        assert not set(people["a@ville.example"]) & set("\x00\x1b\u202e\u202c")


@pytest.mark.parametrize("heading", ["email", "nom", "niveau", "inconnue"])
def test_a_field_of_ten_thousand_characters_fills_nothing(store: Database, import_text: Importer, heading: str) -> None:
    cells = {"email": "a@ville.example", "nom": "A", "niveau": "commune", "inconnue": "x"}
    cells[heading] = "y" * 10_000
    report = import_text(f"{';'.join(cells)}\n{';'.join(cells.values())}\n")
    assert all(len(row.email) + len(row.message) < 500 for row in report.rows)
    widest = store.execute("SELECT max(length(name || level || email)) FROM subscribers").fetchone()[0]
    assert (widest or 0) < 300


def survive(import_text: Importer, content: bytes) -> None:
    try:
        report = import_text(content)
        rows = list(report.rows)
    except RtesmailError as refused:
        assert refused.hint  # noqa: PT017 - whichever of the two it is, it is said in words
        return
    assert len(rows) == len(report.rows) == sum(report.counts.values())


@given(content=st.binary(max_size=400))
@settings(max_examples=1_500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_are_imported_or_refused_in_words(import_text: Importer, content: bytes) -> None:
    if not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        survive(import_text, content)


@given(seed=st.integers(0, 2**32), codec=st.sampled_from(["utf-8", "cp1252", "mac_roman", "utf-16", "utf-16-le"]))
@settings(max_examples=1_500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_good_file_gone_bad_is_imported_or_refused_in_words(import_text: Importer, seed: int, codec: str) -> None:
    chance = random.Random(seed)
    content = bytearray(SAMPLE.decode().encode(codec)[:1500])
    for _hit in range(chance.randint(1, 12)):
        at = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.randrange(40)]
            case 2:
                content[at:at] = chance.choice([b'"', b";", b"\n", b"\x00", b"\r", b'";"', b"\xff\xfe", b"@"]) * 3
            case _:
                content[at:at] = content[: chance.randrange(200)]
        content = content or bytearray(b"x")
    if not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        survive(import_text, bytes(content))


# Few of each, so that rows meet: the same people, the same organisations by name, by code, by both.
_POOLS = {
    Column.EMAIL: ["a@x.example", "b@x.example", "c@x.example", "d@x.example", "A@x.example", "e@x.example"],
    Column.ORGANISATION: ["", "Ville", "Ville", "ville", "Métropole", "!"],
    Column.KIND: ["", "", "commune", "EPCI", "presse", "?"],
    Column.SIREN: ["", "", "123456782", "987654324", "123456789"],
    Column.INSEE: ["", "", "35238", "1004", "2a004", "x"],
    Column.LEVEL: ["", "", "commune", "région"],
    Column.REGION: ["", "", "53", "Bretagne", "1", "Ailleurs"],
    Column.DEPARTEMENT: ["", "", "35", "1", "2a", "99"],
    Column.MANDATE_END: ["", "2026-12-31", "31/12/2027", "99/99/9999", "0001-01-01", "2026-12-31 00:00:00"],
    Column.LANGUAGE: ["", "fr", "Anglais", "en-GB", "?"],
    Column.OTHER_ROLES: ["", "élue; presse", ";;", "a|b\nc"],
}
_NASTY = ["'=1", "\u202ex", "e\u0301", "a" * 251, "\x00", "'", "\t", "½", "١", "２０２６", '"', "\r\n", "\U0001f600"]
_ROWS = st.lists(
    st.tuples(
        *(
            st.sampled_from(_POOLS[column])
            if column is Column.EMAIL
            else st.sampled_from(_POOLS.get(column, ["", "x"])) | st.sampled_from(_NASTY)
            for column in HEADINGS
        )
    ),
    min_size=1,
    max_size=7,
)
_NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)


@given(files=st.lists(_ROWS, min_size=1, max_size=3))
@settings(max_examples=60)
def test_whatever_files_say_a_dry_run_says_the_same_and_twice_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[str, ...]]]
) -> None:
    folder = tmp_path_factory.mktemp("said")
    store, path = open_store(folder / "people.db"), folder / "people.csv"
    for rows in files:
        written = io.StringIO()
        csv.writer(written, delimiter=";").writerows([HEADINGS, *rows])
        path.write_bytes(written.getvalue().encode("utf-8", "replace"))
        dry, real, again = (
            [(row.line, row.status, row.message) for row in import_file(store, path, "l", now=_NOW, dry_run=d).rows]
            for d in (True, False, False)
        )
        assert dry == real
        assert {status for _line, status, _message in again} <= {RowStatus.UNCHANGED, RowStatus.DUPLICATE}
    assert store.execute("PRAGMA foreign_key_check").fetchall() == []
    store.conn.close()


@pytest.mark.parametrize("level", ["région", "commune"])
def test_whom_a_row_leaves_between_two_organisations_of_one_name_is_put_into_neither(
    store: Database, import_text: Importer, level: str
) -> None:
    rows = f"a@x.example;Ville;;presse;\nb@x.example;Ville;;commune;\nc@x.example;Ville;{level};;35238\n"
    first, again = (import_text("email;organisation;niveau;kind;insee\n" + rows) for _time in range(2))
    assert "several organisations have this name" in list(first.rows)[2].message
    assert {row.status for row in again.rows} == {RowStatus.UNCHANGED}
    belongings = store.execute("SELECT organisation_id FROM subscribers ORDER BY email").fetchall()
    assert [row[0] for row in belongings] == [1, 2, None]
    assert store.execute("SELECT group_concat(insee, '') FROM organisations").fetchone()[0] == ""


def test_a_name_that_two_organisations_have_means_the_one_that_the_person_agrees_with(
    store: Database, import_text: Importer
) -> None:
    import_text("email;organisation;kind\na@x.example;Ville;presse\nb@x.example;Ville;commune\n")
    import_text("email;organisation;niveau\nc@x.example;Ville;commune\nd@x.example;Ville;\ne@x.example;Ville;région\n")
    belongings = store.execute("SELECT organisation_id FROM subscribers ORDER BY email").fetchall()
    assert [row[0] for row in belongings] == [1, 2, 2, None, None]


def test_a_code_without_a_name_finds_the_organisation_that_a_later_row_names(
    store: Database, import_text: Importer
) -> None:
    import_text("email;organisation;SIREN\na@x.example;;123456782\nb@x.example;Ville;123456782\n")
    assert [person.organisation for person in audience_of(store, "readers")] == ["Ville", "Ville"]


_CELLS = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**9), 10**12)
    | st.datetimes(datetime(1901, 1, 1), datetime(9999, 12, 31))
    | st.sampled_from(_NASTY).filter(str.isprintable)
    | st.text(st.characters(exclude_categories=("C",)), max_size=20)
)


@pytest.mark.parametrize("end", [".xlsx", ".ods"])
def test_whatever_cells_a_workbook_has_it_is_imported_or_refused_in_words(
    store: Database, tmp_path: Path, end: str
) -> None:
    numbers = itertools.count()

    @given(rows=st.lists(st.lists(_CELLS, min_size=len(HEADINGS) - 1, max_size=len(HEADINGS) + 1), max_size=12))
    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    def check(rows: list[list[object]]) -> None:
        path = tmp_path / f"people{next(numbers)}{end}"
        table: list[list[object]] = [list(HEADINGS), *([f"p{n}@x.example", *row[1:]] for n, row in enumerate(rows))]
        if end == ".xlsx":
            book = openpyxl.Workbook()
            assert book.active is not None
            for row in table:
                book.active.append(row)
            book.save(path)
        else:
            write_ods(path, table)
        try:
            report = import_file(store, path, "l", now=_NOW)
        except RtesmailError as refused:
            assert refused.hint  # noqa: PT017 - whichever of the two it is, it is said in words
            return
        assert len(report.rows) == len(list(report.rows))

    check()


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_damaged_open_document_is_imported_or_refused_in_words(
    store: Database, tmp_path: Path, data: st.DataObject
) -> None:
    sound, path = tmp_path / "sound.ods", tmp_path / "damaged.ods"
    if not sound.exists():
        write_ods(sound, [["email", "nom"], ["a@x.example", "A"], ["b@x.example", "B"]])
    content = bytearray(sound.read_bytes())
    for _hit in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(5, len(content)))] if data.draw(st.booleans()) else content)
    try:
        report = import_file(store, path, "l", now=_NOW)
    except RtesmailError as refused:
        assert refused.hint  # noqa: PT017 - as above
        return
    assert len(report.rows) == len(list(report.rows))

"""Lists written into files for a spreadsheet."""

import csv
import itertools
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlite_utils import Database

from rtesmail.audience.descriptions import ADDRESS_AMONG, Description, belong, describe
from rtesmail.audience.exports import export_list
from rtesmail.audience.imports import ImportReport, RowStatus, import_file
from rtesmail.audience.suppression import suppress
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.organisations import Organisation, OrganisationKind
from rtesmail.model.people import role_key
from rtesmail.model.territories import REGION_OF
from rtesmail.store.opening import open_store
from rtesmail.store.transactions import transaction

Importer = Callable[..., ImportReport]

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
FORMULAS = ["=HYPERLINK(1)", "+33 1 23", "-2", "@SUM(A1)", "＝1+1"]


@pytest.fixture
def with_formulas(store: Database, import_text: Importer) -> Database:
    import_text("email;nom;fonction\n" + "".join(f"p{i}@x.example;{f};01\n" for i, f in enumerate(FORMULAS)))
    return store


def values_of(path: Path) -> list[list[str]]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]


def test_a_csv_export_runs_no_formula(with_formulas: Database, tmp_path: Path) -> None:
    assert export_list(with_formulas, "readers", tmp_path / "out.csv") == len(FORMULAS)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0][:2] == ["email", "name"]
    assert [row[1] for row in rows[1:]] == [f"'{formula}" for formula in FORMULAS]


def test_a_workbook_export_has_only_text_marked_where_it_looks_like_a_formula(
    with_formulas: Database, tmp_path: Path
) -> None:
    export_list(with_formulas, "readers", tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    for row, formula in zip(sheet.iter_rows(min_row=2), FORMULAS, strict=True):
        assert (row[1].value, row[1].data_type, row[1].quotePrefix) == (formula, "s", True)
        assert (row[3].value, row[3].data_type) == ("01", "s")


@pytest.mark.parametrize("end", [".csv", ".xlsx"])
def test_an_export_imported_again_changes_nothing(with_formulas: Database, tmp_path: Path, end: str) -> None:
    path = tmp_path / f"out{end}"
    export_list(with_formulas, "readers", path)
    report = import_file(with_formulas, path, "readers", now=NOW)
    assert report.counts == {RowStatus.UNCHANGED: len(FORMULAS), RowStatus.ADDED: 0, RowStatus.REJECTED: 0}
    assert report.unused == ()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_headings_are_understood_again_in_each_language(language: str, rtesmail, demo_workspace: Path) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=demo_workspace)
    rtesmail("export", "out.csv", "--list", "demo", cwd=demo_workspace, LANGUAGE=language)
    again = rtesmail("import", "out.csv", "--list", "demo", "--json", cwd=demo_workspace)
    assert '"unchanged": 30' in again.stdout, again.stderr


def test_who_said_no_is_not_in_an_export(with_formulas: Database, tmp_path: Path) -> None:
    suppress(with_formulas, "p1@x.example", "unsubscribed", source="test", now=NOW)
    assert export_list(with_formulas, "readers", tmp_path / "out.csv") == len(FORMULAS) - 1
    assert "p1@x.example" not in (tmp_path / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "said"), [("out.pdf", "neither with .csv nor"), ("there.csv", "exists already"), ("no/out.csv", "cannot")]
)
def test_a_file_that_cannot_be_made_says_why(with_formulas: Database, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(WorkspaceError, match=said) as refused:
        export_list(with_formulas, "readers", tmp_path / name)
    assert refused.value.hint
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert not list(tmp_path.glob(".*"))


def test_a_list_that_is_not_there_makes_no_file(store: Database, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no list"):
        export_list(store, "nobody", tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_the_same_people_give_the_same_bytes(with_formulas: Database, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export_list(with_formulas, "readers", tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@given(names=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), min_size=1, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_name_is_it_comes_back(
    store: Database, import_text: Importer, tmp_path: Path, names: list[str]
) -> None:
    path = tmp_path / "names.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(
            [("email", "nom"), *((f"q{i}@x.example", name) for i, name in enumerate(names))]
        )
    import_file(store, path, "names", now=NOW)
    out = tmp_path / "out.csv"
    out.unlink(missing_ok=True)
    export_list(store, "names", out)
    again = import_file(store, out, "names", now=NOW)
    assert {row.status for row in again.rows} <= {RowStatus.UNCHANGED}


_LINES = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from("'=+-@;\"é "), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", " ".join(text.split()))
)
_WORDS = _LINES.filter(lambda text: not ADDRESS_AMONG.search(text))
_ROLES = _WORDS.map(lambda text: text.replace(";", "").replace("|", "").strip())
_SIREN = st.integers(1, 10**8 - 1).map(
    lambda n: f"{n:08d}{-sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(f'{n:08d}'[::-1])) % 10}"
)
_HOUSES = st.builds(
    Organisation,
    id=st.just(0),
    name=_WORDS,
    kind=st.sampled_from([None, *OrganisationKind]),
    siren=st.just("") | _SIREN,
    departement=st.sampled_from(["", *REGION_OF]),
)
_DESCRIPTIONS = st.builds(
    Description,
    roles=st.lists(_ROLES.filter(bool), max_size=3, unique_by=role_key).map(tuple),
    mandate_ends_on=st.none() | st.dates(),
    language=st.sampled_from(["", "fr", "en", "oci"]),
    attributes=st.dictionaries(_LINES.map(str.casefold).filter(bool), _LINES.filter(bool), max_size=2),
)


@pytest.mark.parametrize(("end", "examples"), [(".csv", 60), (".xlsx", 6)])
def test_whatever_is_known_of_people_comes_back_and_somewhere_else_too(tmp_path: Path, end: str, examples: int) -> None:
    numbers = itertools.count()

    @given(people=st.lists(st.tuples(_DESCRIPTIONS, st.none() | _HOUSES), min_size=1, max_size=4))
    @settings(max_examples=examples, deadline=None)
    def check(people: list[tuple[Description, Organisation | None]]) -> None:
        folder = tmp_path / str(next(numbers))
        here, there = open_store(folder / "here.db"), open_store(folder / "there.db")
        (folder / "people.csv").write_text("email\n" + "".join(f"p{n}@x.example\n" for n in range(len(people))))
        import_file(here, folder / "people.csv", "readers", now=NOW)
        with transaction(here) as connection:
            for number, (said, house) in enumerate(people, 1):
                describe(connection, number, said, now=NOW)
                if house:
                    belong(connection, number, replace(house, name=f"{house.name} {number}".strip()), now=NOW)
        out, again = folder / f"out{end}", folder / f"again{end}"
        export_list(here, "readers", out)
        report = import_file(here, out, "readers", now=NOW)
        assert [(row.status, row.message) for row in report.rows] == [(RowStatus.UNCHANGED, "")] * len(people)
        assert report.unused == ()
        import_file(there, out, "readers", now=NOW)
        export_list(there, "readers", again)
        assert again.read_bytes() == out.read_bytes()
        here.conn.close()
        there.conn.close()

    check()

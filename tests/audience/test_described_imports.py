"""What a file says of people and their organisations besides a name: kept, compared, and never at a person's cost."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.audience.column_maps import load_map, propose_map, save_map
from rtesmail.audience.columns import Column, find_columns
from rtesmail.audience.descriptions import attributes_of, organisation_of
from rtesmail.audience.imports import ImportReport, RowStatus, import_sheet
from rtesmail.audience.spreadsheets import read_sheet
from rtesmail.audience.subscribers import get_person
from rtesmail.model.organisations import Organisation, OrganisationKind
from rtesmail.model.people import Subscriber

Importer = Callable[..., ImportReport]
# SIREN whose last digit is Luhn's; none need belong to anybody.
NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
SIREN, OTHER_SIREN = "123456782", "987654324"


def person(store: Database, email: str = "a@ville.example") -> Subscriber:
    found = get_person(store, email)
    assert found is not None
    return found


def house(store: Database, email: str = "a@ville.example") -> Organisation:
    found = organisation_of(store, person(store, email).organisation_id)
    assert found is not None
    return found


def statuses(report: ImportReport) -> list[str]:
    return [row.status.value for row in report.rows]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Autres fonctions", Column.OTHER_ROLES),
        ("Other roles", Column.OTHER_ROLES),
        ("Code département", Column.DEPARTEMENT),
        ("N° de département", Column.DEPARTEMENT),
        ("Dép.", Column.DEPARTEMENT),
        ("Langue", Column.LANGUAGE),
        ("Date de fin de mandat", Column.MANDATE_END),
        ("Fin du mandat", Column.MANDATE_END),
        ("Mandate end", Column.MANDATE_END),
        ("End of mandate", Column.MANDATE_END),
        ("Type de collectivité", Column.KIND),
        ("Kind of organisation", Column.KIND),
        ("N° SIREN", Column.SIREN),
        ("SIREN", Column.SIREN),
        ("Code INSEE", Column.INSEE),
        ("Code commune", Column.INSEE),
        ("Code officiel géographique", Column.INSEE),
        ("Code région", Column.REGION),
    ],
)
def test_headings_of_french_and_english_spreadsheets_are_understood(heading: str, column: Column) -> None:
    assert find_columns(("email", heading)) == {Column.EMAIL: 0, column: 1}


HEADINGS = "email;autres fonctions;fin de mandat;langue;département"


def test_what_a_row_says_of_a_person_is_kept(store: Database, import_text: Importer) -> None:
    import_text(f'{HEADINGS}\na@ville.example;"Élue;  presse\nélue";31/12/2026;Français;1\n')
    found = person(store)
    assert found.other_roles == ("Élue", "presse")
    assert (found.mandate_ends_on, found.language, found.departement) == (date(2026, 12, 31), "fr", "01")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-03-22", (2026, 3, 22)),
        ("22.03.2026", (2026, 3, 22)),
        ("2-3-2026", (2026, 3, 2)),
        ("2026-03-22 00:00:00", (2026, 3, 22)),
    ],
)
def test_days_are_read_as_people_and_workbooks_write_them(
    store: Database, import_text: Importer, typed: str, day: tuple[int, int, int]
) -> None:
    import_text(f"email;fin de mandat\na@ville.example;{typed}\n")
    assert person(store).mandate_ends_on == date(*day)


@pytest.mark.parametrize(
    ("heading", "cell", "told"),
    [
        ("autres fonctions", "y" * 251, "the other roles"),
        ("fin de mandat", "31/02/2026", "the end of the mandate “31/02/2026” was left out"),
        ("langue", "klingon 2", "the language “klingon 2” was left out"),
        ("département", "2C", "the département “2C” was left out"),
        ("SIREN", "123456789", "the SIREN “123456789” was left out"),
        ("code INSEE", "99999", "the INSEE code “99999” was left out"),
        ("type de collectivité", "club", "the kind of organisation “club” was left out"),
    ],
)
def test_a_wrong_cell_is_told_and_loses_itself_only(
    store: Database, import_text: Importer, heading: str, cell: str, told: str
) -> None:
    report = import_text(f"email;nom;organisation;{heading}\na@ville.example;Inès;Ville;{cell}\n")
    (row,) = report.rows
    assert (row.status, row.line) == (RowStatus.ADDED, 2)
    assert told in row.message
    found = person(store)
    assert (found.name, found.other_roles, found.language, found.departement) == ("Inès", (), "", "")
    assert (found.mandate_ends_on, found.organisation_id) == (None, None)


def test_the_zeros_that_a_spreadsheet_lost_are_put_back_and_told(store: Database, import_text: Importer) -> None:
    report = import_text("email;organisation;SIREN;code INSEE\na@ville.example;Ville;5520010;1004\n")
    assert "“5520010” was read as “005520010”" in report.rows[0].message
    assert "“1004” was read as “01004”" in report.rows[0].message
    assert (house(store).siren, house(store).insee, house(store).departement) == ("005520010", "01004", "01")
    assert (person(store).departement, person(store).region) == ("01", "Auvergne-Rhône-Alpes")


def test_an_empty_cell_erases_nothing_of_this_either(store: Database, import_text: Importer) -> None:
    full = f"{HEADINGS};organisation;SIREN;type de collectivité\n"
    import_text(f"{full}a@ville.example;élue;2026-12-31;fr;35;Ville;{SIREN};commune\n")
    before = (person(store), house(store))
    assert statuses(import_text(f"{full}a@ville.example;;;;;;;\n")) == ["unchanged"]
    assert (person(store), house(store)) == before


@pytest.mark.parametrize("is_dry", [True, False])
def test_what_changes_is_told_before_it_is_written(store: Database, import_text: Importer, is_dry: bool) -> None:
    headings = f"{HEADINGS};organisation;SIREN;code INSEE;type de collectivité\n"
    import_text(f"{headings}a@ville.example;élue;2026-12-31;fr;35;Ville;;;\n")
    report = import_text(
        f"{headings}a@ville.example;presse;31/12/2027;en;35;Ville;{SIREN};35238;commune\n", dry_run=is_dry
    )
    changes = {change.field: (change.before, change.after) for change in report.rows[0].changes}
    assert report.rows[0].status is RowStatus.UPDATED
    assert changes == {
        "level": ("", "commune"),
        "region": ("", "Bretagne"),
        "other_roles": ("élue", "presse"),
        "language": ("fr", "en"),
        "mandate_ends_on": ("2026-12-31", "2027-12-31"),
        "kind": ("", "commune"),
        "siren": ("", SIREN),
        "insee": ("", "35238"),
    }
    assert (person(store).language == "fr") is is_dry
    assert (store.table("organisations").count == 0) is is_dry


SHEET = f"""email;organisation;SIREN;code INSEE;type de structure;niveau;région;département
a@ville.example;Ville de Brumeval;{SIREN};35238;commune;;;
b@ville.example;Mairie de Brumeval;{SIREN};;;région;Occitanie;31
c@ville.example;Ville de Brumeval;;;commune;;;
d@presse.example;Le Journal;;;presse;;;75
e@ville.example;;{SIREN};;;;;
f@ville.example;;{OTHER_SIREN};;;;;
"""


def test_rows_with_codes_or_kinds_belong_to_organisations_and_twice_changes_nothing(
    store: Database, import_text: Importer
) -> None:
    dry, report = import_text(SHEET, dry_run=True), import_text(SHEET)
    assert [(row.status, row.message) for row in dry.rows] == [(row.status, row.message) for row in report.rows]
    messages = [row.message for row in report.rows]
    town = house(store)
    assert (town.name, town.kind, town.siren) == ("Ville de Brumeval", OrganisationKind.COMMUNE, SIREN)
    assert [house(store, f"{letter}@ville.example") for letter in "bce"] == [town] * 3
    assert "known as “Ville de Brumeval”; level, région and département are those of the organisation" in messages[1]
    # Also for the first row, which a later one completes.
    assert {person(store, f"{x}@ville.example").level for x in "abce"} == {"commune"}
    # A newspaper has people anywhere.
    assert (house(store, "d@presse.example").departement, person(store, "d@presse.example").departement) == ("", "75")
    assert "the row does not name it" in messages[5]
    assert person(store, "f@ville.example").organisation_id is None
    assert statuses(import_text(SHEET)) == ["unchanged"] * 6
    assert store.table("organisations").count == 2


def test_what_an_organisation_is_called_and_is_does_not_change_by_a_person_s_row(
    store: Database, import_text: Importer
) -> None:
    import_text(SHEET)
    before = house(store)
    headings = "email;organisation;SIREN;code INSEE;type de structure\n"
    report = import_text(
        f"{headings}a@ville.example;Brumeval;{SIREN};;EPCI\nb@ville.example;X;{OTHER_SIREN};35238;\n"
        f"x@ville.example;Y;{OTHER_SIREN};35238;\n"
    )
    assert "known as commune and stays so" in report.rows[0].message
    assert "“Ville de Brumeval” has another code, 123456782" in report.rows[2].message
    assert house(store) == before
    assert (person(store, "x@ville.example").organisation, person(store, "x@ville.example").organisation_id) == (
        "Y",
        None,
    )


def test_a_code_completes_the_organisation_of_somebody_known(store: Database, import_text: Importer) -> None:
    import_text("email;organisation\na@ville.example;Ville de Brumeval\n")
    assert statuses(import_text(f"email;SIREN\na@ville.example;{SIREN}\n")) == ["updated"]
    assert (house(store).name, house(store).siren) == ("Ville de Brumeval", SIREN)
    assert statuses(import_text("email;code INSEE\na@ville.example;35238\n")) == ["updated"]
    assert (house(store).insee, person(store).departement) == ("35238", "35")


def test_names_find_organisations_at_the_end_and_the_next_import_changes_nothing(
    store: Database, import_text: Importer
) -> None:
    import_text(f"email;organisation;SIREN;code INSEE\na@ville.example;Ville de Brumeval;{SIREN};35238\n")
    text = "email;organisation;région\nb@ville.example;ville de brumeval;53\n"
    report = import_text(text)
    assert report.attached.people == 1
    assert house(store, "b@ville.example") == house(store)
    assert person(store, "b@ville.example").region == "Bretagne"
    assert statuses(import_text(text)) == ["unchanged"]


def test_whoever_works_elsewhere_now_leaves_their_organisation(store: Database, import_text: Importer) -> None:
    import_text(SHEET)
    import_text(f"email;organisation;SIREN\na@ville.example;Métropole;{OTHER_SIREN}\nb@ville.example;Ailleurs;\n")
    assert house(store).siren == OTHER_SIREN
    assert person(store, "b@ville.example").organisation_id is None


def test_rows_that_are_not_used_make_no_organisation(store: Database, import_text: Importer) -> None:
    import_text("email\nno@ville.example\n")
    store.execute("UPDATE subscribers SET status = 'unsubscribed'")
    import_text(
        f"email;organisation;SIREN\nno@ville.example;Ville;{SIREN}\nx@ville.example;;\nX@ville.example;B;{OTHER_SIREN}\n"
    )
    assert store.table("organisations").count == 0


@pytest.fixture
def import_mapped(store: Database, tmp_path: Path) -> Importer:
    """Import a CSV under a saved file of columns."""

    def run(content: str, columns: str, *, dry_run: bool = False) -> ImportReport:
        (tmp_path / "readers.columns.toml").write_text(f"confirmed = true\n[columns]\n{columns}\n", encoding="utf-8")
        (tmp_path / "people.csv").write_text(content, encoding="utf-8")
        sheet = read_sheet(tmp_path / "people.csv", len)
        columns_of = propose_map(sheet.headings, load_map(tmp_path / "readers.columns.toml"))
        return import_sheet(store, sheet, columns_of, "readers", now=NOW, dry_run=dry_run)

    return run


MAPPED = '"Nb d\'habitants" = "attributes.Taille"\n"Mail perso" = "attributes.autre adresse"\n"Tél" = ""'


def test_a_saved_file_of_columns_sends_any_other_column_to_an_attribute(
    store: Database, import_mapped: Importer
) -> None:
    text = """email;Nb d'habitants;Mail perso;Tél
a@ville.example;3 500;a@perso.example;00
b@ville.example;;;
"""
    dry, report = import_mapped(text, MAPPED, dry_run=True), import_mapped(text, MAPPED)
    assert statuses(dry) == statuses(report) == ["added", "added"]
    assert report.unused == ("Tél",)
    assert attributes_of(store, person(store).id) == {"taille": "3 500", "autre adresse": "a@perso.example"}
    assert attributes_of(store, person(store, "b@ville.example").id) == {}
    assert statuses(import_mapped(text, MAPPED)) == ["unchanged", "unchanged"]


def test_attributes_that_change_are_told_and_empty_ones_erase_nothing(store: Database, import_mapped: Importer) -> None:
    import_mapped("email;Nb d'habitants\na@ville.example;3500\n", MAPPED)
    report = import_mapped("email;Nb d'habitants;Mail perso\na@ville.example;;b\n", MAPPED)
    (row,) = report.rows
    assert [(change.field, change.before, change.after) for change in row.changes] == [
        ("attributes.autre adresse", "", "b")
    ]
    assert "the attribute “autre adresse”: “” → “b”" in row.message
    assert attributes_of(store, person(store).id) == {"taille": "3500", "autre adresse": "b"}


def test_an_attribute_that_is_too_long_loses_itself_only(store: Database, import_mapped: Importer) -> None:
    report = import_mapped(f"email;nom;Nb d'habitants\na@ville.example;A;{'9' * 251}\n", MAPPED)
    assert "the attribute “taille” is 251 characters long and was left out" in report.rows[0].message
    assert (person(store).name, attributes_of(store, person(store).id)) == ("A", {})


def test_who_is_twice_or_said_no_gets_no_attribute(store: Database, import_mapped: Importer) -> None:
    import_mapped("email\nno@ville.example\n", MAPPED)
    store.execute("UPDATE subscribers SET status = 'unsubscribed'")
    import_mapped("email;Nb d'habitants\nno@ville.example;1\na@ville.example;2\nA@ville.example;3\n", MAPPED)
    assert [tuple(row) for row in store.execute("SELECT name, value FROM subscriber_attributes")] == [("taille", "2")]


def test_an_attribute_in_the_file_of_columns_is_kept_when_that_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "x.columns.toml"
    path.write_text('confirmed = true\n[columns]\n"Taille" = "attributes.taille"\n')
    save_map(path, propose_map(("email", "Taille"), load_map(path)), load_map(path), list_name="x", is_confirmed=True)
    again = load_map(path)
    assert again is not None
    assert again.columns == {"Taille": "attributes.taille", "email": "email"}
    assert propose_map(("email", "Taille", "attributes.taille"), again).attributes == {"attributes.taille": 1}

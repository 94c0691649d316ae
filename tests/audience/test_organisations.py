"""Members come from a spreadsheet, people are found to work there, and nothing about them is guessed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.audience.descriptions import (
    BadFieldError,
    Description,
    attributes_of,
    belong,
    describe,
    read_attribute,
    read_day,
    read_language,
    read_organisation,
    read_roles,
)
from rtesmail.audience.imports import ImportReport
from rtesmail.audience.organisation_files import OrganisationRow, OrganisationsReport, import_organisations
from rtesmail.audience.organisations import list_organisations
from rtesmail.audience.subscribers import get_person
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.people import Subscriber

NOW = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)

Importer = Callable[..., ImportReport]
Members = Callable[..., OrganisationsReport]


@pytest.fixture
def members(store: Database, tmp_path: Path) -> Members:
    def run(content: str, *, dry_run: bool = False) -> OrganisationsReport:
        path = tmp_path / "members.csv"
        path.write_text(content, encoding="utf-8")
        return import_organisations(store, path, members=True, now=NOW, dry_run=dry_run)

    return run


def person(store: Database, email: str) -> Subscriber:
    found = get_person(store, email)
    assert found is not None
    return found


def test_people_are_attached_by_the_name_and_take_level_and_region_from_there(
    store: Database, import_text: Importer, members: Members
) -> None:
    import_text("email;organisation\na@x.example;ville de brumeval\nb@x.example;Ailleurs\n")
    report = members("collectivité;type;code INSEE\nVille de Brumeval;commune;1004\n")
    assert report.counts[OrganisationRow.ADDED] == 1
    assert report.attached.people == 1
    one = person(store, "a@x.example")
    assert (one.level, one.region, one.departement) == ("commune", "Auvergne-Rhône-Alpes", "01")
    # As typed, for the salutation.
    assert one.organisation == "ville de brumeval"
    assert person(store, "b@x.example").organisation_id is None


def test_what_contradicts_or_could_be_several_is_left_to_a_person(
    store: Database, import_text: Importer, members: Members
) -> None:
    import_text(
        "email;organisation;niveau;région\na@x.example;Saint-Denis;;\nb@x.example;Saint-Denis;;La Réunion\n"
        "c@x.example;Rives;région;\n"
    )
    report = members("nom;type;département\nSaint-Denis;commune;93\nSaint-Denis;commune;974\nRives;commune;38\n")
    assert report.attached.people == 1
    assert report.attached.undecided == 2
    assert person(store, "a@x.example").organisation_id is None
    assert person(store, "b@x.example").departement == "974"
    assert person(store, "c@x.example").level == "région"


def test_the_same_file_twice_changes_nothing_the_second_time(store: Database, members: Members) -> None:
    content = "nom;type;SIREN\nA;commune;200054781\nB;partenaire;\n"
    members(content)
    again = members(content)
    assert again.counts == {**dict.fromkeys(OrganisationRow, 0), OrganisationRow.UNCHANGED: 2}
    assert len(list_organisations(store)) == 2


def test_a_later_file_completes_and_its_people_follow(store: Database, import_text: Importer, members: Members) -> None:
    import_text("email;organisation\na@x.example;Val\n")
    members("nom\nVal\n")
    assert person(store, "a@x.example").level == ""
    report = members("nom;type;région\nVAL;métropole;Bretagne\n")
    assert report.counts[OrganisationRow.UPDATED] == 1
    one = person(store, "a@x.example")
    assert (one.level, one.region) == ("intercommunalité", "Bretagne")


def test_a_row_that_cannot_be_is_told_with_its_line_and_the_others_are_taken(members: Members) -> None:
    report = members(
        "nom;type;SIREN;INSEE;membre\nA;banane;;;\n;commune;;;\nC;;200054782;;\nD;;;00000;\nE;;;;peut-être\nF;;;;\n"
    )
    assert [line for line, _name, _why in report.rejected] == [2, 3, 4, 5, 6]
    assert report.counts[OrganisationRow.ADDED] == 1


def test_codes_of_two_organisations_are_not_mixed(store: Database, members: Members) -> None:
    report = members("nom;SIREN;INSEE\nA;200054781;\nB;;01004\nC;200054781;01004\nA;213100555;\n")
    assert [line for line, _name, _why in report.rejected] == [4]
    assert [one.siren for one, _people in list_organisations(store)] == ["200054781", "213100555", ""]


def test_a_dry_run_of_members_writes_nothing(store: Database, import_text: Importer, members: Members) -> None:
    import_text("email;organisation\na@x.example;A\n")
    assert members("nom\nA\n", dry_run=True).attached.people == 1
    assert list_organisations(store) == ()
    assert person(store, "a@x.example").organisation_id is None


def test_a_file_without_names_is_refused(members: Members) -> None:
    with pytest.raises(WorkspaceError, match="no column of organisations"):
        members("a;b\n1;2\n")


def test_who_is_imported_with_another_organisation_has_left_the_first(
    store: Database, import_text: Importer, members: Members
) -> None:
    import_text("email;organisation\na@x.example;A\n")
    members("nom;type\nA;commune\n")
    assert person(store, "a@x.example").organisation_id is not None
    import_text("email;organisation\na@x.example;A\n")
    assert person(store, "a@x.example").organisation_id is not None
    import_text("email;organisation\na@x.example;B\n")
    assert person(store, "a@x.example").organisation_id is None


def test_what_is_written_down_of_a_person_is_kept_and_completed(store: Database, import_text: Importer) -> None:
    import_text("email;fonction\na@x.example;Maire\n")
    one = person(store, "a@x.example")
    describe(store.conn, one.id, Description(attributes={"taille": "3500", "rue": "x"}, language="fr"), now=NOW)
    describe(store.conn, one.id, Description(read_roles("élue; presse; Élu·e"), read_day("22/03/2026")), now=NOW)
    describe(store.conn, one.id, Description(attributes={"rue": ""}), now=NOW)
    number = belong(store.conn, one.id, read_organisation("Région X", kind="région", region="53"), now=NOW)
    again = belong(store.conn, one.id, read_organisation("région x"), now=NOW)
    assert again == number
    one = person(store, "a@x.example")
    assert one.roles == ("élue", "presse")
    assert (one.language, str(one.mandate_ends_on), one.region) == ("fr", "2026-03-22", "Bretagne")
    assert (one.organisation, one.organisation_id) == ("Région X", number)
    assert attributes_of(store, one.id) == {"taille": "3500"}


def test_an_erased_person_keeps_no_description(store: Database, import_text: Importer) -> None:
    import_text("email;organisation\na@x.example;A\n")
    one = person(store, "a@x.example")
    describe(store.conn, one.id, Description(("élue", "presse"), None, "fr", {"taille": "1"}), now=NOW)
    # Whoever erases, and whatever else they take out: the database itself lets none of this stay.
    store.conn.execute("UPDATE subscribers SET status = 'erased' WHERE id = ?", (one.id,))
    left = person(store, "a@x.example")
    assert (left.other_roles, left.language, left.organisation_id) == ((), "", None)
    assert attributes_of(store, one.id) == {}


@pytest.mark.parametrize(
    "read",
    [
        lambda: read_day("32/03/2026"),
        lambda: read_day("demain"),
        lambda: read_language("f"),
        lambda: read_attribute(" ", "x"),
        lambda: read_attribute("x", "y" * 300),
        lambda: read_organisation("A", siren="123456789"),
        lambda: read_organisation("A", kind="banane"),
        lambda: read_organisation("a@b.example"),
        lambda: read_roles("élue; a@b.example"),
    ],
)
def test_what_a_field_cannot_have_is_said(read: Callable[[], object]) -> None:
    with pytest.raises(BadFieldError) as error:
        read()
    assert error.value.reason


@given(st.text(max_size=300), st.text(max_size=20))
def test_no_text_breaks_the_readers_of_fields(text: str, other: str) -> None:
    for read in (
        lambda: read_day(text),
        lambda: read_language(text),
        lambda: read_attribute(other, text),
        lambda: read_roles(text),
        lambda: read_organisation(text, kind=other, siren=other, insee=other, region=other, departement=other),
    ):
        with suppress(BadFieldError):
            assert "\n" not in str(read())


def test_fields_are_read_as_people_type_them() -> None:
    assert str(read_day("22/03/2026")) == str(read_day("2026-03-22")) == "2026-03-22"
    assert read_day(" ") is None
    assert read_language("Français") == read_language("fr-FR") == "fr"
    assert read_attribute("Code  Postal", "01\n000") == ("code postal", "01 000")
    assert read_roles("a | b;; A\n") == ("a", "b")

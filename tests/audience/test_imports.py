"""What becomes of each row of a file of people."""

import csv
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.audience.imports import ImportReport, RowStatus, import_file
from rtesmail.audience.subscribers import audience_of, get_person, list_lists
from rtesmail.audience.suppression import suppress
from rtesmail.model.errors import RtesmailError, StoppedError, WorkspaceError
from rtesmail.model.people import Subscriber
from rtesmail.store.opening import open_store

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "lists" / "sample.csv"

Importer = Callable[..., ImportReport]


def person(store: Database, email: str) -> Subscriber:
    found = get_person(store, email)
    assert found is not None
    return found


def statuses(report: ImportReport) -> list[str]:
    return [row.status.value for row in report.rows]


def test_the_sample_list_imports_thirty_people_and_twice_changes_nothing(store: Database) -> None:
    first = import_file(store, SAMPLE, "demo", now=NOW)
    assert first.count(RowStatus.ADDED) == len(first.rows) == 30
    again = import_file(store, SAMPLE, "demo", now=NOW)
    assert again.count(RowStatus.UNCHANGED) == 30
    assert [(x.members, x.active) for x in list_lists(store)] == [(30, 30)]
    assert store.table("consent_events").count == 30


def test_one_person_alone_can_be_imported(store: Database, import_text: Importer) -> None:
    assert statuses(import_text("email\nelu@ville.example\n")) == ["added"]
    assert len(list(audience_of(store, "readers"))) == 1


@pytest.mark.parametrize(
    "headings",
    [
        "email;nom;organisation;fonction;niveau;région",
        "E-MAIL;NOM;STRUCTURE;FONCTION;NIVEAU;REGION",
        "Courriel;Name;Collectivité;Role;Level;Region",
        "adresse mail;Nom complet;Organisme;Poste;Niveau;Région",
        "E-mail professionnel;Nom;Structure;Fonction;Niveau;Région",
        " Adresse e-mail ;nom ;organization; fonction;niveau ; région ",
    ],
)
def test_headings_are_understood_in_french_and_english(store: Database, import_text: Importer, headings: str) -> None:
    import_text(f"{headings}\nelu@ville.example;Inès A;Ville;Élue;Région;Bretagne\n")
    found = person(store, "elu@ville.example")
    assert (found.name, found.organisation, found.role, found.level, found.region) == (
        "Inès A",
        "Ville",
        "Élue",
        "région",
        "Bretagne",
    )


def test_first_name_and_name_make_one_name(store: Database, import_text: Importer) -> None:
    import_text("Nom;Prénom;Email\nAldemarque;Inès;i@ville.example\n;Zoé;z@ville.example\n")
    assert person(store, "i@ville.example").name == "Inès Aldemarque"
    assert person(store, "z@ville.example").name == "Zoé"


def test_without_a_column_of_addresses_the_headings_found_are_named(import_text: Importer) -> None:
    with pytest.raises(WorkspaceError, match="nom, ville") as refused:
        import_text("nom;ville\nA;B\n")
    assert "courriel" in refused.value.hint


def test_headings_that_mean_nothing_are_named(import_text: Importer) -> None:
    assert import_text("email;téléphone;nom\ne@ville.example;00;E\n").unused == ("téléphone",)


def test_a_list_needs_a_name(import_text: Importer) -> None:
    with pytest.raises(WorkspaceError, match="name"):
        import_text("email\ne@ville.example\n", list_name="  ")


def test_a_list_name_has_room_in_every_header(store: Database, import_text: Importer) -> None:
    with pytest.raises(WorkspaceError, match="101 characters; it may have 100"):
        import_text("email\ne@ville.example\n", list_name="x" * 101)
    assert store.execute("SELECT COUNT(*) FROM lists").fetchone()[0] == 0
    import_text("email\ne@ville.example\n", list_name="x" * 100)


def test_an_empty_cell_erases_nothing_and_a_full_one_updates(store: Database, import_text: Importer) -> None:
    import_text("email;nom;organisation\ne@ville.example;Inès;Ville\n")
    assert statuses(import_text("email;nom;organisation\nE@Ville.example;;\n")) == ["unchanged"]
    assert statuses(import_text("email;nom;organisation\ne@ville.example;;Métropole\n")) == ["updated"]
    found = person(store, "e@ville.example")
    assert (found.name, found.organisation) == ("Inès", "Métropole")


def test_the_same_address_twice_in_a_file_is_a_duplicate_of_its_first_line(import_text: Importer) -> None:
    report = import_text("email;nom\ne@ville.example;Un\nE@VILLE.example;Deux\n")
    assert statuses(report) == ["added", "duplicate"]
    assert "line 2" in report.rows[1].message


def test_a_known_person_joins_a_second_list(store: Database, import_text: Importer) -> None:
    import_text("email\ne@ville.example\n")
    report = import_text("email\ne@ville.example\n", list_name="press")
    assert statuses(report) == ["added"]
    assert "already known" in report.rows[0].message
    assert [(x.name, x.members) for x in list_lists(store)] == [("press", 1), ("readers", 1)]


@pytest.mark.parametrize("reason", ["unsubscribed", "bounced", "complained"])
@pytest.mark.parametrize("was_known", [True, False])
def test_no_import_brings_back_who_said_no(
    store: Database, import_text: Importer, reason: str, was_known: bool
) -> None:
    if was_known:
        import_text("email;nom\ne@ville.example;Avant\n")
    suppress(store, "e@ville.example", reason, source="test", now=NOW)
    report = import_text("email;nom\nE@ville.example;Après\n", list_name="other")
    assert statuses(report) == ["held_back"]
    assert "not put back" in report.rows[0].message
    assert list(audience_of(store, "other")) == []
    found = get_person(store, "e@ville.example")
    assert found is None or (found.name, found.status.value) == ("Avant", reason)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("Inès A <e@ville.example>", "taken out of"),
        ('"""A, Inès"" <e@ville.example>"', "taken out of"),
        ("mailto:e@ville.example?subject=x", "mailto:"),
        ("<mailto:e@ville.example>", "mailto:"),
    ],
)
def test_an_address_dressed_up_is_taken_and_said(store: Database, import_text: Importer, cell: str, said: str) -> None:
    report = import_text(f"email\n{cell}\n")
    assert statuses(report) == ["added"]
    assert said in report.rows[0].message
    assert person(store, "e@ville.example").name in ("Inès A", "A, Inès", "")


@pytest.mark.parametrize("cell", ['"a@b.example; c@d.example"', "a@b.example c@d.example", "a@b.example / c@d.example"])
def test_several_addresses_in_a_cell_are_rejected(import_text: Importer, cell: str) -> None:
    report = import_text(f"email;nom\n{cell};X\n")
    assert statuses(report) == ["rejected"]
    assert "its own row" in report.rows[0].message


def test_a_name_cannot_carry_a_mail_header(store: Database, import_text: Importer) -> None:
    report = import_text('email;nom\ne@ville.example;"Inès\r\nBcc: everybody"\n')
    assert person(store, "e@ville.example").name == "Inès Bcc: everybody"
    assert "taken out of the name" in report.rows[0].message


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x85", "\u2028", "\u202e"])
def test_control_characters_are_taken_out_and_said(store: Database, import_text: Importer, sign: str) -> None:
    report = import_text(f"email;nom\ne@ville.example;In{sign}ès\n")
    assert person(store, "e@ville.example").name == "In ès"
    assert "control characters" in report.rows[0].message


def test_a_level_that_is_none_is_left_out_and_said(store: Database, import_text: Importer) -> None:
    report = import_text("email;niveau\na@ville.example;Galaxie\nb@ville.example;Départements\nc@ville.example;EPCI\n")
    assert statuses(report) == ["added"] * 3
    assert "Galaxie" in report.rows[0].message
    assert [person(store, f"{x}@ville.example").level for x in "abc"] == ["", "département", "intercommunalité"]


def test_a_paragraph_in_the_name_is_left_out_and_said(store: Database, import_text: Importer) -> None:
    report = import_text(f"email;nom\ne@ville.example;{'x' * 10_000}\n{'y' * 10_000}@ville.example;Y\n")
    assert statuses(report) == ["added", "rejected"]
    assert "10000 characters" in report.rows[0].message
    assert person(store, "e@ville.example").name == ""


def test_missing_cells_are_said_and_surplus_ones_reject_the_row(import_text: Importer) -> None:
    report = import_text("email;nom;région\na@ville.example\nb@ville.example;B;C;D\nc@ville.example;C;;;\n")
    assert statuses(report) == ["added", "rejected", "added"]
    assert "2 cells are missing" in report.rows[0].message
    assert "1 cell more" in report.rows[1].message


def test_rows_swallowed_between_two_quotation_marks_are_not_lost_in_silence(import_text: Importer) -> None:
    report = import_text('email;nom\na@ville.example;"A\nb@ville.example;B\nc@ville.example;C"\n')
    assert statuses(report) == ["rejected"]
    assert "other rows" in report.rows[0].message


def test_rejected_rows_can_be_mended_and_imported(import_text: Importer, rejected_folder: Path) -> None:
    report = import_text("\ufeffnom;email;note\nÉlue;elu@ville;à voir\nMaire;maire@ville.example;\nX;y@z.example;;1\n")
    assert report.rejected_file == rejected_folder / "people-20250403T070000Z.csv"
    with report.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0] == ["reason", "nom", "email", "note"]
    assert rows[1][1:] == ["Élue", "elu@ville", "à voir"]
    assert "no ending" in rows[1][0]
    mended = report.rejected_file.read_text(encoding="utf-8").replace("elu@ville", "elu@ville.example")
    assert statuses(import_text(mended)) == ["added", "rejected"]
    assert len(list(rejected_folder.iterdir())) == 2


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+33 1 23", "-2", "@SUM(A1)", "＝1+1"])
def test_a_formula_is_text_and_the_rejected_file_cannot_run_it(
    store: Database, import_text: Importer, rejected_folder: Path, cell: str
) -> None:
    report = import_text(f"email;nom\nnobody;{cell}\na@ville.example;{cell}\n")
    assert person(store, "a@ville.example").name == cell
    assert report.rejected_file is not None
    written = report.rejected_file.read_text(encoding="utf-8-sig")
    with report.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";"))[1][2] == f"'{cell}"
    import_text(written.replace("nobody", "b@ville.example"))
    assert person(store, "b@ville.example").name == cell


def test_a_file_whose_name_is_in_another_encoding_is_imported(
    store: Database, tmp_path: Path, rejected_folder: Path
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/adh\xe9rents.csv"))
    path.write_text("email\na@ville.example\nnobody\n")
    report = import_file(store, path, "readers", now=NOW, rejected_folder=rejected_folder)
    assert statuses(report) == ["added", "rejected"]
    assert report.rejected_file == rejected_folder / "adh_rents-20250403T070000Z.csv"
    assert [row["source"] for row in store.table("consent_events").rows] == ["adh?rents.csv"]


def test_a_dry_run_reports_the_same_and_writes_nothing(
    store: Database, import_text: Importer, rejected_folder: Path
) -> None:
    content = "email\na@ville.example\nb@ville\na@ville.example\n"
    dry = import_text(content, dry_run=True)
    assert (store.table("subscribers").count, store.table("lists").count) == (0, 0)
    assert not rejected_folder.exists()
    assert dry.rejected_file is None
    assert list(import_text(content).rows) == list(dry.rows)


def test_when_the_rejected_rows_cannot_be_written_nothing_is_imported(
    store: Database, import_text: Importer, rejected_folder: Path
) -> None:
    rejected_folder.write_text("a file where the folder should be")
    with pytest.raises(WorkspaceError, match="Nothing was imported"):
        import_text("email\na@ville.example\nb@ville\n")
    assert store.table("subscribers").count == 0
    assert not store.conn.in_transaction
    assert rejected_folder.is_file()


def test_each_new_membership_is_in_the_consent_journal(store: Database, import_text: Importer) -> None:
    import_text("email\na@ville.example\n")
    import_text("email\na@ville.example\nb@ville.example\n")
    events = store.query("SELECT email_key, event, list_name, source, happened_at FROM consent_events ORDER BY id")
    assert [tuple(event.values()) for event in events] == [
        ("a@ville.example", "imported", "readers", "people.csv", "2025-04-03T07:00:00.000+00:00"),
        ("b@ville.example", "imported", "readers", "people.csv", "2025-04-03T07:00:00.000+00:00"),
    ]


def test_a_file_of_several_thousand_rows_keeps_its_order(store: Database, import_text: Importer) -> None:
    content = "email;nom\n" + "".join(f"p{i}@ville{i % 7}.example;Nom {i}\n" for i in range(3_000))
    report = import_text(content)
    assert report.count(RowStatus.ADDED) == 3_000
    assert [p.name for p in audience_of(store, "readers")] == [f"Nom {i}" for i in range(3_000)]
    assert import_text(content).count(RowStatus.UNCHANGED) == 3_000


_CELLS = st.text(st.sampled_from('aé@.x;,\t"\n\r \x00<>:Nom'), max_size=12)
_BYTES = st.one_of(
    st.binary(max_size=200),
    st.lists(st.lists(_CELLS, max_size=4).map(";".join), max_size=6).map(
        lambda rows: "\n".join(["email;nom", *rows]).encode()
    ),
)


@given(content=_BYTES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_file_holds_it_is_imported_or_refused_in_words(import_text: Importer, content: bytes) -> None:
    try:
        said = import_text(content).encoding
    except RtesmailError as refused:
        said = str(refused) and refused.hint
    assert said


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["a@x.example", "A@X.example", "b@y.example", "nobody", "a@x", "a@x.example c@x.example"]),
            st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
        ),
        max_size=8,
    )
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_answered_for(
    store: Database, import_text: Importer, tmp_path: Path, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path / "written.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("email", "nom"), *rows])
    report = import_file(store, path, "readers", now=NOW)
    assert len(report.rows) == len(rows)
    assert sum(report.counts.values()) == len(rows)
    assert len({row.line for row in report.rows}) == len(rows)


def test_while_another_command_writes_the_import_says_so(store: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email\na@ville.example\n")
    store.conn.execute("PRAGMA busy_timeout = 50")
    other = open_store(tmp_path / "lists" / "rtesmail.db")
    other.conn.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoppedError, match="Another command is writing"):
            import_file(store, path, "readers", now=NOW)
    finally:
        other.conn.close()
    assert import_file(store, path, "readers", now=NOW).count(RowStatus.ADDED) == 1


def test_a_dry_run_waits_for_nobody(store: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email\na@ville.example\n")
    store.conn.execute("PRAGMA busy_timeout = 50")
    other = open_store(tmp_path / "lists" / "rtesmail.db")
    other.conn.execute("BEGIN IMMEDIATE")
    try:
        report = import_file(store, path, "readers", now=NOW, dry_run=True)
    finally:
        other.conn.close()
    assert statuses(report) == ["added"]


def test_a_file_that_breaks_off_near_its_end_leaves_nothing(
    store: Database, import_text: Importer, rejected_folder: Path
) -> None:
    rows = "".join(f"p{i}@ville.example;N\nnobody;N\n" for i in range(6_000))
    with pytest.raises(WorkspaceError, match="never closes"):
        import_text(f'email;nom\n{rows}z@ville.example;"Z\n')
    assert (store.table("subscribers").count, store.table("lists").count) == (0, 0)
    assert list(rejected_folder.iterdir()) == []
    assert statuses(import_text("email\na@ville.example\n")) == ["added"]


def test_what_a_row_changes_is_told_from_what_to_what(import_text: Importer) -> None:
    import_text("email;nom;fonction;région\ne@ville.example;Inès;Maire;Bretagne\n")
    report = import_text("email;nom;fonction;région\ne@ville.example;;Élue;Bretagne\n")
    (change,) = report.rows[0].changes
    assert (change.field, change.before, change.after) == ("role", "Maire", "Élue")
    assert "“Maire” → “Élue”" in report.rows[0].message


def test_how_many_are_held_back_is_told_by_the_reason(store: Database, import_text: Importer) -> None:
    content = "email\n" + "".join(f"{name}@ville.example\n" for name in "abcd")
    import_text(content)
    for name, reason in zip("abc", ["unsubscribed", "bounced", "bounced"], strict=True):
        suppress(store, f"{name}@ville.example", reason, source="test", now=NOW)
    assert {reason.value: n for reason, n in import_text(content).held_back.items()} == {
        "unsubscribed": 1,
        "bounced": 2,
    }

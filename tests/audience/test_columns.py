"""Which heading stands for what, and where that is kept."""

from pathlib import Path

import pytest

from rtesmail.audience.column_maps import SavedMap, knowing, load_map, map_path, propose_map, save_map
from rtesmail.audience.columns import Column
from rtesmail.audience.headings import find_headings
from rtesmail.audience.sheets import SheetRow
from rtesmail.model.errors import WorkspaceError

HEADINGS = ("Courriel", "Nom", "Qui suit ?", "nom.complet", "E-mail")


def test_what_is_understood_is_settled_and_the_rest_is_asked() -> None:
    proposed = propose_map(HEADINGS)
    assert proposed.columns == {Column.EMAIL: 0, Column.NAME: 1}
    assert proposed.unused == proposed.doubtful == ("Qui suit ?", "nom.complet", "E-mail")


def test_what_was_agreed_is_kept_and_not_asked_again(tmp_path: Path) -> None:
    path = map_path(tmp_path / "lists", "Élus & co/2026")
    save_map(path, propose_map(HEADINGS), None, list_name="Élus & co/2026", is_confirmed=True)
    saved = load_map(path)
    assert saved == SavedMap(
        {"Courriel": "email", "Nom": "name", "Qui suit ?": "", "nom.complet": "", "E-mail": ""}, True
    )
    again = propose_map(("COURRIEL ", "nom", "qui suit"), saved)
    assert (again.columns, again.doubtful) == ({Column.EMAIL: 0, Column.NAME: 1}, ())
    assert path.parent == tmp_path / "lists"


def test_a_person_s_correction_counts_more_than_our_words(tmp_path: Path) -> None:
    path = tmp_path / "x.columns.toml"
    path.write_text('confirmed = true\n[columns]\n"Contact" = "email"\n"Mail" = ""\n"Service" = "organisation"\n')
    saved = load_map(path)
    proposed = propose_map(("Contact", "Mail", "Service", "email"), saved)
    assert proposed.columns == {Column.EMAIL: 0, Column.ORGANISATION: 2}
    assert proposed.doubtful == ("email",)
    assert knowing(saved)(("Contact", "Service")) == 2


def test_a_heading_of_another_file_does_not_stand_in_the_way() -> None:
    saved = SavedMap({"Contact": "email"}, True)
    assert propose_map(("email", "nom"), saved).columns == {Column.EMAIL: 0, Column.NAME: 1}


def test_what_nobody_confirmed_is_asked_again() -> None:
    assert propose_map(("Contact",), SavedMap({"Contact": "email"}, False)).doubtful == ("Contact",)


def test_other_headings_known_before_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.columns.toml"
    save_map(path, propose_map(("Mail",)), SavedMap({"Tél": ""}), list_name="x", is_confirmed=True)
    saved = load_map(path)
    assert saved is not None
    assert saved.columns == {"Tél": "", "Mail": "email"}


@pytest.mark.parametrize(
    "text", ["confirmed = ", '[columns]\nx = "telephone"\n', "columns = 3\n", "[columns]\nx = 1\n"]
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.columns.toml"
    path.write_text(text)
    with pytest.raises(WorkspaceError, match="cannot be used") as refused:
        load_map(path)
    assert "first_name" in refused.value.hint


@pytest.mark.parametrize("name", ["../../etc/x", ".", "a" * 100, "é" * 100, "😀" * 100, "CON:", "a\\b"])
def test_a_list_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = map_path(tmp_path, name)
    path.write_text("")
    assert path.parent == tmp_path
    assert load_map(path) == SavedMap({}, False)


def test_two_lists_never_share_a_file(tmp_path: Path) -> None:
    names = ["a/b", "a-b", "a:b", "a b", " a b", "a?b"]
    assert len({map_path(tmp_path, name) for name in names}) == len(names)


def test_a_row_of_people_is_never_taken_for_headings() -> None:
    rows = [SheetRow(1, ("who", "where")), SheetRow(2, ("a@x.example", "Région")), SheetRow(3, ("b", "nom"))]
    found = find_headings(rows[:2], knowing(None))
    assert found is not None
    assert (found.cells, found.line) == (("who", "where"), 1)


@pytest.mark.parametrize("heading", ['a "b" \\c', "Adresse\nmail pro", "é.è", "\x1b[2J", "[x]", "#", "'", "=1+1"])
def test_any_heading_can_be_kept_and_shown(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "x.columns.toml"
    proposed = propose_map((heading, "email"))
    save_map(path, proposed, None, list_name="x", is_confirmed=True)
    assert propose_map((heading, "email"), load_map(path)).doubtful == ()
    assert all(found.text.isprintable() for found in proposed.headings)

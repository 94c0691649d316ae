"""Finding people and the audience of a list."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from rtesmail.audience.imports import ImportReport
from rtesmail.audience.subscribers import audience_of, find_people, get_person, has_list, list_lists
from rtesmail.audience.suppression import suppress
from rtesmail.model.errors import WorkspaceError

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)

Importer = Callable[..., ImportReport]


@pytest.fixture(autouse=True)
def _readers(import_text: Importer) -> None:
    import_text(
        "email;nom;organisation\n"
        "ines@montclairvent.example;Inès Aldemarque;Ville de Montclairvent\n"
        "bastien@brumeval.example;Bastien Ormelune;Ville de Brumeval\n"
        "mairie@100%bio.example;Élue;Commune\n"
        "zoe@brumeval.example;Zoé_Ormelune;Ville de Brumeval\n"
    )


def names(people: tuple[object, ...]) -> list[str]:
    return [getattr(p, "name", "") for p in people]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("INES", ["Inès Aldemarque"]),
        ("ormelune", ["Bastien Ormelune", "Zoé_Ormelune"]),
        ("é_or", ["Zoé_Ormelune"]),
        ("%", []),
        ("brumeval.example", ["Bastien Ormelune", "Zoé_Ormelune"]),
        ("nobody", []),
    ],
)
def test_people_are_found_by_a_part_accents_and_capitals_aside(store: Database, text: str, found: list[str]) -> None:
    assert names(find_people(store, text=text)) == found


def test_people_are_found_within_a_list_and_a_limit(store: Database, import_text: Importer) -> None:
    import_text("email\nzoe@brumeval.example\n", list_name="press")
    assert names(find_people(store, list_name="press")) == ["Zoé_Ormelune"]
    assert len(find_people(store, limit=2)) == 2


def test_a_person_is_found_under_any_spelling_of_the_address(store: Database) -> None:
    found = get_person(store, " Ines@MONTCLAIRVENT.example ")
    assert found is not None
    assert found.name == "Inès Aldemarque"
    assert get_person(store, "nobody@x.example") is None
    assert get_person(store, "not an address") is None


def test_an_unknown_list_is_refused_at_the_call_and_the_known_ones_are_named(store: Database) -> None:
    for ask in (lambda: audience_of(store, "reeders"), lambda: find_people(store, list_name="reeders")):
        with pytest.raises(WorkspaceError, match="reeders") as refused:
            ask()
        assert "readers" in refused.value.hint
    assert has_list(store, "readers")
    assert not has_list(store, "reeders")


def test_words_typed_in_another_encoding_find_nobody(store: Database) -> None:
    assert find_people(store, text="in\udce9s") == ()
    assert not has_list(store, "r\udce9aders")
    with pytest.raises(WorkspaceError):
        audience_of(store, "r\udce9aders")


def test_lists_count_who_can_be_written_to(store: Database) -> None:
    suppress(store, "zoe@brumeval.example", "bounced", source="x", now=NOW)
    (readers,) = list_lists(store)
    assert (readers.members, readers.active) == (3, 2)


def test_an_address_suppressed_on_its_own_is_not_in_the_audience(store: Database) -> None:
    # As a restored copy of the subscribers beside a newer suppression would leave it.
    suppress(store, "zoe@brumeval.example", "unsubscribed", source="x", now=NOW)
    store.execute("UPDATE subscribers SET status = 'active'")
    assert names(tuple(audience_of(store, "readers"))) == ["Inès Aldemarque", "Bastien Ormelune"]

"""A no is kept; a yes brings back only who had said no."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from rtesmail.audience.imports import ImportReport
from rtesmail.audience.subscribers import audience_of, get_person
from rtesmail.audience.suppression import is_suppressed, resubscribe, suppress
from rtesmail.model.errors import RefusedError, WorkspaceError

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
KEY = "e@ville.example"

Importer = Callable[..., ImportReport]


@pytest.fixture(autouse=True)
def _one_reader(import_text: Importer) -> None:
    import_text(f"email;nom\n{KEY};Inès\n")


def events(store: Database) -> list[str]:
    return [row["event"] for row in store.query("SELECT event FROM consent_events ORDER BY id")]


def test_a_no_counts_at_once_and_under_every_spelling(store: Database) -> None:
    assert suppress(store, "E@Ville.EXAMPLE", "unsubscribed", source="a phone call", now=NOW)
    assert is_suppressed(store, KEY)
    assert list(audience_of(store, "readers")) == []
    found = get_person(store, KEY)
    assert found is not None
    assert found.status.value == "unsubscribed"
    assert events(store) == ["imported", "unsubscribed"]


def test_a_no_counts_whatever_encoding_its_source_was_typed_in(store: Database) -> None:
    assert suppress(store, KEY, "unsubscribed", source="t\udce9l\udce9phone", now=NOW)
    assert resubscribe(store, KEY, source="\udce9", wording="\udce9", now=NOW)
    assert [row["source"] for row in store.table("consent_events").rows] == ["people.csv", "t?l?phone", "?"]


def test_an_unknown_address_can_say_no_in_advance(store: Database) -> None:
    assert suppress(store, "later@ville.example", "unsubscribed", source="a letter", now=NOW)
    assert is_suppressed(store, "later@ville.example")
    assert get_person(store, "later@ville.example") is None


def test_saying_no_twice_is_one_no(store: Database) -> None:
    suppress(store, KEY, "unsubscribed", source="first", now=NOW)
    assert not suppress(store, KEY, "unsubscribed", source="second", now=NOW)
    assert events(store) == ["imported", "unsubscribed"]
    assert [row["source"] for row in store.table("suppressions").rows] == ["first"]


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        ("unsubscribed", "bounced", "unsubscribed"),
        ("bounced", "unsubscribed", "unsubscribed"),
        ("complained", "unsubscribed", "complained"),
        ("unsubscribed", "complained", "complained"),
    ],
)
def test_the_heavier_reason_is_kept(store: Database, first: str, then: str, kept: str) -> None:
    suppress(store, KEY, first, source="one", now=NOW)
    suppress(store, KEY, then, source="two", now=NOW)
    found = get_person(store, KEY)
    assert found is not None
    assert found.status.value == kept
    assert [row["reason"] for row in store.table("suppressions").rows] == [kept]


def test_a_bounce_is_not_written_down_as_a_wish(store: Database) -> None:
    suppress(store, KEY, "bounced", source="550", now=NOW)
    assert events(store) == ["imported"]


def test_who_unsubscribed_can_come_back(store: Database) -> None:
    suppress(store, KEY, "unsubscribed", source="web", now=NOW)
    assert resubscribe(store, KEY, source="a phone call", wording="monthly letter", now=NOW)
    assert not is_suppressed(store, KEY)
    assert [p.email for p in audience_of(store, "readers")] == [KEY]
    assert events(store)[-1] == "resubscribed"


def test_coming_back_without_having_left_changes_nothing(store: Database) -> None:
    assert not resubscribe(store, KEY, source="x", wording="", now=NOW)
    assert events(store) == ["imported"]


@pytest.mark.parametrize(("reason", "said"), [("complained", "complaint"), ("bounced", "came back")])
def test_a_complaint_and_a_dead_address_stay(store: Database, reason: str, said: str) -> None:
    suppress(store, KEY, reason, source="x", now=NOW)
    with pytest.raises(RefusedError, match=said) as refused:
        resubscribe(store, KEY, source="x", wording="", now=NOW)
    assert refused.value.hint
    assert is_suppressed(store, KEY)
    assert not store.conn.in_transaction


def test_a_stranger_cannot_come_back(store: Database) -> None:
    with pytest.raises(WorkspaceError, match="Nobody here"):
        resubscribe(store, "stranger@ville.example", source="x", wording="", now=NOW)


def test_what_is_no_address_or_no_reason_is_refused_in_words(store: Database) -> None:
    with pytest.raises(WorkspaceError, match="needs an @"):
        suppress(store, "nobody", "unsubscribed", source="x", now=NOW)
    with pytest.raises(WorkspaceError, match="no reason") as refused:
        suppress(store, KEY, "active", source="x", now=NOW)
    assert "complained" in refused.value.hint
    with pytest.raises(WorkspaceError, match="no reason"):
        suppress(store, KEY, "erased", source="x", now=NOW)

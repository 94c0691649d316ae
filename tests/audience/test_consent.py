"""The journal keeps what was agreed to, word for word and once; an IP address only where it must be proved."""

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from rtesmail.audience import consent
from rtesmail.audience.erased import secret_mark
from rtesmail.model.consent import ConsentKind

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)


def test_a_wording_is_kept_once_whoever_agrees_to_it(store: Database) -> None:
    for key in ("a@ville.example", "b@ville.example"):
        consent.record(store, key, ConsentKind.CONFIRMED, source="form", wording=" Oui, chaque mois ", now=NOW)
    consent.record(store, "a@ville.example", ConsentKind.SUBSCRIBED, source="form", wording="Autre", now=NOW)
    assert [row["text"] for row in store.query("SELECT text FROM wordings ORDER BY text")] == [
        "Autre",
        "Oui, chaque mois",
    ]
    told = consent.journal_of(store, ["a@ville.example"])
    assert [(event.kind, event.wording) for event in told] == [
        (ConsentKind.CONFIRMED, "Oui, chaque mois"),
        (ConsentKind.SUBSCRIBED, "Autre"),
    ]


@pytest.mark.parametrize("statement", ["UPDATE wordings SET text = 'x'", "DELETE FROM wordings"])
def test_a_wording_that_somebody_agreed_to_stays(store: Database, statement: str) -> None:
    import sqlite3

    consent.keep_wording(store, "Oui", now=NOW)
    with pytest.raises(sqlite3.IntegrityError, match="stays as it was"):
        store.conn.execute(statement)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (ConsentKind.REQUESTED, "192.0.2.7", "192.0.2.7"),
        (ConsentKind.CONFIRMED, " 2001:DB8::1 ", "2001:db8::1"),
        (ConsentKind.CONFIRMED, "<script>", ""),
        (ConsentKind.UNSUBSCRIBED, "192.0.2.7", ""),
        (ConsentKind.PREFERENCES, "192.0.2.7", ""),
    ],
)
def test_an_ip_address_is_kept_only_where_it_must_be_proved(
    store: Database, kind: ConsentKind, given: str, kept: str
) -> None:
    consent.record(store, "a@ville.example", kind, source="form", ip=given, now=NOW)
    assert consent.journal_of(store, ["a@ville.example"])[0].ip == kept


def test_the_mark_of_a_secret_tells_it_from_another_and_not_what_it_is() -> None:
    assert secret_mark(b"0123456789abcdef") != secret_mark(b"0123456789abcdeg")
    assert b"0123" not in secret_mark(b"0123456789abcdef").encode()

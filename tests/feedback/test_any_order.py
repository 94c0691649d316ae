"""What comes back may come twice, late and in any order."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.feedback.treating import treat_event, treat_message
from rtesmail.model.feedback import (
    FeedbackEvent,
    FeedbackKind,
    ReturnedMessage,
)
from rtesmail.model.publication import Workspace
from rtesmail.store.opening import open_store

from ..delivery.conftest import START, add_people, make_workspace
from ..delivery.conftest import post as post
from .policy_house import FULL, HARD, POLICY, SOFT, WHO
from .policy_house import house as house

Happening = tuple[str, FeedbackKind, int]
KINDS = st.sampled_from([HARD, SOFT, FULL, FeedbackKind.BLOCKED, FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBED,
                         FeedbackKind.DELIVERED, FeedbackKind.UNSUBSCRIBE_REQUEST])  # fmt: skip
# Mostly failures that may pass, near the limit.
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from([WHO, "p002@example.org"]), st.sampled_from([SOFT, FULL]) | KINDS, st.integers(0, 50)),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Database]:
    """Give copies in memory of a database that has sent two letters to ten people."""
    import sqlite3

    root = tmp_path_factory.mktemp("policy")
    workspace: Workspace = make_workspace(root)
    store = open_store(workspace.database)
    add_people(store, 2)
    first = store.conn.execute("INSERT INTO mailings (issue, list_name, state, created_at) "
                               "VALUES ('one', 'a', 'scheduled', '') RETURNING id").fetchone()[0]  # fmt: skip
    for person in (1, 2):
        store.conn.execute(
            "INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, sending_at) "
            "SELECT ?, id, email, email_key, '', '', ? FROM subscribers WHERE id = ?",
            (first, "2025-04-03T07:00:00.000+00:00", person),
        )

    def copy() -> Database:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        store.conn.backup(connection)
        return Database(connection)

    return copy


def ending(store: Database, happenings: list[Happening]) -> set[tuple[str, str]]:
    """Treat what happened, half of it as mail that proves its delivery, half as events; give who is suppressed."""
    now = START + timedelta(days=100)
    for address, kind, day in happenings:
        identity = hashlib.sha256(f"{address} {kind} {day}".encode()).hexdigest()
        common: dict[str, Any] = {"identity": identity, "source": "x", "policy": POLICY, "now": now}
        at = START + timedelta(days=day, hours=day % 5)
        if day % 2 or kind is FeedbackKind.UNSUBSCRIBE_REQUEST:
            delivery = 1 if address == WHO else 2
            message = ReturnedMessage(kind, (address,), delivery=delivery)
            treat_message(store, message, happened_at=at, **common)
        else:
            treat_event(store, FeedbackEvent(kind, address, "", "", at, ""), **common)
    return {tuple(row) for row in store.execute("SELECT email_key, reason FROM suppressions")}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(happenings=HAPPENINGS, data=st.data())
def test_any_order_and_repetition_ends_in_the_same_suppressions(
    fresh: Callable[[], Database], happenings: list[Happening], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(happenings + data.draw(st.lists(st.sampled_from(happenings), max_size=4))))
    one, other = fresh(), fresh()
    assert ending(one, happenings) == ending(other, mixed)
    one.conn.close()
    other.conn.close()

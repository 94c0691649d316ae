"""The database itself keeps mailings on their path, whatever a program asks of it."""

import sqlite3
from itertools import product

import pytest

from rtesmail.delivery import mailings
from rtesmail.model.mailing import MailingState

from .conftest import Post

LEGAL = {
    ("scheduled", "sending"),
    ("scheduled", "expired"),
    ("scheduled", "cancelled"),
    ("sending", "finished"),
    ("finished", "sending"),
    ("sending", "expired"),
    ("sending", "cancelled"),
    ("expired", "scheduled"),
    ("expired", "cancelled"),
}


@pytest.mark.parametrize(("before", "after"), list(product(MailingState, MailingState)))
def test_the_database_allows_a_mailings_steps_and_no_other(
    post: Post, before: MailingState, after: MailingState
) -> None:
    connection = post.store.conn
    connection.execute(
        "INSERT INTO mailings (issue, list_name, state, edition_digest, audience, created_at) "
        "VALUES (?, ?, ?, ?, 0, '')",
        (post.edition.issue, "autre", before.value, post.edition.digest),
    )
    if before is after or (before.value, after.value) in LEGAL:
        connection.execute("UPDATE mailings SET state = ?", (after.value,))
        return
    with pytest.raises(sqlite3.IntegrityError, match="cannot take this step"):
        connection.execute("UPDATE mailings SET state = ?", (after.value,))


def test_a_begun_mailing_keeps_its_edition_and_its_people(post: Post) -> None:
    mailings.begin(
        post.store, issue_id=post.edition.issue, list_name="abonnes", digest=post.edition.digest, now=post.watch()
    )
    with pytest.raises(sqlite3.IntegrityError, match="keeps its edition"):
        post.store.conn.execute("UPDATE mailings SET edition_digest = NULL")
    with pytest.raises(sqlite3.IntegrityError, match="stays with"):
        post.store.conn.execute("UPDATE deliveries SET subscriber_id = 2 WHERE subscriber_id = 1")

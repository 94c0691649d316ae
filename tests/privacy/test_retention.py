"""People are kept for so long after their last contact, and an act of the house is no contact."""

from datetime import UTC, datetime

import pytest

from rtesmail.audience import consent
from rtesmail.audience.suppression import suppress
from rtesmail.model.consent import ConsentKind
from rtesmail.model.errors import WorkspaceError
from rtesmail.privacy.retention import months_before, overdue_people, purge

from ..delivery.conftest import START, Post

# The house's ten people were collected on 1 January 2025.
JUST_IN_TIME = datetime(2027, 12, 31, 12, 0, tzinfo=UTC)
TOO_LATE = datetime(2028, 1, 2, 0, 0, tzinfo=UTC)


def purged_at(post: Post, moment: datetime) -> int:
    return len(purge(post.store, post.workspace, by="cron", now=lambda: moment).people)


def test_three_years_after_being_collected_people_are_forgotten_and_not_a_day_before(post: Post) -> None:
    post.send()
    assert purged_at(post, JUST_IN_TIME) == 0
    assert purged_at(post, TOO_LATE) == 10
    assert [tuple(r) for r in post.store.execute("SELECT reason, erased_by, COUNT(*) FROM erasures").fetchall()] == [
        ("retention", "cron", 10)
    ]
    assert purged_at(post, TOO_LATE) == 0
    assert b"p003" not in post.workspace.database.read_bytes()


@pytest.mark.parametrize("kind", ["requested", "confirmed", "subscribed", "resubscribed", "preferences", "replied"])
def test_what_a_person_does_is_a_contact(post: Post, kind: str) -> None:
    consent.record(post.store, "p003@example.org", ConsentKind(kind), source="x", now=START)
    found = overdue_people(post.store, limit=START)
    assert "p003@example.org" not in [overdue.email_key for overdue in found]
    later = overdue_people(post.store, limit=TOO_LATE)
    assert next(o.what for o in later if o.email_key == "p003@example.org") == kind


def test_a_delivery_an_import_and_a_bounce_are_no_contact(post: Post) -> None:
    post.send()
    consent.record(post.store, "p003@example.org", ConsentKind.IMPORTED, source="file.csv", now=START)
    suppress(post.store, "p004@example.org", "bounced", source="550", now=START)
    overdue = {o.email_key: o.what for o in overdue_people(post.store, limit=START)}
    assert overdue["p003@example.org"] == overdue["p004@example.org"] == "collected"
    assert len(overdue) == 10


def test_an_address_that_only_said_no_is_forgotten_in_time_and_still_not_written_to(post: Post) -> None:
    suppress(post.store, "stranger@example.org", "unsubscribed", source="a letter", now=START)
    purge(post.store, post.workspace, by="cron", now=lambda: datetime(2028, 4, 4, tzinfo=UTC))
    held = post.store.execute("SELECT email_key, reason, source FROM suppressions").fetchall()
    assert {row["reason"] for row in held} == {"erased"}
    assert {row["source"] for row in held} == {"retention"}
    assert all(row["email_key"].startswith("hmac:") for row in held)


def test_an_unconfirmed_request_of_a_stranger_is_forgotten_too(post: Post) -> None:
    consent.record(post.store, "once@example.org", ConsentKind.REQUESTED, source="form", ip="192.0.2.1", now=START)
    purge(post.store, post.workspace, by="cron", now=lambda: datetime(2028, 4, 4, tzinfo=UTC))
    rows = post.store.execute("SELECT email_key, ip FROM consent_events WHERE event = 'requested'").fetchall()
    assert rows[0]["email_key"].startswith("erased:")
    assert rows[0]["ip"] == ""


def test_a_dry_run_names_people_and_changes_nothing(post: Post) -> None:
    told = purge(post.store, post.workspace, by="", dry_run=True, now=lambda: TOO_LATE)
    assert len(told.people) == 10
    assert post.store.execute("SELECT COUNT(*) FROM erasures").fetchone()[0] == 0
    with pytest.raises(WorkspaceError, match="Who erases"):
        purge(post.store, post.workspace, by="", now=lambda: TOO_LATE)


def test_who_is_being_written_to_waits_for_the_next_purge(post: Post) -> None:
    post.send(limit=2)
    post.store.conn.execute("UPDATE deliveries SET state = 'sending' WHERE id = 5")
    assert purged_at(post, TOO_LATE) == 9


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [
        (datetime(2028, 2, 29, tzinfo=UTC), 36, datetime(2025, 2, 28, tzinfo=UTC)),
        (datetime(2025, 1, 31, tzinfo=UTC), 2, datetime(2024, 11, 30, tzinfo=UTC)),
        (datetime(2025, 12, 31, tzinfo=UTC), 1, datetime(2025, 11, 30, tzinfo=UTC)),
        (datetime(2025, 1, 15, tzinfo=UTC), 1, datetime(2024, 12, 15, tzinfo=UTC)),
    ],
)
def test_months_are_those_of_the_calendar(moment: datetime, months: int, before: datetime) -> None:
    assert months_before(moment, months) == before

"""Coverage tells whom the mailings do not reach, and why."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.audience.coverage import Unreached, look_at_coverage
from rtesmail.audience.descriptions import Description, describe
from rtesmail.audience.imports import ImportReport
from rtesmail.audience.organisation_files import import_organisations
from rtesmail.audience.subscribers import get_person
from rtesmail.audience.suppression import suppress
from rtesmail.model.errors import WorkspaceError

NOW = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _network(store: Database, import_text: Callable[..., ImportReport], tmp_path: Path) -> None:
    import_text(
        "email;organisation\na@x.example;Reached\nb@x.example;Bounced\nc@x.example;Said no\nd@x.example;Said no\n"
        "old@x.example;Reached\n"
    )
    import_text("email;organisation\ne@x.example;Elsewhere\n", list_name="press")
    members = tmp_path / "members.csv"
    members.write_text("nom\nReached\nBounced\nSaid no\nElsewhere\nNobody\n", encoding="utf-8")
    import_organisations(store, members, members=True, now=NOW)
    suppress(store, "b@x.example", "bounced", source="x", now=NOW)
    suppress(store, "c@x.example", "unsubscribed", source="x", now=NOW)
    suppress(store, "d@x.example", "bounced", source="x", now=NOW)


def test_each_member_that_nothing_reaches_is_named_with_the_reason(store: Database) -> None:
    found = look_at_coverage(store, today=TODAY)
    assert {one.name: why for one, why in found.unreached} == {
        "Bounced": Unreached.BOUNCED,
        "Said no": Unreached.SAID_NO,
        "Nobody": Unreached.NOBODY,
    }
    assert (found.members, found.reached) == (5, 2)


def test_a_list_reaches_its_own_people_only(store: Database) -> None:
    found = look_at_coverage(store, today=TODAY, list_name="readers")
    assert {one.name: why for one, why in found.unreached}["Elsewhere"] is Unreached.NO_LIST
    with pytest.raises(WorkspaceError, match="reeders"):
        look_at_coverage(store, today=TODAY, list_name="reeders")


def test_a_mandate_ends_after_its_last_day(store: Database) -> None:
    for email, day in (("a@x.example", TODAY), ("old@x.example", date(2026, 2, 28)), ("c@x.example", date(2020, 1, 1))):
        one = get_person(store, email)
        assert one is not None
        describe(store.conn, one.id, Description(mandate_ends_on=day), now=NOW)
    # c said no: nobody has to look after them.
    assert [p.email for p in look_at_coverage(store, today=TODAY).ended] == ["old@x.example"]


def test_addresses_that_only_bounce_are_those_that_came_back_or_were_always_refused(store: Database) -> None:
    store.conn.execute(
        "INSERT INTO editions VALUES ('d', 'i', 'p', 'fr', 's', 's@x.example', '', 's', '', 'h', 't', '')"
    )
    for mailing, states in ((1, ("refused", "accepted")), (2, ("refused", "refused"))):
        store.conn.execute(
            "INSERT INTO mailings (id, issue, list_name, edition_digest, state, audience, created_at) "
            "VALUES (?, ?, 'readers', 'd', 'finished', 2, '')",
            (mailing, f"i{mailing}"),
        )
        for email, state in zip(("a@x.example", "old@x.example"), states[:: (-1) ** (mailing + 1)], strict=True):
            one = get_person(store, email)
            assert one is not None
            store.conn.execute(
                "INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, state) "
                "VALUES (?, ?, ?, ?, '', '', ?)",
                (mailing, one.id, email, email, state),
            )
    assert [p.email for p in look_at_coverage(store, today=TODAY).bouncing] == [
        "b@x.example",
        "a@x.example",
        "d@x.example",
    ]

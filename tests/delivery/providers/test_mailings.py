"""Whole mailings through providers: their batches keep the pace, and another way out takes over who is left."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery import ledger
from rtesmail.delivery.clock import utc_now
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import Limits, PaceSettings, TransportKind, TransportSettings

from ..conftest import Post, count, free_port, make_edition
from .conftest import Way


@pytest.fixture
def house(post: Post) -> Post:
    """The small house with a letter that every provider carries."""
    post.edition = make_edition(images=())
    post.approve()
    return post


@pytest.mark.parametrize("name", ["brevo", "mailjet", "postmark", "mailgun", "scaleway", "ses"])
def test_batches_keep_the_limit_of_a_second(house: Post, serve: Callable[[str], Way], name: str) -> None:
    way = serve(name)
    paced = replace(way.settings, pace=PaceSettings(Limits(per_second=4)))
    begun = utc_now()
    report = house.send(transport=paced, now=utc_now)
    assert count(report, DeliveryState.ACCEPTED) == 10
    moments = sorted(moment for _group, moment in ledger.sent_since(house.store, "envois", since=begun))
    seconds = [(moment - moments[0]).total_seconds() for moment in moments]
    assert all(fifth - first >= 1 for first, fifth in zip(seconds, seconds[4:], strict=False))
    assert set(way.stand_in.copies().values()) == {1}


def test_a_provider_that_cannot_be_reached_is_replaced_for_all(
    house: Post, serve: Callable[[str], Way], tmp_path: Path
) -> None:
    way = serve("brevo")
    spare = TransportSettings("secours", TransportKind.OUTBOX, folder=tmp_path / "secours")
    configuration = replace(house.workspace.configuration, transports={"secours": spare})
    house.workspace = replace(house.workspace, configuration=configuration)
    gone: Any = replace(way.settings, api_url=f"http://127.0.0.1:{free_port()}", fallback="secours")
    report = house.send(transport=gone)
    assert (count(report, DeliveryState.ACCEPTED), len(list((tmp_path / "secours").glob("*.eml")))) == (10, 10)
    assert way.stand_in.copies() == {}
    kept = house.store.conn.execute("SELECT COUNT(*) FROM provider_calls WHERE answered_at IS NULL").fetchone()[0]
    assert kept == 0

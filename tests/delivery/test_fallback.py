"""When a way out fails, another one takes over those who were not tried: nobody else, and nobody twice."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.delivery.scheduling import RunAction, run_due, schedule_mailing
from rtesmail.model.errors import UnusableTransportError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.model.publication import Limits, PaceSettings, TransportKind, TransportSettings

from .conftest import ISSUE, Post, Script, count, free_port


@pytest.fixture
def spare(post: Post, tmp_path: Path) -> TransportSettings:
    """A folder that the workspace knows as another way out."""
    folder = TransportSettings("secours", TransportKind.OUTBOX, folder=tmp_path / "secours")
    configuration = replace(post.workspace.configuration, transports={"secours": folder})
    post.workspace = replace(post.workspace, configuration=configuration)
    return folder


def filed(spare: TransportSettings) -> int:
    assert spare.folder is not None
    return len(list(spare.folder.glob("*.eml"))) if spare.folder.is_dir() else 0


def test_a_server_that_cannot_be_reached_is_replaced(post: Post, spare: TransportSettings) -> None:
    closed = TransportSettings("smtp", TransportKind.SMTP, host="127.0.0.1", port=free_port(), fallback="secours")
    report = post.send(transport=closed)
    assert (count(report, DeliveryState.ACCEPTED), report.sent_now, filed(spare)) == (10, 10, 10)
    assert report.fallback == "secours"
    assert f"127.0.0.1:{closed.port} cannot be reached" in report.fallback_reason
    rows = post.store.conn.execute("SELECT DISTINCT transport FROM deliveries").fetchall()
    assert [row[0] for row in rows] == ["secours"]


def test_who_was_tried_is_left_to_the_first_way_out(mailed: tuple[Post, Script], spare: TransportSettings) -> None:
    post, script = mailed
    script.behaviour = {
        "p001@example.org": ["451 4.7.1 later"],
        "p002@example.org": ["550 5.1.1 nobody"],
        "p003@example.org": ["drop after the dot"],
    }
    post.send(limit=4)
    script.sender_reply = "550 5.7.1 not you"
    report = post.send(transport=replace(post.transport, fallback="secours"))
    assert list(post.states().values()) == ["deferred", "refused", "unknown", *["accepted"] * 7]
    assert (filed(spare), len(script.received)) == (6, 2)
    assert report.mailing.state is MailingState.SENDING


def test_a_way_out_that_works_is_not_said_to_be_replaced(post: Post, spare: TransportSettings) -> None:
    report = post.send(transport=replace(post.transport, fallback="secours"))
    assert (report.fallback, report.fallback_reason, filed(spare)) == ("", "", 0)


def test_cron_says_that_another_way_out_took_over(post: Post, spare: TransportSettings) -> None:
    closed = TransportSettings("smtp", TransportKind.SMTP, host="127.0.0.1", port=free_port(), fallback="secours")
    schedule_mailing(post.store, post.workspace, ISSUE, "abonnes", at=post.watch(), not_after=None, now=post.watch)
    (line,) = run_due(
        post.store,
        post.workspace,
        render=lambda _issue: post.edition,
        transport_for=lambda _edition, _list: closed,
        now=post.watch,
    )
    assert "secours took over" in line.message
    assert filed(spare) == 10


def test_a_trial_of_a_few_stays_with_the_way_out_that_is_tried(post: Post, spare: TransportSettings) -> None:
    closed = TransportSettings("smtp", TransportKind.SMTP, host="127.0.0.1", port=free_port(), fallback="secours")
    with pytest.raises(UnusableTransportError, match="cannot be reached"):
        post.send(transport=closed, limit=2)
    assert (filed(spare), set(post.states().values())) == (0, {"pending"})


def test_cron_goes_on_when_the_pace_allows_and_not_before(post: Post) -> None:
    post.transport = replace(post.transport, pace=PaceSettings(Limits(per_hour=4)))

    def run() -> list[tuple[RunAction, int]]:
        lines = run_due(
            post.store,
            post.workspace,
            render=lambda _issue: post.edition,
            transport_for=lambda _edition, _list: post.transport,
            now=post.watch,
        )
        return [(line.action, line.report.sent_now if line.report else -1) for line in lines]

    begun = post.send()
    assert (begun.sent_now, begun.mailing.resume_at) == (4, post.watch() + timedelta(hours=1))
    post.watch.move(minutes=40)
    assert run() == []
    post.watch.move(minutes=20)
    assert run() == [(RunAction.SENT, 4)]
    post.watch.move(hours=1)
    assert run() == [(RunAction.SENT, 2)]
    assert set(post.states().values()) == {"accepted"}

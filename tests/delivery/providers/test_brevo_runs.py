"""Mailings through Brevo: calls kept before they leave, and repeated after a crash."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery import ledger
from rtesmail.delivery.clock import utc_now
from rtesmail.delivery.provider_calls import StoredCalls, open_calls, settle_open_calls
from rtesmail.delivery.transports.brevo import KEY_LIFE, BrevoTransport
from rtesmail.model.errors import RefusedError, StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome

from ..conftest import START, Post, count, make_edition
from .conftest import QUICK, Way, compose, people
from .stand_in import KEY, Reply

SENDER = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from rtesmail.delivery.sending import send_mailing
    from rtesmail.model.publication import *
    from rtesmail.store.opening import open_store

    root, url, issue = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    identity = Identity("RTES", "Réseau", "c@rtes.example", "stop@rtes.example", public_url="https://l.rtes.example")
    workspace = Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))
    transport = TransportSettings(
        "envois", TransportKind.BREVO, password_env="PROVIDER_KEY", api_url=url, connections=1
    )
    send_mailing(
        open_store(workspace.database), workspace, issue_id=issue, edition=None, list_name="abonnes",
        transport=transport, now=lambda: datetime.now(UTC),
    )
    """
)


@pytest.fixture
def way(serve: Callable[[str], Way]) -> Way:
    return serve("brevo")


@pytest.fixture
def brevo_post(post: Post, way: Way) -> Post:
    """The small house, with a letter without images, sending through Brevo."""
    post.edition = make_edition(images=())
    post.approve()
    post.transport = replace(way.settings, connections=1)
    return post


def test_a_call_is_on_the_disk_before_it_leaves_and_its_letter_goes_with_the_answer(
    brevo_post: Post, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bytes]] = []
    take = way.stand_in.take

    def look(content: Any) -> Reply:
        import sqlite3

        with sqlite3.connect(f"file:{brevo_post.workspace.database}?mode=ro", uri=True) as other:
            rows = other.execute(
                "SELECT length(payload), payload FROM provider_calls WHERE idempotency_key = ? AND answered_at IS NULL",
                (content["headers"]["idempotencyKey"],),
            ).fetchall()
        seen.extend(rows)
        reply: Reply = take(content)
        return reply

    monkeypatch.setattr(way.stand_in, "take", look)
    report = brevo_post.send()
    assert count(report, DeliveryState.ACCEPTED) == 10
    assert [payload for _size, payload in seen] == way.stand_in.raw
    rows = brevo_post.store.conn.execute("SELECT length(payload) AS size, answered_at FROM provider_calls").fetchall()
    assert len(rows) == 10
    assert all(row["size"] == 0 and row["answered_at"] for row in rows)


def start(post: Post, way: Way) -> "subprocess.Popen[bytes]":
    arguments = [str(post.workspace.root), way.stand_in.url, post.edition.issue]
    return subprocess.Popen([sys.executable, "-c", SENDER, *arguments], env={**os.environ, "PROVIDER_KEY": KEY})


@pytest.mark.parametrize("fault", ["hang", "hang after"])
def test_a_killed_run_learns_from_the_provider_what_became_of_its_last_call(
    brevo_post: Post, way: Way, fault: str
) -> None:
    brevo_post.send(limit=3)
    way.stand_in.faults = [0.0, fault]
    process = start(brevo_post, way)
    deadline = time.monotonic() + 20
    while len(way.stand_in.raw) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(brevo_post.states().values()).count("sending") == 1
    report = brevo_post.send(now=utc_now)
    assert report.recovered_unknown == 0
    assert count(report, DeliveryState.ACCEPTED) == 10
    assert way.stand_in.copies() == {f"p{number:03d}@example.org": 1 for number in range(1, 11)}


def begun(post: Post, way: Way) -> tuple[int, int]:
    """A mailing whose run died in the middle of a call; gives its number and the delivery's."""
    post.send(limit=1)
    mailing = post.store.conn.execute("SELECT id FROM mailings").fetchone()["id"]
    passage = ledger.Passage(mailing, "envois", lambda delivery: f"<{delivery}@rtes.example>")
    claim = ledger.turn(post.store, passage, (), sizes={"": 1}, now=post.watch())
    return mailing, claim[""][0].delivery


def test_a_crash_between_the_answer_and_the_ledger_loses_nothing(brevo_post: Post, way: Way) -> None:
    """The letter was taken and its answer read; the process died before the ledger was told."""
    mailing, delivery = begun(brevo_post, way)
    calls = StoredCalls(brevo_post.store, mailing, "envois", brevo_post.watch)
    transport = BrevoTransport(way.settings, calls, patience=QUICK)
    (message,) = compose(people(1, first=delivery)[0])
    (outcome,) = asyncio.run(_first(transport, message))
    assert outcome.state is DeliveryState.ACCEPTED
    report = brevo_post.send()
    assert report.recovered_unknown == 0
    assert count(report, DeliveryState.ACCEPTED) == 10
    assert max(way.stand_in.copies().values()) == 1


async def _first(transport: BrevoTransport, message: Message) -> Sequence[Outcome]:
    return await transport.deliver([message])


def test_a_call_whose_key_is_forgotten_is_not_repeated(brevo_post: Post, way: Way) -> None:
    mailing, delivery = begun(brevo_post, way)
    calls = StoredCalls(brevo_post.store, mailing, "envois", brevo_post.watch)
    calls.keep(str(uuid.uuid4()), b"{}", [delivery], life=KEY_LIFE)
    brevo_post.watch.move(seconds=KEY_LIFE.total_seconds())
    assert open_calls(brevo_post.store, mailing, "envois", now=brevo_post.watch()) == ()
    report = brevo_post.send()
    assert report.recovered_unknown == 1


def test_only_the_call_of_the_last_attempt_is_repeated(brevo_post: Post, way: Way) -> None:
    mailing, delivery = begun(brevo_post, way)
    calls = StoredCalls(brevo_post.store, mailing, "envois", lambda: START - timedelta(minutes=1))
    calls.keep(str(uuid.uuid4()), b"{}", [delivery], life=KEY_LIFE)
    assert open_calls(brevo_post.store, mailing, "envois", now=START) == ()


def test_a_provider_that_cannot_be_asked_leaves_the_call_open(brevo_post: Post, way: Way) -> None:
    mailing, delivery = begun(brevo_post, way)
    calls = StoredCalls(brevo_post.store, mailing, "envois", brevo_post.watch)
    calls.keep(str(uuid.uuid4()), b"{}", [delivery], life=KEY_LIFE)
    away = BrevoTransport(replace(way.settings, api_url="http://127.0.0.1:9"), patience=QUICK)
    with pytest.raises(StoppedError):
        settle_open_calls(brevo_post.store, mailing, away, brevo_post.watch)
    assert len(open_calls(brevo_post.store, mailing, "envois", now=brevo_post.watch())) == 1
    assert list(brevo_post.states().values()).count("sending") == 1


def test_images_inside_the_message_are_refused_before_anybody_is_frozen(post: Post, way: Way) -> None:
    post.transport = way.settings
    with pytest.raises(RefusedError, match="no images"):
        post.send()
    assert post.states() == {}
    assert way.stand_in.raw == []


@pytest.mark.parametrize("mark", ["{{ contact.EMAIL }}", "{% if x %}", "{# note #}"])
def test_a_letter_that_would_be_read_as_a_template_is_refused_before_anybody_is_frozen(
    post: Post, way: Way, mark: str
) -> None:
    post.transport = way.settings
    post.edition = make_edition(images=(), text=f"Bonjour {mark}\n")
    post.approve()
    with pytest.raises(RefusedError, match="template language"):
        post.send()
    assert post.states() == {}

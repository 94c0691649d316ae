"""Ctrl-C, SIGTERM, two processes at once: clean ends, nobody twice."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import datetime
from pathlib import Path

import pytest

from rtesmail.delivery import ledger
from rtesmail.delivery.lock import sending_lock
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState

from .conftest import Post, Script, add_people

SENDER = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from rtesmail.delivery.sending import send_mailing
    from rtesmail.model.errors import RtesmailError
    from rtesmail.model.publication import *
    from rtesmail.store.opening import open_store

    root, port, wait, issue = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    identity = Identity("RTES", "Réseau", "c@rtes.example", "stop@rtes.example")
    workspace = Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))
    transport = TransportSettings("smtp", TransportKind.SMTP, host="127.0.0.1", port=port, connections=3)
    try:
        report = send_mailing(
            open_store(workspace.database), workspace, issue_id=issue, edition=None, list_name="abonnes",
            transport=transport, now=lambda: datetime.now(UTC), wait_seconds=wait,
        )
        print("sent", report.sent_now)
    except RtesmailError as error:
        print(type(error).__name__, error)
        sys.exit(error.exit_code)
    """
)


def start(post: Post, wait: float = 0.0, before: str = "") -> subprocess.Popen[str]:
    arguments = [str(post.workspace.root), str(post.transport.port), str(wait), post.edition.issue]
    return subprocess.Popen(
        [sys.executable, "-c", before + SENDER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LANGUAGE": "en"},
    )


def wait_until_received(script: Script, number: int) -> None:
    deadline = time.monotonic() + 20
    while len(script.received) < number:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def begun(mailed: tuple[Post, Script]) -> tuple[Post, Script]:
    """A mailing to 120 people, of whom one has got it: other processes go on with it."""
    post, script = mailed
    add_people(post.store, 110, start=11)
    post.send(limit=1)
    script.before_storing = lambda _address: time.sleep(0.004)
    return post, script


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_wish_to_stop_ends_cleanly_within_two_seconds(begun: tuple[Post, Script], number: signal.Signals) -> None:
    post, script = begun
    process = start(post)
    wait_until_received(script, 20)
    asked_at = time.monotonic()
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert time.monotonic() - asked_at < 2.0
    assert (process.returncode, errors) == (5, "")
    assert output.startswith("InterruptedRunError Stopped as asked")
    states = list(post.states().values())
    assert "sending" not in states
    assert states.count("accepted") == len(script.received)
    assert post.send().mailing.finished_at is not None
    assert len(script.received) == 120
    assert set(script.copies().values()) == {1}


def test_a_server_that_hangs_does_not_hold_up_the_stop(begun: tuple[Post, Script]) -> None:
    post, script = begun
    script.behaviour["p030@example.org"] = ["hang"]
    process = start(post)
    wait_until_received(script, 28)
    time.sleep(0.3)
    asked_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert time.monotonic() - asked_at < 2.5
    assert process.returncode == 5
    assert post.states()["p030@example.org"] == "unknown"
    post.send()
    assert "p030@example.org" not in script.copies()
    assert set(script.copies().values()) == {1}
    totals = ledger.totals(post.store, 1)
    assert (totals.of(DeliveryState.ACCEPTED), totals.of(DeliveryState.UNKNOWN)) == (119, 1)


def test_a_resolver_that_never_answers_does_not_hold_up_the_stop(begun: tuple[Post, Script]) -> None:
    post, _script = begun
    # In one call, since several connections ask at once.
    asked = "os.write(1, b'asked\\n') and select.select([], [], [])"
    process = start(post, before=f"import os, select, socket; socket.gethostbyaddr = lambda *_name: {asked}")
    assert process.stdout is not None
    assert process.stdout.readline() == "asked\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (5, "")
    assert output.splitlines()[-1].startswith("InterruptedRunError Stopped as asked")
    assert sorted(set(post.states().values())) == ["accepted", "pending"]


def test_a_database_that_fails_for_a_moment_stops_the_run_and_what_became_of_each_message_is_written_down(
    begun: tuple[Post, Script],
) -> None:
    post, script = begun
    is_failing = False

    def now() -> datetime:
        # Asked before each transaction: one of them cannot write, the next can again.
        nonlocal is_failing
        is_failing = not is_failing and len(script.received) >= 20
        post.store.conn.execute(f"PRAGMA query_only = {'ON' if is_failing else 'OFF'}")
        return post.watch()

    with pytest.raises(StoppedError, match=r"^Stopped after \d+ accepted messages: .* readonly database\.$"):
        post.send(now=now)
    states = list(post.states().values())
    assert set(states) == {"accepted", "pending"}
    assert states.count("accepted") == len(script.received)
    assert post.send().mailing.finished_at is not None
    assert set(script.copies().values()) == {1}


def test_a_second_process_is_told_who_is_sending(begun: tuple[Post, Script]) -> None:
    post, script = begun
    first = start(post)
    wait_until_received(script, 5)
    second = start(post)
    output, _errors = second.communicate(timeout=20)
    assert second.returncode == 5
    assert f"pid {first.pid}" in output
    first.communicate(timeout=60)
    assert set(script.copies().values()) == {1}


def test_a_second_process_that_waits_sends_nothing_again(begun: tuple[Post, Script]) -> None:
    post, script = begun
    both = [start(post, wait=60.0), start(post, wait=60.0)]
    outputs = [process.communicate(timeout=60)[0].strip() for process in both]
    assert sorted(outputs) == ["sent 0", "sent 119"]
    assert len(script.received) == 120
    assert set(script.copies().values()) == {1}


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from rtesmail.delivery.lock import sending_lock\n"
        "with sending_lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StoppedError, match=f"pid {holder.pid}"), sending_lock(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with sending_lock(tmp_path):
        pass

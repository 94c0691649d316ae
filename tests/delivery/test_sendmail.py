"""A sendmail-compatible program as the way out: its exit codes, its troubles, and nothing that it could take amiss."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.delivery.composers import composer_of
from rtesmail.delivery.messages.composing import Composer
from rtesmail.delivery.transports.sendmail import SendmailTransport
from rtesmail.model.errors import StoppedError, UnusableTransportError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState, Message, Outcome, Recipient
from rtesmail.model.publication import TransportKind, TransportSettings

from .conftest import Post, count
from .fake_sendmail import FakeSendmail, is_running, members_of_group


@pytest.fixture
def local(tmp_path: Path) -> FakeSendmail:
    return FakeSendmail(tmp_path / "local")


@pytest.fixture
def house(post: Post, local: FakeSendmail) -> tuple[Post, FakeSendmail]:
    """The small house, sending through a program."""
    post.transport = replace(local.settings, envelope_sender="retours@rtes.example")
    return post, local


def message(recipient: str = "p001@example.org", sender: str = "retours@rtes.example") -> Message:
    return Message(1, sender, recipient, b"Subject: x\r\n\r\nx\r\n", "<1.ab@rtes.example>")


def deliver(settings: TransportSettings, given: Message, patience: float = 20.0) -> Outcome:
    async def run() -> Outcome:
        transport = SendmailTransport(settings, patience=patience)
        (outcome,) = await transport.deliver([given])
        await transport.close()
        return outcome

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (os.EX_DATAERR, "refused"),
        (os.EX_NOUSER, "refused"),
        (os.EX_NOHOST, "deferred"),
        (os.EX_UNAVAILABLE, "deferred"),
        (os.EX_OSERR, "deferred"),
        (os.EX_TEMPFAIL, "deferred"),
        (os.EX_SOFTWARE, "unknown"),
        (os.EX_CANTCREAT, "unknown"),
        (os.EX_IOERR, "unknown"),
        (os.EX_PROTOCOL, "unknown"),
        (1, "unknown"),
        (2, "unknown"),
        (126, "unknown"),
        (127, "unknown"),
        (255, "unknown"),
    ],
)
def test_each_exit_code_has_one_meaning_and_comes_with_the_programs_words(
    local: FakeSendmail, code: int, state: str
) -> None:
    local.order("p001@example.org", f"print('sendmail: quelque chose,\\na été dit', file=sys.stderr); sys.exit({code})")
    outcome = deliver(local.settings, message())
    assert outcome.state.value == state
    assert outcome.reply == f"sendmail ended with the code {code}: sendmail: quelque chose, a été dit"


@pytest.mark.parametrize("code", [os.EX_USAGE, os.EX_NOINPUT, os.EX_OSFILE, os.EX_NOPERM, os.EX_CONFIG])
def test_a_program_that_would_take_nobodys_message_stops_the_run(house: tuple[Post, FakeSendmail], code: int) -> None:
    post, local = house
    local.order("p001@example.org", f"print('sendmail: mauvais réglage'); sys.exit({code})")
    with pytest.raises(UnusableTransportError, match=f"the code {code}: sendmail: mauvais réglage") as stopped:
        post.send(transport=replace(post.transport, connections=1))
    assert "transport local" in stopped.value.hint
    assert set(post.states().values()) == {"pending"}
    (local.root / "orders" / "p001@example.org").unlink()
    assert count(post.send(), DeliveryState.ACCEPTED) == 10
    assert len(local.arrived()) == 10


def test_the_mailing_goes_through_once_each_and_with_its_own_return_addresses(house: tuple[Post, FakeSendmail]) -> None:
    post, local = house
    report = post.send(transport=replace(post.transport, verp=True))
    assert count(report, DeliveryState.ACCEPTED) == 10
    filed = local.arrived()
    assert sorted(one.recipients for one in filed) == [[f"p{number:03d}@example.org"] for number in range(1, 11)]
    assert len({one.sender for one in filed}) == 10
    assert all(one.sender.startswith("retours+") and b"\r" not in one.content for one in filed)
    assert post.reply_to("p001@example.org")["reply"] == "taken over by sendmail"


def test_options_come_before_and_the_address_after_the_mark_that_ends_them(local: FakeSendmail) -> None:
    settings = replace(local.settings, command=(*local.settings.command, "-i"))
    deliver(settings, message())
    ((_number, arguments),) = local.started()
    assert arguments == ["-i", "-i", "-f", "retours@rtes.example", "--", "p001@example.org"]


@pytest.mark.parametrize("address", ["-t@example.org", "-bv@example.org", "--@example.org", "-Cevil@example.org"])
def test_an_address_that_looks_like_an_option_is_an_address(house: tuple[Post, FakeSendmail], address: str) -> None:
    post, local = house
    (one,) = composed(post, address)
    assert isinstance(one, Message)
    assert deliver(post.transport, one).state is DeliveryState.ACCEPTED
    assert [filed.recipients for filed in local.arrived()] == [[address]]
    outcome = deliver(post.transport, message("p002@example.org", sender=address))
    assert outcome.state is DeliveryState.ACCEPTED
    assert address in [filed.sender for filed in local.arrived()]


@pytest.mark.parametrize("address", ["a\x00@example.org", "a\n-t@example.org", "a b@example.org", "a\x7f@example.org"])
def test_an_address_with_control_signs_or_spaces_reaches_no_program(local: FakeSendmail, address: str) -> None:
    outcome = deliver(local.settings, message(address))
    assert (outcome.state, outcome.reply) == (
        DeliveryState.REFUSED,
        "the address cannot be written on an envelope",
    )
    assert local.started() == []


def test_nothing_in_an_address_or_a_command_is_run_by_a_shell(local: FakeSendmail, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    settings = replace(local.settings, command=(*local.settings.command, "-f", f"$(touch {trap})"))
    deliver(settings, message(f"`touch${{IFS}}{trap}`@example.org".replace("/", "|")))
    assert not trap.exists()
    assert len(local.arrived()) == 1


def test_an_address_with_accents_is_handed_over_as_utf8(local: FakeSendmail) -> None:
    assert deliver(local.settings, message("élise@example.org")).state is DeliveryState.ACCEPTED
    ((_number, arguments),) = local.started()
    assert arguments[-1].encode("utf-8", "surrogateescape") == "élise@example.org".encode()


def test_a_program_that_is_ended_by_somebody_else_leaves_its_message_unknown(local: FakeSendmail) -> None:
    local.order("p001@example.org", "os.kill(os.getpid(), signal.SIGKILL)")
    outcome = deliver(local.settings, message())
    assert (outcome.state, outcome.reply) == (DeliveryState.UNKNOWN, "sendmail ended with the code -9")


def test_patience_ends_a_program_that_hangs_and_its_message_is_unknown(local: FakeSendmail) -> None:
    local.order("p001@example.org", "time.sleep(60)")
    outcome = deliver(local.settings, message(), patience=0.5)
    assert outcome.state is DeliveryState.UNKNOWN
    assert "was ended before it said" in outcome.reply
    ((number, _arguments),) = local.started()
    assert not is_running(number)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ("time.sleep(60)", "unknown"),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", "unknown"),
        ("subprocess.run(['sleep', '60'])", "unknown"),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(75)); time.sleep(60)", "unknown"),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); time.sleep(60)", "accepted"),
    ],
)
def test_cutting_ends_every_program_and_only_a_yes_counts_after_that(
    local: FakeSendmail, order: str, state: str
) -> None:
    local.order("p001@example.org", order)

    async def run() -> tuple[Outcome, float]:
        transport = SendmailTransport(local.settings)
        handing = asyncio.create_task(transport.deliver([message()]))
        deadline = time.monotonic() + 20
        while not local.started():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        cut_at = time.monotonic()
        transport.abort()
        (outcome,) = await handing
        await transport.close()
        return outcome, time.monotonic() - cut_at

    outcome, seconds = asyncio.run(run())
    assert outcome.state.value == state
    assert seconds < 2.0
    ((number, _arguments),) = local.started()
    assert not is_running(number)
    assert members_of_group(number) == []


def test_what_a_program_leaves_behind_does_not_hold_up_its_verdict(local: FakeSendmail) -> None:
    local.order("p001@example.org", 'afterwards = \'subprocess.Popen(["sleep", "3"])\'')
    started_at = time.monotonic()
    assert deliver(local.settings, message()).state is DeliveryState.ACCEPTED
    assert time.monotonic() - started_at < 2.0


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (None, 0, "No such file or directory"),
        ("#!/bin/sh\nexit 0\n", 0o644, "Permission denied"),
        ("#!/absent/interpreter\n", 0o755, "No such file or directory"),
        ("not a program\n", 0o755, "Exec format error"),
    ],
)
def test_a_program_that_cannot_be_started_stops_the_run_and_nothing_left(
    post: Post, tmp_path: Path, content: str | None, mode: int, reason: str
) -> None:
    program = tmp_path / "mail"
    if content is not None:
        program.write_text(content, encoding="utf-8")
        program.chmod(mode)
    settings = TransportSettings("local", TransportKind.SENDMAIL, command=(str(program), "-x"))
    with pytest.raises(UnusableTransportError, match=f"mail cannot be started: {reason}") as stopped:
        post.send(transport=settings)
    assert "transport local" in stopped.value.hint
    assert set(post.states().values()) == {"pending"}


def test_secrets_of_the_environment_are_in_nobodys_account(
    local: FakeSendmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RTES_TEST_PASSWORD", "très-secret")
    local.order("p001@example.org", "print('login très-secret refused:', os.environ); sys.exit(77)")
    with pytest.raises(StoppedError, match="login … refused") as stopped:
        deliver(local.settings, message())
    assert "secret" not in f"{stopped.value} {stopped.value.hint}"


def test_a_program_that_talks_without_end_fills_no_account(local: FakeSendmail) -> None:
    local.order("p001@example.org", "print('é' * 3_000_000); sys.exit(75)")
    outcome = deliver(local.settings, message())
    assert outcome.state is DeliveryState.DEFERRED
    assert len(outcome.reply) < 1200


SENDER = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from rtesmail.delivery.sending import send_mailing
    from rtesmail.model.errors import RtesmailError
    from rtesmail.model.publication import *
    from rtesmail.store.opening import open_store

    root, program = Path(sys.argv[1]), sys.argv[2]
    identity = Identity("RTES", "Réseau", "c@rtes.example", "stop@rtes.example")
    workspace = Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))
    transport = TransportSettings("local", TransportKind.SENDMAIL, command=(program,), connections=3)
    try:
        send_mailing(open_store(workspace.database), workspace, issue_id="2025-04-mensuelle", edition=None,
            list_name="abonnes", transport=transport, now=lambda: datetime.now(UTC))
    except RtesmailError as error:
        sys.exit(error.exit_code)
    """
)


def test_ctrl_c_in_a_terminal_lets_running_programs_end_and_loses_nobody(house: tuple[Post, FakeSendmail]) -> None:
    post, local = house
    post.send(limit=1)
    for number in range(2, 11):
        local.order(f"p{number:03d}@example.org", "time.sleep(0.4)")
    # A terminal signals the whole group in its foreground: the run, and whatever belongs to its group.
    arguments = [sys.executable, "-c", SENDER, str(post.workspace.root), str(local.program)]
    process = subprocess.Popen(arguments, start_new_session=True, env={**os.environ, "LANGUAGE": "en"})
    deadline = time.monotonic() + 20
    while len(local.started()) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) == 5
    assert sorted(post.states().values()) == ["accepted"] * 4 + ["pending"] * 6
    assert len(local.arrived()) == 4
    post.send()
    assert sorted(one.recipients[0] for one in local.arrived()) == sorted(post.states())
    assert len(local.arrived()) == 10


def composed(post: Post, *addresses: str) -> list[Message | Outcome]:
    trial = Mailing(0, post.edition.issue, "abonnes", MailingState.SENDING, post.watch())
    composer: Composer = composer_of(post.workspace, post.edition, trial, post.transport)
    return [composer.compose(Recipient(n, n, to, "", "", 1), post.watch()) for n, to in enumerate(addresses, start=1)]

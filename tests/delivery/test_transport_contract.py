"""What every way out of our own promises: each message once, whole, with a verdict; an end at once when it is asked."""

import asyncio
import os
import pickle
import random
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery.transports.contract import Transport
from rtesmail.delivery.transports.registry import build_transport
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportKind, TransportSettings

from .conftest import Served, free_port
from .fake_sendmail import FakeSendmail

SENDER = "retours+1-af@rtes.example"
# What mail programs are known to change or to stop at: dots, "From ", bytes that are no ASCII, long lines, sizes.
BODIES = [
    b".\r\n..\r\n.fin\r\n\r\n.\r\n",
    b"From ici\r\n>From l\xc3\xa0\r\n\tx \r\n",
    b"y" * 998 + b"\r\n" + bytes(range(128, 256)) + b"\r\n",
    b"Subject: encore\r\n\r\n" + b"z" * 70 + b"\r\n",
    (b"0123456789" * 7 + b"\r\n") * 6000,
]


def message(number: int, body: bytes = b"Bonjour\r\n", recipient: str = "") -> Message:
    """A message as the composer makes them: CRLF, and a Message-ID that begins with the delivery's number."""
    address = recipient or f"p{number:03d}@example.org"
    head = f"From: <lettre@rtes.example>\r\nTo: <{address}>\r\nSubject: {number}\r\n\r\n"
    return Message(number, SENDER, address, head.encode() + body, f"<{number}.{number:032x}@rtes.example>")


@dataclass
class Way:
    """A way out, and how to see what came out of it: (sender, recipient, content with LF); a .eml has no envelope."""

    settings: TransportSettings
    arrived: Callable[[], list[tuple[str, str, bytes]]]
    hold_up: Callable[[str], None] = lambda _address: None
    give: Callable[[str, str], None] = lambda _address, _verdict: None

    def make(self) -> Transport:
        return build_transport(self.settings)


def over_smtp(_root: Path, served: Served) -> Way:
    verdicts = {"refused": "550 5.1.1 nobody", "deferred": "451 4.3.0 later", "unknown": "drop after the dot"}

    def arrived() -> list[tuple[str, str, bytes]]:
        return [(served.script.senders[who], who, what.replace(b"\r\n", b"\n")) for who, what in served.script.received]

    return Way(
        served.settings,
        arrived,
        lambda address: served.script.behaviour.update({address: ["hang"]}),
        lambda address, verdict: served.script.behaviour.update({address: [verdicts[verdict]]}),
    )


def through_sendmail(root: Path, _served: Served) -> Way:
    program = FakeSendmail(root / "sendmail")
    verdicts = {
        "refused": "sys.exit('nobody' and 67)",
        "deferred": "sys.exit(75)",
        "unknown": "afterwards = 'os.kill(os.getpid(), signal.SIGKILL)'",
    }
    return Way(
        program.settings,
        lambda: [(one.sender, one.recipients[0], one.content) for one in program.arrived()],
        lambda address: program.order(address, "time.sleep(60)"),
        lambda address, verdict: program.order(address, verdicts[verdict]),
    )


def into_outbox(root: Path, _served: Served) -> Way:
    folder = root / "boite"

    def arrived() -> list[tuple[str, str, bytes]]:
        contents = [file.read_bytes().replace(b"\r\n", b"\n") for file in sorted(folder.glob("*.eml"))]
        return [(SENDER, content.split(b"To: <")[1].split(b">")[0].decode(), content) for content in contents]

    return Way(TransportSettings("boite", TransportKind.OUTBOX, folder=folder), arrived)


def into_maildir(root: Path, _served: Served) -> Way:
    folder = root / "Maildir"

    def arrived() -> list[tuple[str, str, bytes]]:
        found = []
        for file in sorted((folder / "new").glob("*")):
            first, second, content = file.read_bytes().split(b"\n", 2)
            sender = first.removeprefix(b"Return-Path: <").removesuffix(b">").decode()
            found.append((sender, second.removeprefix(b"Delivered-To: ").decode(), content))
        return found

    return Way(TransportSettings("boite", TransportKind.MAILDIR, folder=folder), arrived)


MAKERS: dict[str, Callable[[Path, Served], Way]] = {
    "smtp": over_smtp,
    "sendmail": through_sendmail,
    "outbox": into_outbox,
    "maildir": into_maildir,
}
JUDGES = ("smtp", "sendmail")


@pytest.fixture(params=MAKERS)
def way(request: pytest.FixtureRequest, tmp_path: Path, served: Served) -> Way:
    """Each way out in turn."""
    return MAKERS[request.param](tmp_path, served)


def deliver(way: Way, messages: list[Message]) -> list[Outcome]:
    """Hand all messages over, side by side as the engine does."""

    async def run() -> list[Outcome]:
        transport = way.make()
        places = asyncio.Semaphore(transport.connections)

        async def one(given: Message) -> Outcome:
            async with places:
                (outcome,) = await transport.deliver([given])
            return outcome

        try:
            return list(await asyncio.gather(*(one(given) for given in messages)))
        finally:
            await transport.close()

    return asyncio.run(run())


def on_disk(given: Message) -> tuple[str, str, bytes]:
    return given.envelope_sender, given.recipient, given.content.replace(b"\r\n", b"\n")


def test_each_message_arrives_once_with_its_very_bytes_and_envelope(way: Way) -> None:
    messages = [message(number, body) for number, body in enumerate(BODIES * 3, start=1)]
    outcomes = deliver(way, messages)
    assert [outcome.state for outcome in outcomes] == [DeliveryState.ACCEPTED] * len(messages)
    assert all(outcome.reply for outcome in outcomes)
    assert sorted(way.arrived()) == sorted(map(on_disk, messages))


def test_a_batch_gets_its_verdicts_in_order(way: Way) -> None:
    async def run() -> list[Outcome]:
        transport = way.make()
        try:
            return list(await transport.deliver([message(number) for number in (5, 3, 9)]))
        finally:
            await transport.close()

    assert [(one.delivery, one.state) for one in asyncio.run(run())] == [(n, DeliveryState.ACCEPTED) for n in (5, 3, 9)]


@pytest.mark.parametrize("judge", JUDGES)
def test_what_is_said_of_one_person_is_about_nobody_else(tmp_path: Path, served: Served, judge: str) -> None:
    way = MAKERS[judge](tmp_path, served)
    wanted = ["refused", "accepted", "deferred", "accepted", "unknown", "accepted"]
    for number, verdict in enumerate(wanted, start=1):
        if verdict != "accepted":
            way.give(f"p{number:03d}@example.org", verdict)
    outcomes = deliver(way, [message(number) for number in range(1, 7)])
    assert [outcome.state.value for outcome in outcomes] == wanted
    # An unknown one did arrive here: that is why it is not sent again.
    assert sorted(who for _sender, who, _content in way.arrived()) == [f"p{n:03d}@example.org" for n in (2, 4, 5, 6)]


def test_being_cut_ends_at_once_and_what_is_said_then_is_true(way: Way) -> None:
    messages = [message(number) for number in range(1, 4)]
    way.hold_up(messages[1].recipient)

    async def run() -> tuple[list[Outcome], float]:
        transport = way.make()
        handing = [asyncio.create_task(_one(transport, given)) for given in messages]
        deadline = time.monotonic() + 20
        while len(way.arrived()) < 2 or sum(task.done() for task in handing) < 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        cut_at = time.monotonic()
        transport.abort()
        outcomes = list(await asyncio.gather(*handing))
        await transport.close()
        return outcomes, time.monotonic() - cut_at

    outcomes, seconds = asyncio.run(run())
    assert seconds < 2.0
    arrived = Counter(who for _sender, who, _content in way.arrived())
    accepted = {given.recipient for given, one in zip(messages, outcomes, strict=True) if one.state == "accepted"}
    assert accepted == set(arrived)
    assert set(arrived.values()) == {1}
    assert {one.state.value for one in outcomes} <= {"accepted", "unknown"}


@pytest.mark.parametrize("judge", JUDGES)
def test_what_was_not_begun_when_everything_was_cut_waits(tmp_path: Path, served: Served, judge: str) -> None:
    way = MAKERS[judge](tmp_path, served)

    async def run() -> Outcome:
        transport = way.make()
        transport.abort()
        return await _one(transport, message(1))

    assert asyncio.run(run()).state is DeliveryState.PENDING
    assert way.arrived() == []


def test_it_can_be_closed_again_and_again_whatever_was_done(way: Way) -> None:
    async def run() -> None:
        unused, used, cut = way.make(), way.make(), way.make()
        await _one(used, message(1))
        cut.abort()
        for transport in (unused, used, cut) * 2:
            await transport.close()

    asyncio.run(run())
    assert len(way.arrived()) == 1


def unusable(name: str, root: Path) -> dict[str, Any]:
    """What makes a way out one that leads nowhere."""
    (root / "a file").write_text("no folder", encoding="utf-8")
    return {
        "smtp": {"port": free_port()},
        "sendmail": {"command": (str(root / "absent"),)},
        "outbox": {"folder": root / "a file"},
        "maildir": {"folder": root / "a file"},
    }[name]


@pytest.mark.parametrize("name", MAKERS)
def test_a_way_out_that_leads_nowhere_stops_the_run(tmp_path: Path, served: Served, name: str) -> None:
    way = MAKERS[name](tmp_path, served)
    way.settings = replace(way.settings, **unusable(name, tmp_path))
    with pytest.raises(StoppedError) as stopped:
        deliver(way, [message(1)])
    assert stopped.value.hint


KILLED = textwrap.dedent(
    """
    import asyncio, pickle, sys
    settings, messages = pickle.load(sys.stdin.buffer)
    from rtesmail.delivery.transports.registry import build_transport

    async def run():
        transport = build_transport(settings)
        print("ready", flush=True)
        await asyncio.gather(*(transport.deliver(messages[first::3]) for first in range(3)))

    asyncio.run(run())
    """
)


def test_a_sender_that_is_killed_leaves_no_half_message(way: Way) -> None:
    chance = random.Random(20250403)
    messages = [message(number, BODIES[-1]) for number in range(1, 61)]
    for _kill in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pickle.dumps((way.settings, messages)))
        process.stdin.close()
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.15))
        process.kill()
        process.wait()
        process.stdout.close()
    # What a dying sender had handed over whole, a program or server may still be filing.
    time.sleep(0.5)
    arrived = way.arrived()
    assert arrived, "no kill came late enough: this run showed nothing"
    assert set(arrived) <= set(map(on_disk, messages))


async def _one(transport: Transport, given: Message) -> Outcome:
    (outcome,) = await transport.deliver([given])
    return outcome

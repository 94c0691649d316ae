"""Other processes may sign ahead; nothing but speed depends on them."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace

from rtesmail.delivery import ledger, mailings
from rtesmail.delivery.composers import composer_of
from rtesmail.delivery.messages.composing import Composer
from rtesmail.delivery.sending import SendReport
from rtesmail.delivery.signing.ahead import WORTH_IT, SignaturesAhead
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState, Recipient, Totals
from rtesmail.store.opening import open_store

from .conftest import Post, Script, add_people, count, suppress
from .test_signing import Domain

PEOPLE = WORTH_IT + 200
Seen = TypeVar("Seen")


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    return Domain(tmp_path_factory.mktemp("dkim"))


@pytest.fixture
def signed(mailed: tuple[Post, Script], domain: Domain) -> tuple[Post, Script]:
    """A mailing for which signing ahead pays, with both kinds of key."""
    post, script = mailed
    add_people(post.store, PEOPLE - 10, start=11)
    post.transport = replace(post.transport, dkim=domain.keys)
    return post, script


@pytest.fixture
def two_cores() -> None:
    """Without a second core nothing is signed ahead, and these tests would show nothing."""
    assert len(os.sched_getaffinity(0)) > 1, "these tests need a machine with two cores"


def signing_processes(sender: int) -> list[int]:
    children = Path(f"/proc/{sender}/task/{sender}/children").read_text(encoding="ascii").split()
    return [int(child) for child in children if is_signing(int(child))]


def is_signing(process: int) -> bool:
    try:
        return b"rtesmail.delivery.signing.process" in Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def until(seen: Callable[[], Seen]) -> Seen:
    """Wait until there is something to see, for half a minute at the most."""
    for _try in range(3000):
        if found := seen():
            return found
        time.sleep(0.01)
    raise AssertionError("nothing to see")


def send_while(post: Post, act: Callable[[Totals], None]) -> SendReport:
    """Send; `act` sees the totals from time to time, in the sending process."""
    return post.send(progress=act)


def assert_each_has_one_valid_letter(script: Script, domain: Domain, people: int) -> None:
    assert len(script.received) == len(script.copies()) == people
    for address, content in script.received[:: people // 40]:
        assert domain.verdicts(content) == [True, True], address


@pytest.mark.usefixtures("two_cores")
def test_letters_signed_ahead_verify_and_each_person_has_one(signed: tuple[Post, Script], domain: Domain) -> None:
    post, script = signed
    seen: set[int] = set()
    report = send_while(post, lambda _totals: seen.update(signing_processes(os.getpid())))
    assert seen
    assert count(report, DeliveryState.ACCEPTED) == PEOPLE
    assert_each_has_one_valid_letter(script, domain, PEOPLE)
    assert not signing_processes(os.getpid())


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_a_signing_process_that_dies_or_hangs_holds_up_nobody(
    signed: tuple[Post, Script], domain: Domain, blow: signal.Signals
) -> None:
    post, script = signed
    hit: set[int] = set()

    def strike(totals: Totals) -> None:
        if totals.of(DeliveryState.ACCEPTED) > 200 and not hit:
            hit.update(signing_processes(os.getpid()))
            for process in hit:
                os.kill(process, blow)

    report = send_while(post, strike)
    assert hit
    assert count(report, DeliveryState.ACCEPTED) == PEOPLE
    assert_each_has_one_valid_letter(script, domain, PEOPLE)
    assert not signing_processes(os.getpid())


@pytest.mark.usefixtures("two_cores")
def test_a_killed_sender_leaves_no_process_and_no_lock_behind(signed: tuple[Post, Script], domain: Domain) -> None:
    post, script = signed
    sender = os.fork()
    if not sender:
        post.store = open_store(post.workspace.database)
        post.send()
        os._exit(0)
    helpers = until(lambda: len(script.received) > 300 and signing_processes(sender))
    os.kill(sender, signal.SIGKILL)
    os.waitpid(sender, 0)
    report = post.send(wait_seconds=10.0)
    assert helpers
    until(lambda: not any(is_signing(helper) for helper in helpers))
    unknown = count(report, DeliveryState.UNKNOWN)
    assert unknown <= post.transport.connections
    assert count(report, DeliveryState.ACCEPTED) == PEOPLE - unknown
    assert set(script.copies().values()) == {1}


def test_whoever_leaves_after_their_letter_was_signed_is_not_written_to(
    signed: tuple[Post, Script], domain: Domain
) -> None:
    post, script = signed
    gone = [f"p{number:03d}@example.org" for number in range(300, PEOPLE, 7)]

    def leave(address: str) -> None:
        # Told in the server's thread, as the 250th is written to: some of those who leave are signed for by then.
        if address == "p250@example.org":
            store = open_store(post.workspace.database)
            for leaver in gone:
                suppress(store, leaver)
            store.conn.close()

    script.before_storing = leave
    report = post.send()
    assert count(report, DeliveryState.SKIPPED) == len(gone)
    assert not script.copies().keys() & set(gone)
    assert_each_has_one_valid_letter(script, domain, PEOPLE - len(gone))


def prepared(post: Post) -> tuple[Mailing, Composer, list[Recipient]]:
    """A begun mailing, its composer, and everybody who waits."""
    mailing = mailings.begin(
        post.store, issue_id=post.edition.issue, list_name="abonnes", digest=post.edition.digest, now=post.watch()
    )
    composer = composer_of(post.workspace, post.edition, mailing, post.transport)
    return mailing, composer, ledger.upcoming(post.store, mailing.id, "", 0, PEOPLE)


async def stocked(ahead: SignaturesAhead, people: list[Recipient]) -> Recipient:
    """Claim one person after the other until there are signatures; give whose comes next."""
    for person in people:
        ahead.claimed([("", person)])
        if (await ahead.take(person)) is not None:
            return people[people.index(person) + 1]
        await asyncio.sleep(0.05)
    raise AssertionError("nobody was signed for")


@pytest.mark.usefixtures("two_cores")
def test_a_signature_from_before_a_pause_is_not_used(signed: tuple[Post, Script]) -> None:
    post, _script = signed
    mailing, composer, people = prepared(post)

    async def rehearse() -> None:
        ahead = SignaturesAhead(
            (post.workspace, post.edition, mailing, post.transport),
            lambda group, after, size: ledger.upcoming(post.store, mailing.id, group, after, size),
            composer.signature_of,
            post.watch,
        )
        await ahead.open()
        try:
            following = await stocked(ahead, people)
            used = await ahead.take(following)
            assert used is not None
            assert used.fields == composer.signature_of(following, used.moment)
            post.watch.move(minutes=2)
            assert await ahead.take(people[people.index(following) + 1]) is None
        finally:
            await ahead.close()

    asyncio.run(asyncio.wait_for(rehearse(), 30))


@pytest.mark.usefixtures("two_cores")
def test_a_process_that_signs_otherwise_than_the_sender_is_not_trusted(signed: tuple[Post, Script]) -> None:
    post, _script = signed
    mailing, composer, people = prepared(post)
    other = replace(post.edition, subject="Mars 2025 : une autre lettre")
    asked: list[int] = []

    def upcoming(group: str, after: int, size: int) -> list[Recipient]:
        asked.append(after)
        return ledger.upcoming(post.store, mailing.id, group, after, size)

    async def rehearse() -> None:
        recipe = (post.workspace, other, mailing, post.transport)
        ahead = SignaturesAhead(recipe, upcoming, composer.signature_of, post.watch)
        await ahead.open()
        try:
            for person in people[:300]:
                ahead.claimed([("", person)])
                assert await ahead.take(person) is None
                await asyncio.sleep(0.01)
        finally:
            await ahead.close()

    asyncio.run(asyncio.wait_for(rehearse(), 60))
    # It was asked once; after its first answer never again.
    assert 1 <= len(asked) <= 3


def test_a_trial_of_few_people_starts_no_other_process(signed: tuple[Post, Script], domain: Domain) -> None:
    post, script = signed
    seen: set[int] = set()
    report = post.send(limit=20, progress=lambda _totals: seen.update(signing_processes(os.getpid())))
    assert report.mailing.state is MailingState.SENDING
    assert not seen
    assert [domain.verdicts(content) for _address, content in script.received] == [[True, True]] * 20

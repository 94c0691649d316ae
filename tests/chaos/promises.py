"""What must hold whatever happened, read from the servers' own dumps; the ledger is only held against them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rtesmail.delivery.composers import composer_of
from rtesmail.model.mailing import Mailing, MailingState, Message, Recipient

from .house import EDITION, House, address_of, name_of
from .sender import ISSUE, LIST, transport_to, workspace_in
from .sinks import Sink

_OWN_TO_AN_ATTEMPT = re.compile(rb"^(?:Date|Message-ID): [^\r]*\r\n", re.MULTILINE)
HAS_IT = {"accepted", "unknown"}
"""The states of those whose message a server has: any other would let a second one leave, or deny the first."""


@dataclass
class Account:
    """One line of the table: what was done to how many people, and what came of it."""

    times: int = 0
    people: int = 0
    doubles: int = 0
    lost: int = 0
    unknown: int = 0


@dataclass
class Table:
    """The accounts of all troubles, for the end of the run."""

    accounts: dict[str, Account] = field(default_factory=dict)

    def add(self, trouble: str, found: Account) -> None:
        known = self.accounts.setdefault(trouble, Account())
        for name, value in vars(found).items():
            setattr(known, name, getattr(known, name) + value)


def check_promises(
    table: Table,
    trouble: str,
    house: House,
    sinks: Sequence[Sink],
    *,
    times: int = 1,
    twice: frozenset[str] = frozenset(),
) -> None:
    """Hold every promise of a mailing against what the servers have; `twice` are those put back by a person."""
    copies = [copy for sink in sinks if not sink.keeps_its_no for copy in sink.copies()]
    received = Counter(copy.address for copy in copies)
    standing = _standing(house)
    everybody = {address_of(number) for number in range(1, house.people + 1)}
    doubles = {a for a, number in received.items() if number > 1} - twice
    lost = {a for a in everybody if a not in standing or (standing[a] == "accepted" and a not in received)}
    states = Counter(standing.values())
    table.add(trouble, Account(times, house.people, len(doubles), len(lost), states["unknown"]))

    assert doubles == set()
    assert lost == set()
    assert received.keys() <= everybody
    # Who has a message is not waiting for one, and is not said to have been refused or left out.
    assert {a: standing[a] for a in received if standing[a] not in HAS_IT} == {}
    assert received.keys() & house.said_no == set()
    assert set(standing.values()) <= {"accepted", "deferred", "refused", "unknown", "skipped", "pending"}
    for mailing, audience in house.ask("SELECT id, audience FROM mailings WHERE audience IS NOT NULL"):
        assert house.ask(f"SELECT COUNT(*) FROM deliveries WHERE mailing_id = {mailing}") == [(audience,)]
    if not twice:
        assert len({copy.message_id for copy in copies}) == len(copies)
    expected = _compositions(house)
    assert [copy.address for copy in copies if _common(copy.content) != expected[copy.address]] == []


def _standing(house: House) -> dict[str, str]:
    """Give each person's state; in several mailings of the issue, the one in which they were written to."""
    found: dict[str, str] = {}
    for address, state in house.ask("SELECT email, state FROM deliveries ORDER BY id"):
        if found.get(address, "skipped") == "skipped":
            found[address] = state
    return found


def _compositions(house: House) -> dict[str, bytes]:
    """Compose the approved edition anew for each person."""
    mailing = Mailing(1, ISSUE, LIST, MailingState.SENDING, datetime.now(UTC))
    composer = composer_of(workspace_in(house.root), EDITION, mailing, transport_to(1, 1))
    found = {}
    for number in range(1, house.people + 1):
        made = composer.compose(Recipient(number, number, address_of(number), name_of(number), ""), datetime.now(UTC))
        assert isinstance(made, Message)
        found[made.recipient] = _common(made.content)
    return found


def _common(content: bytes) -> bytes:
    """Leave out what is each attempt's own."""
    return _OWN_TO_AN_ATTEMPT.sub(b"", content)

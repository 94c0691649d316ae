"""Servers that reject, drop, stall and end at every command: Postfix's smtp-sink, told to."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import IS_FULL, NewHouse
from .promises import Table, check_promises
from .sinks import Sink

PEOPLE = 12
COMMANDS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".", "RSET", "QUIT")


@dataclass(frozen=True)
class Fault:
    """How a sink misbehaves; `trouble` is its line in the table, `stores_and_refuses` that its dump is no delivery."""

    trouble: str
    options: tuple[str, ...]
    stores_and_refuses: bool = False


def at_each(option: str, trouble: str, *, refuses: bool) -> list[Fault]:
    return [
        Fault(f"server {trouble}", (option, command), stores_and_refuses=refuses and command == ".")
        for command in COMMANDS
    ]


FAULTS = [
    *at_each("-q", "hangs up without a word (-q)", refuses=False),
    *at_each("-Q", "says 421 and hangs up (-Q)", refuses=True),
    *at_each("-r", "says 4xx (-r)", refuses=True),
    *at_each("-f", "says 5xx (-f)", refuses=True),
    Fault("server refuses within the message (-A)", ("-A", "0")),
    Fault("server refuses within the message (-A)", ("-A", "1")),
    Fault("server is slow (-w, -W, -H)", ("-w", "1")),
    Fault("server is slow (-w, -W, -H)", ("-H", "1")),
    Fault("server is slow (-w, -W, -H)", ("-W", ".:1:30")),
    Fault("server is slow (-w, -W, -H)", ("-W", "RCPT:1:30")),
    Fault("server ends in the middle (-M, -n)", ("-M", "5")),
    Fault("server ends in the middle (-M, -n)", ("-n", "1")),
    Fault("server offers little (-e, -p, -E, -8)", ("-e",)),
    Fault("server offers little (-e, -p, -E, -8)", ("-p",)),
    Fault("server offers little (-e, -p, -E, -8)", ("-E", "-8", "-N", "-a")),
    Fault("server gives up early (-t)", ("-t", "1", "-W", ".:2")),
    Fault("server does several of these", ("-p", "-q", ".", "-W", "MAIL:1:20")),
    Fault("server does several of these", ("-p", "-Q", ".", "-W", "MAIL:1:20"), stores_and_refuses=True),
]
SHARE = FAULTS if IS_FULL else [fault for fault in FAULTS if fault.options[-1] in (".", "DATA", "5", "-e")]


@pytest.mark.parametrize("fault", SHARE, ids=lambda fault: " ".join(fault.options))
def test_whatever_a_server_does_nobody_gets_two_and_a_better_server_gets_the_rest(
    new_house: NewHouse, tmp_path: Path, table: Table, fault: Fault
) -> None:
    house = new_house(PEOPLE, connections=3)
    with (
        Sink(tmp_path / "bad", *fault.options, keeps_its_no=fault.stores_and_refuses) as bad,
        Sink(tmp_path / "good") as good,
    ):
        for _again in range(2):
            ended = house.run(bad.port)
            assert ended.code in (0, 5, 6), ended.words
            assert "sending" not in house.states(), "what was under way is accounted for"
        house.finish(good.port)
        bad.settle()
        good.settle()
        check_promises(table, fault.trouble, house, [bad, good])
        # What a server had stored when it hung up without a word, nobody sends again.
        if not fault.stores_and_refuses:
            assert {copy.address for copy in bad.copies()} & {copy.address for copy in good.copies()} == set()

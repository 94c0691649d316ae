"""A DNS server on loopback, which says what a test writes down."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[str, tuple[str, ...]]
"""`name TYPE` → the records as a zone file has them; `name FAIL` makes the server fail at every question on a name."""


@contextmanager
def serving(zone: Zone) -> Iterator[tuple[str, int]]:
    """Answer over UDP until the block ends."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(line, zone), daemon=True)
    thread.start()
    try:
        yield line.getsockname()
    finally:
        # An empty datagram ends the loop: closing alone would not wake it.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", line.getsockname())
        thread.join()
        line.close()


def _serve(line: socket.socket, zone: Zone) -> None:
    while True:
        asked, client = line.recvfrom(4096)
        if not asked:
            return
        line.sendto(_answer(asked, zone), client)


def _answer(asked: bytes, zone: Zone) -> bytes:
    question = dns.message.from_wire(asked)
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    (wanted,) = question.question
    name = wanted.name.to_text(True).lower()
    kind = wanted.rdtype.name
    if f"{name} FAIL" in zone:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif records := zone.get(f"{name} {kind}"):
        answer.answer.append(dns.rrset.from_text(wanted.name, 60, "IN", kind, *records))
    elif not any(key.split()[0] == name for key in zone):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()

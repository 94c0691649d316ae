"""The process that signs ahead: `python -P -m rtesmail.delivery.signing.process DESCRIPTOR`.

Over the socket of that descriptor come the recipe of a composer, then people by the group; signatures go back in the
same order, a few at a time, each answer with its length before it. It ends when the sender's end is closed.
"""

import pickle
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from io import BufferedIOBase

from rtesmail.delivery.composers import composer_of
from rtesmail.delivery.signing.ahead import LENGTH
from rtesmail.model.mailing import Recipient

_IN_ONE_ANSWER = 8


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as line, line.makefile("rwb") as stream, suppress(EOFError, OSError):
        _sign_all(stream)


def _sign_all(stream: BufferedIOBase) -> None:
    composer = composer_of(*pickle.load(stream))
    _answer(stream, None, ())
    while True:
        moment, people = pickle.load(stream)
        for first in range(0, len(people), _IN_ONE_ANSWER):
            recipients = [Recipient(*values) for values in people[first : first + _IN_ONE_ANSWER]]
            _answer(stream, moment, [(one.delivery, composer.signature_of(one, moment)) for one in recipients])


def _answer(stream: BufferedIOBase, moment: datetime | None, signatures: Sequence[tuple[int, bytes]]) -> None:
    packed = pickle.dumps((moment, signatures))
    stream.write(LENGTH.pack(len(packed)))
    stream.write(packed)
    stream.flush()


if __name__ == "__main__":
    main()

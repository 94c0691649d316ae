"""What a mail server's reply means for one message."""

import re

from rtesmail.model.mailing import DeliveryState, Outcome

CLOSING = 421
"""RFC 5321 section 3.8: the server is closing this connection, whatever the command was."""

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST = 1000


def read_reply(delivery: int, code: int, text: str) -> Outcome:
    """Turn a final reply into an outcome: 2xx accepted, 421 pending, other 4xx deferred, 5xx refused.

    Anything else is no final reply (RFC 5321 section 4.2.1): it says nothing of the message, whose fate is unknown.
    """
    if 200 <= code < 300:
        state = DeliveryState.ACCEPTED
    elif code == CLOSING:
        state = DeliveryState.PENDING
    elif 400 <= code < 500:
        state = DeliveryState.DEFERRED
    elif 500 <= code < 600:
        state = DeliveryState.REFUSED
    else:
        state = DeliveryState.UNKNOWN
    reply = plain_words(text)
    return Outcome(delivery, state, code, enhanced_code(reply), reply)


def enhanced_code(text: str) -> str:
    """Give the RFC 3463 code that a server's words begin with, '' when they have none."""
    found = _ENHANCED.match(text)
    return found[1] if found else ""


def plain_words(text: str) -> str:
    """Give a server's words on one line, as text that a database and a terminal can take."""
    readable = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub(" ", readable).strip()[:_LONGEST]

"""Whatever comes back, it is told to be one thing, and the program goes on."""

import json
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rtesmail.feedback.classifying import classify
from rtesmail.feedback.parts import MOST_BYTES, take_apart
from rtesmail.model.feedback import FeedbackKind

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "feedback").glob("*.eml"))
# Pieces of which mail is made, right or wrong.
PIECES = [
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    b"Content-Type: message/delivery-status\n\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n",
    b"Content-Type: text/plain; charset=punycode\n\n",
    b"Content-Type: text/html; charset=utf-7\n\n+2AA- <p",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"From: <\n", b"From: MAILER-DAEMON@x.example\n", b"To: a@b.example, \"\\\n",
    b"Subject: =?utf-8?b?//8=?= =?x?q?y?=\n", b"\x00",
    b"Return-Path: <>\n", b"Auto-Submitted: auto-replied\n", b"List-Id: <\n", b"--b\n", b"--b--\n", b"\n", b"\r",
    b"Final-Recipient: rfc822; \xff\n", b"Action: failed\n", b"Status: 5.1.1\n", b"Diagnostic-Code: smtp; 550 \xe9\n",
    b"<a@b.example>:\n", b"unsubscribe ", b"\xff\xfe", b"From x Thu Apr  3 09:00:00 2025\n",
]  # fmt: skip


def is_one_thing(content: bytes) -> bool:
    told = classify(content)
    json.dumps([told.subject, told.diagnostic, *told.recipients]).encode("ascii")
    told.diagnostic.encode()
    return isinstance(told.kind, FeedbackKind) and "\n" not in told.diagnostic


@settings(max_examples=1500)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_one_thing(content: bytes) -> None:
    assert is_one_thing(content)


@settings(max_examples=1500)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=40))
def test_any_pieces_of_mail_put_together_are_one_thing(pieces: list[bytes]) -> None:
    assert is_one_thing(b"".join(pieces))


@settings(max_examples=2000)
@given(st.sampled_from(SAMPLES), st.sampled_from(SAMPLES), st.integers(0, 2**32))
def test_a_damaged_message_is_still_one_thing(first: Path, second: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(first.read_bytes())
    for _damage in range(chance.randint(1, 8)):
        place = chance.randrange(len(content) + 1)
        match chance.randrange(5):
            case 0:
                del content[place : place + chance.randint(1, 200)]
            case 1:
                content[place:place] = chance.randbytes(chance.randint(1, 20))
            case 2:
                other = second.read_bytes()
                content[place:place] = other[chance.randrange(len(other)) :][:300]
            case 3:
                content[place : place + 1] = bytes([chance.randrange(256)])
            case _:
                lines = content.splitlines(keepends=True)
                chance.shuffle(lines)
                content = bytearray(b"".join(lines))
    assert is_one_thing(bytes(content))


def test_parts_within_parts_without_end_are_read_to_a_depth() -> None:
    inside = b"Content-Type: message/rfc822\n\n" * 5_000
    assert is_one_thing(b"From: MAILER-DAEMON@x.example\n" + inside)
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000))
    assert is_one_thing(b"From: MAILER-DAEMON@x.example\n" + nested)


def test_thousands_of_parts_and_megabytes_are_read_within_bounds() -> None:
    many = b"--b\nContent-Type: text/plain\n\nx\n" * 20_000
    parts = take_apart(b"Content-Type: multipart/mixed; boundary=b\n\n" + many)
    assert 0 < len(parts.parts) <= 200
    attached = b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" + b"QUJD" * (2 * MOST_BYTES)
    assert sum(len(part.content) for part in take_apart(attached).parts) <= MOST_BYTES
    assert is_one_thing(b"From: a@b.example\n" + attached)


def test_long_lines_of_what_looks_like_something_do_not_hold_anybody_up() -> None:
    for piece in (
        b"a@",
        b"<",
        b"user ",
        b"--",
        b"=?",
        b"> ",
        b"5.1.",
        b"cliquez pour ",
        b"x" * 50 + b"@y.example ",
        b"\xe9 ",
        b"De : ",
    ):
        head = b"From: MAILER-DAEMON@x.example\nSubject: Undelivered\nContent-Type: text/plain\n\n"
        assert is_one_thing(head + piece * (200_000 // len(piece)))
        assert is_one_thing(head.replace(b"text/plain", b"text/html") + piece * (200_000 // len(piece)))

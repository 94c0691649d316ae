"""Quoted-printable (RFC 2045 section 6.7), written so that text can be cut where a person's value goes."""

import binascii
import re

MOST_IN_LINE = 76
SOFT_BREAK = b"=\r\n"

_TOKENS = tuple(
    bytes((byte,)) if (33 <= byte <= 126 and byte != 0x3D) or byte in (0x20, 0x09) else b"=%02X" % byte
    for byte in range(256)
)
# The same in quoted-printable, in HTML and as it is, on one line.
_PLAIN = re.compile(r"(?![.]|From | )[A-Za-z0-9 !#$%()*+,./:;?@\[\]^_`{|}~\\-]{1,75}(?<! )")
# Even when each byte takes three characters.
_ALWAYS_ONE_LINE = (MOST_IN_LINE - 1) // 3
_MARKS = (b".", b"From ")


def encode_text(text: str) -> bytes:
    """Encode text with `\\n` line ends; the last line is left open when the text does not end in one."""
    return b"\r\n".join(_encode_line(line.encode()) for line in text.split("\n"))


def as_it_is(value: str) -> bytes:
    """Give a value that needs no escaping anywhere as `encode_value` would; nothing when it may need some."""
    return value.encode() + SOFT_BREAK if _PLAIN.fullmatch(value) else b""


def encode_value(value: str) -> bytes:
    """Encode a value that stands at the beginning of a line of its own and ends in a soft break."""
    content = value.encode()
    if len(content) <= _ALWAYS_ONE_LINE and not content.startswith(_MARKS):
        return binascii.b2a_qp(content, istext=False) + SOFT_BREAK
    return _encode_line(content) + SOFT_BREAK


def _encode_line(line: bytes) -> bytes:
    """Encode one line, broken softly; what a mail server could mistake for its own marks is written as codes."""
    tokens = [_TOKENS[byte] for byte in line]
    if tokens and line[-1:] in (b" ", b"\t"):
        tokens[-1] = b"=%02X" % line[-1]
    if line.startswith(b"From "):
        # Some stores put ">" before it, as in an mbox file.
        tokens[0] = b"=46"
    lines: list[bytes] = []
    current: list[bytes] = []
    length = 0
    for token in tokens:
        if length + len(token) >= MOST_IN_LINE:
            lines.append(b"".join(current))
            current, length = [], 0
        # A dot at the beginning of a line is the only one that SMTP doubles, and a lone one ends the message.
        written = b"=2E" if token == b"." and not current else token
        current.append(written)
        length += len(written)
    lines.append(b"".join(current))
    return SOFT_BREAK.join(lines)

"""A message as far as it can be read: its fields and parts, whatever is broken, within bounds.

The standard library's parser reads nested parts by recursion and gives up fields that are not ASCII; what comes back is
written by every program of thirty years, and by who wants to break ours. So parts are cut here, by their boundaries,
without recursion.
"""

import binascii
import codecs
import email.errors
import quopri
import re
from collections.abc import Iterator
from email.header import decode_header

from msgspec import Struct

MOST_BYTES = 4_000_000
"""How much of a message is read: reports stand at its beginning, large attachments behind them."""

_MOST_IN_HEAD = 128_000
_MOST_IN_TEXT = 200_000
_MOST_PARTS = 200
_MOST_DEPTH = 12

_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)", re.IGNORECASE)
_FIRST_LINE = re.compile(rb"(?:From |>From )[^\n]*\n")
_HEAD_END = re.compile(rb"\n[ \t]*\n")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_HALVES = re.compile("[\ud800-\udfff]")
# Codecs that are no charset of a mail, slow on long input, or both.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})


class Fields(Struct, frozen=True):
    """Header fields in their order, names in small letters, values unfolded and decoded."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """Give the first field of a name, empty without; `name` is in small letters."""
        return next((value for key, value in self.pairs if key == name), "")

    def all(self, *names: str) -> list[str]:
        """Give every field of these names."""
        return [value for key, value in self.pairs if key in names]

    @property
    def type(self) -> str:
        """The media type, `text/plain` without one (RFC 2045 section 5.2)."""
        found = _TYPE.match(self.get("content-type"))
        return found[1].lower() if found else "text/plain"

    def parameter(self, name: str) -> str:
        """Give a parameter of the Content-Type, empty without."""
        found = re.search(
            rf';\s*{re.escape(name)}\s*=\s*(?:"([^"]*)"?|([^\s;"]+))', self.get("content-type"), re.IGNORECASE
        )
        return (found[1] if found[1] is not None else found[2]) if found else ""


class Part(Struct, frozen=True):
    """One part that holds no other: its fields, its decoded content, whether it stands inside an enclosed message."""

    fields: Fields
    content: bytes
    is_enclosed: bool

    @property
    def text(self) -> str:
        """The content as text, as much of it as is looked at."""
        content = self.content
        if len(content) > _MOST_IN_TEXT:
            # Between two lines, so that no character is cut in two.
            content = content[:_MOST_IN_TEXT].rpartition(b"\n")[0] or content[:_MOST_IN_TEXT]
        return _decoded(content, self.fields.parameter("charset"))


class Parts(Struct, frozen=True):
    """A message taken apart: its own fields, its parts in their order, the fields of each enclosed message."""

    fields: Fields
    parts: tuple[Part, ...]
    enclosed: tuple[Fields, ...]


def take_apart(raw: bytes) -> Parts:
    """Take a message apart, as far as it goes; never raises."""
    content = raw[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    fields, body = _split(content)
    parts: list[Part] = []
    enclosed: list[Fields] = []
    waiting = [(fields, body, 0, False)]
    while waiting and len(parts) < _MOST_PARTS:
        fields_here, content, depth, is_enclosed = waiting.pop()
        inner = list(_inner(fields_here, content)) if depth < _MOST_DEPTH else []
        if fields_here.type in _MESSAGES and depth < _MOST_DEPTH:
            head, inner_body = _split(_carried(fields_here, content))
            enclosed.append(head)
            waiting.append((head, inner_body, depth + 1, True))
        elif fields_here.type in _HEADS:
            enclosed.append(_split(_carried(fields_here, content))[0])
        elif inner:
            waiting.extend((*_split(part), depth + 1, is_enclosed) for part in reversed(inner))
        else:
            parts.append(Part(fields_here, _carried(fields_here, content), is_enclosed))
    return Parts(fields, tuple(parts), tuple(enclosed))


_MESSAGES = frozenset({"message/rfc822", "message/global"})
_HEADS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})


def read_fields(text: str) -> Fields:
    """Read header fields from text; lines that are none are left out."""
    pairs: list[tuple[str, str]] = []
    for line in re.sub(r"\n[ \t]+", " ", text).split("\n"):
        found = _FIELD.match(line)
        if found:
            pairs.append((found[1].lower(), _words(found[2].strip())))
    return Fields(tuple(pairs))


def _split(content: bytes) -> tuple[Fields, bytes]:
    """Split a message or part into its fields and its body; without a blank line, all of it is head."""
    begun = _FIRST_LINE.match(content)
    start = begun.end() if begun else 0
    if content[start : start + 1] == b"\n":
        return Fields(()), content[start + 1 :]
    end = _HEAD_END.search(content, start)
    head, body = (content[start:], b"") if end is None else (content[start : end.start()], content[end.end() :])
    first = head.split(b"\n", 1)[0]
    if b":" not in first:
        # No fields at all: a body that lost its head.
        return Fields(()), content[start:]
    return read_fields(_decoded(head[:_MOST_IN_HEAD], "")), body


def _inner(fields: Fields, content: bytes) -> Iterator[bytes]:
    """Give the parts of a multipart; a boundary that is missing is taken from the first line that looks like one."""
    if not fields.type.startswith("multipart/"):
        return
    boundary = fields.parameter("boundary").encode("utf-8", "surrogateescape").rstrip()
    marks = _marks(boundary, content) if boundary else []
    if not marks:
        found = re.search(rb"^--([^\s-][^\n]{3,70}?)[ \t]*$", content, re.MULTILINE)
        marks = _marks(found[1], content) if found else []
    for number, mark in enumerate(marks[:_MOST_PARTS]):
        if mark[1]:
            return
        end = marks[number + 1].start() if number + 1 < len(marks) else len(content)
        yield content[mark.end() : end].removeprefix(b"\n").removesuffix(b"\n")


def _marks(boundary: bytes, content: bytes) -> list[re.Match[bytes]]:
    found = re.finditer(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*$", content, re.MULTILINE)
    return [mark for mark, _number in zip(found, range(_MOST_PARTS + 1), strict=False)]


def _carried(fields: Fields, content: bytes) -> bytes:
    """Undo the transfer encoding, as far as it goes."""
    encoding = fields.get("content-transfer-encoding").lower()
    if encoding == "base64":
        letters = _NOT_BASE64.sub(b"", content)
        # Cut anywhere: one letter alone is nothing, others want their padding.
        try:
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4] if len(letters) % 4 == 1 else letters + b"===")
        except binascii.Error:
            return content
    return quopri.decodestring(content) if encoding == "quoted-printable" else content


def _decoded(content: bytes, charset: str) -> str:
    """Decode text in its charset, or in the one that it is likely to be in."""
    for name in (charset, "utf-8"):
        if not name:
            continue
        try:
            known = codecs.lookup(name).name
            if known not in _NO_CHARSETS:
                # UTF-7 can carry halves of characters, which nothing can print.
                return _HALVES.sub("\N{REPLACEMENT CHARACTER}", content.decode(known))
        except (LookupError, ValueError):
            # LookupError: no charset of that name; ValueError: other bytes than it says, or a null in its name.
            continue
    return content.decode("cp1252", "replace")


def _words(value: str) -> str:
    """Decode encoded words (RFC 2047); what is no such word stays as it is."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (email.errors.HeaderParseError, ValueError):
        return value
    return "".join(piece if isinstance(piece, str) else _decoded(piece, charset or "") for piece, charset in pieces)

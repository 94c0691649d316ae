"""In which of the usual encodings a text file is written, found without holding the file in memory."""

import codecs
import re
from collections.abc import Iterator
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.model.errors import WorkspaceError

_PIECE = 1 << 20
_CLUES_ENOUGH = 20_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)

# What the high bytes of French text should turn out to be.
_SMALL = frozenset("àâäæçéèêëîïôöùûüÿœ")
_CAPITAL = frozenset("ÀÂÄÆÇÉÈÊËÎÏÔÖÙÛÜŸŒ")
# No French word begins with the others; "ële" is how Windows-1252 reads the "Île" of MacRoman.
_FIRST = frozenset("àâæçéèêîôœÀÂÆÇÉÈÊÎÔŒ")
_SIGNS = frozenset("’‘“”«»–—…€°º\N{NO-BREAK SPACE}")
_HIGH = re.compile(rb"[\x80-\xff]")


class Encoding(Struct, frozen=True):
    """Python's name of an encoding and the one that people know; `is_certain` when the bytes leave no other reading."""

    codec: str
    name: str
    is_certain: bool = True


def find_encoding(path: Path) -> Encoding:
    """Tell UTF-8 and UTF-16 (with or without BOM), Windows-1252 and MacRoman apart; the whole file is tried.

    The last two give a letter to nearly every byte: the one in which more of them are what French puts there is taken.

    Raises:
        WorkspaceError: it is none of them.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_PIECE)
    for encoding in _candidates(head):
        if _can_decode(path, encoding.codec):
            return encoding
    fits = {codec: _count_french(path, codec) for codec in ("cp1252", "mac_roman")}
    if _can_decode(path, "cp1252") and fits["cp1252"] >= fits["mac_roman"]:
        return Encoding("cp1252", "Windows-1252", is_certain=False)
    if fits["mac_roman"] > 0:
        return Encoding("mac_roman", "MacRoman", is_certain=False)
    raise WorkspaceError(
        _("{path} is text in none of these encodings: UTF-8, UTF-16, Windows-1252, MacRoman.").format(path=path),
        hint=_("Open it in a spreadsheet and save it as “CSV UTF-8”."),
    )


def _candidates(head: bytes) -> Iterator[Encoding]:
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            yield Encoding(codec, name)
            return
    # Half of the bytes of Latin text in UTF-16 are zero, all on the same side; no text in another encoding has any.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5 and min(even, odd) * 4 < max(even, odd):
        yield Encoding("utf-16-le" if odd > even else "utf-16-be", "UTF-16")
    yield Encoding("utf-8", "UTF-8")


def _can_decode(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for piece in _pieces(path):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _count_french(path: Path, codec: str) -> int:
    """How many high bytes are what French would have there, less those that are not."""
    count = seen = 0
    for piece in _pieces(path):
        for clue in _HIGH.finditer(piece):
            start, end = clue.span()
            around = (piece[max(0, start - 1) : start], clue[0], piece[end : end + 1])
            before, letter, after = (part.decode(codec, "replace") for part in around)
            count += 1 if _is_french(before, letter, after) else -1
            seen += 1
            if seen >= _CLUES_ENOUGH:
                return count
    return count


def _is_french(before: str, letter: str, after: str) -> bool:
    if before.islower():
        return letter in _SMALL or (letter in _SIGNS and not (after.isalpha() and letter != "’"))
    if letter in _FIRST or (before.isalpha() and (letter in _SMALL or letter in _CAPITAL)):
        return True
    return letter in _SIGNS and not (before.isalpha() and after.isalpha() and letter != "’")

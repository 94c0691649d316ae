"""Words with their bold, italic and links, written as Markdown that reads back as the same words."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

_WIDE = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SPACES = dict.fromkeys(map(ord, _WIDE), " ")
_NOTHING = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"), "")
_QUOTES = {ord(curly): straight for curly, straight in zip("‘’“”„", '\'\'"""', strict=True)}
_PLAIN: dict[int, str] = {**_SPACES, **_NOTHING, **_QUOTES}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\n]+")
# An underscore between letters (élu_es) is a sign like any other.
_MARKS = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_LINE_START = re.compile(r"^(?=[#>+=~|-])|^(\d{1,9})(?=[.)](?:\s|$))", re.MULTILINE)
BREAK = "\n"


class Run(Struct, frozen=True):
    """Some words of a paragraph in one look; a line break is a run of its own."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    link: str = ""


def plain_signs(text: str) -> str:
    """Give a text as a person types it: plain spaces and quotation marks, no invisible signs."""
    return _CONTROL.sub(" ", text.translate(_PLAIN).replace("\u2028", " ").replace("\u2029", " "))


def plain_signs_of_source(html: str) -> str:
    """Take out the signs that no parser wants."""
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", " ", html.replace("\r\n", "\n").replace("\r", "\n")
    )


def words_of(runs: Iterable[Run]) -> str:
    """Give the words alone, on one line."""
    return _BLANKS.sub(" ", "".join(run.text for run in runs)).strip()


def runs_to_markdown(runs: Sequence[Run], *, keep_breaks: bool = True) -> str:
    """Give one paragraph's Markdown; empty when it has no words."""
    joined = _joined(runs, keep_breaks)
    pieces: list[str] = []
    for index, run in enumerate(joined):
        before = joined[index - 1].text[-1:] if index else ""
        after = joined[index + 1].text[:1] if index + 1 < len(joined) else ""
        pieces.append(_piece(run, before, after))
    lines = [line.strip() for line in "".join(pieces).split(BREAK)]
    text = BREAK.join(line for line in lines if line)
    return _LINE_START.sub(lambda found: f"{found[1]}\\" if found[1] else "\\", text).replace(BREAK, "\\\n")


def _joined(runs: Sequence[Run], keep_breaks: bool) -> list[Run]:
    """Join neighbours of one look, one space between words."""
    joined: list[Run] = []
    for run in runs:
        text = BREAK if run.text == BREAK and keep_breaks else _BLANKS.sub(" ", run.text)
        if joined and text[:1] == " " and joined[-1].text[-1:] in (" ", BREAK):
            text = text[1:]
        if not text:
            continue
        if (
            joined
            and text != BREAK
            and joined[-1].text != BREAK
            and replace(joined[-1], text="") == replace(run, text="")
        ):
            joined[-1] = replace(run, text=joined[-1].text + text)
        else:
            joined.append(replace(run, text=text))
    return joined


def _piece(run: Run, before: str, after: str) -> str:
    """Give a run's Markdown, with its marks where they would be read as such."""
    words = run.text.strip(" ")
    if run.text == BREAK or not words:
        return run.text
    lead = " " if run.text[0] == " " else ""
    tail = " " if run.text[-1] == " " else ""
    text = _MARKS.sub(r"\\\g<0>", words)
    marks = "*" * (2 * run.is_bold + run.is_italic)
    # CommonMark opens and closes emphasis at the edge of words only (0.31, 6.2, flanking).
    is_edge_before = bool(lead) or not before.strip() or (words[0].isalnum() and not before.isalnum())
    is_edge_after = bool(tail) or not after.strip() or (words[-1].isalnum() and not after.isalnum())
    if not (is_edge_before and is_edge_after) or not (words[0].isalnum() or words[-1].isalnum()):
        marks = ""
    if run.link:
        text = f"[{text}]({_destination(run.link)})"
    return f"{lead}{marks}{text}{marks}{tail}"


def _destination(url: str) -> str:
    quoted = url.replace("(", "%28").replace(")", "%29")
    return re.sub(r"&(?=#?\w+;)", "&amp;", quoted)

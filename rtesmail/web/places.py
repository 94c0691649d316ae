"""Where a finding shows in a mail: its words are looked for there, and marked in the copy that a frame shows.

The edition knows nothing of files and lines, and what is sent carries no mark. So what a finding quotes, else what
stands on its line, is sought in the finished mail, letters and digits only: typography changes the rest.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from pathlib import Path

from msgspec import Struct, field

from rtesmail.model.content import Issue
from rtesmail.model.findings import Finding

FIELDS_OF_THE_ROW = ("subject", "preheader")
"""The fields of `issue.toml` that show in the inbox and not in the mail."""

_LEAST_LETTERS = 3
"""Fewer letters stand anywhere: they would mark a place by chance."""

_PIECE = re.compile(
    r"<!--.*?-->|<(?:style|title|script)\b.*?</(?:style|title|script)\s*>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.IGNORECASE | re.DOTALL,
)
_NAME = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
_HIDDEN = re.compile(r"style\s*=\s*[\"'][^\"']*display\s*:\s*none", re.IGNORECASE)
_HREF = re.compile(r"\shref\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_CHARACTER = re.compile(r"&(?:#\w{1,8}|[a-z]\w{1,30});|.", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"[“«]\s*(.+?)\s*[”»]")
_ADDRESS = re.compile(r"(?:https?://|mailto:|(?<![\w&])#)[^\s<>\"“”«»)\]]+", re.IGNORECASE)
_FIELD = re.compile(r"^\s*(?:-\s+)?(?:[A-Za-z_]+:\s+|#{1,6}\s|[-*>]\s+)?")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_STYLE = (
    "<style>.rtesmail-place{background:none;color:inherit;scroll-margin-top:30vh}"
    ".rtesmail-place.is-shown{background:#ffe08a;color:#1d2b2a;outline:3px solid #b5401a;outline-offset:3px;"
    "border-radius:2px}</style>"
)


class Clue(Struct, frozen=True):
    """What a finding is about, as it can be looked for: words and addresses, the most telling first.

    `row` names the field of the inbox's row that it is about instead. `title` is its snippet's, which the words follow.
    """

    sought: tuple[str, ...] = ()
    title: str = ""
    row: str = ""


class Marked(Struct, frozen=True):
    """A mail's HTML with its places marked, and the mark's id for each finding that has one, by the finding's key."""

    html: str
    place_of: Mapping[str, str] = field(default_factory=dict)


def key_of(finding: Finding) -> str:
    """Give a short name by which a page's address says which finding it shows."""
    whole = "\0".join((finding.check, finding.place, finding.message))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def clue_of(root: Path, issue: Issue, finding: Finding) -> Clue:
    """Say what to look for: what the finding quotes, then what stands on its line; from files as they are now."""
    path = root / finding.path if finding.path is not None else None
    if path == root / issue.path:
        for name in FIELDS_OF_THE_ROW:
            if finding.line is not None and issue.line_of.get(name) == finding.line:
                return Clue(row=name)
        named = [snippet for snippet in issue.snippets if snippet.id in finding.message.split()]
        if len(named) == 1:
            return Clue(title=named[0].title)
    told = (*_QUOTED.findall(finding.message), *_addresses_in(finding.message))
    snippet = next((one for one in issue.snippets if path is not None and root / one.path == path), None)
    if snippet is None:
        return Clue(told)
    line = _line_of(root / snippet.path, finding.line)
    return Clue((*told, *_words_of(line), *_addresses_in(line)), snippet.title)


def mark_places(html: str, clues: Mapping[str, Clue], shown: str = "") -> Marked:
    """Mark where each finding shows; the place of the one whose key is `shown` stands out. No clue, no change."""
    if not clues:
        return Marked(html)
    mail = _Mail(html)
    taken: dict[tuple[int, int], str] = {}
    place_of: dict[str, str] = {}
    for key, clue in clues.items():
        span = mail.find(clue)
        if span is not None:
            # Two findings on the same words share their place: marks do not overlap.
            beside = next((own for own in taken if own[0] < span[1] and span[0] < own[1]), None)
            place_of[key] = taken.setdefault(beside or span, f"place-{key}")
    if not taken:
        return Marked(html)
    parts, done = [], 0
    for (start, end), place in sorted(taken.items()):
        is_shown = " is-shown" if place == place_of.get(shown) else ""
        parts += [
            html[done:start],
            f'<mark id="{escape(place)}" class="rtesmail-place{is_shown}">',
            html[start:end],
            "</mark>",
        ]
        done = end
    marked = "".join([*parts, html[done:]])
    head = re.search(r"</head\s*>", marked, re.IGNORECASE)
    at = head.start() if head else 0
    return Marked(marked[:at] + _STYLE + marked[at:], place_of)


class _Mail:
    """A mail's visible letters and digits in a row, each with where it stands in the HTML."""

    def __init__(self, html: str) -> None:
        self.letters = ""
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._run_ends: list[int] = []
        self._links: list[tuple[str, int]] = []
        letters: list[str] = []
        for start, end in self._runs(html):
            for found in _CHARACTER.finditer(html, start, end):
                for letter in _bare(unescape(found[0])):
                    letters.append(letter)
                    self._starts.append(found.start())
                    self._ends.append(found.end())
                    self._run_ends.append(end)
        self.letters = "".join(letters)

    def find(self, clue: Clue) -> tuple[int, int] | None:
        """Give the first place that a clue leads to, within its snippet before elsewhere; its title at last."""
        title = _bare(clue.title)
        # The last one: contents at the top may hold the title too.
        begin = max(self.letters.rfind(title), 0) if title else 0
        for sought in clue.sought:
            place = self._link(sought, begin) if _ADDRESS.match(sought) else self._words(_bare(sought), begin)
            if place is not None:
                return place
        return self._words(title, begin) if title else None

    def _link(self, address: str, begin: int) -> tuple[int, int] | None:
        positions = [at for href, at in self._links if href == address]
        later = [at for at in positions if begin < len(self._starts) and at >= self._starts[begin]]
        for at in (*later, *positions):
            index = bisect_right(self._starts, at - 1)
            if index < len(self._starts):
                return self._starts[index], self._run_ends[index]
        return None

    def _words(self, wanted: str, begin: int) -> tuple[int, int] | None:
        if len(wanted) < _LEAST_LETTERS:
            return None
        index = self.letters.find(wanted, begin)
        if index < 0:
            index = self.letters.find(wanted)
        if index < 0:
            return None
        # Up to the next tag at most: a mark must not cross one.
        last = index + len(wanted) - 1
        return self._starts[index], min(self._ends[last], self._run_ends[index])

    def _runs(self, html: str) -> Iterator[tuple[int, int]]:
        """Give where each piece of visible text begins and ends; links are noted on the way."""
        body = re.search(r"<body\b", html, re.IGNORECASE)
        done = body.start() if body else 0
        hidden_by, depth = "", 0
        for piece in _PIECE.finditer(html, done):
            if done < piece.start() and not hidden_by:
                yield done, piece.start()
            done = piece.end()
            named = _NAME.match(piece[0])
            if named is None:
                continue
            name, is_closing = named[1].lower(), piece[0].startswith("</")
            if hidden_by:
                depth += (-1 if is_closing else 1) if name == hidden_by else 0
                hidden_by = hidden_by if depth else ""
            elif not is_closing and _HIDDEN.search(piece[0]):
                hidden_by, depth = name, 1
            elif name == "a" and not is_closing:
                href = _HREF.search(piece[0])
                if href is not None:
                    self._links.append((unescape(href[1][1:-1]), piece.end()))
        if not hidden_by:
            yield done, len(html)


def _addresses_in(text: str) -> tuple[str, ...]:
    return tuple(address.rstrip(".,;:") for address in _ADDRESS.findall(text))


def _words_of(line: str) -> Sequence[str]:
    """Give the words of a line of a snippet without Markdown's signs: the whole line, then each of its parts."""
    plain = _LINK.sub(lambda link: link[1], _FIELD.sub("", line, count=1))
    parts = sorted(re.split(r"[.;:!?|]\s", plain), key=len, reverse=True)
    return tuple(dict.fromkeys(words for words in (plain, *parts) if len(_bare(words)) >= 2 * _LEAST_LETTERS))


def _line_of(path: Path, line: int | None) -> str:
    if line is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())

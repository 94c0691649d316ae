"""Where things stand in a TOML text: the standard parser gives values, not lines."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.toml_words import toml_words
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.system_words import system_words

_TABLE = re.compile(r"""^\s*(\[\[?)((?:[^\]"']|"[^"]*"|'[^']*')+)\]\]?\s*(?:#.*)?$""")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_NAME = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{},]|\n''', re.DOTALL
)
# A key and what somebody means as a date: `send_at = 3/4/2025 9h`, `2025-4-3`, `2025-04-03T09:00`.
_DATED = re.compile(r"\s*([\w.-]+)\s*=\s*\d{1,4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,4}")
_SYNTAX_PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


class _Statement(Struct, frozen=True):
    """A table header or `key = value`, with the lines of the list items that stand in its value."""

    line: int
    text: str
    items: Mapping[int, int]


def toml_lines(text: str) -> dict[str, int]:
    """Give the line (from 1) of each table and key by dotted path; items of lists are `x.0`, `x.1`…"""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for statement in _statements(text):
        if found := _TABLE.match(statement.text):
            table = _table_path(found, counts)
            lines.setdefault(table, statement.line)
        elif found := _KEY.match(statement.text):
            dotted = ".".join((*((table,) if table else ()), *_names(found[1])))
            lines.setdefault(dotted, statement.line)
            for index, line in statement.items.items():
                lines.setdefault(f"{dotted}.{index}", line)
    return lines


def _statements(text: str) -> Iterator[_Statement]:
    """Split a valid TOML text where a line end stands outside strings, lists and comments."""
    line = first = 1
    start = depth = commas = 0
    items: dict[int, int] = {}
    for token in _TOKEN.finditer(f"{text}\n"):
        mark = token[0]
        if mark == "\n" and depth == 0:
            yield _Statement(first, text[start : token.start()].split("\n", 1)[0], items)
            start, first, commas, items = token.end(), line + 1, 0, {}
        elif mark == "," and depth == 1:
            commas += 1
        elif depth == 1 and mark[0] in "\"'[{":
            items.setdefault(commas, line)
        depth += (mark in ("[", "{")) - (mark in ("]", "}"))
        line += mark.count("\n")


def _table_path(found: re.Match[str], counts: dict[str, int]) -> str:
    """Give the dotted path of a table header, with the index of each list of tables on the way."""
    names = _names(found[2])
    path = ""
    for position, name in enumerate(names):
        path = f"{path}.{name}" if path else name
        if position == len(names) - 1 and found[1] == "[[":
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}.{counts[path]}"
    return path


def _names(dotted: str) -> list[str]:
    """Split a dotted key, `a."b c"`, into its names."""
    return [name.strip("\"'") for name in _NAME.findall(dotted)]


def read_toml(path: Path, shown: Path) -> tuple[Mapping[str, object], dict[str, int], list[Finding]]:
    """Read a TOML file: its values, the lines of its keys, and what makes it unreadable (then no values)."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return {}, {}, [unreadable(shown, system_words(error))]
    except UnicodeDecodeError as error:
        return {}, {}, [not_utf8(shown, error)]
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_PLACE.search(str(error))
        words = _SYNTAX_PLACE.sub("", str(error)).strip()
        line = int(place[1]) if place and place[1] else text.count("\n") + (not text.endswith("\n"))
        written = text.splitlines()[line - 1 : line]
        if words.startswith("Invalid date"):
            return {}, {}, [_syntax(shown, line, _("the calendar has no such day"), _("Look at a calendar."))]
        if words.startswith("Expected newline") and written and (dated := _DATED.match(written[0])):
            reason = _("dates are written there in digits, the year first, and hours with their seconds")
            hint = _("Write it as {example}").format(example=f"{dated[1]} = 2025-04-03T09:00:00")
            return {}, {}, [_syntax(shown, line, reason, hint)]
        return {}, {}, [_syntax(shown, line, toml_words(words))]
    except RecursionError:
        return {}, {}, [_syntax(shown, 1, _("brackets inside brackets without end"))]
    return values, toml_lines(text.replace("\r\n", "\n")), []


def unreadable(shown: Path, reason: str) -> Finding:
    """Say that a file cannot be read."""
    return Finding(
        "unreadable-file",
        Severity.ERROR,
        _("The file cannot be read: {reason}.").format(reason=reason),
        _("Check its name and its permissions."),
        shown,
    )


def not_utf8(shown: Path, error: UnicodeDecodeError) -> Finding:
    """Say that a file is not UTF-8, and the first line that shows it."""
    return Finding(
        "encoding",
        Severity.ERROR,
        _("The file is not in UTF-8."),
        _("Save it again with the encoding UTF-8."),
        shown,
        error.object[: error.start].count(b"\n") + 1,
    )


def _syntax(shown: Path, line: int, words: str, hint: str = "") -> Finding:
    return Finding(
        "toml-syntax",
        Severity.ERROR,
        _("This line cannot be read as TOML: {reason}.").format(reason=words.rstrip(".")),
        hint or _('Look for a missing quote, bracket or "=" on this line or just above.'),
        shown,
        line,
    )

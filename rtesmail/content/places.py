"""Where things stand in a TOML text: the standard parser gives values, not lines."""

import re
import tomllib
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.findings import Finding, Severity

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")
_SYNTAX_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def toml_lines(text: str) -> dict[str, int]:
    """Give the line (from 1) of each table and key by dotted path; items of `[[x]]` are `x.0`, `x.1`…"""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if found := _TABLE.match(line):
            table = _table_path(found, counts)
            lines.setdefault(table, number)
        elif found := _KEY.match(line):
            key = found[1].replace(" ", "").replace('"', "").replace("'", "")
            lines.setdefault(f"{table}.{key}" if table else key, number)
            for mark in ('"""', "'''"):
                if line.count(mark) == 1:
                    quote = mark
    return lines


def _table_path(found: re.Match[str], counts: dict[str, int]) -> str:
    """Give the dotted path of a table header, with the index of each list of tables on the way."""
    names = [name.strip().strip("\"'") for name in found[2].split(".")]
    path = ""
    for position, name in enumerate(names):
        path = f"{path}.{name}" if path else name
        if position == len(names) - 1 and found[1] == "[[":
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}.{counts[path]}"
    return path


def read_toml(path: Path, shown: Path) -> tuple[Mapping[str, object], dict[str, int], list[Finding]]:
    """Read a TOML file: its values, the lines of its keys, and what makes it unreadable (then no values)."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return {}, {}, [unreadable(shown, error.strerror or str(error))]
    except UnicodeDecodeError:
        return {}, {}, [not_utf8(shown)]
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_PLACE.search(str(error))
        words = _SYNTAX_PLACE.sub("", str(error)).strip()
        line = int(place[1]) if place else len(text.splitlines())
        return {}, {}, [_syntax(shown, line, words)]
    return values, toml_lines(text), []


def unreadable(shown: Path, reason: str) -> Finding:
    """Say that a file cannot be read."""
    return Finding(
        "unreadable-file",
        Severity.ERROR,
        _("The file cannot be read: {reason}.").format(reason=reason),
        _("Check its name and its permissions."),
        shown,
    )


def not_utf8(shown: Path) -> Finding:
    """Say that a file is not UTF-8."""
    return Finding(
        "encoding", Severity.ERROR, _("The file is not in UTF-8."), _("Save it again with the encoding UTF-8."), shown
    )


def _syntax(shown: Path, line: int, words: str) -> Finding:
    return Finding(
        "toml-syntax",
        Severity.ERROR,
        _("This line cannot be read as TOML: {reason}.").format(reason=words.rstrip(".")),
        _('Look for a missing quote, bracket or "=" on this line or just above.'),
        shown,
        line,
    )

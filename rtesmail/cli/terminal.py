"""What commands print: lines, tables, findings, JSON. Colour only for state, and none when piped."""

import os
import sys
from collections.abc import Iterable, Sequence
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rtesmail.checks.counting import count_findings
from rtesmail.model.findings import Finding, Severity

if TYPE_CHECKING:
    from rtesmail.model.errors import RefusedError

Json = str | int | float | bool | None | Sequence["Json"] | dict[str, "Json"]
"""What `--json` can carry."""

_COLOURS = {"error": "31", "warning": "33", "note": "36", "good": "32", "quiet": "2", "strong": "1"}


def say(line: str = "", *, file: TextIO | None = None) -> None:
    """Print one line, to standard output unless `file` says otherwise."""
    print(line, file=file or sys.stdout)


def complain(line: str) -> None:
    """Print one line to standard error."""
    say(line, file=sys.stderr)


def paint(text: str, style: str, *, file: TextIO | None = None) -> str:
    """Give `text` in a style (error, warning, note, good, quiet, strong) where a person watches."""
    stream = file or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{_COLOURS[style]}m{text}\033[0m"


def emit(value: Json) -> None:
    """Print one JSON object, as `--json` promises."""
    import json

    say(json.dumps(value, ensure_ascii=False, indent=2))


def emit_rows(head: dict[str, Json], name: str, rows: Iterable[Json]) -> None:
    """Print one JSON object with a last member of many rows, one a line, without holding them in memory."""
    import json

    say(json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}") + f',\n  "{name}": [')
    separator = ""
    for row in rows:
        sys.stdout.write(f"{separator}    {json.dumps(row, ensure_ascii=False)}")
        separator = ",\n"
    say("\n  ]\n}")


def ask(question: str) -> bool:
    """Ask a person on the terminal; anything but a yes is a no, and so is the end of the input."""
    # Translators: the letters that a person may type; the first is yes.
    choice = _("y/n")
    sys.stdout.write(f"{question} [{choice}] ")
    sys.stdout.flush()
    answer = sys.stdin.readline().strip().lower()
    # English and French are both understood, whatever the terminal speaks.
    return answer in ("y", "yes", "o", "oui")


def shown_path(path: Path) -> str:
    """Give a path as a person would type it from here."""
    try:
        return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    except OSError:
        return str(path)


def plain(text: str) -> str:
    """Give text as it can be printed, whatever stands in it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(rows: Iterable[Sequence[str]], *, heads: Sequence[str] = (), right: Iterable[int] = ()) -> None:
    """Print aligned columns, two spaces apart; `right` are the indexes of columns set to the right."""
    body = [list(row) for row in rows]
    lines = [list(heads), *body] if heads else body
    if not lines:
        return
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    to_right = set(right)
    for index, line in enumerate(lines):
        cells = [c.rjust(w) if i in to_right else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))]
        text = "  " + "  ".join(cells).rstrip()
        say(paint(text, "quiet") if heads and index == 0 else text)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Print label and value pairs, aligned."""
    table(list(pairs))


def show_findings(findings: Sequence[Finding], *, file: TextIO | None = None) -> None:
    """Print findings with their place, what is wrong and what to write instead, then their count."""
    words = {Severity.ERROR: _("error"), Severity.WARNING: _("warning"), Severity.NOTE: _("note")}
    for finding in findings:
        mark = paint(words[finding.severity], finding.severity.value, file=file)
        place = f"{finding.place}  " if finding.place else ""
        check = paint(f"[{finding.check}]", "quiet", file=file)
        say(f"  {mark}  {place}{finding.message}  {check}", file=file)
        if finding.hint:
            say(f"         → {finding.hint}", file=file)
    say("  " + (count_findings(findings) or _("No finding.")), file=file)


def say_notes(notes: Iterable[str]) -> None:
    """Print remarks, each behind the mark that findings of that weight have."""
    mark = paint(_("note"), "note")
    for note in notes:
        say(f"  {mark}  {note}")


def finding_as_json(finding: Finding) -> dict[str, Json]:
    """Give a finding as `--json` shows it."""
    from rtesmail.checks.pages import page_of

    return {
        "check": finding.check,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        "path": finding.path.as_posix() if finding.path else None,
        "line": finding.line,
        "page": page_of(finding.check) or None,
    }


def say_refused_plan(refusal: "RefusedError") -> None:
    """Say why a planned mailing would not leave as things stand, and what to do about it."""
    from rtesmail.delivery.targets import refusal_words

    say(paint(refusal_words(refusal), "warning"))
    say(f"→ {refusal.hint}")

"""A list of ids as it stands in a TOML file, one a line, with a person's comments at their places."""

import json
import re
import tomllib

_TOKEN = re.compile(r""""(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|\n""")


def list_text(ids: tuple[str, ...], old: str = "") -> str:
    """Give the TOML text of a list. `old` is the list's former text: its comments stay.

    A comment on a line of its own stays before the same id; one at the end of a line stays, or goes, with its id.
    """
    before, after, last = _comments(old)
    if not (before or after or last) and len(ids) < 2:
        return f"[{', '.join(_quoted(i) for i in ids)}]"
    orphans = [comment for identity, comments in before.items() if identity not in ids for comment in comments]
    lines = ["["]
    for identity in ids:
        lines += [f"    {comment}" for comment in before.get(identity, ())]
        remark = f" {after[identity]}" if identity in after else ""
        lines.append(f"    {_quoted(identity)},{remark}")
    lines += [f"    {comment}" for comment in (*orphans, *last)]
    return "\n".join([*lines, "]"])


def _comments(text: str) -> tuple[dict[str, list[str]], dict[str, str], list[str]]:
    """Give the comments before each id, the one at the end of each id's line, and those after the last id."""
    before: dict[str, list[str]] = {}
    after: dict[str, str] = {}
    waiting: list[str] = []
    on_line = ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == "\n":
            on_line = ""
        elif mark.startswith("#"):
            if on_line:
                after[on_line] = mark.rstrip()
            else:
                waiting.append(mark.rstrip())
        else:
            on_line = str(tomllib.loads(f"id = {mark}")["id"])
            if waiting:
                before[on_line], waiting = waiting, []
    return before, after, waiting


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's too; DEL is the one sign that JSON leaves as it is and TOML refuses.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""The plain text of an edition, from its own templates: never derived from the HTML."""

import re

_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_GAPS = re.compile(r"\n{4,}")


def tidy_text(text: str) -> str:
    """Give text without spaces at line ends, at most two empty lines in a row, and one newline at the end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _GAPS.sub("\n\n\n", _TRAILING.sub("", lines)).strip("\n") + "\n"

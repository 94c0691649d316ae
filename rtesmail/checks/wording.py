"""The texts that people wrote, as readers read them: without addresses, which are nobody's prose."""

import re
from collections.abc import Iterator

from rtesmail.checks.subject import SourceText, Subject

_NO_PROSE = frozenset({"url", "image", "registration"})
_ADDRESSES = (
    r"(?:https?://|www\.|mailto:)[^\s<>\"«»)\]]*"
    r"|[^\s<>\"«»()\[\],;:]+@[^\s<>\"«»()\[\],;:]+\.\w+"
)
_ADDRESS = re.compile(_ADDRESSES, re.IGNORECASE)
_HIDDEN = re.compile(rf"`[^`\n]*`|(?<=\]\()[^)\s]*|{_ADDRESSES}|<[^<>\n]*>", re.IGNORECASE)


def running_texts(subject: Subject) -> Iterator[tuple[SourceText, str]]:
    """Give each text with its source; code, addresses and tags are blanks, so that every position stays."""
    for source in subject.sources:
        if source.field not in _NO_PROSE:
            yield source, _blanked(_HIDDEN, source.text)


def without_addresses(text: str) -> str:
    """Give a text with blanks for its addresses, so that every position stays."""
    return _blanked(_ADDRESS, text)


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: "\0" * len(found[0]), text)

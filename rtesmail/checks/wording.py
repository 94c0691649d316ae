"""The texts that people wrote, as readers read them: without addresses, which are nobody's prose."""

import re
from collections.abc import Iterator

from rtesmail.checks.subject import SourceText, Subject

_NO_PROSE = frozenset({"url", "image", "registration"})
_HIDDEN = re.compile(
    r"`[^`\n]*`"
    r"|(?<=\]\()[^)\s]*"
    r"|(?:https?://|www\.|mailto:)[^\s<>\"«»)\]]*"
    r"|[^\s<>\"«»()\[\],;:]+@[^\s<>\"«»()\[\],;:]+\.\w+"
    r"|<[^<>\n]*>",
    re.IGNORECASE,
)


def running_texts(subject: Subject) -> Iterator[tuple[SourceText, str]]:
    """Give each text with its source; code, addresses and tags are blanks, so that every position stays."""
    for source in subject.sources:
        if source.field not in _NO_PROSE:
            yield source, _HIDDEN.sub(lambda found: "\0" * len(found[0]), source.text)

"""How the house writes its own names: told, never corrected, since a quotation may write them otherwise."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.checks.wording import running_texts
from rtesmail.model.findings import Severity


@check("spelling", Severity.WARNING)
def find_other_spellings(subject: Subject) -> Iterator[Remark]:
    for spelling in subject.workspace.configuration.checks.spellings:
        pattern = _pattern(spelling)
        for source, text in running_texts(subject):
            for found in pattern.finditer(_unaccented(text)):
                written = text[found.start() : found.end()]
                if _same(written) != _same(spelling):
                    yield Remark(
                        _("“{written}” is written “{spelling}” in this house.").format(
                            written=written, spelling=spelling
                        ),
                        _("Write it so, unless it is a quotation."),
                        source.place_at(found.start()),
                    )


@lru_cache(maxsize=64)
def _pattern(spelling: str) -> re.Pattern[str]:
    """Match a name in any case, with or without its accents, its words joined, apart or hyphenated."""
    between, before = r"[\s\-–'’_]?", ""
    pieces: list[str] = []
    for letter in _unaccented(spelling):
        if not letter.isalnum():
            if pieces and pieces[-1] != between:
                pieces.append(between)
        else:
            if before.islower() and letter.isupper():
                pieces.append(between)
            pieces.append(re.escape(letter))
        before = letter
    return re.compile(rf"(?<!\w){''.join(pieces)}(?!\w)", re.IGNORECASE)


def _unaccented(text: str) -> str:
    """Give text without accents, each character in its place."""
    return "".join(unicodedata.normalize("NFD", character)[0] for character in text)


def _same(text: str) -> str:
    """Apostrophes and spaces are typography's business."""
    return " ".join(text.replace("'", "’").split())

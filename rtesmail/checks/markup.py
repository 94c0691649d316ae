"""Markdown where none is read: in a title, a subject or a place it reaches readers as it was typed."""

import re
from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import SourceText, Subject
from rtesmail.checks.wording import without_addresses
from rtesmail.content.key_labels import key_named
from rtesmail.content.labels import field_named
from rtesmail.model.findings import Severity

# The fields that are Markdown, and those that are addresses or pictures.
_PASSED_OVER = frozenset({"lead", "body", "url", "image", "cover", "registration"})
# A pair of marks around words, at the edges of words: "élu*e*s", "3*4*5", "note_2_finale" and "(*)" have none.
MARKUP = re.compile(
    r"(?<![\w*])(?P<stars>\*{1,3})(?=[\w«“\"'‘(])[^*\n]*(?<=[\w»”\"'’).!?…%€])(?P=stars)(?![\w*])"
    r"|(?<![\w/])(?P<lines>_{1,3})(?=[^\W_]|[«“\"'‘(])[^_\n]*(?<=[\w»”\"'’).!?…%€])(?<!_)(?P=lines)(?![\w/])"
    r"|(?<!\w)~~(?=\S)[^~\n]*(?<=\S)~~(?!\w)"
    r"|(?<!\w)`(?=\S)[^`\n]*(?<=\S)`(?!\w)"
    r"|(?<!\w)\[[^\[\]\n]+\]\([^()\s]+\)"
    r"|<(?P<tag>a|b|i|u|em|strong|sup|sub|span|p)(?:\s[^<>\n]*)?>[^<>\n]*</(?P=tag)>"
    r"|</?(?:a|b|i|u|em|strong|sup|sub|br|span|p)(?:\s[^<>\n]*)?/?>",
    re.IGNORECASE,
)


@check("typed-markup", Severity.WARNING)
def find_markup_that_stays_as_typed(subject: Subject) -> Iterator[Remark]:
    for source in subject.sources:
        if source.field in _PASSED_OVER:
            continue
        for found in MARKUP.finditer(without_addresses(source.text)):
            yield Remark(
                _("“{words}” in {field} reaches readers as it is typed.").format(
                    words=source.text[found.start() : found.end()], field=_named(source, subject)
                ),
                _("Write the words alone: bold, italics and links belong into the introduction (lead) and the text."),
                source.place_at(found.start()),
            )


def _named(source: SourceText, subject: Subject) -> str:
    return key_named(source.field) if source.path == subject.issue.path else field_named(source.field)

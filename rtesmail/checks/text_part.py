"""The plain text says what the HTML says."""

import re
from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject, bare, place_in
from rtesmail.checks.templates import TEXT, own_template, template_place_of_words
from rtesmail.model.findings import Severity

LEAST_SHARE = 0.75
"""Of the HTML's different words of four letters or more. Short words and signs differ for good reasons."""
LEAST_STRAY_WORDS = 2
"""Of a line that only the text has: one word alone differs for good reasons, as the label of an address does."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_ADDRESS = re.compile(r"https?://|\S@\S|@@\w+@@")


@check("text-part", Severity.ERROR, measures=True)
def compare_text_with_html(subject: Subject) -> Iterator[Remark]:
    text = subject.edition.text
    if not text.strip():
        yield Remark(
            _("The edition has no plain text: some readers would see nothing, and filters distrust it."),
            _("Look at the publication's .txt template."),
            own_template(subject, TEXT),
        )
        return
    wanted = _words(subject.visible_text)
    missing = wanted - _words(text)
    if not wanted or len(missing) <= (1 - LEAST_SHARE) * len(wanted):
        yield from _find_snippets_left_out(subject)
        yield from _find_lines_of_its_own(subject)
        return
    yield Remark(
        _("The plain text has only {percent} % of the words of the HTML; missing for instance: {words}.").format(
            percent=100 * (len(wanted) - len(missing)) // len(wanted), words=", ".join(sorted(missing)[:5])
        ),
        _("Look at the publication's .txt template: every section must be in it."),
        own_template(subject, TEXT),
        Severity.WARNING,
    )


def _find_snippets_left_out(subject: Subject) -> Iterator[Remark]:
    """A short snippet of a long letter weighs little, and its absence is no less an absence."""
    shown, text = bare(subject.visible_text), bare(subject.edition.text)
    for snippet in subject.issue.snippets:
        title = bare(snippet.title)
        if title in shown and title not in text:
            yield Remark(
                _("“{title}” stands in the HTML and not in the plain text.").format(title=snippet.title),
                _("Look at the publication's .txt template: every section must be in it."),
                place_in(snippet, "title"),
                Severity.WARNING,
            )


def _find_lines_of_its_own(subject: Subject) -> Iterator[Remark]:
    """Tell each line that is mostly of words which nothing shows to who reads the HTML, subject and alt included.

    What leads to an address is worded for its link there, and needs other words here.
    """
    pieces = [subject.visible_text, subject.edition.subject, subject.edition.preheader]
    pieces += [element.get(name) or "" for element in subject.document.iter() for name in ("alt", "title")]
    shown = _words("\n".join(pieces))
    lines = subject.edition.text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        words = _words(line)
        stray = words - shown
        leads_on = line.rstrip().endswith(":") or _ADDRESS.search(line) or _ADDRESS.search(following)
        if leads_on or len(stray) < max(LEAST_STRAY_WORDS, len(words) // 2 + 1):
            continue
        yield Remark(
            _("“{line}” stands in the plain text and not in the HTML.").format(line=line.strip()),
            _("Write it in both templates, or take it out."),
            subject.place_of_words(line) or template_place_of_words(subject, line, TEXT) or own_template(subject, TEXT),
            Severity.WARNING,
        )


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}

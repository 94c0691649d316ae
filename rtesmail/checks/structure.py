"""What a screen reader goes by: language, headings, tables that only arrange."""

from collections.abc import Iterator
from gettext import gettext as _
from gettext import ngettext

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.checks.templates import own_template, template_place, template_place_of_words
from rtesmail.model.findings import Severity

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TABLE_ROLES = frozenset({"presentation", "none", "table", "grid"})


@check("language", Severity.ERROR)
def look_at_the_language(subject: Subject) -> Iterator[Remark]:
    """WCAG 2.2, success criterion 3.1.1: without it, French is read aloud as if it were the program's own language."""
    written = (subject.document.getroottree().getroot().get("lang") or "").strip()
    expected = subject.edition.language
    if written.partition("-")[0].lower() == expected.partition("-")[0].lower():
        return
    message = (
        _("The HTML says that it is in “{written}”, and the publication is in “{expected}”.")
        if written
        else _("The HTML does not say its language, “{expected}”.")
    )
    yield Remark(
        message.format(written=written, expected=expected),
        _("Write it in the template: {code}").format(code=f'<html lang="{expected}">'),
        own_template(subject),
    )


@check("heading-order", Severity.WARNING)
def look_at_the_headings(subject: Subject) -> Iterator[Remark]:
    """WCAG 2.2, technique G141: who jumps from heading to heading takes a level left out for a part left out."""
    before = 0
    for heading in subject.document.iter(*_HEADINGS):
        level = int(heading.tag[1])
        words = " ".join("".join(str(piece) for piece in heading.itertext()).split())
        if before and level > before + 1:
            yield Remark(
                _("The heading “{words}” is of level {level}, right after one of level {before}.").format(
                    words=words, level=level, before=before
                ),
                _("Make it a heading of level {level}.").format(level=before + 1),
                subject.place_of_words(words) or template_place_of_words(subject, words) or own_template(subject),
            )
        before = level


@check("layout-table", Severity.WARNING)
def find_tables_that_say_nothing(subject: Subject) -> Iterator[Remark]:
    """A table without a role is read out as rows and columns, even when it only puts things side by side."""
    tables = [table for table in subject.document.iter("table") if table.get("role") not in _TABLE_ROLES]
    bare = [table for table in tables if next(table.iter("th", "caption"), None) is None]
    if bare:
        yield Remark(
            ngettext(
                "{n} table does not say that it only arranges.",
                "{n} tables do not say that they only arrange.",
                len(bare),
            ).format(n=len(bare)),
            _('Write role="presentation" on it; a table of facts has headings (th) or role="table".'),
            # To the end of the line: in a template an angle bracket may stand in an expression.
            template_place(subject, r"<table\b(?![^>\n]*role=[\"'](?:presentation|none|table|grid)[\"'])")
            or own_template(subject),
        )

"""French as it is set: what the renderer cannot mend by itself, and what mail programs take for an address."""

import re
from collections.abc import Callable, Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.checks.wording import running_texts
from rtesmail.model.findings import Severity
from rtesmail.rendering.typography import INCLUSIVE_FORM, set_french

_PARAGRAPH = re.compile(r".+(?:\n(?!\s*\n).+)*")
_EMPHASIS = re.compile(r"[*_]+")
_OPEN_OE = re.compile(
    r"(?<!\w)(?:coeur|choeur|soeur|oeuvre|oeil|oeuf|noeud|voeu|moeurs|boeuf|manoeuvre|oecuménique|foetus)\w*", re.I
)

# What is wrong, how it is told, what to write. The rules are those of the Imprimerie nationale's Lexique.
_RULES: tuple[tuple[re.Pattern[str], Callable[[], str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"(?<=[^\s\0|#>*-]) {2,}(?=[^\s\0|])"),
        lambda: _("Two spaces follow each other."),
        lambda _found: _("Write one."),
    ),
    (
        re.compile(r"(?<!\.)\.{3}(?!\.)"),
        lambda: _("Three full stops stand for an ellipsis."),
        lambda _found: _("Write …, which never breaks at the end of a line."),
    ),
    (
        re.compile(r"(?<!\w)(?:(1)(?:ère|ere)|(\d+|[IVXLC]+)(?:ème|eme|ième|ieme))(s?)(?!\w)"),
        lambda: _("The ordinal “{words}” has more letters than French gives it."),
        lambda found: _("Write {words}.").format(words=_ordinal(found)),
    ),
    (
        re.compile(r"(?<!\w)[nN](?:º|\*|o\.)\s*(?=\d)"),
        lambda: _("A number is announced with “{words}”, another sign than n°."),
        lambda found: _("Write {words}.").format(words="n° …"),
    ),
    (
        _OPEN_OE,
        lambda: _("œ is written as two letters in “{words}”."),
        lambda found: _("Write {words}.").format(words=found[0].replace("oe", "œ").replace("Oe", "Œ")),
    ),
)


@check("typography", Severity.NOTE)
def look_at_the_typography(subject: Subject) -> Iterator[Remark]:
    if not subject.edition.language.lower().startswith("fr"):
        return
    for source, text in running_texts(subject):
        for pattern, told, hint in _RULES:
            for found in pattern.finditer(text):
                yield Remark(told().format(words=found[0].strip()), hint(found), source.place_at(found.start()))
        for paragraph in _PARAGRAPH.finditer(text):
            # Inches and slips of a key leave all marks of a paragraph as they are.
            if '"' in paragraph[0] and '"' in set_french(_EMPHASIS.sub("", paragraph[0])):
                yield Remark(
                    _("A straight quotation mark has no partner, and stays as it is."),
                    _("Write « and » around the words."),
                    source.place_at(paragraph.start() + paragraph[0].rindex('"')),
                )


@check("inclusive-form", Severity.WARNING)
def find_forms_that_become_links(subject: Subject) -> Iterator[Remark]:
    """.ne, .es, .se and .ve are countries' domains, and mail programs make links of what looks like an address."""
    for source, text in running_texts(subject):
        for found in INCLUSIVE_FORM.finditer(text):
            better = found[0].replace(".", "·")
            yield Remark(
                _("Mail programs may make a link of “{words}”.").format(words=found[0]),
                _("Write {words}, with a middle dot.").format(words=better),
                source.place_at(found.start()),
            )


def _ordinal(found: re.Match[str]) -> str:
    return f"1re{found[3]}" if found[1] else f"{found[2]}e{found[3]}"

"""What makes filters, and people, take a letter for an advertisement."""

import re
from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.content.key_labels import key_named
from rtesmail.model.findings import Severity

# From https://www.mailjet.com/blog/news/words-that-will-trip-the-spam-alarm/ and the French ones of
# https://planet.fr/internet-et-high-tech-spam-5-objets-de-mails-quil-ne-faut-pas-ouvrir.2523489.1506.html and
# https://davidfayon.fr/2013/11/reconnaitre-spams: where one of these words is an ordinary one ("gratuit" is, of an
# event), only what goes with it in advertisements counts.
_PHRASES = re.compile(
    r"(?<!\w)(?:100\s?%\s?gratuit\w*|(?:offre|promo(?:tion)?|cadeau)\s(?:exclusi[fv]e?|exceptionnelle?|limitée?|spéciale?)"
    r"|gagnez|vous\savez\sgagné|(?:grand\s)?gagnant|cliquez\s(?:vite|maintenant)|soldes|loterie|devis\sgratuit"
    r"|100\s?%\s?free|special(?:ly)?\sfor\syou|lottery|you(?:’ve|'ve|\shave)\swon|winner|act\snow|limited\soffer)(?!\w)",
    re.IGNORECASE,
)
_LEAST_LETTERS = 12
"""Shorter subjects in capitals are acronyms, such as that of the house."""


@check("spam-words", Severity.NOTE)
def find_words_of_advertisements(subject: Subject) -> Iterator[Remark]:
    """Subject and preheader only: filters weigh words of a long letter little, those of a subject much."""
    for field, line in (("subject", subject.edition.subject), ("preheader", subject.edition.preheader)):
        place = subject.place_in_issue(field)
        for found in _PHRASES.finditer(line):
            yield Remark(
                _("“{words}” in the {field} is what advertisements say.").format(
                    words=found[0], field=key_named(field)
                ),
                _("Say what the letter is about instead."),
                place,
            )
        letters = [character for character in line if character.isalpha()]
        if len(letters) >= _LEAST_LETTERS and all(letter.isupper() for letter in letters):
            yield Remark(
                _("The {field} is all in capitals, and filters count that.").format(field=key_named(field)),
                _("Write it in small letters."),
                place,
            )
        if re.search(r"!\s*!|\?\s*!|!\s*\?", line):
            yield Remark(
                _("The {field} shouts, and filters count that.").format(field=key_named(field)),
                _("Leave one mark, or none."),
                place,
            )

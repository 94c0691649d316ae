"""What was likely meant by a word that is not known."""

import difflib
import unicodedata
from collections.abc import Iterable
from gettext import gettext as _

_LONGEST_LIST = 20


def meant(written: str, known: Iterable[str]) -> str:
    """Give the known word that was likely meant, whatever its capitals and accents; empty when none is near."""
    names = {_plain(name): name for name in known}
    close = difflib.get_close_matches(_plain(written), names, n=1, cutoff=0.6)
    return names[close[0]] if close else ""


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))


def one_of(written: str, known: Iterable[str]) -> str:
    """Say which known word was likely meant, or list them all."""
    names = list(known)
    if near := meant(written, names):
        return _("Did you mean {word}?").format(word=near)
    if not names:
        return ""
    shown = ", ".join(names[:_LONGEST_LIST])
    return _("Known here: {words}.").format(words=f"{shown}, …" if len(names) > _LONGEST_LIST else shown)

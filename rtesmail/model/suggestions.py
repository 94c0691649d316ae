"""What was likely meant by a word that is not known."""

import difflib
from collections.abc import Iterable
from gettext import gettext as _

_LONGEST_LIST = 20


def one_of(written: str, known: Iterable[str]) -> str:
    """Say which known word was likely meant, or list them all."""
    names = list(known)
    close = difflib.get_close_matches(written, names, n=1, cutoff=0.6)
    if close:
        return _("Did you mean {word}?").format(word=close[0])
    if not names:
        return ""
    shown = ", ".join(names[:_LONGEST_LIST])
    return _("Known here: {words}.").format(words=f"{shown}, …" if len(names) > _LONGEST_LIST else shown)

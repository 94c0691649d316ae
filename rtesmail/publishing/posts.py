"""Short texts about an issue, to be posted elsewhere: no word is cut, and what belongs together stays together."""

from collections.abc import Sequence
from gettext import gettext as _

from rtesmail.model.errors import WorkspaceError
from rtesmail.rendering.translations import translation

MOST_SHORT = 280
MOST_LONG = 1000

_LEAST_WORDS = 30
"""Fewer characters than these say nothing: a text of one word and an ellipsis is left out."""

_DANGLING = " \u00a0\u202f,;:.–—-&/«(["
_PAIRS = (("«", "»"), ("(", ")"), ("[", "]"), ("“", "”"))


def cut_at_word(text: str, length: int) -> str:
    """Give at most `length` characters, an ellipsis where words are left out; nothing when not one word fits.

    Only plain spaces part words: what French binds by a no-break space stays together. A quotation or bracket that
    would stay open is left out as a whole.
    """
    if len(text) <= length:
        return text
    kept = text[: max(length, 0)].rpartition(" ")[0]
    while (place := max(_open_at(kept))) >= 0:
        before = kept[:place]
        # A bracket may stand within a word, as in "élu(e)s": then the word goes too.
        kept = before.rstrip(" ") if before.endswith(" ") else before.rpartition(" ")[0]
    kept = kept.rstrip(_DANGLING)
    return f"{kept}…" if kept else ""


def short_post(title: str, description: str, address: str) -> str:
    """Give the title, as much of the description as there is room for, and the address: at most 280 characters.

    Raises:
        WorkspaceError: the address alone leaves no room for words.
    """
    ending = f"\n\n{address}"
    room = _room(MOST_SHORT, ending, address)
    words = cut_at_word(title, room)
    rest = cut_at_word(description, room - len(words) - 1)
    if words == title and (rest == description or len(rest) >= _LEAST_WORDS):
        words = f"{words}\n{rest}".rstrip()
    return words + ending


def long_post(title: str, description: str, headlines: Sequence[str], address: str, language: str) -> str:
    """Give title, description, headlines and the address: at most 1,000 characters.

    Headlines are whole; where not all have room, how many more there are is said.

    Raises:
        WorkspaceError: the address alone leaves no room for words.
    """
    words = translation(language)
    ending = "\n\n" + words.gettext("Read online: {address}").format(address=address)
    room = _room(MOST_LONG, ending, address)
    text = cut_at_word(title, room // 2)
    about = cut_at_word(description, room // 2 - 4)
    if about:
        text = f"{text}\n\n{about}"
    for shown in range(len(headlines), 0, -1):
        left = len(headlines) - shown
        lines = [f"– {headline}" for headline in headlines[:shown]]
        if left:
            lines.append("– " + words.ngettext("and {n} more", "and {n} more", left).format(n=left))
        whole = f"{text}\n\n" + "\n".join(lines)
        if len(whole) <= room:
            return whole + ending
    return text + ending


def _open_at(text: str) -> list[int]:
    """Give for each pair of signs where the last one that stays open stands, -1 when none does."""
    return [text.rfind(opens) if text.count(opens) > text.count(closes) else -1 for opens, closes in _PAIRS]


def _room(most: int, ending: str, address: str) -> int:
    room = most - len(ending)
    if room < _LEAST_WORDS * 2:
        raise WorkspaceError(
            _("{url} is too long for a text of {most} characters.").format(url=address, most=most),
            hint=_("Let the archive answer at a shorter address: url under [publishing], or --url."),
        )
    return room

"""Words and clauses inside our sentences, with the signs of the reader's language."""

from collections.abc import Iterable
from gettext import gettext as _

_LONGEST = 120


def shortened(text: str) -> str:
    """Give what somebody wrote as it can stand in a sentence: of something very long the beginning alone."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def quoted(value: object) -> str:
    """Give a word as written, between the reader's quotation marks; signs that cannot be seen are spelled out."""
    written = repr(shortened(value) if isinstance(value, str) else value)
    # Translators: how a word that somebody wrote stands in a sentence.
    pattern = _("'{word}'")
    if not isinstance(value, str) or pattern == "'{word}'":
        return written
    return pattern.format(word=written[1:-1])


def labelled(label: str, words: object) -> str:
    """Put words behind what they are about, with the sign between them that the reader's language has."""
    # Translators: a name, a label or a list, then what is said of it.
    return _("{label}: {words}").format(label=label, words=words)


def with_name(label: str, name: str) -> str:
    """Put the name that a file has behind what people call it, `Début (start)`; alone when both say the same."""
    if label.casefold().replace("_", " ") == name.casefold().replace("_", " "):
        return name
    # Translators: what a field or a setting is called, and in brackets its name in the file.
    return _("{label} ({name})").format(label=label, name=name)


def joined(clauses: Iterable[str]) -> str:
    """Put clauses after each other, those that say something."""
    # Translators: between two clauses of one sentence.
    return _("; ").join(filter(None, clauses))


def speaks_french() -> bool:
    """Tell whether the reader's language is French, where numbers and sentences have other signs than in English."""
    # Translators: the language's code, which decides how numbers are written.
    return _("language: en").endswith("fr")

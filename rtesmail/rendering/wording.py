"""The filters that templates use on words and lines, in the edition's language."""

from typing import TYPE_CHECKING

from rtesmail.rendering.markdown import WIDTH, wrap
from rtesmail.rendering.translations import translation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment


def install_words(environment: "Environment", language: str) -> None:
    """Give templates `listing`, `wrap`, `rule` and `shorten`."""

    def listing(words: "Sequence[str]") -> str:
        return join_words(words, language)

    environment.filters["listing"] = listing
    environment.filters["wrap"] = wrap_lines
    environment.filters["rule"] = underline
    environment.filters["shorten"] = shorten


def join_words(words: "Sequence[str]", language: str) -> str:
    """Give "A, B et C"."""
    if len(words) < 2:
        return "".join(words)
    pattern = translation(language).pgettext("list of names", "{first} and {last}")
    return pattern.format(first=", ".join(words[:-1]), last=words[-1])


def wrap_lines(text: object, indent: str = "", width: int = WIDTH) -> str:
    """Wrap text for the plain-text edition, every line behind `indent`."""
    return wrap(str(text), width, indent)


def underline(title: object, mark: str = "=") -> str:
    """Give a title with a rule of its own length below, at most the width of a line."""
    wrapped = wrap(str(title))
    longest = max((len(line) for line in wrapped.splitlines()), default=0)
    return f"{wrapped}\n{mark * longest}"


def shorten(text: object, length: int = 40) -> str:
    """Cut at a word, with an ellipsis, when longer than `length` characters."""
    words = str(text)
    if len(words) <= length:
        return words
    kept = words[: length + 1].rsplit(" ", 1)[0].rstrip(" ,;:.-–&«(\u00a0\u202f")
    return f"{kept}…"

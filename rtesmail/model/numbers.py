"""Numbers with the signs of the reader's language."""

from gettext import gettext as _


def grouped(value: int) -> str:
    """Give a whole number with its thousands apart: `12 345` in French, `12,345` in English."""
    separator = "\N{NARROW NO-BREAK SPACE}" if _is_french() else ","
    return f"{value:,}".replace(",", separator)


def decimal(value: str) -> str:
    """Give a number that was written with a point with the reader's sign: `4,5` in French, `4.5` in English."""
    return value.replace(".", ",") if _is_french() else value


def _is_french() -> bool:
    # Translators: the language's code, which decides how numbers are written.
    return _("language: en").endswith("fr")

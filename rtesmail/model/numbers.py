"""Numbers with the signs of the reader's language."""

from rtesmail.model.quoting import speaks_french


def grouped(value: int) -> str:
    """Give a whole number with its thousands apart: `12 345` in French, `12,345` in English."""
    separator = "\N{NARROW NO-BREAK SPACE}" if speaks_french() else ","
    return f"{value:,}".replace(",", separator)


def decimal(value: str) -> str:
    """Give a number that was written with a point with the reader's sign: `4,5` in French, `4.5` in English."""
    return value.replace(".", ",") if speaks_french() else value

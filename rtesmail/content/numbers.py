"""The numbers of a publication that has a rhythm, and the title that each gets."""

import difflib
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from rtesmail.model.wishes import Frequency

# The title stands in the file for readers of the publication: its language, not that of who runs the command.
_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "fr": (
        *("Janvier", "Février", "Mars", "Avril", "Mai", "Juin"),
        *("Juillet", "Août", "Septembre", "Octobre", "Novembre", "Décembre"),
    ),
}


class Period(Struct, frozen=True):
    """A month or a quarter, from its first to its last day, with the number that an issue of it gets."""

    number: str
    first: date
    last: date


def periods_of(frequency: Frequency | None, year: int, language: str) -> Iterator[Period]:
    """Give the periods of a year in which a publication has a number; none for an occasional one."""
    if frequency is Frequency.MONTHLY:
        yield from (_period(f"{year}-{month:02}", year, month, month) for month in range(1, 13))
    elif frequency is Frequency.QUARTERLY:
        letter = "t" if language == "fr" else "q"
        yield from (_period(f"{year}-{letter}{q}", year, 3 * q - 2, 3 * q) for q in range(1, 5))


def example_for(frequency: Frequency | None, number: str, language: str, planned: date) -> str:
    """Give a number of the rhythm when the one typed is none, such as 2025-5 for a month; empty when it will do.

    It is the most similar one of that year, else that of the day for which the issue is planned.
    """
    year = int(number[:4]) if re.match(r"20\d\d\b", number) else planned.year
    numbers = [period.number for period in periods_of(frequency, year, language)]
    if not numbers or number in numbers:
        return ""
    now = (period.number for period in periods_of(frequency, planned.year, language) if planned <= period.last)
    return next(iter(difflib.get_close_matches(number, numbers, 1)), "") or next(now)


def title_of(number: str, language: str) -> str:
    """Give `Avril 2025` for 2025-04 and `2e trimestre 2025` for 2025-t2 in French, else the number itself."""
    months = _MONTHS.get(language, _MONTHS["en"])
    if found := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", number):
        return f"{months[int(found[2]) - 1]} {found[1]}"
    if found := re.fullmatch(r"(\d{4})-[tq]([1-4])", number):
        year, quarter = found[1], int(found[2])
        if language == "fr":
            return f"{quarter}{'er' if quarter == 1 else 'e'} trimestre {year}"
        return f"Quarter {quarter}, {year}"
    return number


def _period(number: str, year: int, first: int, last: int) -> Period:
    return Period(number, date(year, first, 1), date(year, last, monthrange(year, last)[1]))

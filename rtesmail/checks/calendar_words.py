"""Days as people write them in French and English: a weekday with a day of a month."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

_WEEKDAYS = (
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
    ("dimanche", "sunday"),
)
_MONTHS = (
    ("janvier", "january", "janv", "jan"),
    ("février", "fevrier", "february", "févr", "fév", "feb"),
    ("mars", "march", "mar"),
    ("avril", "april", "avr", "apr"),
    ("mai", "may"),
    ("juin", "june", "jun"),
    ("juillet", "july", "juil", "jul"),
    ("août", "aout", "august", "aug"),
    ("septembre", "september", "sept", "sep"),
    ("octobre", "october", "oct"),
    ("novembre", "november", "nov"),
    ("décembre", "decembre", "december", "déc", "dec"),
)
_WEEKDAY_OF = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}


def _one_of(names: dict[str, int]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


# Between words: spaces of any width, Markdown's emphasis, a comma.
_GAP = r"[\s*_,]+"
_WEEKDAY = rf"\b(?P<weekday>{_one_of(_WEEKDAY_OF)})"
_MONTH = rf"(?P<month>{_one_of(_MONTH_OF)})\b\.?"
_YEAR = rf"(?:{_GAP}(?P<year>(?:19|20)\d\d)\b)?"
_DAY = r"(?P<day>\d{1,2})(?:er|st|nd|rd|th)?\b"
_DAY_FIRST = re.compile(rf"{_WEEKDAY}{_GAP}(?:the\s+)?{_DAY}(?:{_GAP}(?:of\s+)?{_MONTH}{_YEAR})?", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}{_GAP}{_MONTH}{_GAP}{_DAY}{_YEAR}", re.IGNORECASE)
# "lundi 12 et mardi 13 mai", "du lundi 12 au mercredi 14 mai"
_SAME_MONTH = re.compile(r"[\s*_,]*(?:et|ou|au|à|and|or|to|-|–|—|,)?[\s*_,]*(?:le|the)?[\s*_]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day found in a text. `weekday` counts from Monday, 0; `day` is None when the calendar has no such day."""

    words: str
    position: int
    weekday: int
    day: date | None
    has_year: bool


def find_written_days(text: str, near: date) -> Iterator[WrittenDay]:
    """Every weekday with a date; a year that is not written is taken so that the day is nearest to `near`."""
    found = sorted((*_DAY_FIRST.finditer(text), *_MONTH_FIRST.finditer(text)), key=re.Match.start)
    for match, following in pairwise((*found, None)):
        if match is None:
            continue
        is_joined = following is not None and _SAME_MONTH.fullmatch(text, match.end(), following.start()) is not None
        month, year = _month_and_year(match, following if is_joined else None)
        if month is None:
            continue
        day = int(match["day"])
        yield WrittenDay(
            words=" ".join(match[0].replace("*", "").split()),
            position=match.start(),
            weekday=_WEEKDAY_OF[match["weekday"].casefold()],
            day=_date(year, month, day) if year else _nearest(month, day, near),
            has_year=year is not None,
        )


def _month_and_year(match: re.Match[str], following: re.Match[str] | None) -> tuple[int | None, int | None]:
    """What the words say, and what they leave to the day that follows: "du lundi 12 au mercredi 14 mai 2025"."""
    month = _MONTH_OF[match["month"].casefold()] if match["month"] else None
    year = int(match["year"]) if match["year"] else None
    if following is None or not following["month"]:
        return month, year
    last_month = _MONTH_OF[following["month"].casefold()]
    month = month or last_month
    if year is None and following["year"]:
        # "du lundi 29 décembre au jeudi 1er janvier 2026"
        year = int(following["year"]) - (1 if month > last_month else 0)
    return month, year


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, near: date) -> date | None:
    candidates = (_date(year, month, day) for year in range(near.year - 1, near.year + 2))
    return min((one for one in candidates if one), key=lambda one: abs(one - near), default=None)

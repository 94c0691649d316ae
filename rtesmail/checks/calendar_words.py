"""Days as people write them in French and English: a weekday with a day of a month."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from msgspec import Struct

from rtesmail.model.calendar_names import DAY_PARTS, MONTHS, SHORT_WEEKDAYS, WEEKDAYS

# In short with the full stop alone: "mar" and "sun" are words.
_WEEKDAYS = tuple(
    (*names, *(f"{name}." for name in short)) for names, short in zip(WEEKDAYS, SHORT_WEEKDAYS, strict=True)
)


def _fold(name: str) -> str:
    """Drop capitals and accents; a dotless i is the same letter, as `re.IGNORECASE` has it."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _one_of(names: tuple[tuple[str, ...], ...]) -> str:
    """Match each name with its accents, without, and with accents as signs of their own, as macOS writes them."""
    composed = {name for same in names for name in same}
    spellings = composed | {_fold(name) for name in composed} | {unicodedata.normalize("NFD", n) for n in composed}
    return "|".join(re.escape(name) for name in sorted(spellings, key=len, reverse=True))


_WEEKDAY_OF = {_fold(name): number for number, names in enumerate(_WEEKDAYS) for name in names}
_MONTH_OF = {_fold(name): number for number, names in enumerate(MONTHS, 1) for name in names}

# Between words: spaces of any width, Markdown's emphasis or link, a comma, a bracket.
_GAP = r"[\s*_,(\[]+"
_WEEKDAY = rf"\b(?P<weekday>{_one_of(_WEEKDAYS)})"
_MONTH = rf"(?P<month>{_one_of(MONTHS)})\b\.?"
_MARKS = re.compile(r"[*_(\[]")
_YEAR = rf"(?:{_GAP}(?P<year>(?:19|20)\d\d)\b)?"
# "1er" with its letters raised, as Word writes it, or apart.
_ORDINAL = r"(?:\s?er|ᵉʳ|<sup>er</sup>|st|nd|rd|th)?(?!\w)"
_DAY = rf"(?P<day>\d{{1,2}}){_ORDINAL}"
# "jeudi matin 24 avril", "jeudi après-midi, le 24 avril"
_PART = rf"(?:{_GAP}(?:{_one_of(tuple(DAY_PARTS.values()))})\b)?"
# "samedi 10 au 11 mai", "samedi 10/11 mai", "les samedis 10, 17 et 24 mai": the month is behind the last day.
_TO = r"[\s*_]*(?:\b(?:et|au|à|and|to)\b|[-–—/&,>→]|,\s*et\b)[\s*_]*(?:(?:le|the)\s+)?"
_OTHER = rf"\d{{1,2}}{_ORDINAL}"
_OTHERS = rf"(?P<others>(?:{_TO}{_OTHER}){{1,6}})?"
# "du mercredi 31 décembre au 2 janvier 2026": the year is behind the other day.
_LAST = rf"(?={_TO}{_OTHER}{_GAP}(?P<last_month>{_one_of(MONTHS)})\b\.?{_GAP}(?P<last_year>(?:19|20)\d\d)\b)?"
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}(?P<plural>s\b)?{_PART}{_GAP}(?:(?:the|le)\s+)?{_DAY}(?:{_OTHERS}{_GAP}(?:of\s+)?{_MONTH}{_YEAR}{_LAST})?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}{_GAP}{_MONTH}{_GAP}{_DAY}{_YEAR}", re.IGNORECASE)
# "jeudi 24/04/2025" or "24/04/25", the day first; "lundi 04.12.34.56.78" is a telephone's number. Without a year the
# month needs two digits, for "mardi 1/2 journée" is half a day, and "mercredi 10/12 ans" an age.
_IN_DIGITS = re.compile(
    rf"{_WEEKDAY}{_GAP}(?:(?:the|le)\s+)?(?P<day>\d{{1,2}})"
    r"(?:(?P<sign>[/.-])(?P<number>0?[1-9]|1[0-2])(?P=sign)(?P<year>(?:19|20)?\d\d)(?!(?P=sign)?\d)"
    rf"|/(?P<two_digits>0[1-9]|1[0-2])(?!\s*(?:ans|{_one_of(MONTHS)})\b|[/.]\d))\b",
    re.IGNORECASE,
)
_ISO = re.compile(rf"{_WEEKDAY}{_GAP}(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b", re.IGNORECASE)
# "samedi et dimanche 10 et 11 mai": what stands before the second weekday.
_WEEKDAY_BEFORE = re.compile(rf"\b(?:{_one_of(_WEEKDAYS)}){_TO}$", re.IGNORECASE)
# Signs of what stands before: enough for a weekday with what joins it to the next.
_LONGEST = 40
# "lundi 12 et mardi 13 mai", "du lundi 12 au mercredi 14 mai"
_SAME_MONTH = re.compile(r"[\s*_,]*(?:et|ou|au|à|and|or|to|-|–|—|,)?[\s*_,]*(?:le|the)?[\s*_]*", re.IGNORECASE)


class WrittenDay(Struct, frozen=True):
    """A day found in a text. `weekday` counts from Monday, 0; `day` is None when the calendar has no such day."""

    words: str
    position: int
    weekday: int
    day: date | None
    has_year: bool


def find_written_days(text: str, near: date) -> Iterator[WrittenDay]:
    """Every weekday with a date; a year that is not written is taken so that the day is nearest to `near`."""
    patterns = (_IN_DIGITS, _ISO, _MONTH_FIRST, _DAY_FIRST)
    found = sorted((one for pattern in patterns for one in pattern.finditer(text)), key=re.Match.start)
    said: list[tuple[re.Match[str], int | None, int | None]] = []
    # From the last to the first: "lundi 5, mardi 6 et mercredi 7 mai 2025".
    month = year = None
    for match, following in reversed(list(pairwise((*found, None)))):
        if match is None:
            continue
        is_joined = following is not None and _SAME_MONTH.fullmatch(text, match.end(), following.start()) is not None
        month, year = _month_and_year(match, *((month, year) if is_joined else (None, None)))
        said.append((match, month, year))
    for match, month, year in reversed(said):
        if month is None:
            continue
        for day in _days_of(match, text):
            yield WrittenDay(
                words=" ".join(_MARKS.sub(" ", match[0]).split()),
                position=match.start(),
                weekday=_WEEKDAY_OF[_fold(match["weekday"])],
                day=_date(year, month, day) if year else _nearest(month, day, near),
                has_year=year is not None,
            )


def _days_of(match: re.Match[str], text: str) -> list[int]:
    """Give the days that the weekday is said of: the first alone, unless it is in the plural."""
    said = match.groupdict()
    others = [int(number) for number in re.findall(r"\d+", said.get("others") or "")]
    days = [int(match["day"]), *others]
    if not others or said["plural"]:
        return days
    if days != sorted(days):
        # "du samedi 31 au 1er juin": the month of the first is not told.
        return []
    if _WEEKDAY_BEFORE.search(text, max(0, match.start() - _LONGEST), match.start()):
        return days[1:] if len(days) == 2 else []
    return days[:1]


def _month_and_year(
    match: re.Match[str], last_month: int | None, last_year: int | None
) -> tuple[int | None, int | None]:
    """What the words say, and what they leave to the day that follows: "du lundi 12 au mercredi 14 mai 2025"."""
    month = _month(match)
    said = match.groupdict()
    year = int(match["year"]) if match["year"] else None
    if year is None and month and said.get("last_year"):
        year = int(said["last_year"]) - (1 if month > _MONTH_OF[_fold(said["last_month"])] else 0)
    if year is not None and year < 100:
        year += 2000
    if last_month is None:
        return month, year
    month = month or last_month
    if year is None and last_year is not None:
        # "du lundi 29 décembre au jeudi 1er janvier 2026"
        year = last_year - (1 if month > last_month else 0)
    return month, year


def _month(match: re.Match[str]) -> int | None:
    said = match.groupdict()
    if name := said.get("month"):
        return _MONTH_OF[_fold(name)]
    number = said.get("number") or said.get("two_digits")
    return int(number) if number else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, near: date) -> date | None:
    candidates = (_date(year, month, day) for year in range(near.year - 1, near.year + 2))
    return min((one for one in candidates if one), key=lambda one: abs(one - near), default=None)

"""The words of a date as it was typed: days, hours and parts of the day, in their order, before a calendar is asked."""

import re
import unicodedata
from datetime import time

from msgspec import Struct

from rtesmail.model.calendar_names import DAY_PARTS, MONTHS


def plain(text: str) -> str:
    """Drop capitals, accents and double spaces; dashes and signs between two parts of an agenda's line become plain."""
    letters = unicodedata.normalize("NFD", text.lower().translate(_SIGNS).replace("ᵉʳ", "er"))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


_SIGNS = str.maketrans({"–": "-", "—": "-", "‑": "-", "→": ">", "’": "'", "|": ",", "·": ",", "•": ","})
_MONTH_OF = {plain(name): number for number, names in enumerate(MONTHS, start=1) for name in names}
_PART_OF = {name: part for part, names in DAY_PARTS.items() for name in map(plain, names)}


def _one_of(names: dict[str, int] | dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_CLOCK_OF_DAY = r"\d{1,2} ?(?:h(?:eures?)?\b(?: ?[0-5]\d\b)?|h[0-5]\d\b|:[0-5]\d(?::[0-5]\d)?\b)|midi\b|noon\b"
# "au matin", "en soirée", "dans l'après-midi", "en fin de matinée", "toute la journée"
_PART = (
    r"(?:(?:au|le|la|l'|en|dans|in|the|toute|debut|fin|milieu|de|d')[ -]?)*"
    rf"(?P<part>{_one_of(_PART_OF)})\b(?: entiere\b)?"
)
_DAY = (
    r"(?:(?:le|les|the|on|du|des|from) )?"
    rf"(?:(?P<before>[^\W\d_]+)\.?,? (?:{_PART},? )?(?:(?:le|the) )?)?"
    r"(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})"
    r"|(?P<n_day>\d{1,2})[/. -](?P<n_month>\d{1,2})[/. -](?P<n_year>\d{4})"
    # "24/04", "24/04/25" and "24.04.25"; "10/11 mai" are two days, and "12.05" may be an hour.
    r"|(?P<s_day>\d{1,2})(?:/|\.(?=\d\d\.\d\d))(?P<s_month>0[1-9]|1[0-2])(?:[/.](?P<s_year>\d\d))?"
    rf"(?! ?(?:{_one_of(_MONTH_OF)})\b|[/.]\d)"
    r"|(?P<day>\d{1,2})(?: ?er\b|st|nd|rd|th)?"
    rf"(?: (?:of )?(?P<month>{_one_of(_MONTH_OF)})\b\.?(?:,? (?P<year>\d{{4}})\b)?)?)(?!\w)"
)
_GAP = r"[ ,;:(/-]*"
# "9h et 14h" are two beginnings, "entre 9h et 14h" is one with its end.
_UNTIL = r"(?(entre)(?:et|and)\b|(?:a\b|to\b|until\b|jusqu'a\b|[->/]))"
_HOURS = (
    rf"(?:{_GAP}{_PART})?"
    rf"(?:{_GAP}(?:(?:a partir de|a compter de|a|at|de|des|from|(?P<entre>entre|between))\b ?)?"
    rf"(?:(?P<bare>\d{{1,2}}) ?{_UNTIL} ?(?={_CLOCK_OF_DAY}))?(?P<first>{_CLOCK_OF_DAY})"
    rf"(?: ?{_UNTIL} ?(?P<second>{_CLOCK_OF_DAY}))?"
    rf"(?: (?:du|de l')? ?(?P<own>{_one_of(_PART_OF)})\b)?)?\)?"
)
_NEXT = r" ?(?:(?P<to>(?:jusqu')?au\b|a\b|to\b|until\b|[->])|,? ?(?:et\b|and\b|puis\b)|[,&/]) ?"
_CLOCK = re.compile(r"(\d{1,2})(?:\s*h(?:eures?)?\s*([0-5]\d)?|:([0-5]\d)(?::[0-5]\d)?)", re.IGNORECASE)
# More days than a programme has.
_MOST = 40


class DayWords(Struct, frozen=True):
    """A day as it was typed, with the hours behind it.

    What was not typed is 0 or empty. `part` is morning, afternoon, evening or day. `reaches` says that the days between
    the one before it and this one are meant. `has_bad_hour` says that an hour is none: `25h`.
    """

    day: int
    month: int
    year: int
    before: str
    part: str
    clock: time | None
    until: time | None
    reaches: bool
    is_iso: bool
    has_bad_hour: bool


def read_words(text: str) -> tuple[tuple[DayWords, ...], bool]:
    """Read the days that begin a text that is `plain`, and whether nothing else stands there."""
    # Compiled here, once, for every command reads this module and few read such dates.
    a_day, its_hours, next_day = re.compile(_DAY), re.compile(_HOURS), re.compile(_NEXT)
    days: list[DayWords] = []
    position, reaches = 0, False
    for _turn in range(_MOST):
        found = a_day.match(text, position)
        if not found:
            break
        hours = its_hours.match(text, found.end())
        days.append(_day(found, hours, reaches=reaches))
        position = hours.end() if hours else found.end()
        between = next_day.match(text, position)
        if not between or not a_day.match(text, between.end()):
            break
        position, reaches = between.end(), between["to"] is not None
    return tuple(days), not text[position:].strip(" .")


def _day(found: re.Match[str], hours: re.Match[str] | None, *, reaches: bool) -> DayWords:
    if found["iso"]:
        year, month, day = (int(part) for part in found["iso"].split("-"))
    else:
        day = int(found["n_day"] or found["s_day"] or found["day"])
        month = _MONTH_OF[found["month"]] if found["month"] else int(found["n_month"] or found["s_month"] or 0)
        year = int(found["n_year"] or found["year"] or 0) or (2000 + int(found["s_year"]) if found["s_year"] else 0)
    typed = (hours["bare"] and f"{hours['bare']}h", hours["first"], hours["second"]) if hours else ()
    clocks = [_clock(clock) for clock in typed if clock]
    part = found["part"] or (hours and (hours["part"] or hours["own"])) or ""
    return DayWords(
        day=day,
        month=month,
        year=year,
        before=found["before"] or "",
        part=_PART_OF[part] if part else "",
        clock=clocks[0] if clocks else None,
        until=clocks[1] if clocks[1:] else None,
        reaches=reaches,
        is_iso=bool(found["iso"]),
        has_bad_hour=None in clocks or bool(clocks[2:]),
    )


def read_hour(text: str) -> time | None:
    """Read an hour that stands alone: `17h30`, `à 17h`, `jusqu’à midi`; None when it is none, or more stands there."""
    found = re.fullmatch(rf"(?:(?:jusqu'a|a|until|at|to) )?({_CLOCK_OF_DAY})\.?", plain(text))
    return _clock(found[1]) if found else None


def _clock(typed: str) -> time | None:
    return time(12) if typed in ("midi", "noon") else read_clock(typed)


def read_clock(text: str) -> time | None:
    """Read a time of day: `9:30`, `9h30`, `13h`, `9 heures`; None when it is none."""
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23:
        return None
    return time(int(found[1]), int(found[2] or found[3] or 0))

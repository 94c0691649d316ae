"""Days, moments and times of day, as people write them in a snippet."""

import re
import unicodedata
from datetime import date, time, timedelta
from gettext import gettext as _

from rtesmail.content.front_matter import Entry
from rtesmail.content.notes import Notes
from rtesmail.model.content import When
from rtesmail.model.dates import day_words, weekday
from rtesmail.model.quoting import quoted

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ]\s*(.+))?")
_CLOCK = re.compile(r"(\d{1,2})(?:\s*h\s*([0-5]\d)?|:([0-5]\d)(?::[0-5]\d)?)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})\b(.*)")
_WORDS = re.compile(
    r"(?:(?P<before>[a-z]+)\.?,? )?(?P<day>\d{1,2})(?:er)? (?P<month>[a-z]+)\.? (?P<year>\d{4})\b(?P<rest>.*)"
)
_LEADING = re.compile(r"^[\s,]*(?:(?:a|at|de|des|from)\b)?\s*")
_MONTHS = (
    ("janvier", "january"),
    ("fevrier", "february"),
    ("mars", "march"),
    ("avril", "april"),
    ("mai", "may"),
    ("juin", "june"),
    ("juillet", "july"),
    ("aout", "august"),
    ("septembre", "september"),
    ("octobre", "october"),
    ("novembre", "november"),
    ("decembre", "december"),
)
_WEEKDAYS = (
    ("lundi", "monday", "lun", "mon"),
    ("mardi", "tuesday", "mar", "tue", "tues"),
    ("mercredi", "wednesday", "mer", "wed"),
    ("jeudi", "thursday", "jeu", "thu", "thur", "thurs"),
    ("vendredi", "friday", "ven", "fri"),
    ("samedi", "saturday", "sam", "sat"),
    ("dimanche", "sunday", "dim", "sun"),
)
_A_MONDAY = date(2024, 1, 1)


def as_day(name: str, entry: Entry, notes: Notes) -> date | None:
    """A day, `2025-04-10`."""
    text = (entry.text or "").strip()
    if not _DAY.fullmatch(text):
        likely = likely_moment(text)
        _note_bad(name, entry, notes, likely.day.isoformat() if likely else "2025-04-10")
        return None
    day = _day(text)
    if day is None:
        notes.wrong(
            entry,
            "bad-date",
            _("{text} is not a day of the calendar.").format(text=quoted(text)),
            f"{name}: 2025-04-10",
        )
    return day


def as_moment(name: str, entry: Entry, notes: Notes) -> When | None:
    """A day with its time, or the day alone when the time is not known."""
    text = (entry.text or "").strip()
    found = _MOMENT.fullmatch(text)
    if not found:
        likely = likely_moment(text)
        clock = f" {likely.time:%H:%M}" if likely and likely.time else ""
        _note_bad(name, entry, notes, f"{likely.day.isoformat()}{clock}" if likely else "2025-04-10 11:00")
        return None
    day = as_day(name, Entry(entry.line, found[1]), notes)
    clock_of_day = as_clock(name, Entry(entry.line, found[2]), notes) if found[2] else None
    return When(day, clock_of_day) if day else None


def as_clock(name: str, entry: Entry, notes: Notes) -> time | None:
    """A time of day: `9:30`, `9h30`, `13h`."""
    value = _clock((entry.text or "").strip())
    if value is None:
        notes.wrong(
            entry,
            "bad-date",
            _("{name} is not a time of day: {text}.").format(name=name, text=quoted(entry.text or "")),
            _("Write it as {example}").format(example="9h30"),
        )
    return value


def likely_moment(text: str) -> When | None:
    """Guess the moment in `jeudi 10 avril 2025 à 11h` or `10/04/2025`, for a person who is shown what was guessed."""
    plain = _plain(text)
    if found := _NUMBERS.match(plain):
        day, after = _day(f"{found[3]}-{found[2]}-{found[1]}"), found[4]
    elif found := _WORDS.match(plain):
        day, after = _day_in_words(found), found["rest"]
    else:
        return None
    rest = _CLOCK.match(_LEADING.sub("", after))
    return When(day, _clock(rest[0].strip()) if rest else None) if day else None


def wrong_weekday(text: str) -> str:
    """Say which weekday a date is when another is written with it, as in `lundi 15 mai 2025`; else nothing."""
    found = _WORDS.match(_plain(text))
    day = _day_in_words(found) if found else None
    named = next((n for n, names in enumerate(_WEEKDAYS) if found and found["before"] in names), None)
    if day is None or named is None or named == day.weekday():
        return ""
    return _("{date} is a {weekday}, not a {other}.").format(
        date=day_words(day), weekday=weekday(day), other=weekday(_A_MONDAY + timedelta(days=named))
    )


def _plain(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(plain.split())


def _day_in_words(found: re.Match[str]) -> date | None:
    month = next((n for n, names in enumerate(_MONTHS, start=1) if found["month"] in names), None)
    return _day(f"{found['year']}-{month}-{found['day']}") if month else None


def _note_bad(name: str, entry: Entry, notes: Notes, example: str) -> None:
    if other := wrong_weekday(entry.text or ""):
        notes.wrong(entry, "bad-date", other, _("Correct the weekday or the date."))
        return
    notes.wrong(
        entry,
        "bad-date",
        _("{name} is not a date: {text}.").format(name=name, text=quoted(entry.text or "")),
        _("Write it as {example}").format(example=f"{name}: {example}"),
    )


def _day(text: str) -> date | None:
    try:
        day = date(*(int(part) for part in text.split("-")))
    except ValueError:
        return None
    return day if is_of_our_times(day) else None


def is_of_our_times(day: date) -> bool:
    """Tell whether letters can be about a day: `0025` is a slip, and no time zone reckons at the calendar's ends."""
    return 1900 <= day.year <= 9998


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23:
        return None
    return time(int(found[1]), int(found[2] or found[3] or 0))

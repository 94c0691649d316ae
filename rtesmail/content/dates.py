"""Days, moments and times of day, as people write them in a snippet."""

import re
import unicodedata
from datetime import date, time
from gettext import gettext as _

from rtesmail.content.front_matter import Entry
from rtesmail.content.notes import Notes
from rtesmail.model.content import When

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ]\s*(.+))?")
_CLOCK = re.compile(r"(\d{1,2})(?:\s*h\s*([0-5]\d)?|:([0-5]\d)(?::[0-5]\d)?)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})\b(.*)")
_WORDS = re.compile(r"(?:[a-z]+\.?,? )?(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})\b(.*)")
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
            _("{text} is not a day of the calendar.").format(text=repr(text)),
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
            _("{name} is not a time of day: {text}.").format(name=name, text=repr(entry.text or "")),
            _("Write it as {example}").format(example="9h30"),
        )
    return value


def likely_moment(text: str) -> When | None:
    """Guess the moment in `jeudi 10 avril 2025 à 11h` or `10/04/2025`, for a person who is shown what was guessed."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    plain = " ".join(plain.split())
    if found := _NUMBERS.match(plain):
        day = _day(f"{found[3]}-{found[2]}-{found[1]}")
    elif found := _WORDS.match(plain):
        word = found[2]
        month = next((n for n, names in enumerate(_MONTHS, start=1) if word in names), None)
        day = _day(f"{found[3]}-{month}-{found[1]}") if month else None
    else:
        return None
    rest = _CLOCK.match(_LEADING.sub("", found[4]))
    return When(day, _clock(rest[0].strip()) if rest else None) if day else None


def _note_bad(name: str, entry: Entry, notes: Notes, example: str) -> None:
    notes.wrong(
        entry,
        "bad-date",
        _("{name} is not a date: {text}.").format(name=name, text=repr(entry.text or "")),
        _("Write it as {example}").format(example=f"{name}: {example}"),
    )


def _day(text: str) -> date | None:
    try:
        return date(*(int(part) for part in text.split("-")))
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23:
        return None
    return time(int(found[1]), int(found[2] or found[3] or 0))

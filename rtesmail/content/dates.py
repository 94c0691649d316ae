"""Days, moments and times of day, as people write them in a snippet."""

import re
from datetime import date, time
from gettext import gettext as _

from rtesmail.content.date_words import read_clock
from rtesmail.content.front_matter import Entry
from rtesmail.content.labels import field_named
from rtesmail.content.notes import Notes
from rtesmail.content.typed_dates import TypedDate, calendar_day, read_typed
from rtesmail.model.content import When
from rtesmail.model.quoting import quoted

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ]\s*(.+))?")


def as_day(name: str, entry: Entry, notes: Notes) -> date | None:
    """A day, `2025-04-10`."""
    text = (entry.text or "").strip()
    if not _DAY.fullmatch(text):
        typed = read_typed(text)
        _note_bad(name, entry, notes, typed, typed.day.isoformat() if typed and typed.day else "2025-04-10")
        return None
    day = calendar_day(*(int(part) for part in text.split("-")))
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
        typed = read_typed(text)
        end = typed.last if typed and name == "start" else None
        example = as_written(When(typed.day, typed.clock)) if typed and typed.day else "2025-04-10 11:00"
        _note_bad(name, entry, notes, typed, f"{example}, end: {as_written(end)}" if end else example)
        return None
    day = as_day(name, Entry(entry.line, found[1]), notes)
    clock_of_day = as_clock(name, Entry(entry.line, found[2]), notes) if found[2] else None
    return When(day, clock_of_day) if day else None


def as_written(moment: When) -> str:
    """Give a moment as the file has it: `2025-04-10 11:00`, or the day alone."""
    return f"{moment.day} {moment.time:%H:%M}" if moment.time else f"{moment.day}"


def as_clock(name: str, entry: Entry, notes: Notes) -> time | None:
    """A time of day: `9:30`, `9h30`, `13h`."""
    value = read_clock((entry.text or "").strip())
    if value is None:
        check, message = "bad-date", _("{name} is not a time of day: {text}.")
        if entry.text is None:
            check, message = "wrong-type", _("{name} should be a text.")
        written = _("Write it as {example}").format(example="9h30")
        notes.wrong(entry, check, message.format(name=field_named(name), text=quoted(entry.text)), written)
    return value


def _note_bad(name: str, entry: Entry, notes: Notes, typed: TypedDate | None, example: str) -> None:
    written = _("Write it as {example}").format(example=f"{name}: {example}")
    if entry.text is None:
        notes.wrong(entry, "wrong-type", _("{name} should be a text.").format(name=field_named(name)), written)
        return
    message, hint = typed.trouble if typed else ("", "")
    if message:
        notes.wrong(entry, "bad-date", message, hint)
        return
    is_more = typed is not None and not typed.is_one and name != "start"
    said = _("{name} is one date, and more is written: {text}.") if is_more else _("{name} is not a date: {text}.")
    notes.wrong(entry, "bad-date", said.format(name=field_named(name), text=quoted(entry.text)), written)

"""The dates among the answers to `new`: read as agendas have them, written as files do, refused where unclear."""

from datetime import date, datetime, time
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.content.date_words import read_hour
from rtesmail.content.dates import as_day, as_moment, as_written
from rtesmail.content.drafts import Written
from rtesmail.content.front_matter import Entry
from rtesmail.content.labels import field_named
from rtesmail.content.notes import Notes
from rtesmail.content.typed_dates import HOURS_OF, MOST_DAYS, TypedDate, out_of_order, read_typed
from rtesmail.model.content import When
from rtesmail.model.dates import day_words
from rtesmail.model.quoting import joined, quoted


class Answer(Struct, frozen=True):
    """An answer checked: the value to write, or what is wrong with it and what to type instead.

    A hint beside a value is what to look at. `end` is the end of an event, when the answer to its start tells that too.
    """

    value: Written = ""
    message: str = ""
    hint: str = ""
    end: str = ""


def read_date(name: str, text: str, today: date | None, *, is_day: bool, has_end: bool) -> Answer:
    """Give the date as the file has it, whatever way people write it; what cannot be understood stays.

    `is_day` says that the field has no hour, `has_end` that an end may stand behind the date.
    """
    typed = read_typed(text, today)
    if typed is None:
        return Answer(text)
    if is_day:
        # The day of an article or since when somebody is a member is mostly past: its year is needed.
        typed = replace(typed, is_soon=False)
    message, hint = typed.trouble
    if message:
        return Answer(message=message, hint=hint)
    if typed.day is None or not typed.is_whole:
        return Answer(text)
    value = as_written(When(typed.day, None if is_day else typed.clock))
    if typed.is_one:
        return Answer(value, hint=_to_look_at(typed))
    if not has_end:
        message = _("{name} is one date, and more is written: {text}.").format(
            name=field_named(name), text=quoted(text)
        )
        return Answer(message=message, hint=_("Write it as {example}").format(example=value))
    if typed.last is None:
        return Answer(
            message=_("One beginning and one end are needed, and it is not clear which they are: {text}.").format(
                text=quoted(text)
            ),
            hint=_("Write start and end apart; for several dates, several events or a programme."),
        )
    return Answer(value, hint=_to_look_at(typed), end=as_written(typed.last))


def read_end(text: str, start: Written, today: date | None) -> Answer:
    """Give the end of an event; an hour alone is one of the day on which it begins."""
    begun = _moment("start", start) if start else None
    hour = read_hour(text)
    if hour and begun is None:
        message = _("{text} is an hour, and there is no start to take its day from.").format(text=quoted(text))
        return Answer(message=message, hint=_("Write it as {example}").format(example=f"15/05/2025 {text}"))
    found = (
        Answer(as_written(When(begun.day, hour)))
        if hour and begun
        else read_date("end", text, begun.day if begun else today, is_day=False, has_end=False)
    )
    ended = _moment("end", found.value)
    if begun is None or ended is None or ended.end_of_moment > datetime.combine(begun.day, begun.time or time.min):
        return found
    message, hint = out_of_order(ended, begun)
    return Answer(message=message, hint=hint)


def _moment(name: str, value: Written) -> When | None:
    return as_moment(name, Entry(1, str(value)), Notes(Path(), Path(), []))


def _to_look_at(typed: TypedDate) -> str:
    """Say what was understood of a date that leaves something open."""
    first = typed.days[0]
    is_guessed = not typed.has_year and not any(day.before for day in typed.days)
    year = _("read as {day}; write the year if it is another one").format(day=day_words(typed.day)) if typed.day else ""
    hour = _("no hour is told, so it stays open") if first.part in HOURS_OF and not first.clock else ""
    said = joined((year if is_guessed else "", hour))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def read_days(text: str, today: date | None) -> Answer:
    """Give the days of a programme, with the hours of each when they are told."""
    typed = read_typed(text, today)
    if typed and typed.is_whole and any(day.day for day in typed.days):
        message, hint = typed.trouble
        if message:
            return Answer(message=message, hint=hint)
        timed = [day for day in typed.days if day.clock]
        if timed and (len(timed) < len(typed.days) or any(day.reaches for day in typed.days)):
            return Answer(
                message=_("It is not clear which days the hours are of: {text}.").format(text=quoted(text)),
                hint=_("Write it as {example}").format(example="14/05/2025 9h30-12h, 15/05/2025 14h-17h"),
            )
        if len(typed.every_day) > MOST_DAYS:
            message = _("{text} is too long for a programme.").format(text=quoted(text))
            return Answer(message=message, hint=_("Write the days that it has."))
        hours = [
            {"start": f"{day.clock:%H:%M}"} | ({"end": f"{day.until:%H:%M}"} if day.until else {}) for day in timed
        ]
        days: list[Written] = [
            {"date": day.isoformat(), **(hours[number] if hours else {})} for number, day in enumerate(typed.every_day)
        ]
        return Answer(days, hint=_to_look_at(typed))
    return _days_apart(text, today)


def _days_apart(text: str, today: date | None) -> Answer:
    """Give the days between commas, each read alone."""
    days: list[Written] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = read_date("days", part, today, is_day=True, has_end=False)
        if found.message:
            return found
        notes = Notes(Path(), Path(), [])
        day = as_day("days", Entry(1, str(found.value)), notes)
        if day is None:
            return Answer(message=notes.troubles[0].message, hint=notes.troubles[0].hint)
        days.append({"date": day.isoformat()})
    return Answer(days)

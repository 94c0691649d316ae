"""What a person answers to `new`, field by field, becomes a draft; each answer is checked by the reader's own rules."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.content.date_words import read_hour
from rtesmail.content.dates import as_day, as_moment, as_written
from rtesmail.content.drafts import Draft, Written
from rtesmail.content.fields import as_boolean, as_image, as_level, as_levels, as_registration, as_texts, as_url
from rtesmail.content.front_matter import Entry, storable
from rtesmail.content.kinds import KINDS
from rtesmail.content.labels import field_named, label
from rtesmail.content.notes import FieldType, Notes
from rtesmail.content.programme import as_days
from rtesmail.content.snippets import COMMON
from rtesmail.content.typed_dates import HOURS_OF, MOST_DAYS, TypedDate, read_typed
from rtesmail.model.content import When
from rtesmail.model.dates import day_words, hour_words
from rtesmail.model.people import folded
from rtesmail.model.quoting import joined, quoted
from rtesmail.model.suggestions import one_of

BODY = "body"
_LISTS = (as_texts, as_levels)
_SET_BY_US = ("kind", "id", "status")
# Tables with lists inside: written in the file, where a sample shows how.
_IN_THE_FILE = ("only_for",)
_EXAMPLES: Mapping[FieldType, str] = {
    as_moment: "15/05/2025 9h30",
    as_day: "15/05/2025",
    as_days: "15/05/2025, 16/05/2025",
    as_url: "https://www.example.org/page",
    as_levels: "commune, région",
    as_level: "commune",
    as_registration: "https://www.example.org/inscription",
    as_texts: "Ville de Brumeval, CRESS",
}


class Question(Struct, frozen=True):
    """One field to ask for: its name as the file has it, what people call it, an example.

    `needs` are the fields of which one is needed.
    """

    name: str
    label: str
    example: str = ""
    needs: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """An answer checked: the value to write, or what is wrong with it and what to type instead.

    A hint beside a value is what to look at. `end` is the end of an event, when the answer to its start tells that too.
    """

    value: Written = ""
    message: str = ""
    hint: str = ""
    end: str = ""


def questions(kind: str, regions: Sequence[str] = ()) -> tuple[Question, ...]:
    """Give what is asked for a kind: what it needs first. `regions` are the names known, empty when any will do."""
    groups = (("title",), *KINDS[kind].required)
    first = [Question(name, label(name), _example(kind, name, regions), group) for group in groups for name in group]
    asked = {question.name for question in first}
    rest = [name for name in _names(kind) if name not in asked]
    return (*first, *(Question(name, label(name), _example(kind, name, regions)) for name in rest))


def _names(kind: str) -> Iterator[str]:
    """Give the names of all fields that can be asked for, those of the kind before the common ones."""
    common = [name for name in COMMON if name not in (*_SET_BY_US, *_IN_THE_FILE)]
    for name in ("title", *KINDS[kind].fields, *common[1:]):
        if _types(kind)[name] is as_image:
            yield from (f"{name}.src", f"{name}.alt")
        else:
            yield name
    yield BODY


def _types(kind: str) -> Mapping[str, FieldType]:
    return {**COMMON, **KINDS[kind].fields}


def _example(kind: str, name: str, regions: Sequence[str]) -> str:
    if name == "regions":
        return ", ".join(regions[:2]) or "Bretagne, Occitanie"
    if name.endswith(".src"):
        return "https://www.example.org/photo.jpg"
    as_type = _types(kind).get(name)
    if as_type is as_boolean:
        return _("yes")
    return _EXAMPLES.get(as_type, "") if as_type else ""


def read_answer(
    kind: str, name: str, typed: str, regions: Sequence[str] = (), *, today: date | None = None, start: Written = ""
) -> Answer:
    """Check one answer by the rules that the file will be read with; `regions` are those known, empty when any will do.

    With `today`, local, a day of a month is enough: the next such day, if it is of the weekday that is told, or soon.
    With `start`, the value of that field, an hour is enough for the end.
    A field that there is not is also looked for among the words that people are asked with.
    """
    text = storable(typed).strip()
    known = list(_names(kind))
    if name not in known:
        if name in _IN_THE_FILE or name in _SET_BY_US:
            return Answer(message=_("{name} is written in the file itself.").format(name=field_named(name)))
        message = _("{name} is not a field of {kind}.").format(name=name, kind=kind)
        meant = next((field for field in known if folded(label(field)) == folded(name)), name)
        return Answer(message=message, hint=one_of(meant, known))
    if not text or name == BODY or "." in name:
        return Answer(text)
    as_type = _types(kind)[name]
    if as_type is as_days:
        return _days(text, today)
    found = Answer()
    if as_type is as_day or as_type is as_moment:
        found = (
            _end(text, start, today)
            if name == "end"
            else _date(name, text, today, is_day=as_type is as_day, has_end="end" in _types(kind) and name == "start")
        )
        if found.message:
            return found
        text = str(found.value)
    parts = tuple(part for part in (part.strip() for part in text.split(",")) if part) if as_type in _LISTS else ()
    entry = Entry(1, items=tuple(Entry(1, part) for part in parts)) if parts else Entry(1, text)
    notes = Notes(Path(), Path(), [])
    value = as_type(name, entry, notes)
    if notes.troubles:
        return Answer(message=notes.troubles[0].message, hint=notes.troubles[0].hint)
    unknown = [part for part in parts if part not in regions] if name == "regions" and regions else []
    if unknown:
        message = _("There is no region {name}.").format(name=quoted(unknown[0]))
        return Answer(message=message, hint=one_of(unknown[0], regions))
    if as_type is as_boolean:
        return Answer("true" if value else "false")
    return Answer(parts or text, hint=found.hint, end=found.end)


def _date(name: str, text: str, today: date | None, *, is_day: bool, has_end: bool) -> Answer:
    """Give the date as the file has it, whatever way people write it; what cannot be understood stays."""
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


def _end(text: str, start: Written, today: date | None) -> Answer:
    """Give the end of an event; an hour alone is one of the day on which it begins."""
    begun = _moment("start", start) if start else None
    hour = read_hour(text)
    if hour and begun is None:
        message = _("{text} is an hour, and there is no start to take its day from.").format(text=quoted(text))
        return Answer(message=message, hint=_("Write it as {example}").format(example=f"15/05/2025 {text}"))
    found = (
        Answer(as_written(When(begun.day, hour)))
        if hour and begun
        else _date("end", text, begun.day if begun else today, is_day=False, has_end=False)
    )
    ended = _moment("end", found.value)
    if begun is None or ended is None or ended.end_of_moment > datetime.combine(begun.day, begun.time or time.min):
        return found
    is_one_day = ended.day == begun.day and ended.time and begun.time
    return Answer(
        message=_("{later} is not after {earlier}.").format(
            later=hour_words(ended.time) if is_one_day and ended.time else day_words(ended.day),
            earlier=hour_words(begun.time) if is_one_day and begun.time else day_words(begun.day),
        ),
        hint=_("Correct the hours, or write the end with a day of its own.") if is_one_day else _("Correct the dates."),
    )


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


def _days(text: str, today: date | None) -> Answer:
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
        found = _date("days", part, today, is_day=True, has_end=False)
        if found.message:
            return found
        notes = Notes(Path(), Path(), [])
        day = as_day("days", Entry(1, str(found.value)), notes)
        if day is None:
            return Answer(message=notes.troubles[0].message, hint=notes.troubles[0].hint)
        days.append({"date": day.isoformat()})
    return Answer(days)


def as_typed(value: Written) -> str:
    """Give a value as a person would type it, so that it is read back; empty for what is written in the file."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        year, _sign, day = str(value.get("date", "")).partition("-")
        hours = "-".join(str(value[name]) for name in ("start", "end") if name in value)
        return f"{day[3:]}/{day[:2]}/{year} {hours}".strip() if day else ""
    return ", ".join(as_typed(item) for item in value)


def missing(kind: str, values: Mapping[str, Written]) -> tuple[tuple[str, ...], ...]:
    """Give each group of fields of which one is still needed."""
    given = {name for name, value in values.items() if value and value != "false"}
    groups = [group for group in (("title",), *KINDS[kind].required) if not given & set(group)]
    pictures = [name for name, as_type in _types(kind).items() if as_type is as_image]
    for name in pictures:
        halves = {f"{name}.src", f"{name}.alt"}
        if len(given & halves) == 1:
            groups.append(tuple(halves - given))
    return tuple(groups)


def draft_of(kind: str, values: Mapping[str, Written]) -> Draft:
    """Make the draft from values that were checked; the fields in the order in which people are asked."""
    fields: dict[str, Written] = {}
    for name in _names(kind):
        value = values.get(name, "")
        if not value or name == BODY:
            continue
        table, _dot, part = name.partition(".")
        if part:
            held = fields.setdefault(table, {})
            fields[table] = {**(held if isinstance(held, Mapping) else {}), part: value}
        else:
            fields[name] = value
    body = values.get(BODY, "")
    return Draft(kind, fields, body if isinstance(body, str) else "")

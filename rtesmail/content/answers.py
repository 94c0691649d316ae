"""What a person answers to `new`, field by field, becomes a draft; each answer is checked by the reader's own rules."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.date_answers import Answer, read_date, read_days, read_end
from rtesmail.content.dates import as_day, as_moment
from rtesmail.content.drafts import Draft, Written
from rtesmail.content.fields import as_boolean, as_image, as_level, as_levels, as_registration, as_texts, as_url
from rtesmail.content.front_matter import Entry, storable
from rtesmail.content.kinds import KINDS
from rtesmail.content.labels import field_named, label
from rtesmail.content.notes import FieldType, Notes
from rtesmail.content.programme import as_days
from rtesmail.content.snippets import COMMON
from rtesmail.model.people import folded
from rtesmail.model.quoting import quoted
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
        return read_days(text, today)
    found = Answer()
    if as_type is as_day or as_type is as_moment:
        has_end = name == "start" and "end" in _types(kind)
        found = (
            read_end(text, start, today)
            if name == "end"
            else read_date(name, text, today, is_day=as_type is as_day, has_end=has_end)
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

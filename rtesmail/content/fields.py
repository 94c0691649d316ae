"""How the text of a field becomes a value: one function per type, each noting what it cannot read."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.front_matter import Entry, Trouble
from rtesmail.content.reading import one_of
from rtesmail.model.content import (
    Detail,
    Image,
    Level,
    ProgrammeDay,
    ProgrammeLine,
    Registration,
    When,
)

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ]\s*(.+))?")
_CLOCK = re.compile(r"(\d{1,2})(?:\s*[h:H]\s*(\d{2})?)(?::\d{2})?")
_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif")
COMING = ("à venir", "a venir", "coming", "coming soon")


@dataclass(slots=True)
class Notes:
    """Where the types write down what is wrong, and where relative pictures are looked for."""

    folder: Path
    root: Path
    troubles: list[Trouble]

    def wrong(self, entry: Entry, check: str, message: str, hint: str = "") -> None:
        self.troubles.append(Trouble(entry.line, check, message, hint))


FieldType = Callable[[str, Entry, Notes], Detail]
"""(field's name, what was written, notes) → value, None when it cannot be read."""


def as_text(name: str, entry: Entry, notes: Notes) -> str | None:
    """A text on one line."""
    if entry.text is None:
        notes.wrong(entry, "wrong-type", _("{name} should be a text.").format(name=name), f"{name}: …")
        return None
    return " ".join(entry.text.split())


def as_markdown(name: str, entry: Entry, notes: Notes) -> str | None:
    """A text that may have several paragraphs."""
    if entry.text is None:
        as_text(name, entry, notes)
        return None
    return entry.text.strip()


def as_texts(name: str, entry: Entry, notes: Notes) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    if entry.text is not None:
        return (" ".join(entry.text.split()),)
    if entry.items is None:
        notes.wrong(entry, "wrong-type", _("{name} should be a list.").format(name=name), f"{name}: [… , …]")
        return ()
    found = (as_text(name, item, notes) for item in entry.items)
    return tuple(text for text in found if text)


def as_levels(name: str, entry: Entry, notes: Notes) -> tuple[str, ...]:
    """A list of levels of local government."""
    known = [level.value for level in Level]
    found = []
    for text in as_texts(name, entry, notes):
        if text.lower() in known:
            found.append(text.lower())
        else:
            notes.wrong(
                entry,
                "unknown-value",
                _("There is no level {name}.").format(name=repr(text)),
                one_of(text.lower(), known),
            )
    return tuple(found)


def as_level(name: str, entry: Entry, notes: Notes) -> str | None:
    """One level of local government."""
    levels = as_levels(name, entry, notes)
    return levels[0] if levels else None


def as_boolean(name: str, entry: Entry, notes: Notes) -> bool | None:
    """Yes or no."""
    words = {"true": True, "yes": True, "oui": True, "false": False, "no": False, "non": False}
    value = words.get((entry.text or "").lower())
    if value is None:
        notes.wrong(entry, "wrong-type", _("{name} should be true or false.").format(name=name), f"{name}: true")
    return value


def as_day(name: str, entry: Entry, notes: Notes) -> date | None:
    """A day, `2025-04-10`."""
    found = _DAY.fullmatch((entry.text or "").strip())
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        notes.wrong(
            entry,
            "bad-date",
            _("{text} is not a day of the calendar.").format(text=repr(entry.text)),
            f"{name}: 2025-04-10",
        )
        return None
    notes.wrong(
        entry,
        "bad-date",
        _("{name} is not a date: {text}.").format(name=name, text=repr(entry.text or "")),
        _("Write it as {example}").format(example=f"{name}: 2025-04-10"),
    )
    return None


def as_clock(name: str, entry: Entry, notes: Notes) -> time | None:
    """A time of day: `9:30`, `9h30`, `13h`."""
    value = _clock((entry.text or "").strip())
    if value is None:
        notes.wrong(
            entry,
            "bad-date",
            _("{name} is not a time of day: {text}.").format(name=name, text=repr(entry.text or "")),
            _("Write it as {example}").format(example=f"{name}: 9h30"),
        )
    return value


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if not found or (hour := int(found[1])) > 23 or (minute := int(found[2] or 0)) > 59:
        return None
    return time(hour, minute)


def as_moment(name: str, entry: Entry, notes: Notes) -> When | None:
    """A day with its time, or the day alone when the time is not known."""
    found = _MOMENT.fullmatch((entry.text or "").strip())
    if not found:
        notes.wrong(
            entry,
            "bad-date",
            _("{name} is not a date: {text}.").format(name=name, text=repr(entry.text or "")),
            _("Write it as {example}").format(example=f"{name}: 2025-04-10 11:00"),
        )
        return None
    day = as_day(name, Entry(entry.line, found[1]), notes)
    clock = as_clock(name, Entry(entry.line, found[2]), notes) if found[2] else None
    return When(day, clock) if day else None


def as_url(name: str, entry: Entry, notes: Notes) -> str | None:
    """An address that a reader can open: https, http or mailto."""
    text = (entry.text or "").strip()
    if re.fullmatch(r"(https?://[^\s/]+\S*|mailto:\S+@\S+)", text):
        return text
    notes.wrong(
        entry,
        "bad-url",
        _("{name} is not an address that can be opened: {text}.").format(name=name, text=repr(text)),
        _("Write it whole: {example}").format(example=f"{name}: https://www.example.org/page"),
    )
    return None


def as_registration(name: str, entry: Entry, notes: Notes) -> Registration | None:
    """An address, or the words `à venir`."""
    if (entry.text or "").strip().lower() in COMING:
        return Registration(is_coming=True)
    url = as_url(name, entry, notes)
    return Registration(url) if url else None


def as_image(name: str, entry: Entry, notes: Notes) -> Image | None:
    """A picture with its alt: `{src: …, alt: …}`; the source is an address or a file inside the workspace."""
    example = f"{name}: {{src: photo.jpg, alt: …}}"
    if entry.fields is None:
        notes.wrong(entry, "wrong-type", _("{name} needs a source and an alt.").format(name=name), example)
        return None
    _only(entry, ("src", "alt"), notes)
    source = _inner_text(entry, "src")
    alt = _inner_text(entry, "alt")
    if not source:
        notes.wrong(entry, "missing-field", _("{name} has no src.").format(name=name), example)
    if not alt:
        notes.wrong(
            entry,
            "missing-alt",
            _("{name} has no alt: readers without pictures see nothing.").format(name=name),
            _("Say in a few words what the picture shows: alt: …"),
        )
    if not source or not alt:
        return None
    if source.startswith("https://"):
        return Image(source, alt)
    path = _picture(source, entry, notes)
    return Image(source, alt, path) if path else None


def _picture(source: str, entry: Entry, notes: Notes) -> Path | None:
    """Find a picture's file; nothing outside the workspace is ever read, links and `..` included."""
    if "://" in source or source.startswith("//"):
        notes.wrong(entry, "bad-url", _("A picture's address must start with https://."), "")
        return None
    try:
        path = (notes.folder / source).resolve()
        is_inside = path.is_relative_to(notes.root.resolve())
        is_there = is_inside and path.is_file()
    except (OSError, ValueError):
        is_inside, is_there = True, False
    if not is_inside:
        notes.wrong(
            entry,
            "image-path",
            _("The picture {path} is outside the workspace.").format(path=source),
            _("Copy it next to this file."),
        )
        return None
    if not is_there:
        notes.wrong(
            entry, "image-path", _("There is no picture {path}.").format(path=source), _("Copy it next to this file.")
        )
        return None
    if path.suffix.lower() not in _IMAGE_ENDINGS:
        notes.wrong(
            entry,
            "image-type",
            _("Mail clients do not all show {kind} pictures.").format(kind=path.suffix),
            _("Save it as PNG or JPEG."),
        )
        return None
    return path


def as_days(name: str, entry: Entry, notes: Notes) -> tuple[ProgrammeDay, ...]:
    """The days of a programme, in order."""
    if not entry.items:
        notes.wrong(
            entry, "wrong-type", _("{name} should list the days.").format(name=name), f"{name}:\n  - date: 2025-04-10"
        )
        return ()
    found = (_day(item, notes) for item in entry.items)
    return tuple(sorted((day for day in found if day), key=lambda d: d.day))


def _day(entry: Entry, notes: Notes) -> ProgrammeDay | None:
    if entry.fields is None:
        notes.wrong(entry, "wrong-type", _("A day should be a table."), "- date: 2025-04-10")
        return None
    _only(entry, ("date", "title", "start", "end", "lines", "registration"), notes)
    fields = entry.fields
    if "date" not in fields:
        notes.wrong(entry, "missing-field", _("A day of the programme has no date."), "date: 2025-04-10")
    day = as_day("date", fields["date"], notes) if "date" in fields else None
    lines = fields.get("lines")
    found = tuple(filter(None, (_line(item, notes) for item in (lines.items or ())))) if lines else ()
    if lines and lines.items is None:
        notes.wrong(lines, "wrong-type", _("lines should be a list."), "- {time: 9h30, title: …}")
    start = as_clock("start", fields["start"], notes) if "start" in fields else None
    end = as_clock("end", fields["end"], notes) if "end" in fields else None
    if start and end and end < start:
        notes.wrong(fields["end"], "end-before-start", _("The day ends before it starts."), "")
    registration = as_registration("registration", fields["registration"], notes) if "registration" in fields else None
    return ProgrammeDay(day, _inner_text(entry, "title"), start, end, found, registration) if day else None


def _line(entry: Entry, notes: Notes) -> ProgrammeLine | None:
    if entry.fields is None:
        notes.wrong(entry, "wrong-type", _("A line of the programme should be a table."), "- {time: 9h30, title: …}")
        return None
    _only(entry, ("time", "title", "workshops"), notes)
    title = _inner_text(entry, "title")
    if not title:
        notes.wrong(entry, "missing-field", _("A line of the programme has no title."), "title: …")
    clock = as_clock("time", entry.fields["time"], notes) if "time" in entry.fields else None
    workshops = as_texts("workshops", entry.fields["workshops"], notes) if "workshops" in entry.fields else ()
    return ProgrammeLine(title, clock, workshops) if title else None


def _only(entry: Entry, known: Iterable[str], notes: Notes) -> None:
    names = list(known)
    for key, value in (entry.fields or {}).items():
        if key not in names:
            notes.wrong(value, "unknown-field", _("{key} is not known here.").format(key=key), one_of(key, names))


def _inner_text(entry: Entry, key: str) -> str:
    inner = (entry.fields or {}).get(key)
    return " ".join((inner.text or "").split()) if inner else ""

"""The days of a programme, with their lines and workshops."""

from gettext import gettext as _

from rtesmail.content.dates import as_clock, as_day
from rtesmail.content.fields import as_registration, as_texts, inner_text
from rtesmail.content.front_matter import Entry
from rtesmail.content.labels import field_named
from rtesmail.content.notes import Notes
from rtesmail.model.content import ProgrammeDay, ProgrammeLine


def as_days(name: str, entry: Entry, notes: Notes) -> tuple[ProgrammeDay, ...]:
    """The days of a programme, in order."""
    if not entry.items:
        notes.wrong(
            entry,
            "wrong-type",
            _("{name} should list the days.").format(name=field_named(name)),
            f"{name}:\n  - date: 2025-04-10",
        )
        return ()
    found = (_day(item, notes) for item in entry.items)
    return tuple(sorted((day for day in found if day), key=lambda d: d.day))


def _day(entry: Entry, notes: Notes) -> ProgrammeDay | None:
    if entry.fields is None:
        notes.wrong(entry, "wrong-type", _("A day should be a table."), "- date: 2025-04-10")
        return None
    filled = notes.only(entry, ("date", "title", "start", "end", "lines", "registration"))
    fields = {key: value for key, value in entry.fields.items() if not value.is_empty}
    if "date" not in filled:
        notes.wrong(entry, "missing-field", _("A day of the programme has no date."), "date: 2025-04-10")
    day = as_day("date", fields["date"], notes) if "date" in fields else None
    lines = fields.get("lines")
    found = tuple(filter(None, (_line(item, notes) for item in (lines.items or ())))) if lines else ()
    if lines and lines.items is None:
        notes.wrong(
            lines,
            "wrong-type",
            _("{name} should be a list.").format(name=field_named("lines")),
            "- {time: 9h30, title: …}",
        )
    start = as_clock("start", fields["start"], notes) if "start" in fields else None
    end = as_clock("end", fields["end"], notes) if "end" in fields else None
    if start and end and end < start:
        notes.wrong(
            fields["end"], "end-before-start", _("The day ends before it starts."), _("Look at start and end again.")
        )
    registration = as_registration("registration", fields["registration"], notes) if "registration" in fields else None
    return ProgrammeDay(day, inner_text(entry, "title", notes), start, end, found, registration) if day else None


def _line(entry: Entry, notes: Notes) -> ProgrammeLine | None:
    if entry.fields is None:
        notes.wrong(entry, "wrong-type", _("A line of the programme should be a table."), "- {time: 9h30, title: …}")
        return None
    filled = notes.only(entry, ("time", "title", "workshops"))
    title = inner_text(entry, "title", notes)
    if "title" not in filled:
        notes.wrong(entry, "missing-field", _("A line of the programme has no title."), "title: …")
    fields = {key: value for key, value in entry.fields.items() if not value.is_empty}
    clock = as_clock("time", fields["time"], notes) if "time" in fields else None
    workshops = as_texts("workshops", fields["workshops"], notes) if "workshops" in fields else ()
    return ProgrammeLine(title, clock, workshops) if title else None

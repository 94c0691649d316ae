"""What a snippet must hold beyond what each field says alone."""

from collections.abc import Mapping
from datetime import date, datetime, time
from gettext import gettext as _

from rtesmail.content.front_matter import FrontMatter, Trouble
from rtesmail.content.kinds import Kind
from rtesmail.content.notes import Notes
from rtesmail.content.reading import one_of
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Detail, Image, When
from rtesmail.model.quoting import quoted


def note_missing(kind: Kind, kind_name: str, values: Mapping[str, Detail], matter: FrontMatter, notes: Notes) -> None:
    """Note the title and each group of fields that the kind needs and of which nothing is written."""
    written = {name for name, entry in matter.fields.items() if not entry.is_empty and values.get(name) is not False}
    if matter.body.strip():
        written.add("body")
    for group in (("title",), *kind.required):
        if written & set(group):
            continue
        if group == ("body",):
            message, hint = _("The text is missing."), _("Write it after the second ---.")
        elif group == ("title",):
            message, hint = _("title is missing."), _("Add a line: title: …")
        else:
            message = _("This {kind} needs {fields}.").format(kind=kind_name, fields=_(" or ").join(group))
            hint = _("Add a line: {field}: …").format(field=group[0])
        line = next((matter.fields[name].line for name in group if name in matter.fields), 1)
        notes.troubles.append(Trouble(line, "missing-field", message, hint))


def note_order(values: Mapping[str, Detail], matter: FrontMatter, notes: Notes) -> None:
    """Note what ends before it starts; an unknown time of day is given the benefit of the doubt."""
    start, end = values.get("start"), values.get("end")
    if isinstance(start, When) and isinstance(end, When):
        begins = datetime.combine(start.day, start.time or time.min)
        if end.end_of_moment < begins:
            notes.wrong(
                matter.fields["end"],
                "end-before-start",
                _("It ends before it starts."),
                _("Look at start and end again."),
            )
    first, last = values.get("publish_from"), values.get("expire_at")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        notes.wrong(
            matter.fields["expire_at"],
            "end-before-start",
            _("It expires before it may be published."),
            _("Look at publish_from and expire_at again."),
        )


def note_wordless_papers(kind_name: str, values: Mapping[str, Detail], matter: FrontMatter, notes: Notes) -> None:
    """Note a PDF's page without words where it is no cover: nobody knows what it shows."""
    for name, value in values.items() if kind_name != "publication" else ():
        if isinstance(value, Image) and value.is_paper and not value.alt:
            notes.wrong(
                matter.fields[name],
                "missing-alt",
                _("{name} has no alt: readers without pictures see nothing.").format(name=name),
                f"{name}: {{src: {value.source}, alt: …}}",
                spares=True,
            )


def note_unknown_regions(
    values: Mapping[str, Detail], matter: FrontMatter, notes: Notes, known: tuple[str, ...]
) -> None:
    """Note each region that the configuration does not name; without names there, any will do."""
    regions, only_for = values.get("regions"), values.get("only_for")
    written = [(matter.fields["regions"], regions)] if isinstance(regions, tuple) else []
    if isinstance(only_for, Condition) and only_for.regions:
        written.append(((matter.fields["only_for"].fields or {})["regions"], only_for.regions))
    for entry, names in written if known else ():
        for region in names:
            if region not in known:
                notes.wrong(
                    entry,
                    "unknown-value",
                    _("There is no region {name}.").format(name=quoted(region)),
                    one_of(str(region), known),
                )

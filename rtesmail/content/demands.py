"""What a snippet must hold beyond what each field says alone."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from gettext import gettext as _

from rtesmail.content.front_matter import Entry, FrontMatter, Trouble
from rtesmail.content.kinds import KINDS, Kind
from rtesmail.content.labels import field_named
from rtesmail.content.notes import Notes
from rtesmail.content.reading import one_of
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Detail, Image, When
from rtesmail.model.quoting import quoted
from rtesmail.model.suggestions import meant


def read_kind(matter: FrontMatter, notes: Notes, common: Collection[str]) -> str:
    """Give the name of the kind as it is written, empty when none is; `common` are the fields of every kind."""
    entry = matter.fields.get("kind")
    name = (entry.text or "").strip() if entry else ""
    if entry is None and (slip := _slip_for_kind(matter, common)):
        message = _("{key} is not known here.").format(key=slip)
        notes.wrong(matter.fields[slip], "unknown-field", message, one_of(slip, common))
    elif entry is None or entry.is_empty:
        hint = _("Add a line: kind: article (or one of: {words})").format(words=", ".join(KINDS))
        notes.wrong(entry or Entry(1), "missing-field", _("{key} is missing.").format(key=field_named("kind")), hint)
    elif entry.text is None:
        message = _("{name} should be a text.").format(name=field_named("kind"))
        notes.wrong(entry, "wrong-type", message, _("Known here: {words}.").format(words=", ".join(KINDS)))
    elif name not in KINDS:
        notes.wrong(
            entry, "unknown-value", _("There is no kind {name}.").format(name=quoted(name)), one_of(name, KINDS)
        )
    return name


def _slip_for_kind(matter: FrontMatter, common: Collection[str]) -> str:
    return next((name for name in matter.fields if name not in common and meant(name, common) == "kind"), "")


def note_missing(
    kind: Kind, kind_name: str, values: Mapping[str, Detail], matter: FrontMatter, notes: Notes, known: Collection[str]
) -> None:
    """Note the title and each group of fields that the kind needs and of which nothing is written.

    A name that is not `known` is told already, and stands for the one that was likely meant.
    """
    written = {
        name if name in known else meant(name, known)
        for name, entry in matter.fields.items()
        if not entry.is_empty and values.get(name) is not False
    }
    if matter.body.strip():
        written.add("body")
    for group in (("title",), *kind.required):
        if written & set(group):
            continue
        if group == ("body",):
            message, hint = _("The text is missing."), _("Write it after the second ---.")
        elif group == ("title",):
            message, hint = _("{key} is missing.").format(key=field_named("title")), _("Add a line: title: …")
        else:
            message = _("This {kind} needs {fields}.").format(
                kind=kind_name, fields=_(" or ").join(map(field_named, group))
            )
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
                _("{name} has no alt: readers without pictures see nothing.").format(name=field_named(name)),
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
                    next((item for item in entry.items or () if _is_text(item, region)), entry),
                    "unknown-value",
                    _("There is no region {name}.").format(name=quoted(region)),
                    one_of(str(region), known),
                )


def _is_text(item: Entry, value: object) -> bool:
    return " ".join((item.text or "").split()) == value

"""`only_for`: whom a snippet, or a section of an issue, is reserved for, as written in files."""

from collections.abc import Iterable, Sequence
from gettext import gettext as _

from rtesmail.content.fields import as_levels, as_texts
from rtesmail.content.front_matter import Entry
from rtesmail.content.labels import field_named
from rtesmail.content.notes import Notes
from rtesmail.content.reading import Reader, one_of
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Level
from rtesmail.model.people import folded
from rtesmail.model.quoting import quoted

KEY = "only_for"
FIELDS = ("levels", "regions", "roles")


def as_condition(name: str, entry: Entry, notes: Notes) -> Condition | None:
    """A table of levels, regions and roles: `{levels: [région], regions: [Bretagne]}`."""
    example = f"{name}: {{levels: [{Level.REGION.value}]}}"
    if entry.fields is None:
        notes.wrong(
            entry,
            "wrong-type",
            _("{name} should say levels, regions or roles.").format(name=field_named(name)),
            example,
        )
        return None
    notes.only(entry, FIELDS)
    written = {key: inner for key, inner in entry.fields.items() if key in FIELDS and not inner.is_empty}
    read = {key: _names(key, inner, notes, example) for key, inner in written.items()}
    if not written:
        if entry.fields.keys() <= set(FIELDS):
            notes.wrong(entry, "missing-field", _names_nobody(name), example)
        return None
    return _condition(*(read.get(key, ()) for key in FIELDS)) if any(read.values()) else None


def _names(key: str, entry: Entry, notes: Notes, example: str) -> tuple[str, ...]:
    """Give the names of a list; empty when something is wrong with them, told once."""
    mistakes = len(notes.troubles)
    names = (as_levels if key == "levels" else as_texts)(key, entry, notes)
    if len(notes.troubles) == mistakes and not (names and all(map(folded, names))):
        notes.wrong(entry, "unknown-value", _names_nobody(key), example)
        return ()
    return names


def read_condition(holder: Reader, key: str, known_regions: Sequence[str]) -> Condition | None:
    """Give the condition in the table `key` of a TOML file; None when there is none, or none that can be used."""
    if key not in holder.values:
        return None
    example = f'{KEY} = {{ levels = ["{Level.REGION.value}"] }}'
    mistakes = len(holder.findings)
    table = holder.table(key)
    table.only(FIELDS)
    levels, regions, roles = (table.texts(name) for name in FIELDS)
    _note_unknown(table, "levels", levels, list(Level), _("There is no level {name}."))
    _note_unknown(table, "regions", regions, known_regions or regions, _("There is no region {name}."))
    if not all(map(folded, (*regions, *roles))):
        table.wrong("", "unknown-value", _names_nobody(key), example)
    if len(table.findings) > mistakes:
        return None
    if not (levels or regions or roles):
        table.wrong("", "missing-field", _names_nobody(key), example)
        return None
    return _condition(levels, regions, roles)


def about_regions(regions: Iterable[str]) -> Condition:
    """Give the condition of a block that is for readers of some regions."""
    return _condition((), regions, ())


def _names_nobody(key: str) -> str:
    return _("{name} names nobody.").format(name=field_named(key))


def _note_unknown(table: Reader, key: str, written: Iterable[str], known: Iterable[str], message: str) -> None:
    names = list(known)
    for index, value in enumerate(written):
        if value not in names:
            table.wrong(f"{key}.{index}", "unknown-value", message.format(name=quoted(value)), one_of(value, names))


def _condition(levels: Iterable[str], regions: Iterable[str], roles: Iterable[str]) -> Condition:
    """Make the condition in one order, so that the same one written twice is one."""
    return Condition(*(tuple(sorted({folded(v): v for v in values}.values())) for values in (levels, regions, roles)))

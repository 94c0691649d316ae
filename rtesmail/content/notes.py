"""Where the field types write down what they cannot read."""

from collections.abc import Callable, Iterable
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.front_matter import Entry, Trouble
from rtesmail.content.reading import one_of
from rtesmail.model.content import Detail
from rtesmail.model.suggestions import meant


class Notes(Struct):
    """The troubles of one file, and where its relative pictures are looked for."""

    folder: Path
    root: Path
    troubles: list[Trouble]

    def wrong(self, entry: Entry, check: str, message: str, hint: str = "", *, spares: bool = False) -> None:
        """Note a trouble at an entry's line; one that `spares` the snippet leaves the rest of it to be shown."""
        self.troubles.append(Trouble(entry.line, check, message, hint, spares))

    def only(self, entry: Entry, known: Iterable[str]) -> frozenset[str]:
        """Note every name of a table that is not known; give those of the known that are filled in, also by a slip."""
        names, filled = list(known), set()
        for key, value in (entry.fields or {}).items():
            if key not in names:
                self.wrong(value, "unknown-field", _("{key} is not known here.").format(key=key), one_of(key, names))
                filled.add(meant(key, names))
            elif not value.is_empty:
                filled.add(key)
        return frozenset(filled)


FieldType = Callable[[str, Entry, Notes], Detail]
"""(field's name, what was written, notes) → value, None when it cannot be read."""

"""A Markdown file's front matter: YAML with line numbers, every scalar kept as the text that was typed."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct, field

from rtesmail.content.labels import field_named

if TYPE_CHECKING:
    from yaml import MappingNode, MarkedYAMLError, Node

FENCE = "---"
CONTROL = "control-character"
"""The check that tells of invisible signs."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# YAML counts these as line ends, editors do not: they come with text pasted from a web page.
_SEPARATORS = {0x2028: " ", 0x2029: " "}


class Entry(Struct, frozen=True):
    """One value of the front matter: a text, a list or a table, with its line in the file (from 1)."""

    line: int
    text: str | None = None
    items: tuple["Entry", ...] | None = None
    fields: Mapping[str, "Entry"] | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing was written after the key (or spaces, `""`, `[]`, `null`, `~`)."""
        return not ((self.text or "").strip() or self.items or self.fields)


class Trouble(Struct, frozen=True):
    """What cannot be read, and what to write instead; the file's name is added by who reads it.

    One that `spares` the snippet leaves the rest of it to be shown.
    """

    line: int
    check: str
    message: str
    hint: str = ""
    spares: bool = False


class FrontMatter(Struct, frozen=True):
    """A file split: its fields, its Markdown body with the line where it starts, and what went wrong."""

    fields: Mapping[str, Entry] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    troubles: tuple[Trouble, ...] = ()


def storable(text: str) -> str:
    """Give a text in the signs and line ends that a snippet's file holds: what is written so is read back the same."""
    return _CONTROL.sub(" ", _composed(text))


def _composed(text: str) -> str:
    # macOS may write é as e and a combining accent: the same word for a person, another one for a program.
    return unicodedata.normalize("NFC", text.translate(_SEPARATORS)).replace("\r\n", "\n").replace("\r", "\n")


def split_front_matter(text: str) -> FrontMatter:
    """Read a snippet's text; never raises, what is wrong is in `troubles`."""
    text = _composed(text)
    if not text.strip():
        return _failed(1, "empty-file", _("The file is empty."), _("Start from a sample of its kind."))
    invisible = tuple(_invisible(text))
    lines = _CONTROL.sub(" ", text).split("\n")
    if lines[0].rstrip() != FENCE:
        return _failed(
            1,
            "no-front-matter",
            _("The file does not start with its fields."),
            _("Put a line --- first, then the fields (kind, title, …), then --- again, then the text."),
        )
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if end is None:
        return _failed(1, "no-front-matter", _("The fields have no end."), _("Put a line --- after the last field."))
    body_start = next((i for i in range(end + 1, len(lines)) if lines[i].strip()), end + 1)
    fields, troubles = _read_yaml("\n".join(lines[1:end]))
    return FrontMatter(fields, "\n".join(lines[body_start:]).strip("\n"), body_start + 1, invisible + troubles)


def _invisible(text: str) -> Iterator[Trouble]:
    """Name each line with a sign that no mail client shows, or that breaks the message."""
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _CONTROL.search(line):
            yield _control(number, found[0])


def _control(line: int, sign: str) -> Trouble:
    return Trouble(
        line,
        CONTROL,
        _("There is an invisible sign here (U+{code}), often pasted from a word processor.").format(
            code=f"{ord(sign):04X}"
        ),
        _("Delete this line and type it anew."),
    )


def _failed(line: int, check: str, message: str, hint: str) -> FrontMatter:
    return FrontMatter(troubles=(Trouble(line, check, message, hint),))


@lru_cache(maxsize=4096)
def _read_yaml(text: str) -> tuple[Mapping[str, Entry], tuple[Trouble, ...]]:
    """Read the fields. Kept by their text: the preview reads the pool on each save."""
    import yaml

    troubles: list[Trouble] = []
    try:
        # Scalars are never resolved, so that 13:00, no and 1_000 stay what was typed: nothing of YAML 1.1 is left.
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        # The fence is line 1 of the file, so YAML's line 0 is line 2.
        entry = _entry(node, troubles, seen=set()) if node else Entry(2, fields={})
    except yaml.MarkedYAMLError as error:
        return {}, (_syntax_of(error, text),)
    except (yaml.YAMLError, RecursionError) as error:
        return {}, (_syntax(2, str(error).splitlines()[0]),)
    if entry.fields == {} and not troubles:
        return {}, (Trouble(2, "empty-file", _("There is no field."), _("Write at least: kind, title.")),)
    if entry.fields is None:
        trouble = Trouble(
            2, "yaml-syntax", _("The fields are not written as `name: value`."), _("Write one field a line: title: …")
        )
        return {}, (trouble,)
    return entry.fields, tuple(troubles)


def _syntax_of(error: "MarkedYAMLError", text: str) -> Trouble:
    """Say a parser's complaint in plain words, at the line that a person has to mend."""
    problem = str(error.problem or error.context or "")
    here = error.problem_mark or error.context_mark
    line = here.line + 2 if here else 2
    sign = text.split("\n")[here.line][here.column :][:1] if here and here.line <= text.count("\n") else ""
    opened = error.context_mark.line + 2 if error.context_mark else line
    if problem.startswith("mapping values"):
        message, hint = _('There is a second ": " on this line.'), _('Put the value in quotes: title: "Act now: how"')
    elif "expected ':'" in problem:
        line, message, hint = opened, _('There is no ": " after the name.'), _("Write one field a line: title: …")
    elif "unexpected end of stream" in problem:
        line, message, hint = opened, _("A quote opens here and is never closed."), _("Add the quote at the end.")
    elif "or ']'" in problem or "or '}'" in problem:
        line, message, hint = opened, _("A bracket opens here and is never closed."), _("Close it, or use quotes.")
    elif sign == "\t":
        message, hint = _("There is a tab before the text."), _("Use spaces instead.")
    elif "escape" in problem:
        message = _("A backslash between double quotes makes a sign that does not exist.")
        hint = _("Put single quotes around the value, or write the backslash twice.")
    elif "alias" in problem:
        message, hint = _("References (& and *) are not used here."), _("Write the value out.")
    elif "expected key" in problem or "<block end>" in problem or "<document start>" in problem:
        message = _("This line does not fit under the one above it.")
        hint = _("Look at the spaces before it, and that nothing follows a closing quote.")
    else:
        return _syntax(line, problem)
    return Trouble(line, "yaml-syntax", message, hint)


def _syntax(line: int, words: str) -> Trouble:
    return Trouble(
        line,
        "yaml-syntax",
        _("This line cannot be read as YAML ({reason}).").format(reason=words or "?"),
        _('Put quotes around a value that holds ": " or "#", or that starts with a sign such as @ * & [ > %.'),
    )


def _entry(node: "Node", troubles: list[Trouble], seen: set[int]) -> Entry:
    """Turn a YAML node into an entry; an alias is refused, since a file of a few lines could unfold without end."""
    from yaml import MappingNode, ScalarNode, SequenceNode

    line = node.start_mark.line + 2
    if id(node) in seen:
        troubles.append(
            Trouble(line, "yaml-syntax", _("References (& and *) are not used here."), _("Write the value out."))
        )
        return Entry(line)
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        if found := _CONTROL.search(node.value):
            troubles.append(_control(line, found[0]))
        is_null = not node.style and node.value in ("", "~", "null")
        return Entry(line, text=None if is_null else _CONTROL.sub(" ", node.value))
    if isinstance(node, SequenceNode):
        return Entry(line, items=tuple(_entry(item, troubles, seen) for item in node.value))
    assert isinstance(node, MappingNode)
    return Entry(line, fields=_fields(node, troubles, seen))


def _fields(node: "MappingNode", troubles: list[Trouble], seen: set[int]) -> dict[str, Entry]:
    from yaml import ScalarNode

    fields: dict[str, Entry] = {}
    for key, value in node.value:
        line = key.start_mark.line + 2
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        if not name:
            troubles.append(
                Trouble(line, "yaml-syntax", _("A field has no name."), _("Write one field a line: title: …"))
            )
            continue
        if name in fields:
            troubles.append(
                Trouble(
                    line,
                    "duplicate",
                    _("{name} is written twice.").format(name=field_named(name)),
                    _("Keep one of them."),
                )
            )
        read = _entry(value, troubles, seen)
        fields[name] = Entry(line, read.text, read.items, read.fields)
    return fields

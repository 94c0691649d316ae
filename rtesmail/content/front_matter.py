"""A Markdown file's front matter: YAML 1.2 with line numbers, every scalar kept as the text that was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from gettext import gettext as _
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

FENCE = "---"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the front matter: a text, a list or a table, with its line in the file (from 1)."""

    line: int
    text: str | None = None
    items: tuple["Entry", ...] | None = None
    fields: Mapping[str, "Entry"] | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing was written after the key (or `null`, `~`)."""
        return self.text is None and self.items is None and self.fields is None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What cannot be read, and what to write instead; the file's name is added by who reads it."""

    line: int
    check: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file split: its fields, its Markdown body with the line where it starts, and what went wrong."""

    fields: Mapping[str, Entry] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    troubles: tuple[Trouble, ...] = ()


def split_front_matter(text: str) -> FrontMatter:
    """Read a snippet's text; never raises, what is wrong is in `troubles`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not text.strip():
        return _failed(1, "empty-file", _("The file is empty."), _("Start from a sample of its kind."))
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
    return FrontMatter(fields, "\n".join(lines[body_start:]).strip("\n"), body_start + 1, troubles)


def _failed(line: int, check: str, message: str, hint: str) -> FrontMatter:
    return FrontMatter(troubles=(Trouble(line, check, message, hint),))


def _read_yaml(text: str) -> tuple[Mapping[str, Entry], tuple[Trouble, ...]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    # The fence is line 1 of the file, so YAML's line 0 is line 2.
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return {}, (_syntax(mark.line + 2 if mark else 2, str(error.problem or error.context or "")),)
    except (YAMLError, ValueError, RecursionError) as error:
        return {}, (_syntax(2, str(error).splitlines()[0] if str(error) else ""),)
    if node is None:
        return {}, (Trouble(2, "empty-file", _("There is no field."), _("Write at least: kind, title.")),)
    troubles: list[Trouble] = []
    entry = _entry(node, troubles, seen=set())
    if entry.fields is None:
        trouble = Trouble(
            2, "yaml-syntax", _("The fields are not written as `name: value`."), _("Write one field a line: title: …")
        )
        return {}, (trouble,)
    return entry.fields, tuple(troubles)


def _syntax(line: int, words: str) -> Trouble:
    return Trouble(
        line,
        "yaml-syntax",
        _("This line cannot be read as YAML ({reason}).").format(reason=words or "?"),
        _('Put quotes around a value that holds ": " or "#", or that starts with a sign such as @ * & [ > %.'),
    )


def _entry(node: "Node", troubles: list[Trouble], seen: set[int]) -> Entry:
    """Turn a YAML node into an entry; an alias is refused, since a file of a few lines could unfold without end."""
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    line = node.start_mark.line + 2
    if id(node) in seen:
        troubles.append(
            Trouble(line, "yaml-syntax", _("References (& and *) are not used here."), _("Write the value out."))
        )
        return Entry(line)
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        is_null = node.style is None and node.value in ("", "~", "null")
        return Entry(line, text=None if is_null else node.value)
    if isinstance(node, SequenceNode):
        return Entry(line, items=tuple(_entry(item, troubles, seen) for item in node.value))
    assert isinstance(node, MappingNode)
    fields: dict[str, Entry] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        if not name:
            troubles.append(Trouble(key.start_mark.line + 2, "yaml-syntax", _("A field has no name."), ""))
            continue
        if name in fields:
            troubles.append(
                Trouble(
                    key.start_mark.line + 2,
                    "duplicate",
                    _("{name} is written twice.").format(name=name),
                    _("Keep one of them."),
                )
            )
        read = _entry(value, troubles, seen)
        fields[name] = Entry(key.start_mark.line + 2, read.text, read.items, read.fields)
    return Entry(line, fields=fields)

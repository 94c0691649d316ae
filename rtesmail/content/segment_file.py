"""`lists/segments.toml`: the segments of a workspace, each with its name, its title and its expression."""

from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.audience.segments.parsing import parse
from rtesmail.audience.segments.syntax import ExpressionError, Node
from rtesmail.content.places import read_toml
from rtesmail.content.reading import Reader, named_tables
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.publication import Workspace
from rtesmail.model.suggestions import one_of

FILE = Path("lists") / "segments.toml"


class Segment(Struct, frozen=True):
    """A named condition on people."""

    name: str
    title: str
    expression: str
    node: Node


def load_segments(workspace: Workspace) -> Mapping[str, Segment]:
    """Give the workspace's segments by name; none when the file is not there.

    Raises:
        ContentError: the file has mistakes; every one of them is in `findings`.
    """
    path = workspace.root / FILE
    if not path.exists():
        return {}
    values, lines, findings = read_toml(path, FILE)
    top = Reader(values, lines, FILE, findings)
    found = {name: _segment(name, table) for name, table in named_tables(top)}
    if findings:
        raise ContentError(
            _("The segments in {path} have mistakes.").format(path=FILE),
            sorted(findings, key=lambda finding: finding.line or 0),
            hint=_("Mend the lines named above."),
        )
    return {name: segment for name, segment in found.items() if segment is not None}


def named_segment(workspace: Workspace, name: str) -> Segment:
    """Give the segment of that name.

    Raises:
        WorkspaceError: there is none.
    """
    segments = load_segments(workspace)
    if name in segments:
        return segments[name]
    raise WorkspaceError(
        _("There is no segment “{name}” in {path}.").format(name=name, path=FILE),
        hint=one_of(name, segments) or _("Write it there first; see: rtesmail segments --help"),
    )


def find_segment(workspace: Workspace, text: str) -> Segment:
    """Give the segment of that name, or what the text says as an expression.

    Raises:
        WorkspaceError: it is neither.
    """
    segments = load_segments(workspace)
    bare = text.strip()
    if bare in segments:
        return segments[bare]
    if bare.replace("-", "").replace("_", "").isalnum():
        raise WorkspaceError(
            _("There is no segment “{name}” in {path}.").format(name=bare, path=FILE),
            hint=one_of(bare, segments) or _("An expression can be given instead: {example}").format(example=_EXAMPLE),
        )
    return Segment("", "", bare, parse(bare))


_EXAMPLE = "'level == \"région\"'"


def _segment(name: str, table: Reader) -> Segment | None:
    table.only(("title", "expression"))
    title = table.one_line("title", name)
    expression = table.text("expression", required=True)
    if not expression:
        return None
    try:
        return Segment(name, title, expression, parse(expression))
    except ExpressionError as error:
        table.wrong("expression", "segment-syntax", str(error), error.hint)
        return None

"""What an expression is once read, and how it is written down again.

condition   = every, { "or", every } ;
every       = denied, { "and", denied } ;
denied      = "not", denied | single ;
single      = "(", condition, ")" | "on", "(", text, ")" | text, [ "not" ], "in", field
            | field, ( sign, value | [ "not" ], "in", "(", value, { ",", value }, ")" ) ;
sign        = "==" | "!=" | "<" | "<=" | ">" | ">=" ;
value       = text | number | day | "today" ;
field       = name | "attributes", ".", ( name | text ) ;
"""

from datetime import date

from msgspec import Struct

from rtesmail.model.errors import WorkspaceError

LONGEST_EXPRESSION = 10_000
DEEPEST = 40
"""Parentheses and `not` inside one another: far below what Python and SQLite (1,000) hold."""

_WIDEST_LINE = 90


class Today(Struct, frozen=True):
    """The day on which the segment is asked."""


class Number(Struct, frozen=True):
    """A number as written: a comma or a sign would be another spelling, so that text says it exactly."""

    text: str


Value = str | Number | date | Today


class Comparison(Struct, frozen=True):
    """`field sign value`."""

    field: str
    sign: str
    value: Value


class OneOf(Struct, frozen=True):
    """`field in (values)`."""

    field: str
    values: tuple[Value, ...]


class Among(Struct, frozen=True):
    """`text in field`, for a field that has several values."""

    value: str
    field: str


class OnList(Struct, frozen=True):
    """`on("list")`."""

    list_name: str


class Not(Struct, frozen=True):
    """What must not hold."""

    condition: "Node"


class AllOf(Struct, frozen=True):
    """Two or more that must hold."""

    conditions: tuple["Node", ...]


class AnyOf(Struct, frozen=True):
    """Two or more of which one must hold."""

    conditions: tuple["Node", ...]


Node = Comparison | OneOf | Among | OnList | Not | AllOf | AnyOf


class ExpressionError(WorkspaceError):
    """An expression that cannot be read; `position` counts its characters from 0."""

    def __init__(self, reason: str, expression: str, position: int, *, hint: str = "") -> None:
        line, column = _shown(expression, position)
        super().__init__(f"{reason}\n    {line}\n    {' ' * column}^", hint=hint)
        self.reason = reason
        self.position = position


def write(node: Node) -> str:
    """Give an expression that is read as this node."""
    match node:
        case Comparison(field, sign, value):
            return f"{write_field(field)} {sign} {write_value(value)}"
        case OneOf(field, values):
            return f"{write_field(field)} in ({', '.join(map(write_value, values))})"
        case Among(value, field):
            return f"{write_value(value)} in {write_field(field)}"
        case OnList(list_name):
            return f"on({write_value(list_name)})"
        case Not(condition):
            return f"not {_grouped(condition)}"
        case AllOf(conditions):
            return " and ".join(map(_grouped, conditions))
        case AnyOf(conditions):
            return " or ".join(map(_grouped, conditions))


def write_field(field: str) -> str:
    """Give a field as an expression has it; an attribute's name stands in quotation marks where it must."""
    head, dot, name = field.partition(".")
    plain = name.replace("_", "").isalnum() and not name[0].isdecimal()
    return field if not dot or plain else f"{head}.{write_value(name)}"


def write_value(value: Value) -> str:
    """Give a value as an expression has it."""
    match value:
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case Number(text):
            return text
        case Today():
            return "today"
        case date():
            return value.isoformat()


def _grouped(node: Node) -> str:
    return f"({write(node)})" if isinstance(node, AllOf | AnyOf) else write(node)


def _shown(expression: str, position: int) -> tuple[str, int]:
    """Give the line that holds the position, or the middle of a long one, and the place of the position in it."""
    before = expression[:position].rpartition("\n")[2]
    line = before + expression[position:].partition("\n")[0]
    cut = max(0, len(before) - _WIDEST_LINE * 2 // 3)
    start = "…" if cut else ""
    end = "…" if len(line) - cut > _WIDEST_LINE else ""
    shown = start + line[cut : cut + _WIDEST_LINE] + end
    printable = "".join(character if character.isprintable() else " " for character in shown)
    return printable, len(start) + len(before) - cut

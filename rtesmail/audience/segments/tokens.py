"""An expression cut into words, each with its place."""

import re
from enum import StrEnum
from gettext import gettext as _

from msgspec import Struct

from rtesmail.audience.segments.syntax import ExpressionError

SIGNS = ("==", "!=", "<=", ">=", "<", ">")


class Kind(StrEnum):
    """What a word of an expression is."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    NAME = "name"
    SIGN = "sign"
    OTHER = "other"
    END = "end"


class Token(Struct, frozen=True):
    """A word: `text` is what it means, for a text without its quotation marks."""

    kind: Kind
    text: str
    position: int


_TOKEN = re.compile(
    r"""\s+
    | (?P<text>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | “[^”]*” | «[^»]*»)
    | (?P<day>\d{4}-\d{1,2}-\d{1,2})(?![\w-])
    | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>==|!=|<=|>=|<|>)
    | (?P<other>[(),.])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def cut(expression: str) -> list[Token]:
    """Give the words of an expression, and one that stands for its end.

    Raises:
        ExpressionError: a sign has no meaning here, or a quotation mark never closes.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(expression):
        found = _TOKEN.match(expression, position)
        if found is None:
            raise _unknown(expression, position)
        if found.lastgroup:
            kind = Kind(found.lastgroup)
            text = found[0]
            tokens.append(Token(kind, _meant(text) if kind is Kind.TEXT else text, position))
        position = found.end()
    return [*tokens, Token(Kind.END, "", len(expression.rstrip()))]


def _meant(text: str) -> str:
    inside = text[1:-1]
    if text[0] in "\"'":
        return _ESCAPED.sub(r"\1", inside)
    return inside.strip() if text[0] == "«" else inside


def _unknown(expression: str, position: int) -> ExpressionError:
    sign = expression[position]
    if sign in "\"'“«":
        return ExpressionError(
            _("This quotation mark is never closed."), expression, position, hint=_('Write a text so: "région"')
        )
    for written, meant in (("=", "=="), ("&", "and"), ("|", "or"), ("!", "not"), ("≠", "!="), ("≤", "<="), ("≥", ">=")):
        if sign == written:
            return ExpressionError(
                _("“{sign}” is not known here.").format(sign=sign),
                expression,
                position,
                hint=_("Did you mean {word}?").format(word=meant),
            )
    if sign.isdecimal():
        return ExpressionError(
            _("This is neither a number nor a day."),
            expression,
            position,
            hint=_('A number is 3500, a day is 2026-03-22; a code stands in quotation marks: "01"'),
        )
    shown = sign if sign.isprintable() else sign.encode("unicode_escape", "replace").decode()
    return ExpressionError(_("“{sign}” is not known here.").format(sign=shown), expression, position)

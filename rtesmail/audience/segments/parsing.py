"""An expression read by recursive descent: a tree, or what is wrong at which character."""

from datetime import date
from gettext import gettext as _

from rtesmail.audience.segments.fields import ATTRIBUTES, Field, FieldKind, field_names, find_field, what_is_wrong
from rtesmail.audience.segments.syntax import (
    DEEPEST,
    LONGEST_EXPRESSION,
    AllOf,
    Among,
    AnyOf,
    Comparison,
    ExpressionError,
    Node,
    Not,
    Number,
    OneOf,
    OnList,
    Today,
    Value,
)
from rtesmail.audience.segments.tokens import SIGNS, Kind, Token, cut
from rtesmail.model.suggestions import one_of

_VALUES = (Kind.TEXT, Kind.DAY, Kind.NUMBER)


def parse(expression: str) -> Node:
    """Read an expression.

    Raises:
        ExpressionError: it cannot be read; the error points at the character and says what to write.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise ExpressionError(
            _("An expression has {most} characters at most.").format(most=LONGEST_EXPRESSION),
            expression,
            LONGEST_EXPRESSION,
            hint=_("Put the people on a list of their own, and ask for that: {example}").format(example='on("name")'),
        )
    return _Reading(expression).whole()


class _Reading:
    """Where the reading of one expression has come to."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = cut(expression)
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.next
        if token.kind is not Kind.END:
            self.place += 1
        return token

    def takes(self, word: str) -> bool:
        """Go past a keyword or a sign if it comes next; keywords may be written in capitals."""
        token = self.next
        is_it = token.kind in (Kind.NAME, Kind.SIGN, Kind.OTHER) and token.text.lower() == word
        if is_it:
            self.place += 1
        return is_it

    def wrong(self, reason: str, token: Token, hint: str = "") -> ExpressionError:
        return ExpressionError(reason, self.expression, token.position, hint=hint)

    def whole(self) -> Node:
        node = self.condition()
        if self.next.kind is Kind.END:
            return node
        rest = self.next
        if rest.text == ")":
            raise self.wrong(_("This parenthesis was never opened."), rest)
        meant = {"et": "and", "ou": "or", "&": "and", "|": "or"}.get(rest.text.lower())
        hint = _("Did you mean {word}?").format(word=meant) if meant else _("Join conditions by “and” or “or”.")
        raise self.wrong(_("The condition ends before “{word}”.").format(word=_shown(rest)), rest, hint)

    def condition(self) -> Node:
        parts = [self.every()]
        while self.takes("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def every(self) -> Node:
        parts = [self.denied()]
        while self.takes("and"):
            parts.append(self.denied())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def denied(self) -> Node:
        start = self.next
        if not self.takes("not"):
            return self.single()
        self.deeper(start)
        node = Not(self.denied())
        self.depth -= 1
        return node

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(
                _("More than {most} parentheses or “not” stand inside one another.").format(most=DEEPEST),
                token,
                _("Write it flatter."),
            )

    def single(self) -> Node:
        token = self.take()
        if token.text == "(" and token.kind is Kind.OTHER:
            self.deeper(token)
            node = self.condition()
            self.depth -= 1
            if not self.takes(")"):
                raise self.wrong(_("A closing parenthesis is missing here."), self.next)
            return node
        if token.kind in _VALUES:
            return self.value_first(token)
        if token.kind is Kind.NAME:
            if token.text == "on" and self.next.text == "(":
                return self.on_list()
            return self.about(self.field(token))
        raise self.wrong(
            _("A condition is missing here.") if token.kind is Kind.END else _("A condition cannot begin like this."),
            token,
            _("For instance: {example}").format(example='level == "région"'),
        )

    def on_list(self) -> Node:
        self.take()
        token = self.take()
        if token.kind is not Kind.TEXT or not token.text.strip():
            raise self.wrong(
                _("The name of a list is missing here."),
                token,
                _("For instance: {example}").format(example='on("abonnes")'),
            )
        if not self.takes(")"):
            raise self.wrong(_("A closing parenthesis is missing here."), self.next)
        return OnList(token.text)

    def value_first(self, token: Token) -> Node:
        """Read `"élu" in roles`."""
        is_denied = self.takes("not")
        if not self.takes("in"):
            raise self.wrong(
                _("“in” is missing here."),
                self.next,
                _("Write the field first: {example}").format(example=_example(token)),
            )
        after = self.take()
        if after.kind is not Kind.NAME:
            raise self.wrong(_("The name of a field is missing here."), after, '"élu" in roles')
        field = self.field(after)
        if field.kind is not FieldKind.WORDS:
            raise self.wrong(
                _("{field} has one value, not several.").format(field=field.named),
                after,
                f"{field.name} == {_example(token, '')}",
            )
        if token.kind is not Kind.TEXT:
            raise self.wrong(_("A text in quotation marks is missing here."), token, f'"{token.text}" in {field.name}')
        self.check(field, token)
        node = Among(token.text, field.name)
        return Not(node) if is_denied else node

    def field(self, token: Token) -> Field:
        name = token.text
        if name == ATTRIBUTES:
            if not self.takes("."):
                raise self.wrong(_("The attribute's name is missing here."), self.next, "attributes.taille")
            after = self.take()
            if after.kind not in (Kind.NAME, Kind.TEXT) or not after.text.strip():
                raise self.wrong(_("The attribute's name is missing here."), after, "attributes.taille")
            name = f"{ATTRIBUTES}.{after.text}"
        field = find_field(name)
        if field is None:
            raise self.wrong(
                _("There is no field “{name}”.").format(name=name), token, one_of(name, (*field_names(), "on"))
            )
        return field

    def about(self, field: Field) -> Node:
        sign = self.take()
        if sign.text.lower() == "not" and self.next.text.lower() == "in":
            self.take()
            return Not(self.one_of(field))
        if sign.kind is Kind.NAME and sign.text.lower() == "in":
            return self.one_of(field)
        if sign.kind is not Kind.SIGN:
            raise self.wrong(
                _("A sign is missing after {field}.").format(field=field.named),
                sign,
                _("One of: {signs}").format(signs=", ".join((*SIGNS, "in"))),
            )
        if field.kind is FieldKind.WORDS:
            raise self.wrong(_("{field} has several values.").format(field=field.named), sign, f'"élu" in {field.name}')
        after = self.take()
        value = self.value(field, after)
        is_ordered = field.kind is FieldKind.DAY or isinstance(value, Number)
        if sign.text not in ("==", "!=") and not (is_ordered and value != ""):
            hint = _("Take == or !=; an attribute is compared by size with a number: {example}")
            raise self.wrong(
                _("{field} cannot be less or more than this.").format(field=field.named),
                sign,
                hint.format(example="attributes.taille >= 3500"),
            )
        return Comparison(field.name, sign.text, value)

    def one_of(self, field: Field) -> Node:
        if field.kind is FieldKind.WORDS:
            raise self.wrong(
                _("{field} has several values.").format(field=field.named), self.next, f'"élu" in {field.name}'
            )
        if not self.takes("("):
            raise self.wrong(_("An opening parenthesis is missing here."), self.next, f'{field.name} in ("…", "…")')
        values = [self.value(field, self.take())]
        while self.takes(","):
            if self.next.text == ")":
                break
            values.append(self.value(field, self.take()))
        if not self.takes(")"):
            raise self.wrong(_("A comma or a closing parenthesis is missing here."), self.next)
        return OneOf(field.name, tuple(values))

    def value(self, field: Field, token: Token) -> Value:
        if field.kind is FieldKind.DAY:
            return self.day(field, token)
        if field.kind is FieldKind.ATTRIBUTE and token.kind is Kind.NUMBER:
            return Number(token.text)
        if token.kind is not Kind.TEXT:
            hint = f'"{token.text}"' if token.text and token.kind is not Kind.OTHER else _('For instance: "région"')
            raise self.wrong(_("A text in quotation marks is missing here."), token, hint)
        self.check(field, token)
        return token.text

    def day(self, field: Field, token: Token) -> Value:
        if token.kind is Kind.NAME and token.text == "today":
            return Today()
        if token.kind is Kind.TEXT and not token.text:
            return ""
        try:
            if token.kind in (Kind.DAY, Kind.TEXT):
                return date.fromisoformat(token.text)
        except ValueError:
            pass
        raise self.wrong(
            _("{field} is compared with a day.").format(field=field.named),
            token,
            _('Write a day as 2026-03-22, or today; "" asks for those whose day is not known.'),
        )

    def check(self, field: Field, token: Token) -> None:
        reason, hint = what_is_wrong(field, token.text)
        if reason:
            raise self.wrong(reason, token, hint)


def _shown(token: Token) -> str:
    return token.text if len(token.text) <= 30 else f"{token.text[:29]}…"


def _example(token: Token, field: str = "level == ") -> str:
    quoted = _shown(token).replace('"', "")
    return f'{field}"{quoted}"'

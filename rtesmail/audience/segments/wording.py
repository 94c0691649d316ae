"""An expression said in words, a line for each condition."""

from datetime import date
from gettext import gettext as _

from rtesmail.audience.segments.fields import ATTRIBUTES, FIELDS, known_region
from rtesmail.audience.segments.syntax import (
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Node,
    Not,
    OneOf,
    OnList,
    Today,
    Value,
    write_value,
)
from rtesmail.model.dates import day_words
from rtesmail.model.territories import region_code

_STEP = "  "


def say(node: Node, depth: int = 0) -> list[str]:
    """Give the lines that say whom the expression asks for, those of conditions inside others further in."""
    edge = _STEP * depth
    match node:
        case AllOf(conditions):
            return [edge + _("all of these:"), *(line for c in conditions for line in say(c, depth + 1))]
        case AnyOf(conditions):
            return [edge + _("at least one of these:"), *(line for c in conditions for line in say(c, depth + 1))]
        case Not(Comparison(field, "==", value)):
            return [edge + _comparison(field, "!=", value)]
        case Not(Among(value, _field)) if value:
            return [edge + _("no role is {value}").format(value=value)]
        case Not(condition):
            return [edge + _("not:"), *say(condition, depth + 1)]
        case OnList(list_name):
            return [edge + _("is on the list “{name}”").format(name=list_name)]
        case Among("", _field):
            return [edge + _("no role is known")]
        case Among(value, _field):
            return [edge + _("one of the roles is {value}").format(value=_value("roles", value))]
        case OneOf(field, values):
            shown = _(" or ").join(_value(field, value) for value in values)
            return [edge + _("{field} is {value}").format(field=_field_words(field), value=shown)]
        case Comparison(field, sign, value):
            return [edge + _comparison(field, sign, value)]


def _comparison(field: str, sign: str, value: Value) -> str:
    words = _field_words(field)
    if value == "":
        pattern = _("{field} is not known") if sign == "==" else _("{field} is known")
        return pattern.format(field=words)
    if field == "mandate_end":
        pattern = {
            "==": _("{field} is on {value}"),
            "!=": _("{field} is not on {value}, or not known"),
            "<": _("{field} is before {value}"),
            "<=": _("{field} is on {value} or before"),
            ">": _("{field} is after {value}"),
            ">=": _("{field} is on {value} or after"),
        }[sign]
    else:
        pattern = {
            "==": _("{field} is {value}"),
            "!=": _("{field} is not {value}, or not known"),
            "<": _("{field} is less than {value}"),
            "<=": _("{field} is {value} or less"),
            ">": _("{field} is more than {value}"),
            ">=": _("{field} is {value} or more"),
        }[sign]
    return pattern.format(field=words, value=_value(field, value))


def _field_words(field: str) -> str:
    if field.startswith(f"{ATTRIBUTES}."):
        return _("the attribute “{name}”").format(name=field.partition(".")[2])
    return {
        "level": _("the level"),
        "region": _("the region"),
        "departement": _("the département"),
        "role": _("the role"),
        "language": _("the language"),
        "mandate_end": _("the end of the mandate"),
        "organisation": _("the organisation"),
        "kind": _("the kind of organisation"),
        "siren": _("the organisation's SIREN"),
        "insee": _("the commune's INSEE code"),
    }.get(field, field)


def _value(field: str, value: Value) -> str:
    if isinstance(value, Today):
        return _("today")
    if isinstance(value, date):
        return day_words(value)
    if value == "":
        return _("not known")
    if field == "region" and isinstance(value, str) and region_code(value):
        return f"{known_region(value)} ({region_code(value)})"
    known = FIELDS.get(field)
    if known and known.is_normal and isinstance(value, str):
        return known.key_of(value)
    return value if isinstance(value, str) else write_value(value)

"""What is usually wrong in a TOML file, in words for somebody who writes one twice a year."""

from collections.abc import Mapping
from datetime import date, time
from gettext import gettext as _

from rtesmail.content.key_labels import key_named
from rtesmail.model.quoting import quoted
from rtesmail.model.wordings import in_words


def toml_words(told: str) -> str:
    """Say what Python's parser complains about; what is not among the usual mistakes stays in its own words."""
    mark_missing = _("the closing quotation mark of a text is missing")
    usual = (
        (r"Illegal character '\\n'|Unterminated string|Expected [\"']['\"]+[\"'].*", mark_missing),
        (r"Invalid value", _("the value is no text between quotation marks, no number, no date, not true or false")),
        (r"Expected '\]+'.*", _("the closing bracket of the table's name is missing")),
        (r"Unclosed array", _("a comma or the closing bracket of a list is missing")),
        (r"Unclosed inline table", _("a comma or the closing brace of a short table is missing")),
        (r"Cannot overwrite a value", _("this key stands there twice")),
        (r"Duplicate inline table key '(.+)'", _("the key {0} stands there twice")),
        (r"Cannot declare \(.+\) twice", _("this table stands there twice")),
        (r"Expected '=' after a key.*", _("the sign = is missing after the key")),
        (r"Expected newline.*", _("something follows the value; a text stands between quotation marks")),
        (r"Invalid statement", _("a line begins with a key or with the name of a table")),
        (r"Unescaped '\\+' in a string", _("a backslash between double quotation marks is written twice")),
    )
    return in_words(told, usual)


def cannot_be(key: str, value: object) -> str:
    """Say that what stands behind a key is none of what may: as the file has it, a list or a table by its kind."""
    if isinstance(value, Mapping):
        return _("{key} cannot be a table.").format(key=key_named(key))
    if isinstance(value, list):
        return _("{key} cannot be a list.").format(key=key_named(key))
    written = quoted(value) if isinstance(value, str) else plain_value(value)
    return _("{key} cannot be {value}.").format(key=key_named(key), value=written)


def plain_value(value: object) -> str:
    """Give a number, a date, true or false as they are written in the file; empty for a list or a table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (str, int, float)) else ""

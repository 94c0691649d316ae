"""What is usually wrong in a TOML file, in words for somebody who writes one twice a year."""

from gettext import gettext as _

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

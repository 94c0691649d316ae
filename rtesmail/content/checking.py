"""What `rtesmail.toml` says of the checks: a severity by name, and what some of them go by."""

from collections.abc import Mapping
from gettext import gettext as _

from rtesmail.content.reading import Reader, one_of
from rtesmail.content.toml_words import cannot_be, plain_value
from rtesmail.model.checking import FAMILIES, CheckSettings
from rtesmail.model.findings import Severity
from rtesmail.model.quoting import quoted

OFF = "off"
_WORDS = (*(severity.value for severity in Severity), OFF)


def read_checks(table: Reader) -> CheckSettings:
    """Give the `[checks]` table; what is wrong is noted and left at its default.

    Whether each name is that of a check is said by the checks themselves, who alone know.
    """
    default = CheckSettings()
    severities: dict[str, Severity | None] = {}
    for name, word in table.values.items():
        if name == "severities" or name not in CheckSettings.__struct_fields__:
            if word in _WORDS:
                severities[name] = None if word == OFF else Severity(word)
                continue
            table.wrong(
                name,
                "unknown-value",
                cannot_be(name, word),
                _one_line_each(word) if isinstance(word, Mapping) else one_of(plain_value(word), _WORDS),
            )
    clients = table.texts("clients") if "clients" in table.values else default.clients
    for name in clients:
        if name not in FAMILIES:
            table.wrong(
                "clients",
                "unknown-value",
                _("No mail program is called {name} here.").format(name=quoted(name)),
                one_of(name, FAMILIES),
            )
    return CheckSettings(
        severities=severities,
        clients=clients,
        spellings=table.texts("spellings"),
        smallest_text=table.integer("smallest_text", default.smallest_text, least=9, most=24),
        heaviest_picture_kb=table.integer("heaviest_picture_kb", default.heaviest_picture_kb, least=1, most=400),
        private_hosts=tuple(host.lower() for host in table.texts("private_hosts")),
    )


def _one_line_each(written: Mapping[str, object]) -> str:
    """Say that severities stand under `[checks]` itself, with a line of what was written in a table below it."""
    lines = (f'{name} = "{word}"' for name, word in written.items() if word in _WORDS)
    return _("Write one line for each check under [checks]: {line}").format(line=next(lines, 'preheader = "warning"'))

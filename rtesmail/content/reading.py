"""Values picked out of a file one by one, each mistake noted with its line instead of stopping."""

import re
from collections.abc import Iterable, Mapping, Sequence
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.key_labels import key_named
from rtesmail.content.toml_words import plain_value
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.quoting import quoted
from rtesmail.model.suggestions import one_of as one_of

ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET = re.compile(r"pass(word|wd|phrase)?$|passe$|secret|token|api_?key", re.IGNORECASE)


class Reader:
    """One table of a file: asks for values, collects findings.

    `prefix` is the table's dotted path, by which `lines` knows where each key stands.
    """

    def __init__(
        self,
        values: Mapping[str, object],
        lines: Mapping[str, int],
        path: Path,
        findings: list[Finding],
        prefix: str = "",
    ) -> None:
        self.values = values
        self.lines = lines
        self.path = path
        self.findings = findings
        self.prefix = prefix

    def line(self, key: str = "") -> int | None:
        """Give the line of a key, else that of the nearest table around it."""
        dotted = ".".join(part for part in (self.prefix, key) if part)
        while dotted and dotted not in self.lines:
            dotted = dotted.rpartition(".")[0]
        return self.lines.get(dotted)

    def wrong(self, key: str, check: str, message: str, hint: str = "") -> None:
        """Note a mistake at a key."""
        self.findings.append(Finding(check, Severity.ERROR, message, hint, self.path, self.line(key)))

    def table(self, key: str) -> "Reader":
        """Give a table below this one; what is no table is noted and read as empty."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong(
                key, "wrong-type", _("{key} should be a table.").format(key=key_named(key)), f"[{self._dotted(key)}]"
            )
            value = {}
        return Reader(value, self.lines, self.path, self.findings, self._dotted(key))

    def tables(self, key: str) -> list["Reader"]:
        """Give the tables of a list of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.wrong(
                key,
                "wrong-type",
                _("{key} should be a list of tables.").format(key=key_named(key)),
                f"[[{self._dotted(key)}]]",
            )
            return []
        dotted = self._dotted(key)
        return [Reader(item, self.lines, self.path, self.findings, f"{dotted}.{i}") for i, item in enumerate(value)]

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """Give a text; an absent or empty required one is noted."""
        value = self.values.get(key)
        if value is None:
            if required:
                self.missing(key)
            return default
        if not isinstance(value, str):
            written = plain_value(value) or "…"
            self.wrong(
                key, "wrong-type", _("{key} should be a text.").format(key=key_named(key)), f'{key} = "{written}"'
            )
            return default
        if required and not value.strip():
            self.wrong(key, "missing-field", _("{key} is empty.").format(key=key_named(key)), _("Fill it in."))
        return value.strip()

    def one_line(self, key: str, default: str = "", *, required: bool = False) -> str:
        """Give a text that may stand in a mail header: a line break or an invisible sign in it is noted."""
        value = self.text(key, default, required=required)
        if not _CONTROL.search(value):
            return value
        self.wrong(
            key,
            "control-character",
            _("{key} holds a line break or an invisible sign.").format(key=key_named(key)),
            _("Write it on one line, typed anew."),
        )
        return " ".join(_CONTROL.sub(" ", value).split())

    def integer(self, key: str, default: int, *, least: int, most: int) -> int:
        """Give a whole number between `least` and `most`."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(
                key,
                "wrong-number",
                _("{key} should be a whole number from {least} to {most}.").format(
                    key=key_named(key), least=least, most=most
                ),
                f"{key} = {_meant(value, default, least, most)}",
            )
            return default
        return value

    def boolean(self, key: str, default: bool = False) -> bool:
        """Give true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.wrong(
                key, "wrong-type", _("{key} should be true or false.").format(key=key_named(key)), f"{key} = true"
            )
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(
                key,
                "wrong-type",
                _("{key} should be a list of texts.").format(key=key_named(key)),
                f'{key} = ["…", "…"]',
            )
            return ()
        return tuple(value)

    def choice(self, key: str, known: Sequence[str], default: str) -> str:
        """Give one word of `known`."""
        value = self.text(key, default)
        if value in known:
            return value
        message = _("{key} cannot be {value}.").format(key=key_named(key), value=quoted(value))
        self.wrong(key, "unknown-value", message, one_of(value, known))
        return default

    def reference(self, key: str, known: Iterable[str], message: str, *, required: bool = False) -> str:
        """Give the name of something described elsewhere, as written; one that is not `known` is noted.

        `message` says so and has a place for {name}.
        """
        written = self.text(key, required=required)
        if written and written not in (names := list(known)):
            self.wrong(key, "unknown-value", message.format(name=quoted(written)), one_of(written, names))
        return written

    def missing(self, key: str) -> None:
        """Note that a required key is absent."""
        hint = _('Add a line: {key} = "…"').format(key=key)
        if self.prefix and not self.values:
            hint = _('Add under [{table}]: {key} = "…"').format(table=self.prefix, key=key)
        self.wrong(key, "missing-field", _("{key} is missing.").format(key=key_named(key)), hint)

    def only(self, known: Iterable[str]) -> None:
        """Note every key that is not known, and every secret, which must not stand in a file that is shared."""
        names = list(known)
        for key in self.values:
            if key in names:
                continue
            if names_secret(key):
                self.wrong(
                    key,
                    "secret-in-clear",
                    _("A secret must not stand in this file."),
                    _('Put it in an environment variable and name that: password_env = "RTESMAIL_SMTP_PASSWORD"'),
                )
            else:
                self.wrong(key, "unknown-field", _("{key} is not known here.").format(key=key), one_of(key, names))

    def _dotted(self, key: str) -> str:
        return f"{self.prefix}.{key}" if self.prefix else key


def names_secret(key: str) -> bool:
    """Tell whether what stands under a key must not be seen."""
    return _SECRET.search(key) is not None


def named_tables(table: Reader) -> list[tuple[str, Reader]]:
    """Give the tables below one by their names; a name that could not stand in a file's or a list's name is noted."""
    found = []
    for name in table.values:
        if ID.fullmatch(name):
            found.append((name, table.table(name)))
            continue
        table.wrong(
            name,
            "bad-name",
            _("{name} is not a good name.").format(name=quoted(name)),
            _("Use small letters, digits and hyphens."),
        )
    return found


def read_address(table: Reader, key: str, *, required: bool = False) -> str:
    """Give an e-mail address; what is none is noted."""
    value = table.one_line(key, required=required)
    if value and not _ADDRESS.fullmatch(value):
        table.wrong(
            key,
            "bad-address",
            _("{value} is not an e-mail address.").format(value=quoted(value)),
            f'{key} = "letter@example.org"',
        )
    return value


def _meant(value: object, default: int, least: int, most: int) -> int:
    """Give the number that stands between quotation marks, and may; else the usual one."""
    written = value.strip() if isinstance(value, str) else ""
    is_number = written.isascii() and written.isdecimal() and len(written) <= len(str(most))
    return int(written) if is_number and least <= int(written) <= most else default

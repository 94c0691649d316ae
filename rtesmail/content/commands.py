"""A program with its options, as `rtesmail.toml` names it: words, or one text that is split as a shell would."""

import re
import shlex
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.key_labels import key_named
from rtesmail.content.reading import Reader, names_secret
from rtesmail.model.publication import SENDMAIL
from rtesmail.model.quoting import quoted

_EXAMPLES = {
    "command": 'command = "/usr/sbin/sendmail"',
    "token_command": 'token_command = "/usr/local/bin/mail-token"',
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_command(
    table: Reader, root: Path, *, key: str = "command", default: tuple[str, ...] = SENDMAIL
) -> tuple[str, ...]:
    """Give the words of a command; a program named with its folder is looked for from the workspace's.

    What cannot be run, or holds a secret, is noted: every user of a machine sees the words of a running program.
    """
    value = table.values.get(key)
    if value is None:
        return default
    words = _split(table, key, value)
    if not words:
        return default
    if not words[0].strip() or any(_CONTROL.search(word) for word in words):
        table.wrong(
            key,
            "bad-command",
            _("{key} names no program that could be run.").format(key=key_named(key)),
            _EXAMPLES[key],
        )
        return default
    if any(word.startswith("-") and names_secret(word.partition("=")[0].replace("-", "_")) for word in words[1:]):
        table.wrong(
            key,
            "secret-in-clear",
            _("A secret must not stand in this file."),
            _("Put it into the program's own settings."),
        )
    return (_place(table, key, words[0], root), *words[1:])


def _place(table: Reader, key: str, program: str, root: Path) -> str:
    if "/" not in program:
        return program
    try:
        return str(root / Path(program).expanduser())
    except RuntimeError:
        table.wrong(
            key, "bad-path", _("{path} names nobody's home folder.").format(path=quoted(program)), _EXAMPLES[key]
        )
        return program


def _split(table: Reader, key: str, value: object) -> tuple[str, ...]:
    """Give the words of a text or a list; none when there are none, which is noted."""
    words: list[str] = []
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            table.wrong(
                key,
                "bad-command",
                _("In {key}, a quotation mark has no second one.").format(key=key_named(key)),
                _EXAMPLES[key],
            )
            return ()
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = value
    else:
        table.wrong(
            key,
            "wrong-type",
            _("{key} should be a text or a list of texts.").format(key=key_named(key)),
            _EXAMPLES[key],
        )
        return ()
    if not words:
        table.wrong(key, "missing-field", _("{key} is empty.").format(key=key_named(key)), _EXAMPLES[key])
    return tuple(words)

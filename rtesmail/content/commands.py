"""A program with its options, as `rtesmail.toml` names it: words, or one text that is split as a shell would."""

import re
import shlex
from gettext import gettext as _
from pathlib import Path

from rtesmail.content.reading import Reader, names_secret
from rtesmail.model.publication import SENDMAIL

_EXAMPLE = 'command = "/usr/sbin/sendmail"'
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_command(table: Reader, root: Path) -> tuple[str, ...]:
    """Give the words of `command`; a program named with its folder is looked for from the workspace's.

    What cannot be run, or holds a secret, is noted: every user of a machine sees the words of a running program.
    """
    value = table.values.get("command")
    if value is None:
        return SENDMAIL
    words = _split(table, value)
    if not words:
        return SENDMAIL
    if not words[0].strip() or any(_CONTROL.search(word) for word in words):
        table.wrong("command", "bad-command", _("command names no program that could be run."), _EXAMPLE)
        return SENDMAIL
    if any(word.startswith("-") and names_secret(word.partition("=")[0].replace("-", "_")) for word in words[1:]):
        table.wrong(
            "command",
            "secret-in-clear",
            _("A secret must not stand in this file."),
            _("Put it into the program's own settings."),
        )
    return (_place(table, words[0], root), *words[1:])


def _place(table: Reader, program: str, root: Path) -> str:
    if "/" not in program:
        return program
    try:
        return str(root / Path(program).expanduser())
    except RuntimeError:
        table.wrong("command", "bad-path", _("{path} names nobody's home folder.").format(path=repr(program)), _EXAMPLE)
        return program


def _split(table: Reader, value: object) -> tuple[str, ...]:
    """Give the words of a text or a list; none when there are none, which is noted."""
    words: list[str] = []
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            table.wrong("command", "bad-command", _("In command, a quotation mark has no second one."), _EXAMPLE)
            return ()
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = value
    else:
        table.wrong("command", "wrong-type", _("command should be a text or a list of texts."), _EXAMPLE)
        return ()
    if not words:
        table.wrong("command", "missing-field", _("{key} is empty.").format(key="command"), _EXAMPLE)
    return tuple(words)

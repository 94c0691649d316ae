"""The program of a transport in rtesmail.toml: words or a text, never a shell's line, and no secret in it."""

from pathlib import Path

import pytest

from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding
from rtesmail.model.publication import TransportKind


def add(root: Path, *lines: str) -> None:
    settings = root / "rtesmail.toml"
    table = "\n".join(("", "[transports.local]", 'kind = "sendmail"', *lines, ""))
    settings.write_text(settings.read_text(encoding="utf-8") + table, encoding="utf-8")


def told(root: Path) -> Finding:
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    (finding,) = caught.value.findings
    return finding


def test_without_a_command_it_is_where_mail_servers_put_it(root: Path) -> None:
    add(root)
    settings = load_workspace(root).configuration.transports["local"]
    assert (settings.kind, settings.command) == (TransportKind.SENDMAIL, ("/usr/sbin/sendmail",))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('command = "msmtp -a lettre"', ("msmtp", "-a", "lettre")),
        ("""command = '"/opt/mon programme/mail" -C "a b"'""", ("/opt/mon programme/mail", "-C", "a b")),
        ('command = ["/usr/sbin/sendmail", "-C", "/etc/deux mots"]', ("/usr/sbin/sendmail", "-C", "/etc/deux mots")),
        ('command = "mail; touch x | $(y) > z"', ("mail;", "touch", "x", "|", "$(y)", ">", "z")),
        ('command = ["msmtp", "--passwordeval=pass show lettre"]', ("msmtp", "--passwordeval=pass show lettre")),
    ],
)
def test_words_are_taken_as_they_are_and_a_text_is_split_as_a_shell_would(
    root: Path, line: str, words: tuple[str, ...]
) -> None:
    add(root, line)
    assert load_workspace(root).configuration.transports["local"].command == words


def test_a_program_named_with_its_folder_is_looked_for_from_the_workspace(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/lettre")
    add(root, 'command = "bin/mail -x"')
    assert load_workspace(root).configuration.transports["local"].command == (str(root / "bin" / "mail"), "-x")
    (root / "rtesmail.toml").write_text(
        (root / "rtesmail.toml").read_text(encoding="utf-8").replace("bin/mail", "~/bin/mail"), encoding="utf-8"
    )
    assert load_workspace(root).configuration.transports["local"].command == ("/home/lettre/bin/mail", "-x")


@pytest.mark.parametrize(
    ("line", "check"),
    [
        ("command = 3", "wrong-type"),
        ("command = [1]", "wrong-type"),
        ('command = ""', "missing-field"),
        ('command = "  "', "missing-field"),
        ("command = []", "missing-field"),
        ('command = [""]', "bad-command"),
        ('command = "mail\\u0000"', "bad-command"),
        ('command = ["mail", "-x\\n"]', "bad-command"),
        ("command = 'mail \"x'", "bad-command"),
        ('command = "~personne-de-ce-nom/mail"', "bad-path"),
        ('command = "mail --password=s3cret"', "secret-in-clear"),
        ('command = ["mail", "--api-key", "s3cret"]', "secret-in-clear"),
    ],
)
def test_what_cannot_be_run_is_told_at_its_line_with_an_example(root: Path, line: str, check: str) -> None:
    add(root, line)
    finding = told(root)
    lines = (root / "rtesmail.toml").read_text(encoding="utf-8").splitlines()
    assert (finding.check, finding.line) == (check, lines.index(line) + 1)
    assert finding.hint
    assert "s3cret" not in f"{finding.message} {finding.hint}"

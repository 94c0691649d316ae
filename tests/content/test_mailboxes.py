"""`[mailboxes.NAME]`: what is wrong is told with its line, and no secret is ever shown."""

from pathlib import Path

import pytest

from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError
from rtesmail.model.mailboxes import AfterReading, MailboxSettings
from rtesmail.model.security import Security

GOOD = """
kind = "imap"
host = "imap.rtes.example"
username = "retours@rtes.example"
password_env = "RTESMAIL_MAILBOX_PASSWORD"
"""


def load(root: Path, text: str) -> MailboxSettings:
    file = root / "rtesmail.toml"
    file.write_text(f"{file.read_text('utf-8')}\n[mailboxes.retours]\n{text}", "utf-8")
    return load_workspace(root).configuration.mailboxes["retours"]


def test_a_few_lines_are_enough_and_what_is_not_said_is_the_safe_choice(demo_workspace: Path) -> None:
    settings = load(demo_workspace, GOOD)
    assert (settings.port, settings.security, settings.folder) == (993, Security.TLS, "INBOX")
    assert (settings.after, settings.forward) == (AfterReading.MOVE, True)


def test_starttls_has_its_own_port(demo_workspace: Path) -> None:
    assert load(demo_workspace, GOOD + 'security = "starttls"').port == 143


def test_a_token_command_is_split_as_a_shell_would(demo_workspace: Path) -> None:
    text = GOOD.replace('password_env = "RTESMAIL_MAILBOX_PASSWORD"', "token_command = \"bin/token 'a b'\"")
    assert load(demo_workspace, text).token_command == (str(demo_workspace / "bin" / "token"), "a b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + 'security = "none"', "travel in clear"),
        (GOOD + 'password = "hush-hush"', "secret must not stand"),
        (GOOD.replace("RTESMAIL_MAILBOX_PASSWORD", "hush-hush"), "name of an environment variable"),
        (GOOD + 'token_command = "token"', "not by both"),
        (GOOD + 'token_command = "token --client-secret=hush-hush"', "secret must not stand"),
        (GOOD.replace("password_env", "#"), "needs a password or a token"),
        (GOOD.replace("username", "#"), "username is missing"),
        (GOOD.replace('host = "', 'host = "me:hush-hush@'), "name of a server alone"),
        (GOOD.replace("host", "#"), "host is missing"),
        (GOOD + 'forward_to = "Retours@rtes.example"', "the very mailbox that is read"),
        (GOOD.replace("retours@", "contact@"), "the very mailbox that is read"),
        (GOOD + 'transport = "nulle-part"', "There is no transport"),
        (GOOD + 'sender = "personne"', "There is no sender"),
        (GOOD + 'after = "burn"', "after cannot be 'burn'"),
        (GOOD + 'folders = "INBOX"', "folders is not known here"),
        ('kind = "maildir"', "path is missing"),
        ('kind = "mbox"\npath = "retours"\nafter = "delete"', "An mbox file is only read"),
        ('path = "retours"', "kind is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_without_secrets(demo_workspace: Path, text: str, words: str) -> None:
    with pytest.raises(ContentError) as caught:
        load(demo_workspace, text)
    found = [finding for finding in caught.value.findings if words in finding.message]
    assert found
    assert found[0].line
    assert "hush" not in "".join(f"{finding.message}{finding.hint}" for finding in caught.value.findings)


def test_a_way_out_that_would_lose_the_answer_is_refused(demo_workspace: Path) -> None:
    provider = '\n[transports.brevo]\nkind = "brevo"\npassword_env = "RTESMAIL_BREVO_KEY"\n'
    with pytest.raises(ContentError) as caught:
        load(demo_workspace, f'{GOOD}transport = "brevo"{provider}')
    assert "cannot carry a message inside a message" in caught.value.findings[0].message

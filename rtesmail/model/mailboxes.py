"""The mailboxes that take what comes back, as `rtesmail.toml` describes them."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from rtesmail.model.security import Security


class MailboxKind(StrEnum):
    """How a mailbox is reached."""

    IMAP = "imap"
    MAILDIR = "maildir"
    MBOX = "mbox"


class AfterReading(StrEnum):
    """What becomes of a message that needs nobody any more; what is for a person stays where it is."""

    MOVE = "move"
    MARK = "mark"
    DELETE = "delete"


class MailboxSettings(Struct, frozen=True):
    """One `[mailboxes.NAME]` table. Secrets are named, never held: `password_env`, `password_file`, `token_command`.

    `security` is NONE on this machine only. `token_command` prints an OAuth2 access token. `folder` is the IMAP folder
    that is read, `path` the Maildir or mbox file. People's answers are forwarded to `forward_to` (the contact address
    of the house when empty), from the sender and by the transport of these names, unless `forward` is off.
    """

    name: str
    kind: MailboxKind
    host: str = "localhost"
    port: int = 993
    security: Security = Security.TLS
    username: str = ""
    password_env: str = ""
    password_file: Path | None = None
    token_command: tuple[str, ...] = ()
    ca_file: Path | None = None
    folder: str = "INBOX"
    path: Path | None = None
    after: AfterReading = AfterReading.MOVE
    forward: bool = True
    forward_to: str = ""
    sender: str = ""
    transport: str = ""

"""The way out into a Maildir, as a mail server's last step files a message (https://cr.yp.to/proto/maildir.html)."""

import os
import re
from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path

from rtesmail.delivery.transports.outbox import require_folder, sync_folder, unwritable
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_NAME = 200


class MaildirTransport:
    """Files each message under a name that its Message-ID gives: filed again, it is found there and not doubled.

    Readers move messages from `new` to `cur` and add flags to their names; those are looked at too.
    """

    def __init__(self, settings: TransportSettings) -> None:
        self._folder = require_folder(settings)
        self._earlier: frozenset[str] | None = None
        self.name = settings.name
        self.connections = max(1, settings.connections)
        self.batch_size = 1

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """File messages, each on the disk before it is called accepted."""
        return [self._file(message) for message in messages]

    def _file(self, message: Message) -> Outcome:
        name = _unique_name(message)
        try:
            if self._earlier is None:
                self._earlier = _open_maildir(self._folder)
            is_new = name not in self._earlier and _file_once(self._folder, name, _filed_form(message))
        except OSError as error:
            raise unwritable(self._folder, error) from error
        words = _("filed as {name}") if is_new else _("was there already as {name}")
        return Outcome(message.delivery, DeliveryState.ACCEPTED, reply=words.format(name=name))

    def abort(self) -> None:
        """Nothing is ever under way."""

    async def close(self) -> None:
        """Nothing is kept open."""


def _unique_name(message: Message) -> str:
    """Give NUMBER.UNIQUE.HOST, without the signs that mean something in a Maildir (`/`, `:`, `,`)."""
    return _UNFIT.sub("_", message.message_id.strip("<>").replace("@", "."))[:_LONGEST_NAME]


def _filed_form(message: Message) -> bytes:
    """Give the bytes of a file: local line ends, under the envelope (RFC 5321 section 4.4)."""
    envelope = f"Return-Path: <{message.envelope_sender}>\nDelivered-To: {message.recipient}\n"
    return envelope.encode() + message.content.replace(b"\r\n", b"\n")


def _open_maildir(folder: Path) -> frozenset[str]:
    """Make what is missing of a Maildir; give the names of the messages in it, without their flags."""
    for place in ("", "tmp", "new", "cur"):
        (folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_folder(folder)
    # In this order a message that is moved meanwhile is seen in at least one of them.
    return frozenset(re.split("[:,]", file.name)[0] for place in ("new", "cur") for file in (folder / place).iterdir())


def _file_once(folder: Path, name: str, content: bytes) -> bool:
    """Write a message whole, then give it its name; False when that name is taken, which is left as it is."""
    partial, target = folder / "tmp" / f"{name}.{os.getpid()}", folder / "new" / name
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            # Unlike a rename, a link never takes another file's place.
            target.hardlink_to(partial)
        except FileExistsError:
            return False
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(target.parent)
    return True

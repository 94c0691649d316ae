"""The way out into a folder: one .eml file per message, whole or absent."""

import os
from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings
from rtesmail.model.system_words import system_words


class OutboxTransport:
    """Files each message under its delivery's number: filing it again replaces it by itself.

    What stands in no ledger, such as a proof, has no such number: it is filed under its Message-ID.
    """

    def __init__(self, settings: TransportSettings) -> None:
        self._folder = require_folder(settings)
        self.name = settings.name
        self.connections = max(1, settings.connections)
        self.batch_size = 1

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Write messages, each on the disk before it is called accepted."""
        return [self._file(message) for message in messages]

    def _file(self, message: Message) -> Outcome:
        target = self._folder / _file_name(message)
        try:
            write_whole(target, message.content)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        return Outcome(message.delivery, DeliveryState.ACCEPTED, reply=_("filed as {name}").format(name=target.name))

    def abort(self) -> None:
        """Nothing is ever under way."""

    async def close(self) -> None:
        """Nothing is kept open."""


def require_folder(settings: TransportSettings) -> Path:
    """Give the folder of a way out that needs one.

    Raises:
        WorkspaceError: the settings name none.
    """
    if settings.folder is None:
        raise WorkspaceError(
            _("Transport {name} has no folder.").format(name=settings.name),
            hint=_('Add folder = "out/outbox" to it in rtesmail.toml.'),
        )
    return settings.folder


def unwritable(folder: Path, error: OSError) -> StoppedError:
    """Say that a folder takes no messages, and what to do."""
    return StoppedError(
        _("Messages cannot be written to {folder}: {reason}").format(folder=folder, reason=system_words(error)),
        hint=_("Check the disk and the folder, then run the same command again."),
    )


def _file_name(message: Message) -> str:
    if message.delivery > 0:
        return f"{message.delivery:08d}.eml"
    return message.message_id.strip("<>").partition("@")[0] + ".eml"


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old one, the new one or none, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(target)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

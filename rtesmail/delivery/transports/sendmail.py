"""The way out through a sendmail-compatible program: one process for each message, its outcome by its exit code.

A message lies whole in a file, the program's standard input, before the program starts: whoever dies in the middle,
nobody gets half a letter.
"""

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from gettext import gettext as _
from pathlib import PurePath
from typing import IO

from rtesmail.delivery.transports.smtp.replies import plain_words
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings
from rtesmail.model.system_words import system_words

_PATIENCE_SECONDS = 600.0
_GRACE_SECONDS = 0.1
_MOST_BYTES_SAID = 4096
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f]")
_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)
_SHORTEST_SECRET = 6

# sysexits.h. What is not here (1, EX_SOFTWARE, EX_IOERR, EX_PROTOCOL, a signal, …) may come after the message was
# taken: msmtp gives EX_IOERR when the server's last reply is lost, OpenSMTPD EX_SOFTWARE when only its goodbye fails.
_STATES = {
    os.EX_OK: DeliveryState.ACCEPTED,
    os.EX_DATAERR: DeliveryState.REFUSED,
    os.EX_NOUSER: DeliveryState.REFUSED,
    # Not about the person: msmtp and OpenSMTPD miss their own server's name or that of this machine.
    os.EX_NOHOST: DeliveryState.DEFERRED,
    os.EX_UNAVAILABLE: DeliveryState.DEFERRED,
    os.EX_OSERR: DeliveryState.DEFERRED,
    os.EX_TEMPFAIL: DeliveryState.DEFERRED,
}
_FOR_EVERYBODY = (os.EX_USAGE, os.EX_NOINPUT, os.EX_OSFILE, os.EX_NOPERM, os.EX_CONFIG)


class SendmailTransport:
    """Runs `COMMAND -i -f SENDER -- RECIPIENT`, never through a shell; `connections` is how many run at once."""

    def __init__(self, settings: TransportSettings, *, patience: float = _PATIENCE_SECONDS) -> None:
        """Take the settings; after `patience` seconds a program is ended."""
        self._command = settings.command
        self._patience = patience
        self._cut = asyncio.Event()
        self.name = settings.name
        self.connections = max(1, settings.connections)
        self.batch_size = 1

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand messages over one after the other, each to a process of its own."""
        return [await self._deliver(message) for message in messages]

    def abort(self) -> None:
        """End all programs; those who said nothing by then leave their message unknown."""
        self._cut.set()

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _deliver(self, message: Message) -> Outcome:
        if _CONTROLS.search(message.recipient):
            unfit = _("the address cannot be written on an envelope")
            return Outcome(message.delivery, DeliveryState.REFUSED, reply=unfit)
        if self._cut.is_set():
            return Outcome(message.delivery, DeliveryState.PENDING, reply=_("stopped before the program was started"))
        with tempfile.TemporaryFile() as letter, tempfile.TemporaryFile() as said:
            process = await self._start(message, letter, said)
            was_cut = await self._await_end(process)
            return self._outcome(message, process.returncode, was_cut, _words(said))

    async def _start(self, message: Message, letter: IO[bytes], said: IO[bytes]) -> asyncio.subprocess.Process:
        # Bytes, since the terminal's encoding need not be UTF-8.
        envelope = (b"-i", b"-f", message.envelope_sender.encode(), b"--", message.recipient.encode())
        try:
            # These programs take and store the line ends of this machine.
            letter.write(message.content.replace(b"\r\n", b"\n"))
            letter.seek(0)
            # What it says goes to a file, since a program may leave another behind, which would keep a pipe open. It is
            # no member of our group: Ctrl-C asks this process to stop and leaves it time.
            return await asyncio.create_subprocess_exec(
                *self._command, *envelope, stdin=letter, stdout=said, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise StoppedError(
                _("{program} cannot be started: {reason}").format(program=self._command[0], reason=system_words(error)),
                hint=_("Install it, or correct the command of the transport {name} in rtesmail.toml.").format(
                    name=self.name
                ),
            ) from error

    async def _await_end(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until a program has ended; end it when all is cut or patience is over, and tell whether that was so."""
        ended, cut = asyncio.create_task(process.wait()), asyncio.create_task(self._cut.wait())
        try:
            await asyncio.wait({ended, cut}, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                return False
            for number in (signal.SIGTERM, signal.SIGKILL):
                _signal_group(process.pid, number)
                await asyncio.wait({ended}, timeout=_GRACE_SECONDS)
            return True
        except asyncio.CancelledError:
            _signal_group(process.pid, signal.SIGKILL)
            raise
        finally:
            ended.cancel()
            cut.cancel()

    def _outcome(self, message: Message, code: int | None, was_cut: bool, words: str) -> Outcome:
        program = PurePath(self._command[0]).name
        state = DeliveryState.UNKNOWN if code is None else _STATES.get(code, DeliveryState.UNKNOWN)
        if was_cut and state is not DeliveryState.ACCEPTED:
            # The code may be the answer to our signal.
            told = _("{program} was ended before it said what became of the message").format(program=program)
            return Outcome(message.delivery, DeliveryState.UNKNOWN, reply=_joined(told, words))
        if state is DeliveryState.ACCEPTED:
            return Outcome(message.delivery, state, reply=words or _("taken over by {program}").format(program=program))
        told = _("{program} ended with the code {code}").format(program=program, code=code)
        if code in _FOR_EVERYBODY:
            raise StoppedError(
                _joined(told, words),
                hint=_(
                    "Correct its settings or those of the transport {name}, then run the same command again."
                ).format(name=self.name),
            )
        return Outcome(message.delivery, state, reply=_joined(told, words))


def _signal_group(leader: int, number: signal.Signals) -> None:
    """Signal a program and what it has started; one that runs as another user (Exim) cannot be, and goes on."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _words(said: IO[bytes]) -> str:
    """Give what a program said on one line, without the secrets that it found in its environment."""
    text = os.pread(said.fileno(), _MOST_BYTES_SAID, 0).decode("utf-8", "replace")
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, "…")
    return plain_words(text)


def _joined(told: str, words: str) -> str:
    return _("{told}: {words}").format(told=told, words=words) if words else told

"""One mail transaction, driven so that it is known whether the final dot left (RFC 5321 section 3.3).

A lost connection before the dot means that the server never had the message; after the dot, without a reply, nobody
can tell (RFC 1047).
"""

import asyncio
from dataclasses import dataclass
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery.transports.smtp_replies import CLOSING, plain_words, read_reply
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome

if TYPE_CHECKING:
    from aiosmtplib import SMTP


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for each reply: the minima of RFC 5321 section 4.5.3.2."""

    greeting: float = 300.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0


async def transact(client: "SMTP", message: Message, timeouts: Timeouts) -> Outcome:
    """Send one message over an open connection. The client is closed afterwards if the connection was lost.

    Raises:
        StoppedError: the server refuses the envelope sender, hence every message.
    """
    from aiosmtplib import SMTPException

    if not message.recipient.isascii() and not client.supports_extension("smtputf8"):
        return Outcome(message.delivery, DeliveryState.REFUSED, reply=_("the server takes no address with accents"))
    try:
        outcome = await _envelope(client, message, timeouts)
        if outcome is not None:
            return outcome
        await _content(client, message, timeouts)
    except (SMTPException, OSError, asyncio.CancelledError) as error:
        client.close()
        lost = _("the connection was lost before the end of the message: {reason}")
        return Outcome(message.delivery, DeliveryState.PENDING, reply=lost.format(reason=plain_words(str(error))))
    return await _final_reply(client, message, timeouts)


async def _envelope(client: "SMTP", message: Message, timeouts: Timeouts) -> Outcome | None:
    """Give MAIL, RCPT and DATA; None when the server now waits for the content."""
    options = [] if message.recipient.isascii() else [b"SMTPUTF8"]
    sender = b"FROM:<" + message.envelope_sender.encode() + b">"
    reply = await client.execute_command(b"MAIL", sender, *options, timeout=timeouts.mail)
    # With SMTPUTF8 a refusal (RFC 6531: 553, 555) is about this person's address, not about the sender.
    if reply.code >= 500 and not options:
        raise StoppedError(
            _("The mail server refuses the sender {address}: {code} {reply}").format(
                address=message.envelope_sender, code=reply.code, reply=plain_words(reply.message)
            ),
            hint=_("Correct the sender or envelope_sender in rtesmail.toml, then run the same command again."),
        )
    if reply.code < 300:
        recipient = b"TO:<" + message.recipient.encode() + b">"
        reply = await client.execute_command(b"RCPT", recipient, timeout=timeouts.rcpt)
    if reply.code < 300:
        reply = await client.execute_command(b"DATA", timeout=timeouts.data)
        if reply.code == 354:
            return None
    if reply.code < 400:
        # A 2xx to DATA, or a 3xx to anything else: what was said cannot be trusted, and nothing was handed over.
        client.close()
        return Outcome(message.delivery, DeliveryState.PENDING, reply.code, reply=plain_words(reply.message))
    outcome = read_reply(message.delivery, reply.code, reply.message)
    if reply.code == CLOSING:
        client.close()
    else:
        await client.execute_command(b"RSET", timeout=timeouts.mail)
    return outcome


async def _content(client: "SMTP", message: Message, timeouts: Timeouts) -> None:
    """Write everything but the final dot, and wait until it has left our buffer."""
    protocol = client.protocol
    if protocol is None:
        raise ConnectionResetError
    protocol.write(dot_stuffed(message.content))
    async with asyncio.timeout(timeouts.block):
        while (transport := protocol.transport) is not None and _waiting_bytes(transport) > 0:
            await asyncio.sleep(0.005)
    # Let a loss that the kernel knows of already be noticed before the dot.
    await asyncio.sleep(0)
    # Raises when the connection is gone: the dot cannot have left.
    protocol.write(b".\r\n")


async def _final_reply(client: "SMTP", message: Message, timeouts: Timeouts) -> Outcome:
    """Read the reply to the final dot; without one the message's fate is unknown."""
    from aiosmtplib import SMTPException

    protocol = client.protocol
    try:
        if protocol is None:
            raise ConnectionResetError
        reply = await protocol.read_response(timeout=timeouts.dot)
    except (SMTPException, OSError, asyncio.CancelledError) as error:
        client.close()
        lost = _("the message was handed over but no reply came: {reason}")
        return Outcome(message.delivery, DeliveryState.UNKNOWN, reply=lost.format(reason=plain_words(str(error))))
    if reply.code == CLOSING:
        client.close()
    return read_reply(message.delivery, reply.code, reply.message)


def dot_stuffed(content: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321 section 4.5.2) and make sure that the last line ends."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _waiting_bytes(transport: asyncio.BaseTransport) -> int:
    if not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
        return 0
    return transport.get_write_buffer_size()

"""One mail transaction, driven so that it is known whether the final dot left (RFC 5321 section 3.3).

A lost connection before the dot means that the server never had the message; after the dot, without a reply, nobody
can tell (RFC 1047).
"""

import asyncio
from collections.abc import Sequence
from gettext import gettext as _

from msgspec import Struct

from rtesmail.delivery.transports.smtp.replies import CLOSING, enhanced_code, plain_words, read_reply
from rtesmail.delivery.transports.smtp.session import LostConnectionError, Reply, SmtpSession
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Message, Outcome

_GO_ON = 354
# RFC 1870 section 6.1 has 552 for MAIL; the enhanced codes are those of RFC 3463 sections 3.4 and 3.3.
_TOO_LARGE = 552
_TOO_LARGE_ENHANCED = ("5.3.4", "5.2.3")


class Timeouts(Struct, frozen=True):
    """Seconds to wait for each reply: the minima of RFC 5321 section 4.5.3.2."""

    greeting: float = 300.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0


async def transact(session: SmtpSession, message: Message, timeouts: Timeouts) -> Outcome:
    """Send one message over an open connection, which is closed afterwards if it cannot be used again.

    Raises:
        StoppedError: the server refuses the envelope sender or the letter's size, hence every message.
    """
    if not message.recipient.isascii() and not session.abilities.has_utf8:
        return Outcome(message.delivery, DeliveryState.REFUSED, reply=_("the server takes no address with accents"))
    _require_room(session, message)
    session.transactions += 1
    try:
        outcome = await _envelope(session, message, timeouts)
        if outcome is not None:
            return outcome
        has_left = session.write(_on_the_wire(message))
        if not has_left:
            await session.flush(timeouts.block)
    except (LostConnectionError, asyncio.CancelledError) as error:
        session.close()
        lost = _("the connection was lost before the end of the message: {reason}")
        return Outcome(message.delivery, DeliveryState.PENDING, reply=lost.format(reason=plain_words(str(error))))
    return await _final_reply(session, message, timeouts)


def _require_room(session: SmtpSession, message: Message) -> None:
    """Stop before asking for what the server has announced that it cannot take.

    People of one mailing get letters of nearly one size. Refused one by one, they would count as tried, and a smaller
    letter sent anew would leave them out.
    """
    largest = session.abilities.largest
    if largest and len(message.content) > largest:
        raise _too_large(
            _("The mail server takes messages up to {largest} bytes, this letter has {size}.").format(
                largest=largest, size=len(message.content)
            )
        )


def _too_large(words: str) -> StoppedError:
    return StoppedError(
        words,
        hint=_(
            "Choose another way out with --transport; or cancel the mailing, make the letter smaller (its pictures "
            "above all), approve it and send it anew: who has it already is left out."
        ),
    )


async def _envelope(session: SmtpSession, message: Message, timeouts: Timeouts) -> Outcome | None:
    """Give MAIL, RCPT and DATA; None when the server now waits for the content."""
    commands = _commands(session, message)
    if session.abilities.has_pipelining:
        session.write(b"".join(commands))
        answers: Sequence[Reply] = await session.replies(3, max(timeouts.mail, timeouts.rcpt))
    else:
        answers = await _one_by_one(session, commands, timeouts)
    mail, *others = answers
    if _is_about_size(mail):
        session.close()
        raise _too_large(
            _("The mail server takes no letter of this size, {size} bytes: {code} {reply}").format(
                size=len(message.content), code=mail.code, reply=plain_words(mail.text)
            )
        )
    if mail.code >= 500 and message.recipient.isascii():
        # With SMTPUTF8 a refusal (RFC 6531: 553, 555) is about this person's address, not about the sender.
        session.close()
        raise StoppedError(
            _("The mail server refuses the sender {address}: {code} {reply}").format(
                address=message.envelope_sender, code=mail.code, reply=plain_words(mail.text)
            ),
            hint=_("Correct the sender or envelope_sender in rtesmail.toml, then run the same command again."),
        )
    is_expected = [mail.code < 300, *(reply.code < 300 for reply in others[:1])]
    if len(answers) == 3 and all(is_expected) and answers[2].code == _GO_ON:
        return None
    decisive = next((reply for reply, is_good in zip(answers, is_expected, strict=False) if not is_good), answers[-1])
    return await _turned_down(session, message, decisive, answers[-1], timeouts)


def _is_about_size(reply: Reply) -> bool:
    """Tell whether a refusal of MAIL means the size that it declared, not the sender."""
    if reply.code < 500:
        return False
    enhanced = enhanced_code(reply.text)
    return enhanced in _TOO_LARGE_ENHANCED or (reply.code == _TOO_LARGE and not enhanced)


def _commands(session: SmtpSession, message: Message) -> tuple[bytes, bytes, bytes]:
    abilities = session.abilities
    size = b" SIZE=%d" % len(message.content) if abilities.has_size else b""
    utf8 = b"" if message.recipient.isascii() else b" SMTPUTF8"
    return (
        b"MAIL FROM:<%s>%s%s\r\n" % (message.envelope_sender.encode(), size, utf8),
        b"RCPT TO:<%s>\r\n" % message.recipient.encode(),
        b"DATA\r\n",
    )


async def _one_by_one(session: SmtpSession, commands: Sequence[bytes], timeouts: Timeouts) -> list[Reply]:
    """Give each command once the one before it is accepted."""
    answers = []
    for command, seconds in zip(commands, (timeouts.mail, timeouts.rcpt, timeouts.data), strict=True):
        session.write(command)
        answers.append(await session.reply(seconds))
        if answers[-1].code >= 300:
            break
    return answers


async def _turned_down(
    session: SmtpSession, message: Message, decisive: Reply, last: Reply, timeouts: Timeouts
) -> Outcome:
    """Make the connection ready for the next message, and say what became of this one: it never left."""
    if last.code == _GO_ON and last is not decisive and session.is_open:
        # RFC 2920 section 3.1: DATA was taken though nobody is to get it; an empty message ends that.
        session.write(b".\r\n")
        await session.reply(timeouts.dot)
    if decisive.code < 400:
        # The connection ended after good replies, or what was said cannot be trusted (a 2xx to DATA, a 3xx to anything
        # else): nothing was handed over.
        session.close()
        return Outcome(message.delivery, DeliveryState.PENDING, decisive.code, reply=plain_words(decisive.text))
    outcome = read_reply(message.delivery, decisive.code, decisive.text)
    if CLOSING in (decisive.code, last.code) or not session.is_open:
        session.close()
        return outcome
    session.write(b"RSET\r\n")
    await session.reply(timeouts.mail)
    return outcome


async def _final_reply(session: SmtpSession, message: Message, timeouts: Timeouts) -> Outcome:
    """Read the reply to the final dot; without one the message's fate is unknown."""
    try:
        reply = await session.reply(timeouts.dot)
    except (LostConnectionError, asyncio.CancelledError) as error:
        session.close()
        lost = _("the message was handed over but no reply came: {reason}")
        return Outcome(message.delivery, DeliveryState.UNKNOWN, reply=lost.format(reason=plain_words(str(error))))
    outcome = read_reply(message.delivery, reply.code, reply.text)
    if reply.code == CLOSING or outcome.state is DeliveryState.UNKNOWN:
        session.close()
    return outcome


def _on_the_wire(message: Message) -> bytes:
    return message.content + b".\r\n" if message.is_dot_safe else ended(message.content)


def ended(content: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321 section 4.5.2), end the last line, and add the final dot."""
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    start = b"." if content.startswith(b".") else b""
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    return b"".join((start, content, end))

"""An answer handed on is whole, comes from our own address, and nothing in it breaks out of its place."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.forwarding import ForwardingWay, compose_forward
from rtesmail.model.answers import FORWARD_MARK, Answer
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import Sender

NOW = datetime(2025, 4, 3, 9, tzinfo=UTC)
WAY = ForwardingWay(Sender("RTES", "lettre@rtes.example"), "contact@rtes.example", "fr")
PLAIN = b"From: Claude <claude@mairie.example>\nSubject: Re: la lettre\n\nMerci !\n.\nFrom here on\n"
ANSWER = Answer(
    "ab" * 32, PLAIN, "Claude Vidal", "claude@mairie.example", "Re: la lettre", "Thu, 3 Apr 2025", "Merci !"
)


def read(answer: Answer, way: ForwardingWay = WAY) -> tuple[EmailMessage, bytes]:
    """Compose, and read back as a mail program does: the letter, and the message in it."""
    content = compose_forward(answer, way, "retours@rtes.example", NOW).content
    letter = cast("EmailMessage", message_from_bytes(content, policy=policy.SMTP))
    (enclosed,) = list(letter.iter_attachments())
    if enclosed.get_content_type() == "message/rfc822":
        return letter, content.partition(b'filename="message.eml"\r\n\r\n')[2].rpartition(b"\r\n--=_")[0]
    return letter, cast("bytes", enclosed.get_content())


def test_it_comes_from_our_address_and_an_answer_to_it_goes_to_the_writer() -> None:
    letter, _enclosed = read(ANSWER)
    assert letter["From"] == "Claude Vidal via RTES <lettre@rtes.example>"
    assert letter["Reply-To"].addresses[0].addr_spec == "claude@mairie.example"
    assert letter["To"] == "contact@rtes.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter[FORWARD_MARK]
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content().rstrip().endswith("Merci !")


def test_the_same_answer_has_the_same_message_id_another_one_another() -> None:
    first, second = (compose_forward(ANSWER, WAY, "", NOW).message_id for _time in range(2))
    assert first == second
    assert compose_forward(replace(ANSWER, identity="cd" * 32), WAY, "", NOW).message_id != first


def test_a_plain_message_is_enclosed_as_a_message_that_mail_programs_open() -> None:
    letter, enclosed = read(ANSWER)
    assert next(letter.iter_attachments()).get_content_type() == "message/rfc822"
    assert enclosed == PLAIN.replace(b"\n", b"\r\n")


@given(content=st.binary(max_size=3000) | st.text(max_size=300).map(str.encode))
def test_any_bytes_arrive_as_they_came_over_any_server(content: bytes) -> None:
    composed = compose_forward(replace(ANSWER, content=content), WAY, "", NOW).content
    assert composed.isascii()
    assert all(len(line) <= 998 for line in composed.split(b"\r\n"))
    assert b"\r" not in composed.replace(b"\r\n", b"")
    letter, enclosed = read(replace(ANSWER, content=content))
    if next(letter.iter_attachments()).get_content_type() == "message/rfc822":
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert enclosed.removesuffix(b"\r\n") == content.removesuffix(b"\r\n")
    else:
        assert enclosed == content


_WORDS = st.text(st.characters(exclude_categories=()), max_size=200) | st.just("x\r\nBcc: a@b.example\r\n\r\n<b>")


@example(name="\udce9", writer="\ud800", subject="\ud800", date="\udfff", text="\udce9")
@given(name=_WORDS, writer=_WORDS, subject=_WORDS, date=_WORDS, text=_WORDS)
def test_words_of_strangers_stay_in_their_fields(name: str, writer: str, subject: str, date: str, text: str) -> None:
    answer = replace(ANSWER, writer_name=name, writer=writer, subject=subject, date=date, text=text)
    letter, _enclosed = read(answer)
    assert set(letter.keys()) <= {
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        FORWARD_MARK,
        "MIME-Version",
        "Content-Type",
    }
    assert letter["From"].addresses[0].addr_spec == "lettre@rtes.example"


def test_a_contact_address_that_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(WorkspaceError, match="cannot be used"):
        read(ANSWER, replace(WAY, to="con tact@rtes.example"))

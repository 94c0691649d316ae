"""What people answer to letters."""

from msgspec import Struct


class Answer(Struct, frozen=True):
    """A person's words, to be handed on: the message whole as `content`, and what of it is shown.

    `identity` is the SHA-256 of what was read of it, in hexadecimal; `date` is as the writer's program wrote it.
    """

    identity: str
    content: bytes
    writer_name: str
    writer: str
    subject: str
    date: str
    text: str


FORWARD_MARK = "X-Rtesmail-Forwarded"
"""The header field of what is forwarded from here; what bears it is never forwarded again."""

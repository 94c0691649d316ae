"""An issue rendered, and the yes given to it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rtesmail.model.publication import Sender


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A picture carried by the message; the HTML points at it with `cid:CONTENT_ID`."""

    content_id: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Edition:
    """What will be sent, the same for everybody but for the `@@slots@@` in `html` and `text`.

    `issue` is the issue's id. `html` and `text` are str with `\\n` line ends.
    """

    issue: str
    publication: str
    language: str
    sender: Sender
    subject: str
    preheader: str
    html: str
    text: str
    images: tuple[InlineImage, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256, as 64 hexadecimal digits, over everything that reaches a reader."""
        parts = [
            self.issue,
            self.publication,
            self.language,
            [self.sender.name, self.sender.address, self.sender.reply_to],
            self.subject,
            self.preheader,
            self.html,
            self.text,
            [[i.content_id, i.media_type, hashlib.sha256(i.content).hexdigest()] for i in self.images],
        ]
        canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Approval:
    """A named person's yes to one digest."""

    issue: str
    digest: str
    approved_by: str
    approved_at: datetime

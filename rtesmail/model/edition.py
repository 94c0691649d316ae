"""An issue rendered, and the yes given to it."""

import hashlib
import json
from datetime import datetime
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.model.conditions import Condition, variant_of
from rtesmail.model.links import CountedLink
from rtesmail.model.publication import Sender


class EditionImage(Struct, frozen=True):
    """A picture that an edition shows: carried by the message, or found at `url` when it has one."""

    content_id: str
    media_type: str
    content: bytes
    url: str = ""

    @property
    def address(self) -> str:
        """Give what the HTML points at it with."""
        return self.url or f"cid:{self.content_id}"


class Variant(Struct, frozen=True):
    """What the readers get for whom the same conditions of an edition hold.

    `key` has one digit per condition, in their order: 1 where it holds.
    """

    key: str
    html: str
    text: str


class Edition(Struct, frozen=True, dict=True):
    """What will be sent, the same for everybody but for the `@@slots@@` in `html` and `text`.

    `issue` is the issue's id. `html` and `text` are str with `\\n` line ends.

    With blocks that only some readers get, `conditions` are those of its blocks, each once and in reading order, and
    `variants` what people then get: one for each combination that some person can have. `html` and `text` hold every
    block, to be looked at; what is sent is always a variant.

    `links` are where its counted links lead. `html` holds their marks, made of the addresses: the digest is about them.
    `hosted` are the pictures that readers' programs fetch from a server; `html` holds their addresses, and the digest
    is about these too: they are made of their bytes. `time_zone` is that of the hours in the calendar entries to which
    it leads, by its IANA name; empty when it leads to none.
    """

    issue: str
    publication: str
    language: str
    sender: Sender
    subject: str
    preheader: str
    html: str
    text: str
    images: tuple[EditionImage, ...] = ()
    conditions: tuple[Condition, ...] = ()
    variants: tuple[Variant, ...] = ()
    links: tuple[CountedLink, ...] = ()
    hosted: tuple[EditionImage, ...] = ()
    time_zone: str = ""

    def variant_of(self, level: str, region: str, role: str) -> str:
        """Give the variant that a person gets; the empty one when everybody gets the same."""
        return variant_of(self.conditions, level, region, role)

    @property
    def variant_keys(self) -> tuple[str, ...]:
        """The variants that readers can have; the empty one alone when everybody gets the same."""
        return tuple(variant.key for variant in self.variants) or ("",)

    def for_variant(self, key: str) -> "Edition":
        """Give what the readers of one variant get, as an edition for all of them, with the pictures that it shows.

        Raises:
            KeyError: the edition has no such variant.
        """
        if not self.variants and not key:
            return self
        variant = {variant.key: variant for variant in self.variants}[key]
        images, hosted = (
            tuple(image for image in pictures if image.address in variant.html)
            for pictures in (self.images, self.hosted)
        )
        return replace(
            self, html=variant.html, text=variant.text, images=images, hosted=hosted, conditions=(), variants=()
        )

    @property
    def pictures(self) -> tuple[EditionImage, ...]:
        """All pictures of the workspace that it shows, however they reach readers."""
        return (*self.images, *self.hosted)

    @property
    def with_every_block(self) -> "Edition":
        """The edition for somebody who wants to see all that any reader gets."""
        return replace(self, conditions=(), variants=()) if self.variants else self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edition) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256, as 64 hexadecimal digits, over everything that reaches a reader."""
        parts: list[object] = [
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
        if self.conditions:
            parts.append([[c.levels, c.regions, c.roles] for c in self.conditions])
            parts.append([[v.key, v.html, v.text] for v in self.variants])
        if self.time_zone:
            parts.append({"time_zone": self.time_zone})
        canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class Waiver(Struct, frozen=True):
    """An error that a check found and a person let pass: where it stood, what it said then, and why it may pass."""

    check: str
    place: str
    message: str
    reason: str


class ApprovedAudience(Struct, frozen=True):
    """A list, or the part of it that a segment asks for; `condition` is its expression as it was at the approval."""

    list_name: str
    segment: str = ""
    condition: str = ""


class Approval(Struct, frozen=True):
    """A named person's yes to one digest, with the errors let pass; without `audiences` it is for every list."""

    issue: str
    digest: str
    approved_by: str
    approved_at: datetime
    waivers: tuple[Waiver, ...] = ()
    audiences: tuple[ApprovedAudience, ...] = ()


class SentProof(Struct, frozen=True):
    """The last proof of an issue that colleagues got."""

    digest: str
    sent_at: datetime

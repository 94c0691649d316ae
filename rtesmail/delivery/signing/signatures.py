"""DKIM signatures (RFC 6376, RFC 8463): relaxed headers, simple body, one body hash for all keys.

The body is as the composer made it and no relay may alter it, so that `simple` costs nothing; headers are what relays
refold, so that they are relaxed. No `x=`: letters are read and forwarded months later; no `l=`: text could be added.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from gettext import gettext as _
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.signing.keys import kind_of, read_signing_key
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import SigningKey

if TYPE_CHECKING:
    from rtesmail.delivery.signing.keys import PrivateKey

# Each is signed once more than it stands in the message, so that nobody can add one on the way: readers' programs show
# or act upon the added one (RFC 6376 sections 5.4.2 and 8.15).
_OVERSIGNED = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
# Signed where they stand; an added one harms nobody. Return-Path and Received belong to relays and are never signed.
_SIGNED = ("Content-Language", "Precedence", "List-Help", "List-Archive", "Feedback-ID", "Auto-Submitted")
_RANKS = {name.lower().encode(): rank for rank, name in enumerate((*_OVERSIGNED, *_SIGNED))}
_UNSIGNED = len(_RANKS)
_rank = itemgetter(0)
_MOST_IN_LINE = 76
_FOLD = b"\r\n "
_BLANKS = re.compile(rb"[ \t]+")


class LoadedKey(Struct, frozen=True):
    """A key ready to sign: its algorithm's name (RFC 6376 section 3.3, RFC 8463) and the signing itself."""

    domain: str
    selector: str
    algorithm: str
    signature_of: Callable[[bytes], bytes]


class DkimSigner:
    """Signs messages with each of its keys. Nothing changes in it as it signs: threads may share one."""

    def __init__(self, keys: Sequence[LoadedKey]) -> None:
        # A verifier that looks at one signature only takes the topmost, and RSA is what all of them know.
        ordered = sorted(keys, key=lambda key: key.algorithm != "rsa-sha256")
        self._keys = tuple((_beginning(key), key.signature_of) for key in ordered)

    def sign(self, content: bytes, now: datetime) -> bytes:
        """Give the DKIM-Signature fields to put before a message with CRLF line ends."""
        head_end = content.find(b"\r\n\r\n")
        head, body_start = (content, len(content)) if head_end < 0 else (content[:head_end], head_end + 4)
        names, canonical = _relaxed(head)
        what = b"t=%d;\r\n h=%s;\r\n bh=%s;\r\n b=" % (
            int(now.timestamp()),
            names,
            base64.b64encode(_simple_body_hash(content, body_start)),
        )
        fields: list[bytes] = []
        for beginning, signature_of in self._keys:
            field = beginning + what
            # Our folds are one space wide and nowhere else are two: to unfold is to relax.
            signature = signature_of(b"%sdkim-signature:%s" % (canonical, field.replace(_FOLD, b" ")))
            fields += (b"DKIM-Signature: ", field, _folded(base64.b64encode(signature)), b"\r\n")
        return b"".join(fields)


def load_signer(keys: Sequence[SigningKey]) -> DkimSigner | None:
    """Read the keys that settings name; None when they name none.

    Raises:
        WorkspaceError: a file is missing, readable by others, no private key, or too weak; or two keys share a name.
    """
    if not keys:
        return None
    places = {(key.domain, key.selector) for key in keys}
    if len(places) < len(keys):
        raise WorkspaceError(
            _("Two DKIM keys of one transport have the same domain and selector: DNS can publish one only."),
            hint=_("Give each [[transports.NAME.dkim]] in rtesmail.toml the selector that its key was made with."),
        )
    return DkimSigner([load_key(key) for key in keys])


def load_key(settings: SigningKey) -> LoadedKey:
    """Read one key.

    Raises:
        WorkspaceError: as `load_signer`.
    """
    key = read_signing_key(settings.key_file)
    return LoadedKey(settings.domain, settings.selector, f"{kind_of(key)}-sha256", _signing(key))


def _signing(key: "PrivateKey") -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    if isinstance(key, rsa.RSAPrivateKey):
        makes, pads, digest = key.sign, padding.PKCS1v15(), hashes.SHA256()
        return lambda content: makes(content, pads, digest)
    # RFC 8463 section 3: what is signed is the SHA-256 of the canonical headers.
    signs, sha256 = key.sign, hashlib.sha256
    return lambda content: signs(sha256(content).digest())


def _beginning(key: LoadedKey) -> bytes:
    return f"v=1; a={key.algorithm}; c=relaxed/simple;\r\n d={key.domain};\r\n s={key.selector};\r\n ".encode()


def _simple_body_hash(content: bytes, start: int) -> bytes:
    """Hash a body whose empty last lines count as one line end (RFC 6376 section 3.4.3)."""
    end = len(content)
    while end - 2 >= start and content.startswith(b"\r\n", end - 2):
        end -= 2
    hashed = hashlib.sha256(memoryview(content)[start:end])
    hashed.update(b"\r\n")
    return hashed.digest()


def _relaxed(head: bytes) -> tuple[bytes, bytes]:
    """Give the folded `h=` names and the canonical fields in that order (RFC 6376 sections 3.4.2, 5.4.2)."""
    unfolded = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    # Of several fields with one name the last is signed first, and sorting keeps that order.
    found = [_relaxed_field(field) for field in reversed(unfolded.split(b"\r\n"))]
    found.sort(key=_rank)
    return _folded_names(tuple([rank for rank, _field in found])), b"".join([field for _order, field in found])


@lru_cache(maxsize=128)
def _relaxed_field(field: bytes) -> tuple[int, bytes]:
    """Give an unfolded field's place in `h=` and its canonical form, empty if it is not signed.

    Most fields of a mailing are the same in all its messages; remembering them halves the work on a head.
    """
    name, _colon, value = field.partition(b":")
    name = name.rstrip(b" \t").lower()
    rank = _RANKS.get(name)
    if rank is None:
        return _UNSIGNED, b""
    return rank, b"%s:%s\r\n" % (name, _BLANKS.sub(b" ", value).strip(b" "))


@lru_cache(maxsize=64)
def _folded_names(ranks: tuple[int, ...]) -> bytes:
    """Give the names that `h=` lists for fields of these ranks, folded; a mailing has one such list."""
    names = []
    for rank, name in enumerate((*_OVERSIGNED, *_SIGNED)):
        names += [name] * (ranks.count(rank) + (rank < len(_OVERSIGNED)))
    lines, current = [], " h="
    for name in names:
        if len(current) + len(name) + 1 > _MOST_IN_LINE:
            lines.append(current)
            current = " "
        current += f"{name}:"
    lines.append(current)
    return "\r\n".join(lines).removeprefix(" h=").removesuffix(":").encode()


def _folded(signature: bytes) -> bytes:
    first = _MOST_IN_LINE - len(" b=")
    step = _MOST_IN_LINE - 1
    return _FOLD.join([signature[:first], *(signature[at : at + step] for at in range(first, len(signature), step))])

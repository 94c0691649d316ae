"""DKIM signatures (RFC 6376, RFC 8463): relaxed headers, simple body, one body hash for all keys.

The body is as the composer made it and no relay may alter it, so that `simple` costs nothing; headers are what relays
refold, so that they are relaxed.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

# Each is signed once more than it stands in the message, so that nobody can add one on the way.
_OVERSIGNED = (
    "From",
    "To",
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
_SIGNED = ("Content-Language", "Precedence", "List-Help", "List-Archive", "Feedback-ID")
_LEAST_RSA_BITS = 2048
_MOST_IN_LINE = 76
_SPACES = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A key ready to sign: its algorithm's name (RFC 6376 section 3.3, RFC 8463) and the signing itself."""

    domain: str
    selector: str
    algorithm: str
    signature_of: Callable[[bytes], bytes]


class DkimSigner:
    """Signs messages with each of its keys."""

    def __init__(self, keys: Sequence[LoadedKey]) -> None:
        self._keys = tuple(keys)

    def sign(self, content: bytes, now: datetime) -> bytes:
        """Give the DKIM-Signature fields to put before a message with CRLF line ends."""
        head, body = _cut(content)
        body_hash = base64.b64encode(_simple_body_hash(body)).decode()
        names, canonical = _relaxed(head)
        fields = []
        for key in self._keys:
            field = _unsigned_field(key, names, body_hash, int(now.timestamp()))
            signature = key.signature_of(canonical + _relaxed_field(field.encode()))
            fields.append(field + _folded(base64.b64encode(signature).decode()) + "\r\n")
        return "".join(fields).encode()


def load_signer(keys: Sequence[SigningKey]) -> DkimSigner | None:
    """Read the keys that settings name; None when they name none.

    Raises:
        WorkspaceError: a file is missing, readable by others, no private key, or too weak.
    """
    return DkimSigner([load_key(key) for key in keys]) if keys else None


def load_key(settings: SigningKey) -> LoadedKey:
    """Read one key.

    Raises:
        WorkspaceError: as `load_signer`.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    key = read_private_key(settings.key_file)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signs: ed25519.Ed25519PrivateKey = key
        # RFC 8463 section 3: what is signed is the SHA-256 of the canonical headers.
        return LoadedKey(
            settings.domain,
            settings.selector,
            "ed25519-sha256",
            lambda content: signs.sign(hashlib.sha256(content).digest()),
        )
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _LEAST_RSA_BITS:
        pads, digest, makes = padding.PKCS1v15(), hashes.SHA256(), key
        return LoadedKey(
            settings.domain, settings.selector, "rsa-sha256", lambda content: makes.sign(content, pads, digest)
        )
    raise WorkspaceError(
        _("The DKIM key {path} cannot be used: it should be RSA of at least {bits} bits, or Ed25519.").format(
            path=settings.key_file, bits=_LEAST_RSA_BITS
        ),
        hint=_("Make a new one with: rtesmail dkim new {domain}").format(domain=settings.domain),
    )


def read_private_key(path: Path) -> "PrivateKeyTypes":
    """Read a private key in PEM that only its owner can read.

    Raises:
        WorkspaceError: the file is missing, readable by others, or holds no key.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        is_open_to_others = path.stat().st_mode & 0o077
        content = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(
            _("The DKIM key {path} cannot be read: {reason}").format(path=path, reason=error.strerror),
            hint=_("Correct key_file in rtesmail.toml, or make a key with: rtesmail dkim new DOMAIN"),
        ) from error
    if is_open_to_others:
        raise WorkspaceError(
            _("The DKIM key {path} can be read by others.").format(path=path),
            hint=_("Run: chmod 600 {path}").format(path=path),
        )
    try:
        return load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        # The library's words may quote the file.
        raise WorkspaceError(
            _("The file {path} holds no private key in PEM without a password.").format(path=path),
            hint=_("Make one with: rtesmail dkim new DOMAIN"),
        ) from None


def _cut(content: bytes) -> tuple[bytes, memoryview]:
    end = content.find(b"\r\n\r\n")
    if end < 0:
        return content, memoryview(b"")
    return content[: end + 2], memoryview(content)[end + 4 :]


def _simple_body_hash(body: memoryview) -> bytes:
    """Hash a body whose empty last lines count as one line end (RFC 6376 section 3.4.3)."""
    end = len(body)
    while end >= 2 and bytes(body[end - 2 : end]) == b"\r\n":
        end -= 2
    hashed = hashlib.sha256(body[:end])
    hashed.update(b"\r\n")
    return hashed.digest()


def _relaxed(head: bytes) -> tuple[str, bytes]:
    """Give the `h=` names and the canonical fields in that order (RFC 6376 sections 3.4.2, 5.4.2)."""
    fields: dict[bytes, list[bytes]] = {}
    for field in re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n")):
        fields.setdefault(field.partition(b":")[0].strip().lower(), []).append(field)
    names, canonical = [], []
    for name in (*_OVERSIGNED, *_SIGNED):
        # Of several, the last one is signed first.
        for field in reversed(fields.get(name.lower().encode(), ())):
            names.append(name)
            canonical.append(_relaxed_field(field) + b"\r\n")
        if name in _OVERSIGNED:
            names.append(name)
    return ":".join(names), b"".join(canonical)


def _relaxed_field(field: bytes) -> bytes:
    name, _colon, value = field.partition(b":")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip()


def _unsigned_field(key: LoadedKey, names: str, body_hash: str, moment: int) -> str:
    return (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/simple; d={key.domain};\r\n"
        f" s={key.selector}; t={moment};\r\n"
        f" h={_folded_names(names)};\r\n"
        f" bh={body_hash};\r\n"
        " b="
    )


def _folded_names(names: str) -> str:
    lines, current = [], ""
    for name in names.split(":"):
        if len(current) + len(name) + 4 > _MOST_IN_LINE:
            lines.append(current)
            current = ""
        current += f"{name}:"
    lines.append(current)
    return "\r\n  ".join(lines).removesuffix(":")


def _folded(signature: str) -> str:
    first, rest = signature[: _MOST_IN_LINE - 4], signature[_MOST_IN_LINE - 4 :]
    lines = [rest[start : start + _MOST_IN_LINE - 2] for start in range(0, len(rest), _MOST_IN_LINE - 2)]
    return "\r\n  ".join([first, *lines])

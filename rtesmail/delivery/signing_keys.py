"""Making DKIM keys, and what DNS must say of them."""

import base64
import os
from dataclasses import dataclass
from enum import StrEnum
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.delivery.signing import read_private_key
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.publication import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_RSA_BITS = 2048
_LONGEST_STRING = 255
"""Octets of one character string in a TXT record (RFC 1035 section 3.3)."""


class KeyKind(StrEnum):
    """The algorithms that verifiers know: RSA everywhere, Ed25519 (RFC 8463) as a second signature."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """The TXT record that publishes a key: its name, and its value on one line."""

    name: str
    value: str

    @property
    def zone_line(self) -> str:
        """The record as a zone file has it, cut into strings of at most 255 octets."""
        pieces = [self.value[start : start + _LONGEST_STRING] for start in range(0, len(self.value), _LONGEST_STRING)]
        return f"{self.name}. IN TXT ( {' '.join(chr(34) + piece + chr(34) for piece in pieces)} )"


def make_key(kind: KeyKind, path: Path) -> None:
    """Make a private key for this user only; an existing file is never replaced.

    Raises:
        RefusedError: the file is there already.
        WorkspaceError: it cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind is KeyKind.ED25519
        else rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    )
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError(
            _("There is a key already: {path}").format(path=path),
            hint=_("Give the new one another name: --selector NAME"),
        ) from None
    except OSError as error:
        raise WorkspaceError(
            _("{path} cannot be written: {reason}").format(path=path, reason=error.strerror)
        ) from error
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def dns_record(key: SigningKey) -> DnsRecord:
    """Give the record that publishes a key (RFC 6376 section 3.6.1, RFC 8463 section 4).

    Raises:
        WorkspaceError: the file is missing, readable by others, or holds no key.
    """
    kind, public = _public(read_private_key(key.key_file))
    return DnsRecord(
        f"{key.selector}._domainkey.{key.domain}", f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"
    )


def _public(key: "PrivateKeyTypes") -> tuple[KeyKind, bytes]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return KeyKind.ED25519, raw
    return KeyKind.RSA, key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

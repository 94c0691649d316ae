"""DKIM keys: making them, reading them, and what DNS must say of them."""

import base64
import os
import shlex
from collections.abc import Sequence
from enum import StrEnum
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.publication import SigningKey
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    PrivateKey = RSAPrivateKey | Ed25519PrivateKey

# RFC 8301 section 3.2: signers should use at least 2048 bits; verifiers need not take more than 4096.
_LEAST_RSA_BITS = 2048
_MOST_RSA_BITS = 4096
_MOST_OCTETS = 65_536
_LONGEST_STRING = 255
"""Octets of one character string in a TXT record (RFC 1035 section 3.3)."""


class KeyKind(StrEnum):
    """The algorithms that verifiers know: RSA everywhere, Ed25519 (RFC 8463) as a second signature."""

    RSA = "rsa"
    ED25519 = "ed25519"


class DnsRecord(Struct, frozen=True):
    """The TXT record that publishes a key: its name, and its value on one line as web forms want it."""

    name: str
    value: str

    @property
    def zone_line(self) -> str:
        """The record as a zone file has it, cut into strings of at most 255 octets."""
        size = len(self.value)
        strings = [f'"{self.value[start : start + _LONGEST_STRING]}"' for start in range(0, size, _LONGEST_STRING)]
        return f"{self.name}. IN TXT ( {' '.join(strings)} )"


def make_keys(domain: str, selector: str, kinds: Sequence[KeyKind], folder: Path) -> tuple[SigningKey, ...]:
    """Make a key of each kind, in files named after domain and selector; besides RSA, Ed25519 gets the selector + `e`.

    Raises:
        RefusedError: one of the files is there already; none is made.
        WorkspaceError: one cannot be written; none stays.
    """
    keys = []
    for kind in kinds:
        name = f"{selector}e" if kind is KeyKind.ED25519 and len(kinds) > 1 else selector
        keys.append(SigningKey(domain, name, folder / f"{domain}.{name}.pem"))
    for key in keys:
        if os.path.lexists(key.key_file):
            raise _taken(key.key_file)
    made: list[Path] = []
    try:
        for kind, key in zip(kinds, keys, strict=True):
            make_key(kind, key.key_file)
            made.append(key.key_file)
    except (RefusedError, WorkspaceError):
        for path in made:
            path.unlink(missing_ok=True)
        raise
    return tuple(keys)


def make_key(kind: KeyKind, path: Path) -> None:
    """Make a private key (PKCS#8 in PEM) for this user only; an existing file is never replaced.

    A folder made for it is this user's too, and git leaves all of it out.

    Raises:
        RefusedError: the file is there already.
        WorkspaceError: it cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind is KeyKind.ED25519
        else rsa.generate_private_key(public_exponent=65537, key_size=_LEAST_RSA_BITS)
    )
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        _make_folder(path.parent)
        _write_exclusively(path, content)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise _taken(path) from None
        raise WorkspaceError(
            _("The DKIM key {path} cannot be written: {reason}").format(path=path, reason=system_words(error)),
            hint=_("Choose a place where this user may write, on a disk that is not full."),
        ) from error


def dns_record(key: SigningKey) -> DnsRecord:
    """Give the record that publishes a key (RFC 6376 section 3.6.1, RFC 8463 section 4).

    Raises:
        WorkspaceError: as `read_signing_key`.
    """
    private = read_signing_key(key.key_file)
    public = base64.b64encode(_public(private)).decode()
    return DnsRecord(f"{key.selector}._domainkey.{key.domain}", f"v=DKIM1; k={kind_of(private)}; p={public}")


def kind_of(key: "PrivateKey") -> KeyKind:
    """Tell what kind of key it is."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return KeyKind.RSA if isinstance(key, rsa.RSAPrivateKey) else KeyKind.ED25519


def read_signing_key(path: Path) -> "PrivateKey":
    """Read a private key in PEM that only its owner can read.

    Raises:
        WorkspaceError: the file is missing, readable by others, holds no key, or one that receivers would not verify.
    """
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = _parse(_read_own_file(path), path)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    hint = _("Make a new one with: rtesmail dkim new DOMAIN")
    if not isinstance(key, rsa.RSAPrivateKey):
        raise WorkspaceError(
            _("The DKIM key {path} is of a kind that mail does not use: it should be RSA or Ed25519.").format(
                path=path
            ),
            hint=hint,
        )
    if key.key_size < _LEAST_RSA_BITS:
        raise WorkspaceError(
            _("The DKIM key {path} has {size} bits, too few to be trusted: it should have at least {least}.").format(
                path=path, size=key.key_size, least=_LEAST_RSA_BITS
            ),
            hint=hint,
        )
    if key.key_size > _MOST_RSA_BITS:
        raise WorkspaceError(
            _("The DKIM key {path} has {size} bits, and some receivers verify no more than {most}.").format(
                path=path, size=key.key_size, most=_MOST_RSA_BITS
            ),
            hint=hint,
        )
    return key


def _read_own_file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            is_open_to_others = os.fstat(stream.fileno()).st_mode & 0o077
            content = stream.read(_MOST_OCTETS)
    except OSError as error:
        raise WorkspaceError(
            _("The DKIM key {path} cannot be read: {reason}").format(path=path, reason=system_words(error)),
            hint=_("Correct key_file in rtesmail.toml, or make a key with: rtesmail dkim new DOMAIN"),
        ) from error
    if is_open_to_others:
        raise WorkspaceError(
            _("The DKIM key {path} can be read by others.").format(path=path),
            hint=_("Run: chmod 600 {path}").format(path=shlex.quote(str(path))),
        )
    return content


def _parse(content: bytes, path: Path) -> "PrivateKeyTypes":
    """Read PEM; the library's own words are not passed on, since they may quote the file."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(content, password=None)
    except TypeError:
        target = shlex.quote(f"{path}.new")
        raise WorkspaceError(
            _("The DKIM key {path} is locked with a password; nobody is there to type it when letters leave.").format(
                path=path
            ),
            hint=_("Unlock it with: (umask 077; openssl pkey -in {path} -out {target})").format(
                path=shlex.quote(str(path)), target=target
            ),
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise WorkspaceError(
            _("The file {path} holds no private key in PEM.").format(path=path),
            hint=_("key_file should name the file that `rtesmail dkim new DOMAIN` made."),
        ) from None


def _public(key: "PrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if kind_of(key) is KeyKind.ED25519:
        return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    # Whatever the workspace's own .gitignore says, a private key must never be committed.
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def _write_exclusively(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        # Half a key is of no use, and would stand in the way of the next attempt.
        path.unlink(missing_ok=True)
        raise


def _taken(path: Path) -> RefusedError:
    return RefusedError(
        _("There is a key already: {path}").format(path=path),
        hint=_("Give the new one another name: --selector NAME"),
    )

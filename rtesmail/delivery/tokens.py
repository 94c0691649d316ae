"""Signed links: who, on which list, for which purpose, and for nothing else."""

import base64
import hmac
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from rtesmail.delivery.messages.headers import wire_url
from rtesmail.store.secret import secret_at, secrets_at

if TYPE_CHECKING:
    from rtesmail.model.publication import Workspace

_MAC_BYTES = 16


class Purpose(StrEnum):
    """What a token allows; the value is its letter in links."""

    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    CONFIRM = "c"
    RETURN = "r"


class Grant(Struct, frozen=True):
    """What a genuine token says."""

    purpose: Purpose
    subscriber: int
    list_name: str


def load_secret(workspace: "Workspace") -> bytes:
    """Give the workspace's signing secret: `RTESMAIL_SECRET`, or the first line of `lists/secret.key`, made at need.

    Raises:
        WorkspaceError: the secret is too short, or the file cannot be read or made.
    """
    return secret_at(workspace.secret_key)


def load_secrets(workspace: "Workspace") -> tuple[bytes, ...]:
    """Give every secret that links may be signed with: the present one first, then the older lines of the file.

    Raises:
        WorkspaceError: a secret is too short, or the file cannot be read or made.
    """
    return secrets_at(workspace.secret_key)


class Signer:
    """Makes the tokens of one purpose and list."""

    def __init__(self, secret: bytes, purpose: Purpose, list_name: str) -> None:
        # A copy of a begun HMAC takes two thirds of the time of a new one.
        self._begun = _begun(secret, purpose)
        self._list = "." + _encode(list_name.encode())

    def token(self, subscriber: int) -> str:
        """Give a URL-safe token; the same inputs give the same token."""
        body = f"{subscriber:d}{self._list}"
        return f"{body}.{_encode(_mac(self._begun, body))}"


def sign(secret: bytes, purpose: Purpose, subscriber: int, list_name: str) -> str:
    """Give a URL-safe token; the same inputs give the same token."""
    return Signer(secret, purpose, list_name).token(subscriber)


def verify(secret: bytes, purpose: Purpose, token: str) -> Grant | None:
    """Give what a token grants for this purpose, None when it is forged, cut or meant for another purpose."""
    body, _dot, given = token.rpartition(".")
    if not hmac.compare_digest(given.encode(), _encode(_mac(_begun(secret, purpose), body)).encode()):
        return None
    subscriber, _dot, list_name = body.partition(".")
    return Grant(purpose, int(subscriber), _decode(list_name).decode())


def verify_with(secrets: Sequence[bytes], purpose: Purpose, token: str) -> Grant | None:
    """Give what a token grants that was signed with any of the secrets; all of them are tried, whichever fits."""
    found = [verify(secret, purpose, token) for secret in secrets]
    return next((grant for grant in found if grant is not None), None)


def seal(secret: bytes, purpose: Purpose, content: str) -> str:
    """Give a URL-safe token that carries a content, readable but not forgeable."""
    body = _encode(content.encode())
    return f"{body}.{_encode(_mac(_begun(secret, purpose), body))}"


def unseal(secrets: Sequence[bytes], purpose: Purpose, token: str) -> str | None:
    """Give what a token carries for this purpose, None when it is forged, cut or meant for another purpose."""
    body, _dot, given = token.rpartition(".")
    fits = [
        hmac.compare_digest(given.encode(), _encode(_mac(_begun(secret, purpose), body)).encode()) for secret in secrets
    ]
    return _decode(body).decode() if any(fits) else None


class ReaderLinks(Struct, frozen=True):
    """Where one reader leaves or changes what they get."""

    unsubscribe_url: str
    preferences_url: str
    one_click_url: str
    mailto: str


class LinkMaker:
    """Makes each reader's links. Without a public address they are messages to the unsubscribe mailbox."""

    def __init__(self, *, secret: bytes, public_url: str, mailbox: str, list_name: str) -> None:
        base = wire_url(public_url.rstrip("/"))
        self._signs_leaving = Signer(secret, Purpose.UNSUBSCRIBE, list_name)
        self._signs_wishes = Signer(secret, Purpose.PREFERENCES, list_name)
        self._unsubscribe = f"{base}/u/" if base else ""
        self._preferences = f"{base}/p/"
        self._is_one_click = base.startswith("https://")
        # A token needs no quoting: URL-safe base64, digits and dots.
        self._mailto = f"mailto:{quote(mailbox, safe='@+')}?subject={quote('unsubscribe ')}"

    def links_of(self, subscriber: int) -> ReaderLinks:
        """Give one reader's links; `one_click_url` is empty unless it is https (RFC 8058 section 3.1)."""
        token = self._signs_leaving.token(subscriber)
        mailto = self._mailto + token
        if not self._unsubscribe:
            return ReaderLinks(mailto, mailto, "", mailto)
        unsubscribe = self._unsubscribe + token
        preferences = self._preferences + self._signs_wishes.token(subscriber)
        return ReaderLinks(unsubscribe, preferences, unsubscribe if self._is_one_click else "", mailto)


def _begun(secret: bytes, purpose: Purpose) -> hmac.HMAC:
    return hmac.new(secret, f"rtesmail\0{purpose}\0".encode(), "sha256")


def _mac(begun: hmac.HMAC, body: str) -> bytes:
    made = begun.copy()
    made.update(body.encode("utf-8", "surrogatepass"))
    return made.digest()[:_MAC_BYTES]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

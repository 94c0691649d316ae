"""Who was erased: recognised by a hash that only the workspace's secret can make, and by nothing else.

A bare hash of an address would name its owner to anybody who guesses the address; one made with a secret names nobody
to those who have only the database.
"""

import hmac
import json
from collections.abc import Collection
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.errors import RefusedError
from rtesmail.store.moments import optional_moment
from rtesmail.store.secret import secrets_beside

if TYPE_CHECKING:
    from sqlite_utils import Database

_HASHES = "email_key >= 'hmac:' AND email_key < 'hmac;'"

# Who is known again has come back by their own wish: no import makes a person of an erased address.
_ERASED = """
SELECT DISTINCT one.value FROM json_each(?) AS one JOIN suppressions AS held ON held.email_key = one.key
WHERE NOT EXISTS (SELECT 1 FROM subscribers WHERE subscribers.email_key = one.value)
"""


def erased_among(store: "Database", email_keys: Collection[str]) -> frozenset[str]:
    """Give those of some addresses, in their form for comparison, whose people were erased and did not come back.

    Raises:
        RefusedError: somebody was erased and the secret is another one since: nobody could be recognised.
        WorkspaceError: the secret cannot be read.
    """
    if not is_anybody_erased(store):
        return frozenset()
    by_hash = {address_hash(secret, key): key for secret in _known_secrets(store) for key in email_keys}
    found = store.execute(_ERASED, (json.dumps(by_hash),))
    return frozenset(row[0] for row in found)


def was_erased(store: "Database", email_key: str) -> bool:
    """Was the person with this address, in its form for comparison, erased? Raises as `erased_among` does."""
    return bool(erased_among(store, (email_key,)))


def erased_at(store: "Database", email_key: str) -> datetime | None:
    """Give when the person with this address was last erased, also when they came back since; None if never.

    Raises as `erased_among` does.
    """
    if not is_anybody_erased(store):
        return None
    hashes = json.dumps([address_hash(secret, email_key) for secret in _known_secrets(store)])
    (at,) = store.execute(
        "SELECT MAX(suppressed_at) FROM suppressions WHERE email_key IN (SELECT value FROM json_each(?))", (hashes,)
    ).fetchone()
    return optional_moment(at)


def address_hash(secret: bytes, email_key: str) -> str:
    """Give what stands on the suppression list for an erased address."""
    content = b"rtesmail\0erased\0" + email_key.encode("utf-8", "surrogatepass")
    return "hmac:" + hmac.digest(secret, content, "sha256").hex()


def secret_mark(secret: bytes) -> str:
    """Give a mark by which the same secret is known again, and which does not tell it."""
    return hmac.digest(secret, b"rtesmail\0mark\0", "sha256").hex()[:16]


def is_anybody_erased(store: "Database") -> bool:
    """Was anybody ever erased? Mostly nobody was, and nothing needs to be hashed."""
    return store.execute(f"SELECT 1 FROM suppressions WHERE {_HASHES} LIMIT 1").fetchone() is not None


def _known_secrets(store: "Database") -> tuple[bytes, ...]:
    secrets = secrets_beside(store)
    marks = json.dumps([secret_mark(secret) for secret in secrets])
    (strange,) = store.execute(
        "SELECT COUNT(*) FROM erasures WHERE secret_mark NOT IN (SELECT value FROM json_each(?))", (marks,)
    ).fetchone()
    if strange:
        raise RefusedError(
            _("People were erased with another secret than today's: they could not be recognised. Nothing was done."),
            hint=_("Put the former secret back: below the present one in lists/secret.key, on a line of its own."),
        )
    return secrets

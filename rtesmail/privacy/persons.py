"""Which person is meant: by any of their addresses, whether on a list, only refused, or only written to long ago."""

import json
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.erased import was_erased
from rtesmail.model.errors import RefusedError, WorkspaceError

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

_NAMED_SOMEWHERE = """
SELECT 1 FROM subscribers WHERE email_key = :key UNION ALL SELECT 1 FROM suppressions WHERE email_key = :key
UNION ALL SELECT 1 FROM consent_events WHERE email_key = :key UNION ALL SELECT 1 FROM deliveries WHERE email_key = :key
UNION ALL SELECT 1 FROM feedback_events WHERE email_key = :key
"""


class Person(Struct, frozen=True):
    """`keys` are all addresses by which the database knows them, in the form for comparison, today's first.

    `subscriber` is None when they are on no list and never were.
    """

    keys: tuple[str, ...]
    subscriber: int | None

    @property
    def parameters(self) -> dict[str, str | int | None]:
        """What the conditions of `privacy.tables` are filled with."""
        return {"keys": json.dumps(self.keys), "subscriber": self.subscriber}


def find_person(store: "Database", text: str) -> Person:
    """Give the person with this address, in whatever spelling.

    Raises:
        WorkspaceError: it is no address, or nothing is held on it.
        RefusedError: they were erased: only that is known.
    """
    try:
        address = parse_address(text)
    except InvalidAddress as error:
        raise WorkspaceError(
            _("“{text}” is not an e-mail address: {reason}.").format(text=text.strip(), reason=error.reason),
            hint=_("Give one address, such as first.last@example.org."),
        ) from error
    if store.execute(_NAMED_SOMEWHERE, {"key": address.key}).fetchone():
        return person_of(store.conn, address.key)
    if was_erased(store, address.key):
        raise RefusedError(
            _("{address} was erased: nothing is held but a hash, which keeps it off every list.").format(
                address=address.email
            )
        )
    raise WorkspaceError(
        _("Nothing is held on {address}.").format(address=address.email),
        hint=_("Look for a part of it: rtesmail people --search TEXT"),
    )


def person_of(connection: "sqlite3.Connection", key: str) -> Person:
    """Give the person known by an address; their earlier addresses stand in what was sent to them."""
    row = connection.execute("SELECT id FROM subscribers WHERE email_key = ?", (key,)).fetchone()
    if row is None:
        return Person((key,), None)
    earlier = connection.execute("SELECT DISTINCT email_key FROM deliveries WHERE subscriber_id = ?", (row[0],))
    return Person(tuple(dict.fromkeys((key, *(found[0] for found in earlier)))), int(row[0]))

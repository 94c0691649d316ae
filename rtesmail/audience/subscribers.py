"""Who is known and on which list."""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.storable import storable
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.people import MailingList, Subscriber, SubscriberStatus

if TYPE_CHECKING:
    from sqlite_utils import Database

# Whoever must not be written to, whatever list they are on.
_CAN_BE_WRITTEN_TO = """
    subscribers.status = 'active'
    AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = subscribers.email_key)
"""


def list_lists(store: "Database") -> tuple[MailingList, ...]:
    """Every list by name, with how many people it has and how many of them can be written to."""
    rows = store.query(f"""
        SELECT lists.name, count(subscribers.id) AS members,
               count(CASE WHEN {_CAN_BE_WRITTEN_TO} THEN 1 END) AS active
        FROM lists
        LEFT JOIN memberships ON memberships.list_id = lists.id
        LEFT JOIN subscribers ON subscribers.id = memberships.subscriber_id
        GROUP BY lists.id ORDER BY lists.name
    """)
    return tuple(MailingList(row["name"], row["members"], row["active"]) for row in rows)


def list_names(store: "Database") -> tuple[str, ...]:
    """Give the names of the lists, by name."""
    return tuple(row["name"] for row in store.query("SELECT name FROM lists ORDER BY name"))


def has_list(store: "Database", list_name: str) -> bool:
    """Is there a list of that name?"""
    if storable(list_name) != list_name:
        return False
    return store.execute("SELECT 1 FROM lists WHERE name = ?", (list_name,)).fetchone() is not None


def has_anybody(store: "Database", list_name: str) -> bool:
    """Is somebody on the list, whether they may be written to or not?"""
    asked = "SELECT 1 FROM memberships JOIN lists ON lists.id = memberships.list_id WHERE lists.name = ? LIMIT 1"
    return store.execute(asked, (list_name,)).fetchone() is not None


def find_people(
    store: "Database", *, list_name: str | None = None, text: str = "", limit: int = 50
) -> tuple[Subscriber, ...]:
    """At most `limit` people, by id, whose address, name or organisation holds `text`; accents and case aside.

    Raises:
        WorkspaceError: there is no such list.
    """
    store.register_function(_fold, name="folded", deterministic=True, replace=True)
    # Of who was erased a number is left, for the ledger's sake.
    conditions, values = ["email_key NOT GLOB 'erased:*'"], dict[str, str | int]({"limit": limit})
    if list_name is not None:
        require_list(store, list_name)
        values["list"] = list_name
        conditions.append(
            "id IN (SELECT subscriber_id FROM memberships JOIN lists ON lists.id = list_id WHERE lists.name = :list)"
        )
    if text.strip():
        values["text"] = _fold(storable(text.strip()))
        conditions.append("instr(folded(email || char(10) || name || char(10) || organisation), :text)")
    found = store.query(f"SELECT * FROM subscribers WHERE {' AND '.join(conditions)} ORDER BY id LIMIT :limit", values)
    return tuple(as_subscriber(row) for row in found)


def get_person(store: "Database", email: str) -> Subscriber | None:
    """The person with this address, in whatever spelling; None when unknown, or when it is no address."""
    try:
        key = parse_address(email).key
    except InvalidAddress:
        return None
    row = next(iter(store.query("SELECT * FROM subscribers WHERE email_key = ?", (key,))), None)
    return as_subscriber(row) if row else None


def get_by_number(store: "Database", number: int) -> Subscriber | None:
    """The person with this number; None when there is none, or they were erased."""
    query = "SELECT * FROM subscribers WHERE id = ? AND email_key NOT GLOB 'erased:*'"
    row = next(iter(store.query(query, (number,))), None)
    return as_subscriber(row) if row else None


def audience_of(store: "Database", list_name: str) -> Iterator[Subscriber]:
    """The people of a list who can be written to at this moment, by id.

    Raises:
        WorkspaceError: there is no such list; raised at the call, before the first person.
    """
    require_list(store, list_name)
    rows = store.query(
        f"""
        SELECT subscribers.* FROM subscribers
        JOIN memberships ON memberships.subscriber_id = subscribers.id
        JOIN lists ON lists.id = memberships.list_id
        WHERE lists.name = ? AND {_CAN_BE_WRITTEN_TO} ORDER BY subscribers.id
        """,
        (list_name,),
    )
    return (as_subscriber(row) for row in rows)


def as_subscriber(row: Mapping[str, str | int | None]) -> Subscriber:
    """Read a row of the table `subscribers`."""
    return Subscriber(
        id=int(row["id"] or 0),
        email=str(row["email"]),
        email_key=str(row["email_key"]),
        name=str(row["name"]),
        organisation=str(row["organisation"]),
        role=str(row["role"]),
        level=str(row["level"]),
        region=str(row["region"]),
        status=SubscriberStatus(str(row["status"])),
        other_roles=tuple(filter(None, str(row["other_roles"]).split(";"))),
        departement=str(row["departement"]),
        language=str(row["language"]),
        mandate_ends_on=date.fromisoformat(str(row["mandate_ends_on"])) if row["mandate_ends_on"] else None,
        organisation_id=int(row["organisation_id"]) if row["organisation_id"] is not None else None,
    )


def require_list(store: "Database", list_name: str) -> None:
    """Refuse the name of a list that there is not.

    Raises:
        WorkspaceError: there is no such list.
    """
    if has_list(store, list_name):
        return
    known = [row["name"] for row in store.query("SELECT name FROM lists ORDER BY name LIMIT 20")]
    raise WorkspaceError(
        _("There is no list “{name}”.").format(name=list_name),
        hint=_("The lists are: {names}.").format(names=", ".join(known))
        if known
        else _("There is no list yet. Make one with: rtesmail import FILE.csv --list {name}").format(name=list_name),
    )


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if not unicodedata.combining(character))

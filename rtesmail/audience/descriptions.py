"""What is known of a person besides address and name: read from texts, written down, shown."""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.audience.organisations import as_organisation, attach, find_organisation, save_organisation
from rtesmail.audience.segments.spellings import ROLE_SEPARATOR
from rtesmail.model.organisations import Organisation, OrganisationKind, find_kind
from rtesmail.model.people import role_key
from rtesmail.model.suggestions import one_of
from rtesmail.model.territories import departement_code, insee_code, region_code, siren_number
from rtesmail.store.moments import to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

LONGEST_TEXT = 250
"""Characters of a role, an attribute or its name."""

ADDRESS_AMONG = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
"""An e-mail address in a text that is about something else."""

_BETWEEN_ROLES = re.compile(r"[;|\n]")
_FRENCH_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LANGUAGES = {"francais": "fr", "french": "fr", "anglais": "en", "english": "en"}
_LANGUAGES |= {"allemand": "de", "espagnol": "es", "italien": "it", "breton": "br", "catalan": "ca", "corse": "co"}


class BadFieldError(ValueError):
    """A text that a field cannot have; `reason` says why, `hint` what to write."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Description(Struct, frozen=True):
    """What is said of a person; what is empty is not said. The first role is the main one."""

    roles: tuple[str, ...] = ()
    mandate_ends_on: date | None = None
    language: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


def read_roles(text: str) -> tuple[str, ...]:
    """Read roles set apart by semicolons, bars or line breaks; the same one twice counts once.

    Raises:
        BadFieldError: one is too long, or holds an address.
    """
    found: dict[str, str] = {}
    for part in _BETWEEN_ROLES.split(text):
        if role := _without_address(_one_line(part, _("A role"))):
            found.setdefault(role_key(role) or role, role)
    return tuple(found.values())


def read_day(text: str) -> date | None:
    """Read a day, `2026-03-22` or `22/03/2026`; None for an empty text.

    Raises:
        BadFieldError: it is no day.
    """
    bare = text.strip().partition(" ")[0] if text.strip().endswith(" 00:00:00") else text.strip()
    if not bare:
        return None
    french = _FRENCH_DAY.fullmatch(bare)
    try:
        return date(int(french[3]), int(french[2]), int(french[1])) if french else date.fromisoformat(bare)
    except ValueError:
        raise BadFieldError(_("“{text}” is not a day.").format(text=bare), "2026-03-22") from None


def read_language(text: str) -> str:
    """Read a language by its code of two or three letters (ISO 639), or the name of a common one.

    Raises:
        BadFieldError: it is none.
    """
    bare = unicodedata.normalize("NFKD", text.strip()).casefold().partition("-")[0].partition("_")[0]
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    code = _LANGUAGES.get(bare, bare)
    if code and not _LANGUAGE.fullmatch(code):
        raise BadFieldError(_("“{text}” is not a language.").format(text=text.strip()), "fr, en, de…")
    return code


def read_attribute(name: str, value: str) -> tuple[str, str]:
    """Give an attribute's name and value as they are kept; of names, capitals do not count.

    Raises:
        BadFieldError: there is no name, or one of both is too long.
    """
    key = _one_line(name, _("An attribute's name")).casefold()
    if not key:
        raise BadFieldError(_("An attribute needs a name."), "taille=3500")
    return key, _one_line(value, _("An attribute"))


def read_organisation(
    name: str,
    *,
    kind: str = "",
    siren: str = "",
    insee: str = "",
    region: str = "",
    departement: str = "",
    is_member: bool = False,
) -> Organisation:
    """Read an organisation from texts as people type them.

    Raises:
        BadFieldError: a code or a kind is none, or the name holds an address.
    """
    read_kind = find_kind(kind) if kind.strip() else None
    if kind.strip() and read_kind is None:
        raise BadFieldError(
            _("“{text}” is not a kind of organisation.").format(text=kind.strip()), one_of(kind, list(OrganisationKind))
        )
    codes = (
        _code(siren, siren_number, _("SIREN")),
        _code(insee, insee_code, _("INSEE code of a commune")),
        _code(region, region_code, _("région")),
        _code(departement, departement_code, _("département")),
    )
    text = _without_address(_one_line(name, _("An organisation's name")))
    if not text:
        raise BadFieldError(_("An organisation needs a name."))
    return Organisation(0, text, read_kind, *codes, is_member)


def _code(typed: str, read: Callable[[str], str], what: str) -> str:
    code = read(typed)
    if typed.strip() and not code:
        raise BadFieldError(_("There is no {what} “{text}”.").format(what=what, text=typed.strip()))
    return code


def describe(connection: sqlite3.Connection, subscriber_id: int, said: Description, *, now: datetime) -> None:
    """Write down what is said of a person; what is not said stays. The caller holds the transaction.

    Roles that are said take the place of all that were known; an attribute with an empty value goes.
    """
    changes: dict[str, str] = {}
    if said.roles:
        changes |= {"role": said.roles[0], "other_roles": ROLE_SEPARATOR.join(said.roles[1:])}
    if said.mandate_ends_on:
        changes["mandate_ends_on"] = said.mandate_ends_on.isoformat()
    if said.language:
        changes["language"] = said.language
    if changes or said.attributes:
        changes["updated_at"] = to_text(now)
        connection.execute(
            f"UPDATE subscribers SET {', '.join(f'{column} = ?' for column in changes)} WHERE id = ?",
            (*changes.values(), subscriber_id),
        )
    for name, value in said.attributes.items():
        if not value:
            connection.execute(
                "DELETE FROM subscriber_attributes WHERE subscriber_id = ? AND name = ?", (subscriber_id, name)
            )
            continue
        connection.execute(
            """INSERT INTO subscriber_attributes (subscriber_id, name, value) VALUES (?, ?, ?)
            ON CONFLICT (subscriber_id, name) DO UPDATE SET value = excluded.value""",
            (subscriber_id, name, value),
        )


def belong(connection: sqlite3.Connection, subscriber_id: int, organisation: Organisation, *, now: datetime) -> int:
    """Say that a person works for this organisation, made when it is not known; give its id.

    One that is known keeps its name, and gets the codes that it did not have.

    Raises:
        ConflictError: it cannot be told which organisation is meant.
    """
    known = find_organisation(connection, organisation)
    named = replace(organisation, name=known.name) if known else organisation
    organisation_id, _has_changed = save_organisation(connection, named, now=now)
    attach(connection, subscriber_id, organisation_id, now=now)
    return organisation_id


def attributes_of(store: "Database", subscriber_id: int) -> dict[str, str]:
    """The free attributes of a person, by name."""
    rows = store.execute(
        "SELECT name, value FROM subscriber_attributes WHERE subscriber_id = ? ORDER BY name", (subscriber_id,)
    )
    return {str(row["name"]): str(row["value"]) for row in rows}


def organisation_of(store: "Database", organisation_id: int | None) -> Organisation | None:
    """The organisation of that number."""
    row = store.execute("SELECT * FROM organisations WHERE id = ?", (organisation_id,)).fetchone()
    return as_organisation(row) if row is not None else None


def _without_address(text: str) -> str:
    """Give the text; an import would take an address in it for a row that has slipped."""
    if ADDRESS_AMONG.search(text):
        raise BadFieldError(_("“{text}” holds an e-mail address.").format(text=text))
    return text


def _one_line(text: str, what: str) -> str:
    bare = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    line = " ".join(bare.encode("utf-8", "replace").decode("utf-8").split())
    if len(line) > LONGEST_TEXT:
        raise BadFieldError(_("{what} has {most} characters at most.").format(what=what, most=LONGEST_TEXT))
    return line

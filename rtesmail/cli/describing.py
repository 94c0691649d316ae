"""What is known of a person besides name and address: shown, and written down by hand."""

from collections.abc import Mapping
from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct, field

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.dates import day_words
from rtesmail.model.quoting import labelled, quoted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.audience.descriptions import Description
    from rtesmail.model.organisations import Organisation
    from rtesmail.model.people import Subscriber


class Known(Struct, frozen=True):
    """What is known of one person."""

    person: "Subscriber | None" = None
    organisation: "Organisation | None" = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def as_facts(self) -> list[tuple[str, str]]:
        """Labels and values, of what is known only."""
        if self.person is None:
            return []
        house, ended = self.organisation, self.person.mandate_ends_on
        facts = [
            (_("other roles"), ", ".join(self.person.other_roles)),
            (_("département"), self.person.departement),
            (_("language"), self.person.language),
            (_("mandate ends on"), day_words(ended) if ended else ""),
            (_("kind of organisation"), house.kind.value if house and house.kind else ""),
            ("SIREN", house.siren if house else ""),
            (_("INSEE code"), house.insee if house else ""),
            (_("member"), _("yes") if house and house.is_member else ""),
            *self.attributes.items(),
        ]
        return [(label, value) for label, value in facts if value]

    def as_json(self) -> dict[str, terminal.Json]:
        """The same for programs, with empty values."""
        if self.person is None:
            return {}
        house, ended = self.organisation, self.person.mandate_ends_on
        return {
            "roles": list(self.person.roles),
            "departement": self.person.departement,
            "language": self.person.language,
            "mandate_end": ended.isoformat() if ended else None,
            "kind": house.kind.value if house and house.kind else "",
            "siren": house.siren if house else "",
            "insee": house.insee if house else "",
            "member": bool(house and house.is_member),
            "attributes": dict(self.attributes),
        }


def known_of(store: "Database", person: "Subscriber | None") -> Known:
    """Look up what is known of a person."""
    from rtesmail.audience.descriptions import attributes_of, organisation_of

    if person is None:
        return Known()
    return Known(person, organisation_of(store, person.organisation_id), attributes_of(store, person.id))


def register(group: typer.Typer) -> None:
    """Add the command to those about people."""
    group.command(
        "describe",
        cls=wording.Command,
        help=_("Write down a person's roles, mandate, language, organisation, attributes."),
    )(describe_person)


def describe_person(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help=_("The person's e-mail address."), metavar=_("ADDRESS"))],
    roles: Annotated[
        str, typer.Option("--roles", help=_("Roles, the main one first: “élue; presse”."), metavar=_("TEXT"))
    ] = "",
    mandate_end: Annotated[
        str, typer.Option("--mandate-end", help=_("The last day of the mandate."), metavar=_("DAY"))
    ] = "",
    language: Annotated[str, typer.Option("--language", help=_("Its code: fr, en…"), metavar=_("CODE"))] = "",
    organisation: Annotated[
        str, typer.Option("--organisation", help=_("The name of an organisation that is known."), metavar=_("NAME"))
    ] = "",
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute", help=_("A free attribute, as NAME=VALUE; without a value it goes."), metavar=_("TEXT")
        ),
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience import descriptions
    from rtesmail.audience.organisations import attach
    from rtesmail.audience.subscribers import get_person
    from rtesmail.audience.suppression import nobody_here
    from rtesmail.store.transactions import transaction

    workspace = setting.current_workspace(context)
    said = _description(roles, mandate_end, language, attribute or [])
    with setting.opened_store(workspace) as store:
        with transaction(store) as connection:
            person = get_person(store, address)
            if person is None:
                raise nobody_here(address)
            now = setting.utc_now()
            descriptions.describe(connection, person.id, said, now=now)
            if organisation:
                house = _known_organisation(store, organisation)
                attach(connection, person.id, house.id, now=now)
        known = known_of(store, get_person(store, address))
    if as_json:
        terminal.emit({"email": address, **known.as_json()})
        return
    terminal.say(_("Written down: rtesmail people show {address}").format(address=address))


def _description(roles: str, mandate_end: str, language: str, attributes: list[str]) -> "Description":
    from rtesmail.audience import descriptions

    try:
        return descriptions.Description(
            roles=descriptions.read_roles(roles),
            mandate_ends_on=descriptions.read_day(mandate_end),
            language=descriptions.read_language(language),
            attributes=dict(descriptions.read_attribute(*_cut(text)) for text in attributes),
        )
    except descriptions.BadFieldError as error:
        raise typer.BadParameter(" ".join(filter(None, (error.reason, error.hint)))) from None


def _cut(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise typer.BadParameter(_("Write an attribute as NAME=VALUE, not {text}.").format(text=quoted(text)))
    return name, value


def _known_organisation(store: "Database", name: str) -> "Organisation":
    from rtesmail.audience.organisations import ConflictError, find_organisation
    from rtesmail.model.errors import WorkspaceError
    from rtesmail.model.organisations import Organisation
    from rtesmail.model.suggestions import one_of

    try:
        found = find_organisation(store.conn, Organisation(0, name))
    except ConflictError as error:
        hint = _("See them: rtesmail organisations --search TEXT")
        raise WorkspaceError(labelled(name, f"{error}."), hint=hint) from error
    if found is None:
        names = [str(row["name"]) for row in store.query("SELECT name FROM organisations ORDER BY name")]
        raise WorkspaceError(
            _("There is no organisation “{name}”.").format(name=name),
            hint=one_of(name, names) or _("See them: rtesmail organisations --search TEXT"),
        )
    return found

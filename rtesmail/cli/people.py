"""Commands about people: listing them, writing down a no or a yes."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import describing, histories, restoring, setting, terminal, wishing, wording
from rtesmail.cli.histories import status_words
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.model.people import Subscriber


def register(application: typer.Typer) -> None:
    application.command("lists", cls=wording.Command, help=_("Show the lists and how many people can be written to."))(
        show_lists
    )
    group = typer.Typer(cls=wording.Group, invoke_without_command=True, rich_markup_mode=None)
    group.callback(help=_("Find people; see or change what one of them wants."))(find)
    group.command("show", cls=wording.Command, help=_("Show what is known of one person, and all that happened."))(
        show_person
    )
    group.command(
        "unsubscribe", cls=wording.Command, help=_("Write down that a person wants no more mail. It counts at once.")
    )(unsubscribe)
    group.command("resubscribe", cls=wording.Command, help=_("Write down that a person asked to be written to again."))(
        resubscribe
    )
    restoring.register(group)
    describing.register(group)
    wishing.register(group)
    application.add_typer(group, name="people")


def show_lists(context: typer.Context, as_json: setting.JsonOption = False) -> None:
    from rtesmail.audience.subscribers import list_lists

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        lists = list_lists(store)
    if as_json:
        terminal.emit({"lists": [{"name": x.name, "members": x.members, "active": x.active} for x in lists]})
        return
    terminal.table(
        [(x.name, grouped(x.members), grouped(x.active)) for x in lists],
        heads=(_("list"), _("people"), _("can be written to")),
        right=(1, 2),
    )
    if not lists:
        terminal.say(_("No list yet. Next: rtesmail import FILE.csv --list NAME"))


def find(
    context: typer.Context,
    list_name: Annotated[str, typer.Option("--list", help=_("Only the people of this list."), metavar=_("NAME"))] = "",
    search: Annotated[
        str,
        typer.Option(
            "--search", help=_("Only those whose address, name or organisation holds this."), metavar=_("TEXT")
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", help=_("At most so many."), min=1, metavar="N")] = 50,
    as_json: setting.JsonOption = False,
) -> None:
    if context.invoked_subcommand:
        return
    from rtesmail.audience.subscribers import find_people

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        people = find_people(store, list_name=list_name or None, text=search, limit=limit)
    if as_json:
        terminal.emit({"people": [_person_as_json(person) for person in people]})
        return
    words = status_words()
    terminal.table(
        [(p.email, p.name, p.organisation, words[p.status.value]) for p in people],
        heads=(_("address"), _("name"), _("organisation"), _("status")),
    )
    count = len(people)
    terminal.say(ngettext("{n} person.", "{n} people.", count).format(n=grouped(count)))
    if count == limit:
        terminal.say(_("There may be more: add --limit, or --search to narrow it."))


def show_person(context: typer.Context, address: setting.AddressArgument, as_json: setting.JsonOption = False) -> None:
    from rtesmail.audience.subscribers import get_person
    from rtesmail.audience.wishes import wishes_of
    from rtesmail.privacy.history import history_of, lists_of
    from rtesmail.privacy.persons import find_person

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        whole = find_person(store, address)
        person = get_person(store, address)
        lists, entries = lists_of(store, whole), history_of(store, whole)
        described = describing.known_of(store, person)
        wishes = wishes_of(store, person.id if person else 0)
    if as_json:
        known = _person_as_json(person) if person else dict[str, terminal.Json]({"email": whole.keys[0]})
        known |= described.as_json() | wishing.json_of(wishes)
        terminal.emit({**known, "lists": list(lists), "history": [histories.as_json(entry) for entry in entries]})
        return
    if person is None:
        terminal.say(_("{address} is on no list and never was.").format(address=whole.keys[0]))
    else:
        terminal.facts(
            [
                (_("address"), person.email),
                (_("name"), person.name),
                (_("organisation"), person.organisation),
                (_("role"), person.role),
                (_("level"), person.level),
                (_("region"), person.region),
                *described.as_facts(),
                (_("status"), status_words()[person.status.value]),
                (_("lists"), ", ".join(lists)),
                *wishing.facts_of(wishes),
            ]
        )
    histories.show(workspace, entries)


def unsubscribe(
    context: typer.Context,
    address: setting.AddressArgument,
    source: Annotated[str, typer.Option("--source", help=_("How the person said it."), metavar=_("TEXT"))] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.suppression import suppress

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        said = source or "rtesmail people unsubscribe"
        has_changed = suppress(store, address, "unsubscribed", source=said, now=setting.utc_now())
    if as_json:
        terminal.emit({"email": address, "status": "unsubscribed", "changed": has_changed})
        return
    terminal.say(_("{address} will not be written to any more; no import brings it back.").format(address=address))


def resubscribe(
    context: typer.Context,
    address: setting.AddressArgument,
    source: Annotated[str, typer.Option("--source", help=_("How the person asked for it."), metavar=_("TEXT"))],
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience import suppression

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        has_changed = suppression.resubscribe(store, address, source=source, wording="", now=setting.utc_now())
    if as_json:
        terminal.emit({"email": address, "status": "active", "changed": has_changed})
        return
    terminal.say(_("{address} can be written to again.").format(address=address))


def _person_as_json(person: "Subscriber") -> dict[str, terminal.Json]:
    return {
        "email": person.email,
        "name": person.name,
        "organisation": person.organisation,
        "role": person.role,
        "level": person.level,
        "region": person.region,
        "status": person.status.value,
    }

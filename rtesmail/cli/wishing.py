"""Commands by which staff write down what a person told them: how often, on paper, back on a list."""

from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.quoting import quoted
from rtesmail.model.wishes import EVERYTHING

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.people import Subscriber
    from rtesmail.model.wishes import Frequency, Wishes

ByOption = Annotated[str, typer.Option("--by", help=_("Who writes it down."), metavar=_("NAME"))]


def register(group: typer.Typer) -> None:
    """Add the commands to those about people."""
    group.command(
        "prefer",
        cls=wording.Command,
        help=_("Write down how often a person wants to be written to, and whether on paper too."),
    )(prefer)
    group.command(
        "join",
        cls=wording.Command,
        help=_("Put a person on a list at their own wish, also one that they had left."),
    )(join)


def facts_of(wishes: "Wishes") -> list[tuple[str, str]]:
    """Labels and values for a person's wishes, of what they chose only."""
    from rtesmail.audience.wishes import frequency_words

    facts = [(_("frequency"), frequency_words(wishes.frequency))] if wishes.frequency else []
    if wishes.postal_address:
        facts.append((_("letter on paper"), ", ".join(wishes.postal_address)))
    return facts


def json_of(wishes: "Wishes") -> dict[str, terminal.Json]:
    """The same for programs."""
    return {"frequency": wishes.frequency or EVERYTHING, "postal_address": list(wishes.postal_address)}


def prefer(
    context: typer.Context,
    address: setting.AddressArgument,
    by: ByOption,
    frequency: Annotated[
        str, typer.Option("--frequency", help=_("everything, monthly or quarterly."), metavar=_("NAME"))
    ] = "",
    paper: Annotated[
        str,
        typer.Option(
            "--paper",
            help=_("Where the letter on paper goes, its lines parted by “;”."),
            metavar=_("TEXT"),
        ),
    ] = "",
    no_paper: Annotated[bool, typer.Option("--no-paper", help=_("No letter on paper any more."))] = False,
    source: Annotated[str, typer.Option("--source", help=_("How the person said it."), metavar=_("TEXT"))] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.wishes import ask_for_paper, choose_frequency, wishes_of

    workspace = setting.current_workspace(context)
    if not (frequency or paper or no_paper):
        raise typer.BadParameter(_("Say what the person wants: --frequency, --paper or --no-paper."))
    if paper and no_paper:
        raise typer.BadParameter(_("Either --paper or --no-paper."))
    chosen, lines = _read_frequency(frequency), _read_lines(paper)
    said, now = _signed(source or "rtesmail people prefer", by), setting.utc_now()
    with setting.opened_store(workspace) as store:
        person = _reader(store, address)
        changes = [
            frequency and choose_frequency(store, person.id, chosen, source=said, now=now),
            (paper or no_paper) and ask_for_paper(store, person.id, lines, source=said, now=now),
        ]
        wishes = wishes_of(store, person.id)
    if as_json:
        terminal.emit({"email": person.email, **json_of(wishes), "changed": any(changes)})
        return
    terminal.say(_("Written down: rtesmail people show {address}").format(address=person.email))


def join(
    context: typer.Context,
    address: setting.AddressArgument,
    list_name: setting.ListOption,
    source: Annotated[str, typer.Option("--source", help=_("How the person asked for it."), metavar=_("TEXT"))],
    by: ByOption,
    agreed: Annotated[
        str, typer.Option("--wording", help=_("The words that the person agreed to."), metavar=_("TEXT"))
    ] = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.departures import join_lists
    from rtesmail.audience.subscribers import require_list

    workspace = setting.current_workspace(context)
    said = _signed(source, by)
    with setting.opened_store(workspace) as store:
        require_list(store, list_name)
        person = _reader(store, address)
        joined = join_lists(store, person.id, (list_name,), source=said, wording=agreed, now=setting.utc_now())
    if as_json:
        terminal.emit({"email": person.email, "list": list_name, "changed": bool(joined)})
        return
    words = _("{address} is on the list {list} now.") if joined else _("{address} was on the list {list} already.")
    terminal.say(words.format(address=person.email, list=list_name))


def _reader(store: "Database", address: str) -> "Subscriber":
    """Give the person of an address who may be written to.

    Raises:
        WorkspaceError: nobody here has it.
        RefusedError: the person said no to everything, complained, bounced or was erased.
    """
    from rtesmail.audience.subscribers import get_person
    from rtesmail.audience.suppression import nobody_here
    from rtesmail.audience.wishes import is_reader
    from rtesmail.model.errors import RefusedError
    from rtesmail.model.people import SubscriberStatus

    person = get_person(store, address)
    if person is None:
        raise nobody_here(address)
    if is_reader(store, person.id):
        return person
    hint = _("See why: rtesmail people show {address}")
    if person.status is SubscriberStatus.UNSUBSCRIBED:
        hint = _("If the person asks to be written to again, first: rtesmail people resubscribe {address}")
    raise RefusedError(
        _("{address} is not written to at all, and nothing was changed.").format(address=person.email),
        hint=hint.format(address=person.email),
    )


def _signed(source: str, by: str) -> str:
    if not (source.strip() and by.strip()):
        raise typer.BadParameter(
            _("It is written into the consent journal: say how it came in, and who writes it down.")
        )
    return _("{how} (written down by {name})").format(how=source.strip(), name=by.strip())


def _read_frequency(text: str) -> "Frequency | None":
    from rtesmail.model.suggestions import one_of
    from rtesmail.model.wishes import Frequency

    if text in ("", EVERYTHING):
        return None
    known = [frequency.value for frequency in Frequency]
    if text not in known:
        wrong = _("There is no frequency {name}.").format(name=quoted(text))
        raise typer.BadParameter(f"{wrong} {one_of(text, [EVERYTHING, *known])}", param_hint="--frequency")
    return Frequency(text)


def _read_lines(text: str) -> tuple[str, ...]:
    from rtesmail.audience.wishes import postal_trouble, read_postal_address

    if not text:
        return ()
    lines = read_postal_address(text.replace(";", "\n"))
    trouble = postal_trouble(lines)
    if trouble:
        raise typer.BadParameter(trouble, param_hint="--paper")
    return lines

"""Where a command works: the workspace around it, its database, and the options many commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.model.dates import day_words, moment_cell, moment_words
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.content import Issue
    from rtesmail.model.edition import Edition
    from rtesmail.model.findings import Finding
    from rtesmail.model.mailing import DeliveryState
    from rtesmail.model.publication import Workspace

IssueArgument = Annotated[
    str, typer.Argument(help=_("The issue: its folder's name, or the folder."), metavar=_("ISSUE"))
]
AddressArgument = Annotated[str, typer.Argument(help=_("The person's e-mail address."), metavar=_("ADDRESS"))]
JsonOption = Annotated[bool, typer.Option("--json", help=_("Print one JSON object instead of text."))]
ListOption = Annotated[str, typer.Option("--list", help=_("The list of people."), metavar=_("NAME"))]


def _named(context: typer.Context, option: typer.CallbackParam, segment: str) -> str:
    """Refuse an empty name that was typed, such as a script's unset variable: it would mean the whole list."""
    source = context.get_parameter_source(option.name or "")
    if not segment.strip() and source is not None and source.name == "COMMANDLINE":
        raise typer.BadParameter(_("The name is empty. For the whole list, leave --segment out."))
    return segment.strip()


SegmentOption = Annotated[
    str,
    typer.Option(
        "--segment",
        callback=_named,
        help=_("Only those of the list whom this segment of lists/segments.toml asks for."),
        metavar=_("NAME"),
    ),
]

WaitOption = Annotated[
    float,
    typer.Option("--wait", help=_("Seconds to wait for another command that is sending."), min=0, metavar="S"),
]


AsIfOption = Annotated[
    str,
    typer.Option(
        "--as-if",
        help=_("With blocks for some readers only: what such a reader gets, as `level=région,region=Bretagne`."),
        metavar=_("WHO"),
    ),
]


def current_workspace(context: typer.Context) -> "Workspace":
    """Load the workspace given by `--workspace`, or the one around the current folder."""
    from rtesmail.content.workspace import find_workspace, load_workspace

    given: Path | None = context.obj
    return load_workspace(find_workspace(given.resolve() if given else Path.cwd()))


@contextmanager
def opened_store(workspace: "Workspace") -> Iterator["Database"]:
    """Open the workspace's database for the length of a command."""
    from rtesmail.store.opening import open_store

    store = open_store(workspace.database)
    try:
        yield store
    finally:
        store.conn.close()


def loaded_issue(workspace: "Workspace", text: str) -> tuple["Issue", tuple["Finding", ...]]:
    """Find and load an issue by what a person typed, with the findings of its files."""
    from rtesmail.content.issues import load_issue, resolve_issue_id

    loaded = load_issue(workspace, resolve_issue_id(workspace, text))
    return loaded.issue, loaded.findings


def checked_edition(workspace: "Workspace", text: str, store: "Database | None" = None) -> "Edition":
    """Render an issue and run every check on it; errors that its approval in `store` lets pass count for nothing.

    Raises:
        RefusedError: a check found an error; the findings come with it.
    """
    from rtesmail.delivery.approvals import find_approval
    from rtesmail.delivery.standing import refusal_of_letter

    edition, found = judged_edition(workspace, text)
    refusal = refusal_of_letter(edition, found, find_approval(store, edition) if store is not None else None)
    if refusal is not None:
        raise refusal
    return edition


def judged_edition(workspace: "Workspace", text: str) -> tuple["Edition", tuple["Finding", ...]]:
    """Render an issue by what a person typed, and run every check on it; give what they found."""
    from rtesmail.checks import passing
    from rtesmail.content.issues import resolve_issue_id

    return passing.judged_edition(workspace, resolve_issue_id(workspace, text))


def utc_now() -> datetime:
    """Give this instant, aware, in UTC."""
    return datetime.now(UTC)


def local_now(workspace: "Workspace") -> datetime:
    """Give this instant in the workspace's local time, naive, to the minute."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(workspace.configuration.identity.time_zone)
    return datetime.now(zone).replace(tzinfo=None, second=0, microsecond=0)


def local_moment(text: str, *, needs_hour: bool = False) -> datetime:
    """Read a local time that a person typed: `2025-04-03T09:00`, `2025-04-03 09:00` or `2025-04-03`; naive.

    With `needs_hour` a day alone is refused: it would be midnight, which nobody means.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            _("{text} is not a time: write it as {example}.").format(text=quoted(text), example=_as_typed(text))
        ) from None
    if needs_hour and len(text.strip()) <= len("2025-04-03"):
        raise typer.BadParameter(
            _("{text} tells no hour: write it as {example}.").format(
                text=quoted(text), example=f"{moment.date().isoformat()}T09:00"
            )
        )
    if moment.tzinfo is not None:
        raise typer.BadParameter(_("Write the local time, without an offset: 2025-04-03T09:00."))
    return moment


def _as_typed(text: str) -> str:
    """Give the moment that `3/12/2026 9h` means, as it is to be typed; any other where it is not sure."""
    from rtesmail.content.typed_dates import read_typed

    typed = read_typed(text)
    if typed is None or typed.day is None or typed.clock is None or not typed.is_whole or any(typed.trouble):
        return "2025-04-03T09:00"
    return f"{typed.day.isoformat()}T{typed.clock:%H:%M}"


def as_utc(workspace: "Workspace", moment: datetime) -> datetime:
    """Place a naive local time of the workspace on the world's clock.

    Raises:
        typer.BadParameter: the clocks jump over that time that day, so it does not exist.
    """
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(workspace.configuration.identity.time_zone)
    instant = moment.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != moment:
        raise typer.BadParameter(
            _("{moment} does not exist in {zone}: the clocks go forward that night.").format(
                moment=moment_words(moment), zone=zone.key
            )
        )
    return instant


def local_words(workspace: "Workspace", instant: datetime) -> str:
    """Say an instant in the workspace's local time, for a sentence."""
    return moment_words(instant, workspace.configuration.identity.time_zone)


def local_day(workspace: "Workspace", instant: datetime) -> str:
    """Say the workspace's local day of an instant, for a sentence."""
    from zoneinfo import ZoneInfo

    return day_words(instant.astimezone(ZoneInfo(workspace.configuration.identity.time_zone)))


def local_cell(workspace: "Workspace", instant: datetime) -> str:
    """Say an instant in the workspace's local time, for a column of a table."""
    return moment_cell(instant, workspace.configuration.identity.time_zone)


def known_issue_id(workspace: "Workspace", store: "Database", text: str) -> str:
    """Give the id of an issue by what a person typed, also of one that was mailed and whose files are gone."""
    from rtesmail.content.issues import resolve_issue_id
    from rtesmail.delivery.mailings import of_issue

    return text if of_issue(store, text) else resolve_issue_id(workspace, text)


def addresses(typed: list[str], option: str) -> list[str]:
    """Read the addresses that a person typed after an option."""
    from rtesmail.audience.addresses import InvalidAddress, parse_address

    try:
        return [parse_address(text).email for text in typed]
    except InvalidAddress as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def reader(workspace: "Workspace", text: str, option: str) -> dict[str, str]:
    """Read a kind of reader that a person typed: `level=région,region=Bretagne,role=élue`, any of the three."""
    from rtesmail.content.reading import one_of
    from rtesmail.model.content import Level
    from rtesmail.model.people import folded

    known = {"level": tuple(Level), "region": workspace.configuration.regions, "role": ()}
    found = dict.fromkeys(known, "")
    for part in text.split(","):
        name, _sign, value = (piece.strip() for piece in part.partition("="))
        if name not in known or not value:
            raise typer.BadParameter(
                _("{text} does not say who reads; write for example level=région,region=Bretagne.").format(
                    text=quoted(text)
                ),
                param_hint=option,
            )
        if known[name] and folded(value) not in map(folded, known[name]):
            message = _("There is no level {name}.") if name == "level" else _("There is no region {name}.")
            raise typer.BadParameter(
                f"{message.format(name=quoted(value))} {one_of(value, known[name])}", param_hint=option
            )
        found[name] = value
    return found


def delivery_state(text: str) -> "DeliveryState | None":
    """Read a state that a person typed; None for all of them."""
    from rtesmail.model.mailing import DeliveryState

    if text in ("", "all"):
        return None
    if text not in list(DeliveryState):
        known = ", ".join([*DeliveryState, "all"])
        raise typer.BadParameter(_("There is no state {text}. Known: {known}.").format(text=quoted(text), known=known))
    return DeliveryState(text)

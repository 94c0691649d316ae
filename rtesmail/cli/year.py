"""The command that shows what goes out when, and what is still missing."""

from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.dates import day_cell, moment_cell, month_cell

if TYPE_CHECKING:
    from rtesmail.delivery.year import Missing, Number, Stage


def register(application: typer.Typer) -> None:
    application.command(
        "calendar",
        cls=wording.Command,
        help=_("Show what goes out when this year, and what the next issues still miss."),
    )(calendar)


def calendar(
    context: typer.Context,
    year: Annotated[
        int | None,
        typer.Option("--year", help=_("The year (this one when not given)."), min=1900, max=9998, metavar="YYYY"),
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.year import look_at_year

    workspace = setting.current_workspace(context)
    now = setting.local_now(workspace)
    with setting.opened_store(workspace) as store:
        found = look_at_year(workspace, store, year or now.year, now=now)
    if as_json:
        terminal.emit(
            {
                "year": found.year,
                "issues": [_as_json(number) for number in found.numbers],
                "missing": [
                    {"publication": one.number.publication, "number": one.number.number, "missing": list(one.words)}
                    for one in found.missing
                ],
            }
        )
        return
    if not found.numbers:
        terminal.say(_("Nothing is planned for {year}.").format(year=found.year))
        terminal.say(_('A rhythm makes numbers expected: frequency = "monthly" under [publications.NAME].'))
        return
    words = _words()
    terminal.table(
        [(_when(n), n.publication, n.issue or n.number, n.title, words[n.stage]) for n in found.numbers],
        heads=(_("when"), _("publication"), _("issue"), _("title"), _("state")),
    )
    for missing in found.missing:
        terminal.say()
        _show_missing(missing)


def _show_missing(missing: "Missing") -> None:
    number = missing.number
    terminal.say(
        terminal.paint(
            _("Next: {title} ({issue})").format(title=number.title, issue=number.issue or number.publication), "strong"
        )
    )
    for words in missing.words:
        terminal.say(f"  – {words}")
    terminal.say(f"  → {missing.command}")


def _when(number: "Number") -> str:
    from rtesmail.delivery.year import Stage

    if number.stage is Stage.BROKEN:
        return "–"
    if number.moment is not None:
        return moment_cell(number.moment)
    return month_cell(number.day) if number.stage is Stage.EXPECTED else day_cell(number.day)


def _iso(number: "Number") -> str:
    from rtesmail.delivery.year import Stage

    if number.stage is Stage.BROKEN:
        return "–"
    if number.moment is not None:
        return number.moment.isoformat(" ", "minutes")
    return f"{number.day:%Y-%m}" if number.stage is Stage.EXPECTED else number.day.isoformat()


def _words() -> "dict[Stage, str]":
    from gettext import pgettext

    from rtesmail.delivery.year import Stage

    return {
        Stage.EXPECTED: pgettext("issue", "not begun"),
        Stage.BROKEN: pgettext("issue", "its file has a mistake"),
        Stage.BEGUN: pgettext("issue", "being made"),
        Stage.CHANGED: pgettext("issue", "changed since its approval"),
        Stage.APPROVED: pgettext("issue", "approved"),
        Stage.SCHEDULED: pgettext("issue", "planned"),
        Stage.UNCOVERED: pgettext("issue", "planned for others than approved"),
        Stage.HELD: pgettext("issue", "planned, does not leave like this"),
        Stage.SENDING: pgettext("issue", "being sent"),
        Stage.SENT: pgettext("issue", "sent"),
    }


def _as_json(number: "Number") -> terminal.Json:
    return {
        "publication": number.publication,
        "number": number.number,
        "issue": number.issue,
        "title": number.title,
        "when": _iso(number),
        "state": number.stage.value,
    }

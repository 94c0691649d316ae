"""Commands about organisations: importing them, listing them, and whom the mailings do not reach."""

from gettext import gettext as _
from gettext import ngettext, pgettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.dates import day_cell
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.audience.coverage import Coverage
    from rtesmail.audience.organisation_files import OrganisationsReport
    from rtesmail.model.organisations import Organisation
    from rtesmail.model.people import Subscriber

_SHOWN = 20


def register(application: typer.Typer) -> None:
    group = typer.Typer(cls=wording.Group, invoke_without_command=True, rich_markup_mode=None)
    group.callback(help=_("Show the organisations that people work for."))(list_all)
    group.command(
        "import",
        cls=wording.Command,
        help=_("Take organisations from a spreadsheet, such as the members, and find who works there."),
    )(import_file)
    application.add_typer(group, name="organisations")
    application.command(
        "coverage",
        cls=wording.Command,
        help=_("Show which members nothing reaches, whose mandate has ended, which addresses only bounce."),
    )(coverage)


def list_all(
    context: typer.Context,
    search: Annotated[
        str, typer.Option("--search", help=_("Only those whose name holds this."), metavar=_("TEXT"))
    ] = "",
    limit: Annotated[int, typer.Option("--limit", help=_("At most so many."), min=1, metavar="N")] = 50,
    as_json: setting.JsonOption = False,
) -> None:
    if context.invoked_subcommand:
        return
    from rtesmail.audience.organisations import list_organisations

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        found = list_organisations(store, text=search, limit=limit)
    if as_json:
        terminal.emit({"organisations": [{**_as_json(one), "people": people} for one, people in found]})
        return
    terminal.table(
        [
            (one.name, one.kind.value if one.kind else "", one.departement, one.siren, _yes(one.is_member), str(people))
            for one, people in found
        ],
        heads=(_("organisation"), _("kind"), _("département"), "SIREN", _("member"), _("people")),
        right=(5,),
    )
    if not found:
        terminal.say(_("No organisation. Next: rtesmail organisations import FILE.csv --members"))
    if len(found) == limit:
        terminal.say(_("There may be more: add --limit, or --search to narrow it."))


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=_("The CSV file."), metavar=_("FILE"))],
    members: Annotated[
        bool, typer.Option("--members", help=_("All of them are members; else a column “member” says which."))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Report what would happen, write nothing."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.organisation_files import import_organisations

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        report = import_organisations(store, file, members=members, now=setting.utc_now(), dry_run=dry_run)
    if as_json:
        terminal.emit(
            {
                "counts": {row.value: n for row, n in report.counts.items()},
                "rejected": [{"line": line, "name": name, "reason": why} for line, name, why in report.rejected],
                "attached": report.attached.people,
                "undecided": report.attached.undecided,
            }
        )
        return
    _show_import(report, dry_run=dry_run)


def _show_import(report: "OrganisationsReport", *, dry_run: bool) -> None:
    if report.rejected:
        terminal.table(
            [(str(line), name, why) for line, name, why in report.rejected],
            heads=(_("line"), _("organisation"), _("remark")),
            right=(0,),
        )
        terminal.say()
    words = {
        "added": pgettext("organisations", "added"),
        "updated": pgettext("organisations", "updated"),
        "unchanged": pgettext("organisations", "unchanged"),
        "rejected": pgettext("organisations", "rejected"),
    }
    terminal.table([(words[row.value], grouped(n)) for row, n in report.counts.items() if n], right=(1,))
    terminal.say()
    people = report.attached.people
    terminal.say(
        ngettext("{n} person was found to work there.", "{n} people were found to work there.", people).format(
            n=grouped(people)
        )
    )
    if undecided := report.attached.undecided:
        terminal.say(
            ngettext(
                "{n} person could not be told apart: several organisations have the name, or level or region differ.",
                "{n} people could not be told apart: several organisations have the name, or level or region differ.",
                undecided,
            ).format(n=grouped(undecided))
        )
    terminal.say(_("Nothing was written (--dry-run).") if dry_run else _("Next: rtesmail coverage"))


def coverage(
    context: typer.Context,
    list_name: Annotated[str, typer.Option("--list", help=_("Only the people of this list."), metavar=_("NAME"))] = "",
    every_row: Annotated[bool, typer.Option("--all", help=_("Show everything, not only the first of each."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.audience.coverage import look_at_coverage

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        found = look_at_coverage(store, today=setting.local_now(workspace).date(), list_name=list_name)
    if as_json:
        terminal.emit(
            {
                "members": found.members,
                "reached": found.reached,
                "unreached": [{**_as_json(one), "why": why.value} for one, why in found.unreached],
                "mandate_ended": [_person_as_json(person) for person in found.ended],
                "bouncing": [_person_as_json(person) for person in found.bouncing],
            }
        )
        return
    _show_coverage(found, most=None if every_row else _SHOWN)


def _show_coverage(found: "Coverage", *, most: int | None) -> None:
    words = {
        "nobody": _("nobody is known there"),
        "bounced": _("every address came back"),
        "said_no": _("nobody may be written to"),
        "no_list": _("people are known, but not on this list"),
    }
    if found.members:
        terminal.say(
            _("{reached} of {members} members are reached.").format(
                reached=grouped(found.reached), members=grouped(found.members)
            )
        )
    else:
        terminal.say(_("No member is known yet. Next: rtesmail organisations import FILE.csv --members"))
    _section(
        _("Members that nothing reaches"),
        [
            (one.name, one.kind.value if one.kind else "", one.departement, words[why.value])
            for one, why in found.unreached
        ],
        most,
    )
    _section(
        _("Mandates that have ended"),
        [
            (p.email, p.name, p.organisation, day_cell(p.mandate_ends_on) if p.mandate_ends_on else "")
            for p in found.ended
        ],
        most,
    )
    _section(_("Addresses that only bounce"), [(p.email, p.name, p.organisation) for p in found.bouncing], most)


def _section(title: str, rows: "list[tuple[str, ...]]", most: int | None) -> None:
    terminal.say()
    # Translators: a title and how many there are.
    terminal.say(_("{title}: {n}").format(title=title, n=grouped(len(rows))))
    terminal.table(rows[:most])
    if most is not None and len(rows) > most:
        terminal.say(_("  … and {n} more: --all shows them.").format(n=grouped(len(rows) - most)))


def _yes(is_so: bool) -> str:
    return _("yes") if is_so else ""


def _as_json(one: "Organisation") -> dict[str, terminal.Json]:
    return {
        "name": one.name,
        "kind": one.kind.value if one.kind else "",
        "siren": one.siren,
        "insee": one.insee,
        "region": one.region,
        "departement": one.departement,
        "member": one.is_member,
    }


def _person_as_json(person: "Subscriber") -> dict[str, terminal.Json]:
    ended = person.mandate_ends_on
    return {
        "email": person.email,
        "name": person.name,
        "organisation": person.organisation,
        "mandate_end": ended.isoformat() if ended else None,
    }

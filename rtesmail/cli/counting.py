"""The command that shows how often the links of a letter were opened."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.model.links import LinkTotal


def register(application: typer.Typer) -> None:
    application.command(
        "links", cls=wording.Command, help=_("Show how often the links of an issue were opened: totals, never who.")
    )(show_links)


def show_links(context: typer.Context, issue: setting.IssueArgument, as_json: setting.JsonOption = False) -> None:
    from rtesmail.content.issues import resolve_issue_id
    from rtesmail.delivery.links import totals_of
    from rtesmail.model.links import FEWEST_SHOWN

    workspace = setting.current_workspace(context)
    issue_id = resolve_issue_id(workspace, issue)
    with setting.opened_store(workspace) as store:
        totals = totals_of(store, issue_id)
    if as_json:
        links: list[terminal.Json] = [{"address": total.address, "clicks": total.clicks} for total in totals]
        terminal.emit({"issue": issue_id, "fewest_shown": FEWEST_SHOWN, "links": links})
        return
    if not totals:
        terminal.say(_("No link of {issue} is counted.").format(issue=issue_id))
        terminal.say(_("To count those of the next issues: count_links = true below [publications.NAME]."))
        return
    terminal.table(
        [(_clicks(total, FEWEST_SHOWN), total.address) for total in totals],
        heads=(_("opened"), _("link")),
        right=(0,),
    )
    terminal.say()
    terminal.say(ngettext("{n} link.", "{n} links.", len(totals)).format(n=grouped(len(totals))))
    terminal.say(_("An estimate: machines that open links are left out as far as they can be told from readers."))


def _clicks(total: "LinkTotal", fewest: int) -> str:
    return _("fewer than {n}").format(n=fewest) if total.clicks is None else grouped(total.clicks)

"""The duties towards the people who are written to: handing over, erasing, forgetting in time, keeping the record."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import papers, setting, terminal, wording
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.privacy.erasure import Erasure

ByOption = Annotated[str, typer.Option("--by", help=_("Who answers for it."), metavar=_("NAME"))]


def register(application: typer.Typer) -> None:
    group = typer.Typer(cls=wording.Group, no_args_is_help=True, rich_markup_mode=None)
    group.callback(help=_("People's rights over their data (GDPR): hand it over, erase it, forget it in time."))(_group)
    group.command(
        "export", cls=wording.Command, help=_("Give everything that is held on a person, as they may ask for it.")
    )(export)
    group.command(
        "erase", cls=wording.Command, help=_("Erase a person everywhere, for good; no import brings them back.")
    )(erase)
    group.command(
        "purge", cls=wording.Command, help=_("Erase everybody who has been kept for as long as the rules allow.")
    )(purge)
    group.command(
        "register", cls=wording.Command, help=_("Show the record of processing: lists, legal bases, counts, durations.")
    )(show_register)
    application.add_typer(group, name="privacy")


def _group() -> None:
    pass


def export(
    context: typer.Context,
    address: setting.AddressArgument,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            help=_("Write it: as .json for machines, as .html to be read. May be given twice."),
            metavar=_("FILE"),
        ),
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.cli.handovers import about, handover_paper
    from rtesmail.delivery.certificates.files import keep_files, require_new_files
    from rtesmail.privacy.handover import hand_over, handover_text
    from rtesmail.web.papers import paper_page

    wanted = tuple(output or ())
    if any(path.suffix.lower() not in (".json", ".html") for path in wanted):
        raise typer.BadParameter(_("The file's name ends in .json or in .html."), param_hint="--output")
    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        handover = hand_over(store, address, now=setting.utc_now())
    text = handover_text(handover, dict(about(workspace, handover)))
    paper = handover_paper(workspace, handover)
    require_new_files(wanted)
    keep_files(
        {
            path: text if path.suffix.lower() == ".json" else paper_page(paper, workspace.configuration.theme)
            for path in wanted
        }
    )
    if as_json:
        terminal.say(text.rstrip("\n"))
        return
    if not wanted:
        papers.show_paper(paper)
        terminal.say()
        terminal.say(
            _("Next: rtesmail privacy export {address} --output person.html --output person.json").format(
                address=handover.address
            )
        )
    for path in wanted:
        terminal.say(_("Written: {path}").format(path=terminal.shown_path(path)))
    if wanted:
        terminal.say(_("Make sure that whoever asks is that person, and delete the files once they are handed over."))


def erase(
    context: typer.Context,
    address: setting.AddressArgument,
    by: ByOption,
    wait: setting.WaitOption = 0.0,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.privacy.erasure import erase_person, required_name
    from rtesmail.privacy.leftovers import files_naming
    from rtesmail.privacy.persons import find_person

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        required_name(by)
        keys = find_person(store, address).keys
        done = erase_person(store, workspace, address, by=by, wait_seconds=wait)
    files = files_naming(workspace.root, keys, database=workspace.database)
    if as_json:
        terminal.emit(
            {
                "erasure": done.number,
                "rows": dict(done.rows),
                "left_mailings": done.skipped,
                "file_rewritten": done.is_swept,
                "files_naming_them": [str(path) for path in files],
            }
        )
        return
    terminal.say(
        _("{address} is erased (number {number} in the record). No import brings this person back.").format(
            address=address, number=done.number
        )
    )
    terminal.say()
    terminal.table(
        [(_table_words().get(name, name), grouped(count)) for name, count in done.rows.items()],
        heads=(_("where"), _("rows")),
        right=(1,),
    )
    _show_rest(done, files)


def _show_rest(done: "Erasure", files: tuple[Path, ...]) -> None:
    terminal.say()
    if done.skipped:
        terminal.say(
            ngettext(
                "{n} mailing under way goes on without this person.",
                "{n} mailings under way go on without this person.",
                done.skipped,
            ).format(n=done.skipped)
        )
    if not done.is_swept:
        terminal.say(_not_swept())
    if files:
        terminal.say(_("These files still name this person. Delete them, or take the person out:"))
        for path in files:
            terminal.say(f"  {terminal.shown_path(path)}")
    terminal.say(_("Backups, the mail server's logs and sent proofs are yours to think of."))


def _not_swept() -> str:
    return _(
        "The file of the database could not be rewritten now (a run is sending, or the disk is full): freed parts of "
        "it may hold traces until the next erasure or `rtesmail privacy purge`."
    )


def purge(
    context: typer.Context,
    by: ByOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Show whom it would erase, erase nobody."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.cli.histories import consent_words
    from rtesmail.privacy.retention import purge as purge_people
    from rtesmail.store.moments import to_text

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        done = purge_people(store, workspace, by=by, dry_run=dry_run)
    if as_json:
        # Who was erased is named nowhere any more, not in a log either.
        told: dict[str, terminal.Json] = {"limit": to_text(done.limit), "file_rewritten": done.is_swept}
        if dry_run:
            told["would_erase"] = [
                {"address": o.email_key, "last_contact_at": to_text(o.last_at), "what": o.what} for o in done.people
            ]
        terminal.emit({"erased": 0 if dry_run else len(done.people), **told})
        return
    count = len(done.people)
    limit = setting.local_day(workspace, done.limit)
    if not done.people:
        terminal.say(_("Nobody has been kept for too long: no last contact was before {limit}.").format(limit=limit))
        return
    if dry_run:
        words = consent_words()
        terminal.table(
            [(o.email_key, setting.local_cell(workspace, o.last_at), words[o.what]) for o in done.people],
            heads=(_("address"), _("last contact"), _("what")),
        )
        said = ngettext(
            "{n} person would be erased: the last contact was before {limit}.",
            "{n} people would be erased: their last contact was before {limit}.",
            count,
        )
        terminal.say(said.format(n=grouped(count), limit=limit))
        terminal.say(_("Nothing was changed (--dry-run)."))
        return
    said = ngettext(
        "{n} person was erased: the last contact was before {limit}.",
        "{n} people were erased: their last contact was before {limit}.",
        count,
    )
    terminal.say(said.format(n=grouped(count), limit=limit))
    if not done.is_swept:
        terminal.say(_not_swept())


def show_register(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", help=_("Write it as an .html page."), metavar=_("FILE"))
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.cli.registers import register_as_json, register_paper
    from rtesmail.privacy.register import make_register

    if output is not None and output.suffix.lower() != ".html":
        raise typer.BadParameter(_("The file's name ends in .html."), param_hint="--output")
    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        made = make_register(store, workspace, now=setting.utc_now())
    if output is not None:
        from rtesmail.delivery.certificates.files import keep_files, require_new_files
        from rtesmail.web.papers import paper_page

        require_new_files([output])
        keep_files({output: paper_page(register_paper(workspace, made), workspace.configuration.theme)})
    if as_json:
        terminal.emit(register_as_json(made))
        return
    papers.show_paper(register_paper(workspace, made))
    if output is not None:
        terminal.say(_("Written: {path}").format(path=terminal.shown_path(output)))


def _table_words() -> dict[str, str]:
    from rtesmail.privacy.tables import personal_tables

    return {table.name: table.title for table in personal_tables()}

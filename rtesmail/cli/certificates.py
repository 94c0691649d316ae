"""A mailing's signed-off account: shown, kept in files, and held against the ledger again."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import certificate_papers, papers, setting, terminal, wording
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.certificates.certificate import MailingAccount
    from rtesmail.delivery.certificates.certifying import Certificate
    from rtesmail.model.publication import Workspace


def register(application: typer.Typer) -> None:
    application.command(
        "certificate",
        cls=wording.Command,
        help=_("Account for a mailing that is over, signed in your name: its numbers checked against the ledger."),
    )(certificate)
    application.command(
        "verify",
        cls=wording.Command,
        help=_("Tell whether a certificate and the ledger are as they were when it was signed."),
    )(verify)


def certificate(
    context: typer.Context,
    issue: setting.IssueArgument,
    list_name: setting.ListOption,
    by: Annotated[str, typer.Option("--by", help=_("Who signs it."), metavar=_("NAME"))] = "",
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            help=_("Keep it: as .json to be verified, as .html to be read and printed. May be given twice."),
            metavar=_("FILE"),
        ),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option("--people", help=_("Write every person's delivery to a CSV file too."), metavar=_("FILE")),
    ] = None,
    segment: setting.SegmentOption = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery import targets
    from rtesmail.delivery.certificates.certificate import account_of
    from rtesmail.delivery.certificates.certifying import account_facts, certificate_facts, sign_account
    from rtesmail.delivery.certificates.files import keep_files, require_new_files

    wanted = tuple(output or ())
    if any(path.suffix.lower() not in (".json", ".html") for path in wanted):
        raise typer.BadParameter(_("The file's name ends in .json or in .html."), param_hint="--output")
    if people is not None and people.suffix.lower() != ".csv":
        raise typer.BadParameter(_("The file's name ends in .csv."), param_hint="--people")
    if wanted and not by.strip():
        raise typer.BadParameter(_("What is kept is signed: say who signs it."), param_hint="--by")
    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        issue_id = setting.known_issue_id(workspace, store, issue)
        account = account_of(store, issue_id, list_name, segment)
        files = (*wanted, *((people,) if people else ()))
        require_new_files(files)
        signed = sign_account(workspace, account, by=by, now=setting.utc_now()) if by else None
        contents = {path: _file(workspace, signed, path) for path in wanted if signed is not None}
        if people is not None:
            contents[people] = _people(store, account)
    keep_files(contents)
    if as_json:
        terminal.emit(certificate_facts(signed) if signed else {"account": account_facts(account)})
        return
    papers.show_paper(certificate_papers.paper_of(workspace, account, signed))
    terminal.say()
    for path in files:
        terminal.say(_("Written: {path}").format(path=terminal.shown_path(path)))
    verifiable = [path for path in wanted if path.suffix.lower() == ".json"]
    if verifiable:
        terminal.say(
            _("Next, whenever you like: rtesmail verify {path}").format(path=terminal.shown_path(verifiable[0]))
        )
    elif not wanted:
        terminal.say(
            _('Next: rtesmail certificate {issue} --list {list} --by "Your name" --output certificate.json').format(
                issue=issue_id, list=targets.options(list_name, segment)
            )
        )


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=_("The certificate's .json file."), metavar=_("FILE"))],
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.delivery.certificates.certifying import verify_certificate
    from rtesmail.delivery.targets import words
    from rtesmail.store.moments import from_text

    workspace = setting.current_workspace(context)
    with setting.opened_store(workspace) as store:
        facts = verify_certificate(store, workspace, file)
    if as_json:
        terminal.emit({"verified": True, **facts})
        return
    account = facts["account"]
    terminal.say(
        _("{issue} to {list}: the file and the ledger are as {name} signed them on {moment}.").format(
            issue=account["issue"],
            list=words(account["list"], account.get("segment", "")),
            name=facts["signed_by"],
            moment=setting.local_words(workspace, from_text(facts["signed_at"])),
        )
    )
    if erased := facts["erased_since"]:
        terminal.say(
            ngettext(
                "{n} person of this mailing was erased since: all numbers and steps still hold; addresses, names and "
                "servers' words can no longer be compared.",
                "{n} people of this mailing were erased since: all numbers and steps still hold; addresses, names and "
                "servers' words can no longer be compared.",
                erased,
            ).format(n=grouped(erased))
        )


def _file(workspace: "Workspace", signed: "Certificate", path: Path) -> str:
    if path.suffix.lower() == ".json":
        from rtesmail.delivery.certificates.certifying import certificate_text

        return certificate_text(signed)
    from rtesmail.web.papers import paper_page

    return paper_page(certificate_papers.paper_of(workspace, signed.account, signed), workspace.configuration.theme)


def _people(store: "Database", account: "MailingAccount") -> str:
    from rtesmail.delivery.accounts import state_words, who
    from rtesmail.delivery.certificates.files import people_table

    return people_table(who(store, account.mailing.id), state_words())

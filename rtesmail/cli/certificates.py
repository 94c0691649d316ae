"""A mailing's signed-off account: shown, kept in files, and held against the ledger again."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import papers, setting, terminal, wording
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import labelled

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.certificates.certificate import MailingAccount
    from rtesmail.delivery.certificates.certifying import Certificate
    from rtesmail.model.publication import Workspace
    from rtesmail.web.papers import Paper, PaperTable


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
    papers.show_paper(_paper(workspace, account, signed))
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

    return paper_page(_paper(workspace, signed.account, signed), workspace.configuration.theme)


def _people(store: "Database", account: "MailingAccount") -> str:
    from rtesmail.delivery.accounts import state_words, who
    from rtesmail.delivery.certificates.files import people_table

    return people_table(who(store, account.mailing.id), state_words())


def _paper(workspace: "Workspace", account: "MailingAccount", signed: "Certificate | None") -> "Paper":
    """Put an account into a person's words, for the terminal and for the page."""
    from rtesmail.delivery.targets import words
    from rtesmail.model.mailing import DeliveryState
    from rtesmail.web.papers import Paper

    mailing = account.mailing
    closing = [
        _(
            "The numbers add up to the audience as it was frozen: everybody is counted once. Times are those of {zone}."
        ).format(zone=workspace.configuration.identity.time_zone)
    ]
    if unknown := account.totals.of(DeliveryState.UNKNOWN):
        closing.append(
            ngettext(
                "{n} message is unknown: nobody has said yet whether it arrived (rtesmail resolve).",
                "{n} messages are unknown: nobody has said yet whether they arrived (rtesmail resolve).",
                unknown,
            ).format(n=grouped(unknown))
        )
    if signed is not None:
        moment = setting.local_words(workspace, signed.signed_at)
        closing.append(_("Signed by {name} on {moment}.").format(name=signed.signed_by, moment=moment))
    tables = (
        _states(account),
        _ways_out(account),
        _refusals(account),
        _omissions(account),
        _decisions(workspace, account),
    )
    return Paper(
        kicker=workspace.configuration.identity.full_name,
        title=_("Certificate of a mailing: {issue} to {list}").format(
            issue=mailing.issue, list=words(mailing.list_name, mailing.segment)
        ),
        facts=_facts(workspace, account),
        tables=tuple(table for table in tables if table.rows),
        closing=tuple(closing),
        fingerprint=signed.fingerprint if signed else "",
    )


def _facts(workspace: "Workspace", account: "MailingAccount") -> tuple[tuple[str, str], ...]:
    from rtesmail.delivery.mailings import state_word

    mailing, edition, approval = account.mailing, account.edition, account.approval
    publication = workspace.configuration.publications.get(edition.publication)
    moments = (
        (_("planned for"), mailing.scheduled_at),
        (_("not after"), mailing.not_after),
        (_("audience frozen, begun"), mailing.started_at),
        (state_word(mailing.state), mailing.finished_at),
    )
    return (
        (_("subject"), edition.subject),
        (_("publication"), publication.title if publication else edition.publication),
        (_("sender"), f"{edition.sender.name} <{edition.sender.address}>"),
        (_("edition, SHA-256"), edition.digest),
        (
            _("approved"),
            _("by {name} on {moment}").format(
                name=approval.approved_by, moment=setting.local_words(workspace, approval.approved_at)
            ),
        ),
        (_("mailing"), _("number {number}").format(number=mailing.id)),
        *(((_("segment, its condition"), labelled(mailing.segment, mailing.condition)),) if mailing.segment else ()),
        *((label, setting.local_words(workspace, moment)) for label, moment in moments if moment is not None),
    )


def _states(account: "MailingAccount") -> "PaperTable":
    from rtesmail.delivery.accounts import state_words
    from rtesmail.model.mailing import DeliveryState
    from rtesmail.web.papers import PaperTable

    words = state_words()
    meanings = {
        DeliveryState.ACCEPTED: _("taken by the mail server"),
        DeliveryState.REFUSED: _("turned down"),
        DeliveryState.UNKNOWN: _("handed over, no answer came back"),
        DeliveryState.SKIPPED: _("left out, nothing was sent"),
    }
    rows = [
        (words[state], grouped(account.totals.of(state)), meaning)
        for state, meaning in meanings.items()
        if account.totals.of(state)
    ]
    rows.append((_("audience"), grouped(account.totals.audience), _("everybody whom it was for")))
    return PaperTable(
        _("What became of it"), (_("state"), _("people"), _("what it means")), tuple(rows), right=(1,), has_sum=True
    )


def _ways_out(account: "MailingAccount") -> "PaperTable":
    from rtesmail.delivery.accounts import state_words
    from rtesmail.model.mailing import DeliveryState
    from rtesmail.web.papers import PaperTable

    words = state_words()
    shown = [
        state
        for state in (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.UNKNOWN)
        if any(state in by_state for by_state in account.transports.values())
    ]
    rows = tuple(
        # Without a way out: who could not be written to at all.
        (name or "–", *(grouped(by_state.get(state, 0)) for state in shown))
        for name, by_state in account.transports.items()
    )
    heads = (_("way out"), *(words[state] for state in shown))
    return PaperTable(_("Ways out"), heads, rows, right=tuple(range(1, len(heads))))


def _refusals(account: "MailingAccount") -> "PaperTable":
    from rtesmail.web.papers import PaperTable

    has_groups = any(refusal.group for refusal in account.refusals)
    rows = tuple(
        (
            *((refusal.group or _("others"),) if has_groups else ()),
            " ".join(filter(None, (str(refusal.code or ""), refusal.words))),
            grouped(refusal.people),
        )
        for refusal in account.refusals
    )
    heads = (*((_("domains"),) if has_groups else ()), _("what was answered"), _("people"))
    return PaperTable(_("Refused, and why"), heads, rows, right=(len(heads) - 1,))


def _omissions(account: "MailingAccount") -> "PaperTable":
    from rtesmail.web.papers import PaperTable

    rows = tuple((omission.reason, grouped(omission.people)) for omission in account.omissions)
    return PaperTable(_("Left out, and why"), (_("reason"), _("people")), rows, right=(1,))


def _decisions(workspace: "Workspace", account: "MailingAccount") -> "PaperTable":
    from rtesmail.delivery.accounts import state_words
    from rtesmail.web.papers import PaperTable

    words = state_words()
    rows = tuple(
        (
            decision.by,
            setting.local_words(workspace, decision.at),
            f"{words[decision.before]} → {words[decision.after]}",
            grouped(decision.people),
        )
        for decision in account.decisions
    )
    return PaperTable(_("What people decided"), (_("who"), _("when"), _("what"), _("people")), rows, right=(3,))

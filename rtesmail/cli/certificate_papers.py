"""The account of a mailing in a person's words, as a paper for the terminal and for the page."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from rtesmail.cli import setting
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import labelled

if TYPE_CHECKING:
    from rtesmail.delivery.certificates.certificate import MailingAccount
    from rtesmail.delivery.certificates.certifying import Certificate
    from rtesmail.model.publication import Workspace
    from rtesmail.web.papers import Paper, PaperTable


def paper_of(workspace: "Workspace", account: "MailingAccount", signed: "Certificate | None") -> "Paper":
    """Put an account into a person's words; who signed it, and its fingerprint, when it is `signed`."""
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

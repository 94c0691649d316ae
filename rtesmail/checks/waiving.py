"""Errors that a named person lets pass, each with a reason: what readers were promised is never among them."""

from collections.abc import Iterable, Mapping, Sequence
from gettext import gettext as _
from gettext import ngettext

from msgspec import Struct

from rtesmail.checks.registry import ON_REQUEST, all_checks
from rtesmail.model.dates import moment_words
from rtesmail.model.edition import Approval, Waiver
from rtesmail.model.errors import RefusedError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.quoting import labelled
from rtesmail.model.suggestions import one_of


class Waived(Struct, frozen=True):
    """The findings that stay, and the errors let pass."""

    left: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]


def waive(findings: Sequence[Finding], reasons: Mapping[str, str]) -> Waived:
    """Let the errors of some checks pass, each named with its reason.

    Raises:
        RefusedError: a reason is empty, a check has found no error, or it keeps a promise made to readers.
    """
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    found = {finding.check for finding in errors}
    promises = {one.name for one in all_checks() if one.is_promise}
    names = {one.name for one in all_checks()} | {*ON_REQUEST, *found}
    for check, reason in reasons.items():
        if check in promises:
            raise RefusedError(
                _("{check} keeps a promise made to readers and cannot be waived.").format(check=check),
                hint=_("Mend what it names."),
            )
        if check not in names:
            raise RefusedError(
                _("There is no check {check}.").format(check=check),
                hint=one_of(check, sorted(found - promises or names)),
            )
        if check not in found:
            known = sorted(found - promises)
            raise RefusedError(
                _("{check} has found no error here.").format(check=check),
                hint=one_of(check, known) if known else _("There is nothing to waive."),
            )
        if not reason.strip():
            raise RefusedError(
                _("A waiver needs a reason."),
                hint=_('Write it as --waive {check}="Why it may pass"').format(check=check),
            )
    waivers = [
        Waiver(finding.check, finding.place, finding.message, " ".join(reasons[finding.check].split()))
        for finding in errors
        if finding.check in reasons
    ]
    return Waived(leave_out(findings, waivers), tuple(dict.fromkeys(waivers)))


def waivable(findings: Iterable[Finding]) -> tuple[tuple[str, int], ...]:
    """Give the checks whose errors a person may let pass, with how many there are; none where one may not.

    That is an error in a file, or of a promise made to readers. What is found on request is not asked for a yes.
    """
    known = {one.name: one for one in all_checks()}
    errors = [one.check for one in findings if one.severity is Severity.ERROR and one.check not in ON_REQUEST]
    if any(name not in known or known[name].is_promise for name in errors):
        return ()
    return tuple((name, errors.count(name)) for name in dict.fromkeys(errors))


def leave_out(findings: Iterable[Finding], waivers: Iterable[Waiver]) -> tuple[Finding, ...]:
    """Give the findings but for the errors let pass: those that the same check found in the same place.

    Not by their words, which are in the language of who runs the command.
    """
    found = tuple(findings)
    passed = {finding for finding, _waiver in let_pass(found, waivers)}
    return tuple(finding for finding in found if finding not in passed)


def let_pass(findings: Iterable[Finding], waivers: Iterable[Waiver]) -> tuple[tuple[Finding, Waiver], ...]:
    """Give the errors that `leave_out` leaves out, each with its waiver."""
    waiver_of = {(waiver.check, waiver.place): waiver for waiver in waivers}
    errors = (finding for finding in findings if finding.severity is Severity.ERROR)
    return tuple((f, waiver_of[f.check, f.place]) for f in errors if (f.check, f.place) in waiver_of)


def passed_words(approval: Approval, count: int, time_zone: str = "") -> str:
    """Say how many errors a yes lets pass, who answers for them and since when, as a heading of what follows.

    Without a `time_zone`, the approval's time is local already.
    """
    return ngettext(
        "{n} error let pass by {name} on {moment}:", "{n} errors let pass by {name} on {moment}:", count
    ).format(n=count, name=approval.approved_by, moment=moment_words(approval.approved_at, time_zone))


def reason_words(waiver: Waiver) -> str:
    """Say why an error may pass."""
    return labelled(_("reason"), waiver.reason)

"""Reports of mail systems in machine-readable form: delivery (RFC 3464, RFC 6533) and disposition (RFC 8098)."""

import re
from collections.abc import Iterator

from rtesmail.feedback import notices, statuses
from rtesmail.feedback.letters import Letter, addresses_in
from rtesmail.feedback.parts import Fields, Part, read_fields
from rtesmail.model.feedback import FeedbackKind, RecipientReport

_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DISPOSITIONS = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_MOST_RECIPIENTS = 1_000
# Of these, each recipient has at most one: one more begins the next recipient where the blank line is missing.
_ONCE = frozenset({"final-recipient", "original-recipient", "action", "status"})
_KINDS = {
    "delayed": FeedbackKind.DEFERRED,
    "delivered": FeedbackKind.DELIVERED,
    "relayed": FeedbackKind.DELIVERED,
    "expanded": FeedbackKind.DELIVERED,
}


def read_delivery_report(letter: Letter) -> tuple[RecipientReport, ...]:
    """Give what a delivery report says of each recipient; nothing when there is none, or none that names anybody."""
    reports: list[RecipientReport] = []
    for part in letter.parts.parts:
        if not _is_about_us(letter, part):
            continue
        blocks = list(_recipients(part.text))
        reports += [_report(letter, fields, is_only=len(blocks) == 1) for fields in blocks[:_MOST_RECIPIENTS]]
    return tuple(report for report in reports if report.recipient or report.status or report.action)


def read_disposition(letter: Letter) -> RecipientReport | None:
    """Give a refusal that a disposition notification tells, None when it tells that somebody has read.

    Dovecot and Sieve (RFC 5429 section 2.1.1) refuse that way: deleted by the machine, never shown.
    """
    for part in letter.parts.parts:
        if part.fields.type not in _DISPOSITIONS or part.is_enclosed:
            continue
        fields = read_fields(part.text)
        disposition = fields.get("disposition").lower()
        is_refused = "automatic-action" in disposition and re.search(r"deleted|denied|failed", disposition)
        is_rejected = "(rejected)" in letter.fields.get("auto-submitted") or "reject" in letter.report.lower()
        if is_refused and is_rejected:
            words = letter.report
            status = statuses.status_in(words)
            kind = statuses.kind_of_failure(status, words) or FeedbackKind.BLOCKED
            return RecipientReport(kind, _recipient(fields), status, notices.one_line(words)[:500], "failed")
    return None


def is_disposition(letter: Letter) -> bool:
    """Tell whether a message is a notification that somebody, or a program, has read or thrown away ours."""
    return any(part.fields.type in _DISPOSITIONS and not part.is_enclosed for part in letter.parts.parts)


def _is_about_us(letter: Letter, part: Part) -> bool:
    """A report inside an enclosed message counts when a mail system has enclosed it, not when a person forwards one."""
    return part.fields.type in _TYPES and (not part.is_enclosed or letter.is_from_daemon)


def _recipients(text: str) -> Iterator[Fields]:
    """Give the fields of each recipient; those about the whole message have none."""
    for block in re.split(r"\n[ \t]*\n", text):
        group: list[tuple[str, str]] = []
        for name, value in read_fields(block).pairs:
            if name in _ONCE and any(name == known for known, _value in group):
                yield Fields(tuple(group))
                group = []
            group.append((name, value))
        if any(name in ("final-recipient", "original-recipient", "action") for name, _value in group):
            yield Fields(tuple(group))


def _recipient(fields: Fields) -> str:
    """Give the recipient as we addressed them: a forwarded mailbox has another name in the end."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        # Some servers write `rfc822;` twice, or brackets, or no type.
        value = fields.get(name).rpartition(";")[2].strip().strip("<>")
        if "@" in value and " " not in value and not value.startswith("/"):
            return notices.one_line(value)
        if found := addresses_in(value):
            return found[0]
    return ""


def _report(letter: Letter, fields: Fields, *, is_only: bool) -> RecipientReport:
    diagnostic = notices.one_line(fields.get("diagnostic-code").partition(";")[2] or fields.get("diagnostic-code"))
    given = fields.get("status")
    recipient = _recipient(fields)
    words = diagnostic or notices.one_line(given.partition(" ")[2])
    status = statuses.better_status(given, diagnostic)
    action = _action(fields.get("action"), status)
    if kind := _KINDS.get(action):
        return RecipientReport(kind, recipient, status, words[:500], action)
    said = letter.report if is_only else ""
    about = words if diagnostic and statuses.kind_of_failure("", diagnostic) else f"{words}\n{said}"
    kind = statuses.kind_of_failure(status or statuses.status_in(about), about) or FeedbackKind.SOFT_BOUNCE
    return RecipientReport(kind, recipient, status, (words or notices.one_line(said))[:500], action)


def _action(given: str, status: str) -> str:
    """Give the action by its proper name: servers write failure, error, Failed (reason)."""
    word = given.strip().lower()
    for begin, name in (
        ("fail", "failed"),
        ("error", "failed"),
        ("delay", "delayed"),
        ("deliver", "delivered"),
        ("relay", "relayed"),
        ("expand", "expanded"),
    ):
        if word.startswith(begin):
            return name
    return "delivered" if status.startswith("2") else "failed"

"""What is done about what came back, written down in one transaction: the policy.

Nothing is done twice, and nothing depends on the order: a suppression only grows heavier, failures that may pass are
counted as a set, and what is older than a person's own yes, or than a colleague's word that the address works, is
history.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rtesmail.audience import consent
from rtesmail.feedback import evidence, journal
from rtesmail.feedback.deciding import Case, act, note
from rtesmail.feedback.evidence import Subject
from rtesmail.feedback.journal import Words
from rtesmail.feedback.reasons import Reason, words_of
from rtesmail.model.consent import ConsentKind
from rtesmail.model.feedback import (
    Belief,
    Decision,
    FeedbackEvent,
    FeedbackKind,
    FeedbackPolicy,
    RecipientReport,
    ReturnedMessage,
    Treatment,
)
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

NAMED_DAYS = 10
"""How long after a letter left a bounce may come that is believed unproven: servers try for four to five days (RFC 5321
section 4.5.4.1), and some for a week.
"""
_MOST_REPORTS = 50

# How well it went, best first: of several to whom one address forwards, the best says whether the address works.
_FROM_BEST = (
    FeedbackKind.DELIVERED,
    FeedbackKind.DEFERRED,
    FeedbackKind.BLOCKED,
    FeedbackKind.SOFT_BOUNCE,
    FeedbackKind.MAILBOX_FULL,
    FeedbackKind.HARD_BOUNCE,
)
# What a provider tells of many and what asks for nothing: it is not written down.
_NOT_KEPT = (FeedbackKind.DELIVERED, FeedbackKind.DEFERRED, FeedbackKind.OTHER)
_ACTED_UPON = (FeedbackKind.HARD_BOUNCE, FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBED)


def treat_message(
    store: "Database",
    message: ReturnedMessage,
    *,
    identity: str,
    source: str,
    happened_at: datetime | None,
    policy: FeedbackPolicy,
    now: datetime,
) -> tuple[Treatment, ...]:
    """Write down what one message says, and act on it; the same `identity` twice changes nothing.

    `message.delivery` is believed: whoever gives it has verified the signature.

    Raises:
        UnusableStoreError: the database cannot be written to; nothing was changed.
    """
    case = Case(store, identity, source, happened_at, policy, now)
    with transaction(store):
        if before := journal.recorded(store, identity):
            return before
        return tuple(_of_message(case, message))


def treat_event(
    store: "Database",
    event: FeedbackEvent,
    *,
    identity: str,
    source: str,
    policy: FeedbackPolicy,
    now: datetime,
) -> Treatment:
    """Act on one event of a provider, who has proven who they are; the same `identity` twice changes nothing.

    Raises:
        UnusableStoreError: the database cannot be written to; nothing was changed.
    """
    if event.kind in _NOT_KEPT:
        return Treatment(event.kind, Decision.NOTED, "", words_of(Reason.NOTHING_TO_DO))
    case = Case(store, identity, source, event.happened_at, policy, now)
    with transaction(store):
        before = journal.recorded(store, identity)
        return before[0] if before else _of_event(case, event)


def note_departure(
    store: "Database",
    treatment: Treatment,
    *,
    identity: str,
    source: str,
    happened_at: datetime | None,
    policy: FeedbackPolicy,
    now: datetime,
) -> Treatment:
    """Write down that somebody left by the unsubscribe address of a letter, which is done already."""
    case = Case(store, identity, source, happened_at, policy, now)
    with transaction(store):
        if before := journal.recorded(store, identity):
            return before[0]
        subject = evidence.known(store, treatment.address)
        return note(case, treatment.kind, treatment.decision, subject, Reason.LEFT_BY_LETTER, Words())


def _of_message(case: Case, message: ReturnedMessage) -> Iterator[Treatment]:
    store, kind = case.store, message.kind
    words = Words(message.status, message.diagnostic)
    claimed = evidence.known(store, next(iter(message.recipients), ""))
    meant = evidence.proven(store, message.delivery, message.message_id)
    match kind:
        case _ if kind.is_bounce or kind in (FeedbackKind.DELIVERED, FeedbackKind.DEFERRED):
            yield from _of_reports(case, message, meant)
        case FeedbackKind.COMPLAINT if meant:
            yield act(case, kind, meant, words)
        case FeedbackKind.COMPLAINT:
            yield note(case, kind, Decision.KEPT, claimed, Reason.UNPROVEN, words)
        case FeedbackKind.UNSUBSCRIBE_REQUEST:
            yield _leaving(case, claimed, words)
        case FeedbackKind.HUMAN_REPLY:
            if claimed and evidence.is_subscriber(store, claimed.key):
                consent.record(store, claimed.key, ConsentKind.REPLIED, source=case.source, now=case.moment_of(claimed))
            yield note(case, kind, Decision.FORWARD, claimed, Reason.ANSWER, words)
        case FeedbackKind.UNIDENTIFIED:
            yield note(case, kind, Decision.KEPT, claimed, Reason.UNCLEAR, words)
        case _:
            yield note(case, kind, Decision.NOTED, claimed, Reason.NOTHING_TO_DO, words)


def _of_reports(case: Case, message: ReturnedMessage, meant: Subject | None) -> Iterator[Treatment]:
    own = RecipientReport(
        message.kind, next(iter(message.recipients), ""), message.status, message.diagnostic, message.action
    )
    reports = (message.reports or (own,))[:_MOST_REPORTS]
    if meant is not None:
        report = _about(case, meant, reports)
        yield act(case, report.kind, meant, Words(report.status, report.diagnostic))
        return
    unproven: list[RecipientReport] = []
    treated: set[str] = set()
    for report in reports:
        subject = evidence.known(case.store, report.recipient)
        named = _named(case, report) if report.kind.is_bounce else None
        if subject and subject.key in treated:
            continue
        if report.kind is FeedbackKind.BLOCKED or not report.kind.is_bounce or named:
            treated.add(subject.key if subject else "")
            yield act(case, report.kind, named or subject or Subject("", ""), Words(report.status, report.diagnostic))
        else:
            unproven.append(report)
    yield from _kept(case, unproven, treated)


def _kept(case: Case, reports: Sequence[RecipientReport], treated: set[str]) -> Iterator[Treatment]:
    """Leave to a person what nothing proves: once for each of ours who is named, else once."""
    found = {report: evidence.known(case.store, report.recipient) for report in reports}
    by_key = {subject.key if subject else "": (report, subject) for report, subject in reversed(found.items())}
    if len(by_key) > 1:
        by_key.pop("", None)
    for key, (report, subject) in by_key.items():
        if key not in treated:
            words = Words(report.status, report.diagnostic)
            yield note(case, report.kind, Decision.KEPT, subject, Reason.UNPROVEN, words)


def _about(case: Case, meant: Subject, reports: Sequence[RecipientReport]) -> RecipientReport:
    """Give what is said of the address that we wrote to, else of that one it forwards to with whom it went best."""
    for report in reports:
        named = evidence.known(case.store, report.recipient)
        if named is not None and named.key == meant.key:
            return report
    return min(reports, key=lambda report: _FROM_BEST.index(report.kind))


def _named(case: Case, report: RecipientReport) -> Subject | None:
    """Give whom we wrote to lately and a report names, where such a report is believed."""
    if case.policy.believe is not Belief.NAMED:
        return None
    until = min(case.happened_at or case.now, case.now)
    since = until - timedelta(days=NAMED_DAYS)
    return evidence.written_to_lately(case.store, report.recipient, since=since, until=until)


def _leaving(case: Case, claimed: Subject | None, words: Words) -> Treatment:
    """Carry out a no without a token that comes from a subscriber's address.

    Anybody could write it in their name; it does them little harm, is told in their history and can be taken back,
    while a no that is not heard ends as a complaint.
    """
    kind = FeedbackKind.UNSUBSCRIBE_REQUEST
    if claimed is None or not evidence.is_subscriber(case.store, claimed.key):
        return note(case, kind, Decision.KEPT, claimed, Reason.STRANGER_LEAVES, words)
    return act(case, kind, claimed, words)


def _of_event(case: Case, event: FeedbackEvent) -> Treatment:
    store, kind, words = case.store, event.kind, Words("", event.words)
    subject = (
        evidence.proven(store, None, event.message_id)
        or evidence.by_provider(store, event.address, event.provider_id)
        or evidence.known(store, event.address)
    )
    if subject is None and kind in _ACTED_UPON:
        # Of no letter of ours, and yet the provider writes to them no more.
        subject = evidence.stranger(store, event.address)
    if subject is None:
        return Treatment(kind, Decision.NOTED, "", words_of(Reason.NOBODY))
    return act(case, kind, subject, words)

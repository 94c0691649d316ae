"""What is done about one person by what came back, and in which words that is written down."""

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.restoring import works_since
from rtesmail.audience.subscriptions import last_yes_at
from rtesmail.audience.suppression import suppress_within
from rtesmail.feedback import counting, journal
from rtesmail.feedback.counting import Failure
from rtesmail.feedback.evidence import Subject
from rtesmail.feedback.journal import Words
from rtesmail.feedback.reasons import Reason, counted, words_of
from rtesmail.model.feedback import Decision, FeedbackKind, FeedbackPolicy, Treatment
from rtesmail.model.people import SubscriberStatus

if TYPE_CHECKING:
    from sqlite_utils import Database

_STATUSES = {
    FeedbackKind.HARD_BOUNCE: SubscriberStatus.BOUNCED,
    FeedbackKind.COMPLAINT: SubscriberStatus.COMPLAINED,
    FeedbackKind.UNSUBSCRIBED: SubscriberStatus.UNSUBSCRIBED,
    FeedbackKind.UNSUBSCRIBE_REQUEST: SubscriberStatus.UNSUBSCRIBED,
}

_WHY = {
    FeedbackKind.HARD_BOUNCE: Reason.ADDRESS_FAILS,
    FeedbackKind.COMPLAINT: Reason.SPAM,
    FeedbackKind.UNSUBSCRIBED: Reason.LEFT_AT_PROVIDER,
    FeedbackKind.UNSUBSCRIBE_REQUEST: Reason.ASKED_BY_MAIL,
}


class Case(Struct, frozen=True):
    """One thing that came back: what tells it, how it came in, when it happened (None: nobody knows)."""

    store: "Database"
    identity: str
    source: str
    happened_at: datetime | None
    policy: FeedbackPolicy
    now: datetime

    def moment_of(self, subject: Subject | None) -> datetime:
        """Give when it happened as it is written down: never later than now, whatever other people's clocks say."""
        return min(self.told_moment_of(subject), self.now)

    def told_moment_of(self, subject: Subject | None) -> datetime:
        """Give when it happened by its own account, else when the letter left that it is about, else now."""
        sent_at = subject.sent_at if subject else None
        return self.happened_at or sent_at or self.now


def act(case: Case, kind: FeedbackKind, subject: Subject, words: Words) -> Treatment:
    """Do what the policy says about one of ours; who is a stranger, or was erased, has nothing done to them."""
    if kind is FeedbackKind.BLOCKED:
        return note(case, kind, Decision.ALERTED, subject, Reason.ABOUT_US, words)
    if not (kind.is_bounce or kind in _STATUSES):
        return note(case, kind, Decision.NOTED, subject, Reason.NOTHING_TO_DO, words)
    if not subject.key:
        return note(case, kind, Decision.NOTED, subject, Reason.NOBODY, words)
    # That an address works takes back no no: only its person's own yes does.
    since = (works_since if kind.is_bounce else last_yes_at)(case.store, subject.key)
    if since is not None and case.told_moment_of(subject) < since:
        return note(case, kind, Decision.NOTED, subject, Reason.HISTORY, words)
    if kind in counting.PASSING:
        return _counted(case, kind, subject, words, since)
    is_new = suppress_within(case.store, subject.email, _STATUSES[kind].value, source=_told(case, kind), now=case.now)
    return note(case, kind, Decision.SUPPRESSED if is_new else Decision.ALREADY, subject, _WHY[kind], words)


def note(
    case: Case, kind: FeedbackKind, decision: Decision, subject: Subject | None, reason: str, words: Words
) -> Treatment:
    """Write down what was decided and why (a code of `reasons`), in the caller's transaction."""
    treatment = Treatment(kind, decision, subject.email if subject else "", words_of(reason))
    journal.write(
        case.store,
        treatment,
        reason=reason,
        identity=case.identity,
        email_key=subject.key if subject else "",
        words=words,
        source=case.source,
        delivery=subject.delivery if subject else None,
        happened_at=case.moment_of(subject),
        now=case.now,
    )
    return treatment


def _counted(case: Case, kind: FeedbackKind, subject: Subject, words: Words, since: datetime | None) -> Treatment:
    policy = case.policy
    failures = counting.failures_of(case.store, subject.key, since)
    count = counting.most_within([*failures, Failure(case.moment_of(subject), subject.delivery)], policy.soft_days)
    reason = counted(count, policy.soft_bounces, policy.soft_days)
    decision = Decision.COUNTED
    if count >= policy.soft_bounces:
        is_new = suppress_within(
            case.store, subject.email, SubscriberStatus.BOUNCED.value, source=_told(case, kind), now=case.now
        )
        decision = Decision.SUPPRESSED if is_new else Decision.ALREADY
    return note(case, kind, decision, subject, reason, words)


def _told(case: Case, kind: FeedbackKind) -> str:
    """Say in the journal how it came in. A request without a token must be known from others."""
    if kind is FeedbackKind.UNSUBSCRIBE_REQUEST:
        return _("{source}: asked to leave by a mail from their address").format(source=case.source)
    return case.source

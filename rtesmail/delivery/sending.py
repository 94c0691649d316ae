"""Send a mailing, now: the first time, or again after whatever stopped it."""

from collections.abc import Callable
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery import audiences, ledger, mailings, targets
from rtesmail.delivery.approvals import load_edition, require_approval
from rtesmail.delivery.clock import Clock
from rtesmail.delivery.composers import composer_of, verp_of
from rtesmail.delivery.lock import sending_lock
from rtesmail.delivery.pacing.pace import Grouping, Pace, memory_of
from rtesmail.model.edition import Edition
from rtesmail.model.errors import RefusedError, UnusableTransportError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState, Totals
from rtesmail.model.publication import TransportSettings, Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.messages.composing import Composer
    from rtesmail.delivery.signing.ahead import SignaturesAhead

Progress = Callable[[Totals], None]


class SendReport(Struct, frozen=True):
    """What one run did to a mailing.

    `sent_now` counts the messages accepted in this run; `recovered_unknown` those that an earlier run left without a
    known end; `newcomers_left_out` who joined the list since the freeze; `was_finished` tells that there was nothing
    to do; `differs_from_files` that a begun mailing went on with its own edition while the files say otherwise.
    `fallback` names the way out that took over from the one that was asked for, `fallback_reason` says why.
    """

    mailing: Mailing
    totals: Totals
    sent_now: int = 0
    resumed: bool = False
    recovered_unknown: int = 0
    newcomers_left_out: int = 0
    was_finished: bool = False
    differs_from_files: bool = False
    next_attempt_at: datetime | None = None
    fallback: str = ""
    fallback_reason: str = ""


def send_mailing(
    store: "Database",
    workspace: Workspace,
    *,
    issue_id: str,
    edition: Edition | None,
    list_name: str,
    segment: str = "",
    transport: TransportSettings,
    now: Clock,
    limit: int | None = None,
    progress: Progress | None = None,
    wait_seconds: float = 0.0,
    begins: bool = True,
) -> SendReport:
    """Send an approved edition to a list or a segment of it, or go on with the mailing of it that was begun.

    A begun mailing uses the edition that it began with, `edition` may then be None, and keeps its people. `limit` is
    the most messages handed over in this run; `wait_seconds` how long to wait for another process that sends. Unless it
    `begins`, a mailing that was not begun is refused.

    Raises:
        RefusedError: not approved, changed since its approval, past its deadline, not begun, nobody to write to, or a
            planned mailing's segment asks for others than it did.
        StoppedError: the run stopped; the same call goes on.
        WorkspaceError: an unknown list or segment, or settings that cannot be used.
    """
    mailings.require_list(store, workspace, list_name)
    with sending_lock(workspace.database.parent, wait_seconds=wait_seconds):
        if not begins:
            require_begun(store, workspace, issue_id, list_name, segment)
        run = _Run(store, workspace, transport, now, limit, progress)
        return run.send(issue_id, list_name, segment, edition)


def send_while_locked(
    store: "Database",
    workspace: Workspace,
    mailing: Mailing,
    edition: Edition,
    transport: TransportSettings,
    now: Clock,
) -> SendReport:
    """Send or resume one mailing of a run that holds the sending lock already."""
    run = _Run(store, workspace, transport, now, None, None)
    return run.send(mailing.issue, mailing.list_name, mailing.segment, edition)


def require_begun(store: "Database", workspace: Workspace, issue_id: str, list_name: str, segment: str = "") -> Mailing:
    """Give the mailing of an issue to a list or a segment of it, begun or over.

    Raises:
        RefusedError: it was not begun yet.
        WorkspaceError: an unknown list.
    """
    mailings.require_list(store, workspace, list_name)
    known = mailings.find(store, issue_id, list_name, segment)
    if known is None or known.state is MailingState.SCHEDULED:
        raise RefusedError(
            _("{issue} to {list} is not begun yet: there is nothing to go on with, and nothing was sent.").format(
                issue=issue_id, list=targets.words(list_name, segment)
            ),
            hint=_how_to_begin(store, issue_id, list_name, segment),
        )
    return known


def _how_to_begin(store: "Database", issue_id: str, list_name: str, segment: str) -> str:
    """Name rather what is under way to others of the list: who forgot a segment does not want the whole list."""
    meant = [
        f"--list {targets.options(list_name, mailing.segment)}"
        for mailing in mailings.of_issue(store, issue_id)
        if mailing.list_name == list_name and mailing.state is MailingState.SENDING
    ]
    if meant:
        return _("Under way are: {targets}").format(targets=", ".join(meant))
    return _("To begin it: rtesmail send {issue} --list {list}").format(
        issue=issue_id, list=targets.options(list_name, segment)
    )


def recently_sent(store: "Database", transport: TransportSettings, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Give what has left through a transport, by pace group, as far back as its pace looks."""
    memory = memory_of(transport.pace)
    return tuple(ledger.sent_since(store, transport.name, since=now - memory)) if memory else ()


class _Run(Struct, frozen=True):
    store: "Database"
    workspace: Workspace
    transport: TransportSettings
    now: Clock
    limit: int | None
    progress: Progress | None

    def send(self, issue_id: str, list_name: str, segment: str, edition: Edition | None) -> SendReport:
        known = mailings.find(self.store, issue_id, list_name, segment)
        if known is not None and known.state is MailingState.FINISHED:
            return SendReport(known, ledger.totals(self.store, known.id), was_finished=True)
        if known is not None and known.state is MailingState.EXPIRED:
            raise self._too_late(known)
        if known is not None and known.state is MailingState.SENDING:
            return self._resume(known, edition)
        if known is not None and known.not_after is not None and self.now() > known.not_after:
            raise self._too_late(known)
        if known is not None:
            part = targets.planned_part(self.workspace, known, self.now())
        else:
            part = targets.part_of(self.workspace, segment, self.now())
        return self._begin(issue_id, list_name, part, edition)

    def _begin(self, issue_id: str, list_name: str, part: targets.Part | None, edition: Edition | None) -> SendReport:
        from rtesmail.delivery.carriers import require_carrier
        from rtesmail.delivery.messages.composing import require_own_addresses
        from rtesmail.delivery.signing.signatures import load_signer
        from rtesmail.delivery.tokens import load_secret
        from rtesmail.delivery.transports.registry import build_transport

        if edition is None:
            raise RefusedError(_("{issue} to {list} is not begun yet.").format(issue=issue_id, list=list_name))
        time_zone = self.workspace.configuration.identity.time_zone
        targets.require_approved_for(require_approval(self.store, edition, time_zone), list_name, part)
        # Whatever can be wrong in the settings shows before anybody is frozen.
        require_own_addresses(edition, self.transport.envelope_sender)
        way_out = build_transport(self.transport)
        load_signer(self.transport.dkim)
        load_secret(self.workspace)
        verp_of(self.workspace, self.transport)
        trial = Mailing(0, issue_id, list_name, MailingState.SENDING, self.now())
        require_carrier(way_out, composer_of(self.workspace, edition, trial, self.transport), edition, self.now())
        mailings.require_list(self.store, self.workspace, list_name)
        mailing = mailings.begin(
            self.store,
            issue_id=issue_id,
            list_name=list_name,
            digest=edition.digest,
            now=self.now(),
            part=part,
            group_of=Grouping(self.transport.pace).group_of,
            variant_of=edition.variant_of,
            frequency=self.workspace.configuration.frequency_of(edition.publication),
        )
        return self._deliver(mailing, edition, SendReport(mailing, ledger.totals(self.store, mailing.id)))

    def _resume(self, mailing: Mailing, current: Edition | None) -> SendReport:
        from rtesmail.delivery.provider_calls import settle_calls_of_dead_run

        known = {**self.workspace.configuration.transports, self.transport.name: self.transport}
        settle_calls_of_dead_run(self.store, mailing.id, known.values(), self.now)
        recovered = ledger.recover(self.store, mailing.id, now=self.now())
        edition = load_edition(self.store, mailing.edition_digest or "")
        report = SendReport(
            mailing,
            ledger.totals(self.store, mailing.id),
            resumed=True,
            recovered_unknown=recovered,
            differs_from_files=current is not None and current.digest != edition.digest,
        )
        return self._deliver(mailing, edition, report)

    def _deliver(self, mailing: Mailing, edition: Edition, begun: SendReport) -> SendReport:
        from msgspec.structs import replace

        resume_at, trouble = self._pass(mailing, edition)
        is_late = mailing.not_after is not None and self.now() > mailing.not_after
        ended = mailings.finish(self.store, mailing.id, now=self.now(), resume_at=resume_at)
        if is_late and ended.state is MailingState.SENDING:
            mailings.expire(self.store, mailing.id, now=self.now())
            ended = mailings.get(self.store, mailing.id)
        totals = ledger.totals(self.store, mailing.id)
        return replace(
            begun,
            mailing=ended,
            totals=totals,
            sent_now=totals.of(DeliveryState.ACCEPTED) - begun.totals.of(DeliveryState.ACCEPTED),
            newcomers_left_out=audiences.newcomers(
                self.store, mailing.id, mailing.list_name, targets.begun_part(self.workspace, mailing)
            ),
            next_attempt_at=ledger.next_attempt(self.store, mailing.id),
            fallback=self.transport.fallback if trouble else "",
            fallback_reason=str(trouble or ""),
        )

    def _pass(self, mailing: Mailing, edition: Edition) -> tuple[datetime | None, UnusableTransportError | None]:
        """Send through the transport; if it cannot be used, let its fallback take over those who are pending.

        Gives when to go on, if the pace ended the run, and the trouble that made the fallback take over.
        """
        fallback = self.workspace.configuration.transports.get(self.transport.fallback)
        try:
            return self._through(self.transport, mailing, edition), None
        except UnusableTransportError as error:
            # A run with a limit is a trial of this way out, not of the other.
            if fallback is None or self.limit is not None:
                raise
            return self._through(fallback, mailing, edition, only_pending=True), error

    def _through(
        self, settings: TransportSettings, mailing: Mailing, edition: Edition, *, only_pending: bool = False
    ) -> datetime | None:
        from zoneinfo import ZoneInfo

        from rtesmail.delivery.engine import Task, run_engine
        from rtesmail.delivery.provider_calls import StoredCalls
        from rtesmail.delivery.transports.registry import build_transport

        ledger.regroup(self.store, mailing.id, Grouping(settings.pace).group_of)
        composer = composer_of(self.workspace, edition, mailing, settings)
        zone = ZoneInfo(self.workspace.configuration.identity.time_zone)
        pace = Pace(settings.pace, zone=zone, past=recently_sent(self.store, settings, self.now()))
        task = Task(
            passage=ledger.Passage(mailing.id, settings.name, composer.message_id, only_pending),
            now=self.now,
            pace=pace,
            limit=self.limit,
            deadline=mailing.not_after,
            progress=self.progress,
            ahead=self._signatures_ahead(settings, mailing, edition, composer),
        )
        calls = StoredCalls(self.store, mailing.id, settings.name, self.now)
        return run_engine(self.store, composer, build_transport(settings, calls=calls), task)

    def _signatures_ahead(
        self, settings: TransportSettings, mailing: Mailing, edition: Edition, composer: "Composer"
    ) -> "SignaturesAhead | None":
        """Have other processes sign when there are people enough for them to pay."""
        from functools import partial

        from rtesmail.delivery.signing.ahead import WORTH_IT, SignaturesAhead

        # Counting comes last: it takes its time in a large mailing.
        if not settings.dkim or (self.limit is not None and self.limit < WORTH_IT):
            return None
        if ledger.totals(self.store, mailing.id).of(DeliveryState.PENDING) < WORTH_IT:
            return None
        recipe = (self.workspace, edition, mailing, settings)
        upcoming = partial(ledger.upcoming, self.store, mailing.id)
        return SignaturesAhead(recipe, upcoming, composer.signature_of, self.now)

    def _too_late(self, mailing: Mailing) -> RefusedError:
        return RefusedError(
            _("The deadline of {issue} to {list} is past.").format(
                issue=mailing.issue, list=targets.words(mailing.list_name, mailing.segment)
            ),
            hint=_("Cancel it (rtesmail cancel), then schedule or send it again: nobody gets it twice."),
        )

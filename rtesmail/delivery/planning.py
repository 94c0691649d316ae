"""What a mailing would do, foreseen without touching the ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.segments.wording import say
from rtesmail.delivery import accounts, audiences, mailings, targets
from rtesmail.delivery.approvals import find_approval, latest_approval, load_edition
from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.delivery.composers import composer_of
from rtesmail.delivery.pacing.forecast import foretell
from rtesmail.delivery.pacing.pace import Grouping
from rtesmail.delivery.sending import recently_sent
from rtesmail.model.conditions import words_of
from rtesmail.model.edition import Approval, ApprovedAudience, Edition
from rtesmail.model.errors import RefusedError
from rtesmail.model.mailing import DeliveryState, Mailing, MailingState, Message, Recipient
from rtesmail.model.publication import TransportKind, TransportSettings, Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database


class Plan(Struct, frozen=True):
    """What `send` would do now.

    `held_back` counts the members who get nothing, by reason; `unwritable` has the addresses that no message can be
    made for; `largest_bytes` is the size of the largest message, as sent; `mailing` is the one begun, if any;
    `last_at` is when the last message leaves at the transport's pace, None when only the server's speed counts.
    With blocks for some readers only, `variants` says how many people get which variant, by the conditions that hold
    (in words, empty for none), and `unmet` names the conditions that nobody meets. For a part of the list, `segment`
    names it, `condition` is its expression, `asks_for` says that in words, and `notes` tell which values nobody has.
    `refusal` is why `send` would refuse although the edition is approved: the yes is for others. `approved_before` are
    whom the last yes to the issue named.
    """

    issue: str
    list_name: str
    would_get: int
    held_back: Mapping[str, int]
    unwritable: tuple[str, ...]
    largest_bytes: int
    approval: Approval | None
    mailing: Mailing | None
    last_at: datetime | None = None
    variants: tuple[tuple[str, int], ...] = ()
    unmet: tuple[str, ...] = ()
    segment: str = ""
    condition: str = ""
    asks_for: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: RefusedError | None = None
    approved_before: tuple[ApprovedAudience, ...] = ()


def plan_mailing(
    store: "Database",
    workspace: Workspace,
    issue_id: str,
    list_name: str,
    edition: Edition,
    transport: TransportSettings,
    now: Clock = utc_now,
    *,
    segment: str = "",
) -> Plan:
    """Work out who would get the edition and compose every message for real; nothing is written or sent.

    Raises:
        RefusedError: the segment of a planned mailing asks for others than it did.
        WorkspaceError: an unknown list or segment, or a sender's address that cannot be used.
    """
    mailings.require_list(store, workspace, list_name)
    known = mailings.find(store, issue_id, list_name, segment)
    is_begun = known is not None and known.edition_digest is not None
    if known is not None and known.edition_digest is not None:
        edition = load_edition(store, known.edition_digest)
        people, held_back = _left(store, known), dict[str, int]()
        part = targets.begun_part(workspace, known)
    else:
        if known is not None and known.state is MailingState.SCHEDULED:
            part = targets.planned_part(workspace, known, now())
        else:
            part = targets.part_of(workspace, segment, now())
        frequency = workspace.configuration.frequency_of(edition.publication)
        people, held_back = audiences.foresee(
            store, issue_id, list_name, edition.variant_of, part=part, frequency=frequency
        )
    unwritable, largest = _compose_all(workspace, edition, list_name, people)
    lost = frozenset(unwritable)
    approval = find_approval(store, edition)
    latest = approval or latest_approval(store, issue_id)
    variants = Counter(person.variant for person in people if person.email not in lost)
    return Plan(
        issue=issue_id,
        list_name=list_name,
        would_get=len(people) - len(unwritable),
        held_back=held_back,
        unwritable=unwritable,
        largest_bytes=largest,
        approval=approval,
        mailing=known,
        last_at=_last_at(store, workspace, transport, people, now()),
        variants=tuple(
            (words_of(edition.conditions, key), variants[key]) for key in edition.variant_keys if key and variants[key]
        ),
        unmet=() if is_begun else tuple(_unmet(edition, people)),
        segment=segment,
        condition=part.condition if part else "",
        asks_for=tuple(say(part.node)) if part else (),
        notes=audiences.notes_on(store, part) if part and not is_begun else (),
        refusal=targets.refusal_for(approval, list_name, part) if approval and not is_begun else None,
        approved_before=latest.audiences if latest else (),
    )


def _unmet(edition: Edition, people: Sequence[Recipient]) -> Iterator[str]:
    """Name the conditions that none of these people meets: often a word that the list writes otherwise."""
    for position, condition in enumerate(edition.conditions):
        if not any(person.variant[position] == "1" for person in people):
            yield condition.words


def _last_at(
    store: "Database", workspace: Workspace, transport: TransportSettings, people: Sequence[Recipient], now: datetime
) -> datetime | None:
    from zoneinfo import ZoneInfo

    group_of, past = Grouping(transport.pace).group_of, recently_sent(store, transport, now)
    zone = ZoneInfo(workspace.configuration.identity.time_zone)
    return foretell(transport.pace, zone, Counter(group_of(person.email) for person in people), now, past).last_at


def _compose_all(
    workspace: Workspace, edition: Edition, list_name: str, people: tuple[Recipient, ...]
) -> tuple[tuple[str, ...], int]:
    now = utc_now()
    nobody_yet = Mailing(0, edition.issue, list_name, MailingState.SCHEDULED, now)
    composer = composer_of(workspace, edition, nobody_yet, TransportSettings("", TransportKind.OUTBOX))
    unwritable, largest = [], 0
    for person in people:
        made = composer.compose(person, now)
        if isinstance(made, Message):
            largest = max(largest, len(made.content))
        else:
            unwritable.append(person.email)
    return tuple(unwritable), largest


def _left(store: "Database", mailing: Mailing) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(line.delivery, line.subscriber, line.email, line.name, line.organisation, variant=line.variant)
        for state in (DeliveryState.PENDING, DeliveryState.DEFERRED)
        for line in accounts.who(store, mailing.id, state)
    )

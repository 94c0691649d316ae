"""A mailbox read to its end: each message classified, written down, forwarded if it is a person's, put away.

In this order, so that a run may be killed anywhere: what is written down twice changes nothing, what was forwarded is
known, and a message is put away last.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.feedback.arrivals import MOST_FORWARDED, Arrival, Mailbox, Place
from rtesmail.feedback.classifying import FindDelivery, classify
from rtesmail.feedback.letters import Letter, read_letter
from rtesmail.feedback.notices import one_line
from rtesmail.model.answers import FORWARD_MARK, Answer
from rtesmail.model.errors import RtesmailError
from rtesmail.model.feedback import Decision, FeedbackKind, ReturnedMessage, Treatment
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

MOST_FORWARDS = 200
"""How many answers one run forwards; those beyond it wait for the next one."""


Treat = Callable[[ReturnedMessage, Arrival], tuple[Treatment, ...]]
"""Writes down what one message says."""

Forward = Callable[[Answer], str]
"""Hands one answer on; gives an empty text when it left, else why it did not."""


class Reading(Struct, frozen=True):
    """What became of one message. `where` is where it was found, `place` where it is now.

    `trouble` says why it could not be read or forwarded; it is then left for the next run. `is_repeat` tells that it
    was dealt with, and told of, before.
    """

    mailbox: str
    where: str
    place: Place
    message: ReturnedMessage
    sender: str
    date: str
    arrived_at: datetime | None = None
    treatments: tuple[Treatment, ...] = ()
    is_forwarded: bool = False
    trouble: str = ""
    is_repeat: bool = False


class Forwarding:
    """Hands each person's answer on once, and no more of them in a run than is plausible."""

    def __init__(self, store: "Database", forward: Forward, now: Callable[[], datetime]) -> None:
        self._store, self._forward, self._now = store, forward, now
        self._left = MOST_FORWARDS

    def hand_on(self, answer: Callable[[], Answer], identity: str) -> str:
        """Forward an answer; give an empty text when that is done, else why it is not."""
        if self._left < 1:
            return _("more answers than one run forwards; the next run goes on")
        self._left -= 1
        trouble = self._forward(answer())
        if not trouble:
            with transaction(self._store) as connection:
                connection.execute(
                    "INSERT INTO forwards (identity, forwarded_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (identity, to_text(self._now())),
                )
        return trouble

    def is_forwarded(self, identity: str) -> bool:
        """Tell whether an answer was handed on before."""
        found = self._store.execute("SELECT 1 FROM forwards WHERE identity = ?", (identity,))
        return found.fetchone() is not None


def read_mailbox(
    mailbox: Mailbox,
    treat: Treat,
    forwarding: Forwarding | None,
    *,
    find_delivery: FindDelivery | None = None,
    limit: int | None = None,
) -> Iterator[Reading]:
    """Deal with the messages of a mailbox; without `forwarding` people's answers stay where they are.

    At most `limit` are dealt with; those that were before, and have stayed, do not count.

    Raises:
        StoppedError: the mailbox or the way out cannot be used; the next run goes on.
        WorkspaceError: the mailbox is not there, or settings lack something.
    """
    new = 0
    for group in mailbox.groups():
        read: list[tuple[Arrival, Reading]] = []
        for arrival in group:
            if new == limit:
                break
            one = _read(mailbox, arrival, treat, forwarding, find_delivery)
            was_treated = bool(one.treatments) and all(treatment.is_repeat for treatment in one.treatments)
            # What would have been put away, had the last run not died, was not told of either.
            one = replace(one, is_repeat=was_treated and mailbox.gives_again(one.place))
            read.append((arrival, one))
            new += not one.is_repeat
        try:
            mailbox.settle([(arrival, one.place) for arrival, one in read if not one.trouble])
        except RtesmailError:
            yield from (one for _arrival, one in read)
            raise
        yield from (one for _arrival, one in read)
        if new == limit:
            return


def _read(
    mailbox: Mailbox,
    arrival: Arrival,
    treat: Treat,
    forwarding: Forwarding | None,
    find_delivery: FindDelivery | None,
) -> Reading:
    letter = read_letter(arrival.content)
    told = classify(arrival.content, find_delivery)
    reading = Reading(
        mailbox=mailbox.name,
        where=arrival.where,
        place=Place.STAYS,
        message=told,
        sender=letter.sender,
        date=one_line(letter.parts.fields.get("date")),
        arrived_at=arrival.arrived_at,
    )
    if arrival.trouble:
        return replace(reading, trouble=arrival.trouble)
    if letter.fields.get(FORWARD_MARK.lower()):
        reason = _("forwarded from here, and come back: the contact address leads to this mailbox")
        return replace(reading, treatments=(Treatment(FeedbackKind.UNRELATED, Decision.KEPT, "", reason),))
    treatments = treat(told, arrival)
    reading = replace(reading, treatments=treatments)
    decisions = {treatment.decision for treatment in treatments}
    if Decision.FORWARD in decisions:
        return _forwarded(reading, mailbox, arrival, letter, forwarding)
    if Decision.KEPT in decisions:
        return reading
    return replace(reading, place=Place.BLOCKED if Decision.ALERTED in decisions else Place.TREATED)


def _forwarded(
    reading: Reading, mailbox: Mailbox, arrival: Arrival, letter: Letter, forwarding: Forwarding | None
) -> Reading:
    if forwarding is None:
        return _kept(reading, _("a person's answer"))
    if arrival.size > MOST_FORWARDED:
        return _kept(reading, _("a person's answer, too large to be forwarded"))

    if forwarding.is_forwarded(arrival.identity):
        before = tuple(replace(told, is_repeat=True) for told in reading.treatments)
        return replace(reading, treatments=before, place=Place.FORWARDED, is_forwarded=True)

    def answer() -> Answer:
        return Answer(
            identity=arrival.identity,
            content=mailbox.whole(arrival),
            writer_name=letter.sender_name,
            writer=letter.sender,
            subject=letter.subject,
            date=reading.date,
            text=letter.text,
        )

    trouble = forwarding.hand_on(answer, arrival.identity)
    if trouble:
        return replace(reading, trouble=trouble)
    return replace(reading, place=Place.FORWARDED, is_forwarded=True)


def _kept(reading: Reading, reason: str) -> Reading:
    """Leave to a person what would be forwarded."""
    kept = tuple(replace(told, decision=Decision.KEPT, reason=reason) for told in reading.treatments)
    return replace(reading, treatments=kept)

"""What a provider's answers mean for people.

| answer | what became of the message | why |
|---|---|---|
| 2xx that names the message | accepted | |
| 2xx that cannot be read | unknown | something between us and the provider may have spoken |
| 400, 406, 409, 411, 415, 422 | refused, with the provider's words | stops the run when nobody was taken yet |
| 401, 402, 403 | the run stops | key, sender or credits: the same for everybody |
| 3xx, 404, 405, 410 | the run stops | the address of the API is wrong |
| 408, 425, 429, 503 | deferred | nothing was processed |
| 413 | refused | too large |
| 500, 502, 504, other 5xx | unknown | may have been processed before it failed |
| no connection, or cut before the request was whole | pending | nothing left |
| no answer | unknown | unless an idempotency key lets the call be repeated |

What concerns one person settles that person; what would be the same for everybody stops the run, and leaves everybody
of the call pending.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from gettext import gettext as _

from msgspec import Struct

from rtesmail.delivery.transports.http.calls import Answer, AnswerLostError, NothingLeftError
from rtesmail.delivery.transports.provider_accounts import Account
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Outcome

_RUN = (401, 402, 403, 404, 405, 410)
_LATER = (408, 425, 429, 503)
TOO_LARGE = 413
DIVISIBLE = (400, TOO_LARGE, 422)
"""A call refused with these was not processed: its messages can be tried in smaller calls to find who is at fault."""


class Reach(Enum):
    """Whom a verdict is about: this person, everybody who gets this letter, this account, whoever takes this way."""

    PERSON = "person"
    LETTER = "letter"
    ACCOUNT = "account"
    WAY = "way"


class Verdict(Struct, frozen=True):
    """What became of one message, and for whom else it would be the same."""

    outcome: Outcome
    reach: Reach = Reach.PERSON

    @property
    def stops(self) -> bool:
        """Whether another call would be answered the same, whatever is in it."""
        return self.reach in (Reach.ACCOUNT, Reach.WAY)


def accepted(delivery: int, status: int, words: str) -> Verdict:
    return Verdict(Outcome(delivery, DeliveryState.ACCEPTED, status, reply=words))


def taken(delivery: int, answer: Answer, number: str) -> Verdict:
    """Give the verdict of a success; without the provider's `number` of the message it says nothing of it."""
    return accepted(delivery, answer.status, number) if number else unreadable(delivery, answer)


def refused(delivery: int, words: str, *, code: int | None = None, reach: Reach = Reach.PERSON) -> Verdict:
    return Verdict(Outcome(delivery, DeliveryState.REFUSED, code, reply=words), reach)


def unknown(delivery: int, words: str, *, code: int | None = None) -> Verdict:
    return Verdict(Outcome(delivery, DeliveryState.UNKNOWN, code, reply=words))


def waiting(delivery: int, words: str) -> Verdict:
    """Nothing left, and nobody is to blame."""
    return Verdict(Outcome(delivery, DeliveryState.PENDING, reply=words))


def stopping(delivery: int, words: str, *, code: int | None = None) -> Verdict:
    """Nothing left, and nothing will until a person has mended it."""
    return Verdict(Outcome(delivery, DeliveryState.PENDING, code, reply=words), Reach.ACCOUNT)


def unreached(delivery: int, words: str) -> Verdict:
    """Nothing left: there is no connection."""
    return Verdict(Outcome(delivery, DeliveryState.PENDING, reply=words), Reach.WAY)


def unanswered(delivery: int, error: NothingLeftError | AnswerLostError, *, is_cut: bool) -> Verdict:
    """Give the verdict of a call that ended without an answer; `is_cut` tells that we ended it ourselves."""
    if isinstance(error, AnswerLostError):
        return unknown(delivery, str(error))
    return waiting(delivery, str(error)) if is_cut else unreached(delivery, str(error))


def of_status(delivery: int, status: int, words: str) -> Verdict:
    """Give the verdict of an answer that is no success, by the table above."""
    if status in _RUN or 300 <= status < 400:
        return stopping(delivery, words, code=status)
    if status in _LATER:
        return Verdict(Outcome(delivery, DeliveryState.DEFERRED, status, reply=words))
    if status == TOO_LARGE:
        return refused(delivery, words or _("the message is too large"), code=status)
    if 400 <= status < 500:
        return refused(delivery, words, code=status, reach=Reach.LETTER)
    return unknown(delivery, words, code=status)


def unreadable(delivery: int, answer: Answer) -> Verdict:
    """An answer that does not say what became of a message, though it sounds like a success."""
    return unknown(delivery, _("the provider's answer says nothing of this message"), code=answer.status)


def conclude(verdicts: Sequence[Verdict], account: Account, *, is_proven: bool) -> list[Outcome]:
    """Give the outcomes of a call, in order; `is_proven` tells that this letter was taken for somebody before.

    Raises:
        StoppedError: it would be the same for everybody, and nothing of this call left.
    """
    left = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
    has_left = any(verdict.outcome.state in left for verdict in verdicts)
    stops = [verdict for verdict in verdicts if verdict.stops]
    if not stops and not is_proven:
        stops = [verdict for verdict in verdicts if verdict.reach is Reach.LETTER]
    if stops and not has_left:
        first = stops[0].outcome
        if stops[0].reach is Reach.WAY:
            raise unreachable(account, first.reply)
        raise stopped(account, first.reply if first.code is None else f"{first.code} {first.reply}".strip())
    return [verdict.outcome for verdict in verdicts]


def stopped(account: Account, words: str) -> StoppedError:
    """Make the error that ends a run; nothing of the call at hand may have left."""
    return StoppedError(
        _("Transport {name}: {words}").format(name=account.transport, words=words or "?"),
        hint=_(
            "Check at the provider the account, the sender's address and the key that {place} holds; "
            "then run the same command again."
        ).format(place=account.key_place),
    )


def unreachable(account: Account, words: str) -> StoppedError:
    """Make the error of a provider that no call reaches."""
    return StoppedError(
        _("Transport {name} does not reach {url}: {words}").format(
            name=account.transport, url=account.url, words=words
        ),
        hint=_("Check the network and api_url, then run the same command again."),
    )


def words_of(content: object, fields: Sequence[str], hide: Callable[[str], str]) -> str:
    """Give what an answer's JSON says in the named fields, fit for a row of the ledger."""
    if not isinstance(content, dict):
        return ""
    return hide(" ".join(str(content[field]) for field in fields if content.get(field) not in (None, "")))

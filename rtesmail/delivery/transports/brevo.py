"""The way out through Brevo: one call a person, each with a key of its own that makes it safe to repeat.

Facts, all under https://developers.brevo.com: /reference/sendtransacemail (fields),
/docs/heterogenous-versions-batch-emails (idempotencyKey, kept 30 minutes; /changelog/2021/11/10 says 15),
/docs/limit-headers, /docs/sandbox-mode, /docs/transactional-webhooks. Its batches (`messageVersions`) have no header
fields per person: nobody could have a List-Unsubscribe of their own. It reads `{{ … }}` and `{% … %}` in what it is
handed as its template language.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from gettext import gettext as _

from rtesmail.delivery.transports import webhooks
from rtesmail.delivery.transports.contract import CallBook
from rtesmail.delivery.transports.http import verdicts
from rtesmail.delivery.transports.http.calls import (
    Answer,
    AnswerLostError,
    HttpCaller,
    NothingLeftError,
    Patience,
    Service,
)
from rtesmail.delivery.transports.http.verdicts import Verdict
from rtesmail.delivery.transports.letters import Letter, foreign_address, read_letter
from rtesmail.delivery.transports.provider_accounts import open_account
from rtesmail.model.errors import StoppedError
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings

URL = "https://api.brevo.com"
_SEND = "/v3/smtp/email"
KEY_LIFE = timedelta(minutes=12)
"""The shorter of the two that Brevo has written, less what a call may wait before it leaves, and clocks that differ."""

_MOST_SENDER_NAME = 70
_MOST_SECONDS = 100_000_000_000
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
_ABOUT_RECIPIENT = re.compile(r"\bin to\b|\brecipient", re.IGNORECASE)
# In a name with other letters than ASCII, Brevo writes these signs so that the name is lost on the way.
_LOSES_NAMES = re.compile(r'[,;:<>@"()\[\]\\.]+')

_KINDS = {
    "delivered": FeedbackKind.DELIVERED,
    "deferred": FeedbackKind.DEFERRED,
    "hard_bounce": FeedbackKind.HARD_BOUNCE,
    "invalid_email": FeedbackKind.HARD_BOUNCE,
    "soft_bounce": FeedbackKind.SOFT_BOUNCE,
    "error": FeedbackKind.SOFT_BOUNCE,
    "blocked": FeedbackKind.BLOCKED,
    "spam": FeedbackKind.COMPLAINT,
    "complaint": FeedbackKind.COMPLAINT,
    "unsubscribe": FeedbackKind.UNSUBSCRIBED,
    "unsubscribed": FeedbackKind.UNSUBSCRIBED,
}


class BrevoTransport:
    """Sends one letter a call; a call whose answer was lost is made again under the same key."""

    batch_size = 1

    def __init__(
        self,
        settings: TransportSettings,
        calls: CallBook | None = None,
        *,
        sandbox: bool = False,
        patience: Patience | None = None,
    ) -> None:
        """Raise WorkspaceError when the key is missing or the settings ask for what Brevo cannot do."""
        self._account = open_account(settings, URL)
        service = Service(
            self._account.url,
            self._account.ca_file,
            reset="x-sib-ratelimit-reset",
            remaining="x-sib-ratelimit-remaining",
        )
        self._patience = patience or Patience()
        self._caller = HttpCaller(service, {"api-key": self._account.key}, [self._account.key], self._patience)
        self._calls = calls
        self._is_sandbox = sandbox
        self._is_proven = False
        self.name = settings.name
        self.connections = max(1, settings.connections)

    def refuse(self, sample: Message) -> str | None:
        letter = read_letter(sample)
        return _letter_trouble(letter) or _person_trouble(letter) or None

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [outcome for message in messages for outcome in await self._deliver(message)]

    async def repeat(self, payload: bytes, deliveries: Sequence[int]) -> Sequence[Outcome]:
        """Make a call again that an earlier run left without an answer."""
        try:
            answer = await self._caller.post(_SEND, payload)
        except NothingLeftError as error:
            raise verdicts.unreachable(self._account, str(error)) from error
        except AnswerLostError as error:
            return [verdicts.unknown(delivery, str(error)).outcome for delivery in deliveries]
        return [self._read(delivery, answer, was_lost=True).outcome for delivery in deliveries]

    def abort(self) -> None:
        self._caller.abort()

    async def close(self) -> None:
        await self._caller.close()
        # What is settled must not be lost to a trouble with this note.
        with suppress(StoppedError):
            if self._calls is not None:
                self._calls.close()

    async def _deliver(self, message: Message) -> list[Outcome]:
        letter = read_letter(message)
        if trouble := _letter_trouble(letter):
            raise verdicts.stopped(self._account, trouble)
        if trouble := _person_trouble(letter):
            return [verdicts.refused(letter.delivery, trouble).outcome]
        key = str(uuid.uuid4())
        payload = _payload(letter, key, is_sandbox=self._is_sandbox)
        if self._calls is not None:
            self._calls.keep(key, payload, [letter.delivery], life=KEY_LIFE)
        try:
            return self._conclude(await self._post(letter.delivery, payload))
        finally:
            # This process tells what became of the call; only one that died leaves its call to be repeated.
            if self._calls is not None:
                self._calls.answered(key)

    def _conclude(self, verdict: Verdict) -> list[Outcome]:
        self._is_proven = self._is_proven or verdict.outcome.state is DeliveryState.ACCEPTED
        return verdicts.conclude([verdict], self._account, is_proven=self._is_proven)

    async def _post(self, delivery: int, payload: bytes) -> Verdict:
        """Make a call until its answer is known; all repeats end long before its key is forgotten."""
        lost = ""
        for pause in (*self._patience.repeats, None):
            try:
                answer = await self._caller.post(_SEND, payload)
            except NothingLeftError as error:
                return self._nothing_left(delivery, str(error), lost)
            except AnswerLostError as error:
                lost = str(error)
                if pause is None or self._caller.is_cut:
                    break
                await self._caller.rest(pause)
            else:
                return self._read(delivery, answer, was_lost=bool(lost))
        return verdicts.unknown(delivery, lost)

    def _nothing_left(self, delivery: int, words: str, lost: str) -> Verdict:
        """This call did nothing; an earlier one under the same key may have."""
        if lost:
            return verdicts.unknown(delivery, lost)
        if self._caller.is_cut:
            return verdicts.waiting(delivery, words)
        return verdicts.unreached(delivery, words)

    def _read(self, delivery: int, answer: Answer, *, was_lost: bool) -> Verdict:
        content = answer.content()
        words = verdicts.words_of(content, ("code", "message"), self._caller.hide)
        if answer.is_success:
            number = verdicts.words_of(content, ("messageId",), self._caller.hide)
            return verdicts.taken(delivery, answer, number)
        is_known = isinstance(content, dict) and content.get("code") == "duplicate_parameter"
        if was_lost and is_known:
            known = _("the provider has this call already: {words}").format(words=words)
            return verdicts.accepted(delivery, answer.status, known)
        if was_lost or is_known:
            # Whatever this call was told, the lost one may have been taken; nor can be told from here what happened
            # under a key that is known there though it was never used.
            return verdicts.unknown(delivery, words, code=answer.status)
        if words.startswith("not_enough_credits"):
            return verdicts.stopping(delivery, words, code=answer.status)
        if answer.status == 400 and _ABOUT_RECIPIENT.search(words):
            return verdicts.refused(delivery, words, code=answer.status)
        return verdicts.of_status(delivery, answer.status, words)


def read_webhook(body: bytes, headers: Mapping[str, str]) -> tuple[FeedbackEvent, ...]:
    """Read a call of Brevo's transactional webhooks, one event or a batch of them.

    Raises:
        ValueError: it is no such call.
    """
    return tuple(
        FeedbackEvent(
            kind=_KINDS.get(webhooks.text_of(event, "event"), FeedbackKind.OTHER),
            address=webhooks.text_of(event, "email"),
            message_id=webhooks.message_id_of(webhooks.text_of(event, "X-Mailin-custom")),
            provider_id=webhooks.text_of(event, "message-id"),
            happened_at=_moment_of(event),
            words=webhooks.text_of(event, "reason", "event"),
        )
        for event in webhooks.read_objects(body)
    )


def is_genuine(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call carries what was given to Brevo for it: a token, or `user:password`."""
    return webhooks.has_token(headers, secret) or webhooks.has_login(headers, secret)


def _moment_of(event: Mapping[str, object]) -> datetime | None:
    """Brevo's `ts` and `date` follow the account's time zone; `ts_epoch` is UTC, in milliseconds."""
    epoch = event.get("ts_epoch")
    if isinstance(epoch, int) and epoch > _MOST_SECONDS:
        return webhooks.moment_of(epoch / 1000)
    return webhooks.moment_of(event.get("ts_event"))


def _letter_trouble(letter: Letter) -> str:
    """Say what of the letter itself Brevo cannot carry."""
    if letter.images:
        return _("Brevo carries no images inside the message; show them from the web instead")
    if not letter.html:
        return _("Brevo takes no letter without HTML")
    if len(letter.sender_name) > _MOST_SENDER_NAME:
        return _("Brevo takes a sender's name of at most {count} characters").format(count=_MOST_SENDER_NAME)
    foreign = [name for name, value in letter.fields if not value.isascii()]
    return _("Brevo cannot carry the header field {name}").format(name=foreign[0]) if foreign else ""


def _person_trouble(letter: Letter) -> str:
    found = next((mark for part in (letter.subject, letter.html, letter.text) for mark in _TEMPLATE.findall(part)), "")
    if found:
        return _("Brevo would read {mark} as its own template language").format(mark=found)
    return foreign_address(letter)


def _payload(letter: Letter, key: str, *, is_sandbox: bool) -> bytes:
    headers = {
        **dict(letter.fields),
        "X-Mailin-custom": letter.message_id,
        "idempotencyKey": key,
        **({"X-Sib-Sandbox": "drop"} if is_sandbox else {}),
    }
    content = {
        "sender": _person(letter.sender_name, letter.sender),
        "to": [_person(_kept_name(letter.recipient_name), letter.recipient)],
        "subject": letter.subject,
        "htmlContent": letter.html,
        "textContent": letter.text,
        "headers": headers,
        **({"replyTo": {"email": letter.reply_to}} if letter.reply_to else {}),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _person(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _kept_name(name: str) -> str:
    return name if name.isascii() else " ".join(_LOSES_NAMES.sub(" ", name).split())

"""The way out through Mailjet's Send API v3.1: up to fifty letters a call, each with a verdict of its own.

Facts, all under https://dev.mailjet.com/email: /guides/send-api-v31/ (fields, errors, SandboxMode, 50 messages a call;
a call of which any message failed is answered 400, with the verdicts of all), /reference/send-emails/ (limits, fields
that Mailjet writes itself), /guides/webhooks/. There are no idempotency keys.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from gettext import gettext as _

from rtesmail.delivery.transports import webhooks
from rtesmail.delivery.transports.http import verdicts
from rtesmail.delivery.transports.http.batches import BatchCall, Entry
from rtesmail.delivery.transports.http.calls import Answer, HttpCaller, Patience, Service
from rtesmail.delivery.transports.http.verdicts import Verdict
from rtesmail.delivery.transports.letters import Letter, foreign_address, image_name, read_letter
from rtesmail.delivery.transports.provider_accounts import open_account
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings

URL = "https://api.mailjet.com"
_SEND = "/v3.1/send"
_MOST_BYTES = 14_000_000
_MOST_SUBJECT = 255
_BAD_ADDRESS = "mj-0013"
_WORDS = ("ErrorCode", "ErrorMessage")
_OWN_FIELDS = frozenset(("list-id",))
"""Mailjet refuses these (send-0011) and writes its own; so does it with Date and Message-ID."""

_TEMPLATE = re.compile(r"\[\[(?:var|data|UNSUB_LINK|EMAIL_TO|PERMALINK)\b[^\]]*\]\]", re.IGNORECASE)

_KINDS = {
    "sent": FeedbackKind.DELIVERED,
    "blocked": FeedbackKind.BLOCKED,
    "spam": FeedbackKind.COMPLAINT,
    "unsub": FeedbackKind.UNSUBSCRIBED,
}


class MailjetTransport:
    """Hands letters over in batches; a letter that Mailjet refuses does not hold up those beside it."""

    batch_size = 50

    def __init__(self, settings: TransportSettings, *, sandbox: bool = False, patience: Patience | None = None) -> None:
        """Raise WorkspaceError when a key is missing or the settings ask for what Mailjet cannot do."""
        self._account = open_account(settings, URL)
        if not settings.username:
            raise WorkspaceError(
                _("Transport {name} lacks Mailjet's public key.").format(name=settings.name),
                hint=_('Add username = "…" with it in rtesmail.toml; the private key is the password.'),
            )
        login = base64.b64encode(f"{settings.username}:{self._account.key}".encode()).decode()
        service = Service(self._account.url, self._account.ca_file)
        secrets = [login, self._account.key]
        self._caller = HttpCaller(service, {"Authorization": f"Basic {login}"}, secrets, patience)
        self._batch = BatchCall(self._caller, _SEND, _MOST_BYTES, self._wrap, self._judge, self._words)
        self._is_sandbox = sandbox
        self._is_proven = False
        self.name = settings.name
        self.connections = max(1, settings.connections)

    def refuse(self, sample: Message) -> str | None:
        letter = read_letter(sample)
        return _letter_trouble(letter) or _person_trouble(letter) or None

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        letters = [read_letter(message) for message in messages]
        if trouble := next((found for letter in letters if (found := _letter_trouble(letter))), ""):
            raise verdicts.stopped(self._account, trouble)
        troubles = {letter.delivery: _person_trouble(letter) for letter in letters}
        entries = [Entry(letter, _entry(letter)) for letter in letters if not troubles[letter.delivery]]
        sent = {verdict.outcome.delivery: verdict for verdict in await self._batch.send(entries)}
        judged = [
            sent.get(letter.delivery) or verdicts.refused(letter.delivery, troubles[letter.delivery])
            for letter in letters
        ]
        outcomes = verdicts.conclude(judged, self._account, is_proven=self._is_proven)
        self._is_proven = self._is_proven or any(o.state is DeliveryState.ACCEPTED for o in outcomes)
        return outcomes

    def abort(self) -> None:
        self._caller.abort()

    async def close(self) -> None:
        await self._caller.close()

    def _wrap(self, contents: Sequence[bytes]) -> bytes:
        sandbox = b',"SandboxMode":true' if self._is_sandbox else b""
        return b'{"Messages":[%s]%s}' % (b",".join(contents), sandbox)

    def _judge(self, answer: Answer, letters: Sequence[Letter]) -> list[Verdict] | None:
        content = answer.content()
        told = content.get("Messages") if isinstance(content, dict) else None
        if not isinstance(told, list) or len(told) != len(letters):
            return None
        return [self._judge_one(one, letter, answer) for one, letter in zip(told, letters, strict=True)]

    def _judge_one(self, told: object, letter: Letter, answer: Answer) -> Verdict:
        if not isinstance(told, dict):
            return verdicts.unreadable(letter.delivery, answer)
        if told.get("Status") == "success":
            return verdicts.accepted(letter.delivery, 200, self._number(told))
        errors = [error for error in told.get("Errors") or [] if isinstance(error, dict)]
        if told.get("Status") != "error" or not errors:
            return verdicts.unreadable(letter.delivery, answer)
        words = "; ".join(
            verdicts.words_of(error, ("ErrorCode", "ErrorMessage"), self._caller.hide) for error in errors
        )
        status = errors[0].get("StatusCode")
        code = status if isinstance(status, int) else answer.status
        if any(error.get("ErrorCode") == _BAD_ADDRESS or "To" in _related(error) for error in errors):
            return verdicts.refused(letter.delivery, words, code=code)
        return verdicts.of_status(letter.delivery, code, words)

    def _number(self, told: Mapping[str, object]) -> str:
        """Give Mailjet's number of a message; in the sandbox there is none."""
        recipients = told.get("To")
        first = recipients[0] if isinstance(recipients, list) and recipients else None
        number = verdicts.words_of(first, ("MessageID",), self._caller.hide)
        return "" if number == "0" else number

    def _words(self, answer: Answer) -> str:
        return verdicts.words_of(answer.content(), _WORDS, self._caller.hide)


def read_webhook(body: bytes, headers: Mapping[str, str]) -> tuple[FeedbackEvent, ...]:
    """Read a call of Mailjet's Event API, one event or a group of them.

    Raises:
        ValueError: it is no such call.
    """
    return tuple(
        FeedbackEvent(
            kind=_kind_of(event),
            address=webhooks.text_of(event, "email"),
            message_id=webhooks.message_id_of(webhooks.text_of(event, "CustomID")),
            provider_id=webhooks.text_of(event, "MessageID", "mj_message_id"),
            happened_at=webhooks.moment_of(event.get("time")),
            words=webhooks.text_of(event, "comment", "error", "smtp_reply", "source", "event"),
        )
        for event in webhooks.read_objects(body)
    )


def is_genuine(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call carries the `user:password` that stands in the address given to Mailjet."""
    return webhooks.has_login(headers, secret)


def _kind_of(event: Mapping[str, object]) -> FeedbackKind:
    name = webhooks.text_of(event, "event")
    if name == "bounce":
        return FeedbackKind.HARD_BOUNCE if event.get("hard_bounce") is True else FeedbackKind.SOFT_BOUNCE
    return _KINDS.get(name, FeedbackKind.OTHER)


def _letter_trouble(letter: Letter) -> str:
    """Say what of the letter itself Mailjet cannot carry."""
    if len(letter.subject) > _MOST_SUBJECT:
        return _("Mailjet takes a subject of at most {count} characters").format(count=_MOST_SUBJECT)
    return ""


def _person_trouble(letter: Letter) -> str:
    found = next(
        (mark[0] for part in (letter.subject, letter.html, letter.text) if (mark := _TEMPLATE.search(part))), ""
    )
    if found:
        return _("Mailjet may read {mark} as its own variable").format(mark=found)
    return foreign_address(letter)


def _entry(letter: Letter) -> bytes:
    content: dict[str, object] = {
        "From": _person(letter.sender_name, letter.sender),
        "To": [_person(letter.recipient_name, letter.recipient)],
        "Subject": letter.subject,
        "Headers": {name: value for name, value in letter.fields if name.lower() not in _OWN_FIELDS},
        "CustomID": letter.message_id,
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
        "TemplateLanguage": False,
    }
    if letter.reply_to:
        content["ReplyTo"] = {"Email": letter.reply_to}
    if letter.text:
        content["TextPart"] = letter.text
    if letter.html:
        content["HTMLPart"] = letter.html
    if letter.images:
        content["InlinedAttachments"] = [
            {
                "ContentType": image.media_type,
                "Filename": image_name(image),
                "ContentID": image.content_id,
                "Base64Content": base64.b64encode(image.content).decode(),
            }
            for image in letter.images
        ]
    return json.dumps(content, ensure_ascii=False).encode()


def _person(name: str, address: str) -> dict[str, str]:
    return {"Email": address, "Name": name} if name else {"Email": address}


def _related(error: Mapping[str, object]) -> Sequence[object]:
    related = error.get("ErrorRelatedTo")
    return related if isinstance(related, list) else ()

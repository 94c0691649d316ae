"""The way out through Mailgun: the very bytes that SMTP would send, one person a call.

Facts, all under https://documentation.mailgun.com/docs/mailgun: /api-reference/send/mailgun/messages/
(messages.mime, options, regions), /user-manual/sending-messages/batch-sending (without recipient variables, all
addresses of a call stand in everybody's To), /user-manual/tracking-messages (unsubscribe marks and footer),
/api-reference/authentication (a sending key may only send), /quickstart-guide/responses (codes),
/user-manual/webhooks/webhook-payloads and /securing-webhooks. 420 is the answer of a domain whose limit is reached
(https://github.com/mailgun/mailgun-java/issues/50); a tag would bring a List-Unsubscribe of Mailgun's own
(https://github.com/mailgun/mailgun-php/issues/682), so there is none. There are no idempotency keys.

A call has one address and no more: that somebody sees another's is impossible by construction.
"""

import asyncio
import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from urllib.parse import quote

from rtesmail.delivery.transports import webhooks
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
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings

URL = "https://api.eu.mailgun.net"
_MOST_BYTES = 25_000_000
_LIMIT_REACHED = 420
_UNTOLD = (401, 403)
"""What a key that may only send is answered when it asks for a domain's settings."""

_ABOUT_RECIPIENT = re.compile(r"\bto['’\"]? parameter", re.IGNORECASE)
_MARK = re.compile(
    r"%(?:recipient\b[^%\s]*|recipient_\w+|(?:tag_|mailing_list_)?unsubscribe_url|unsubscribe_email)%", re.IGNORECASE
)

_KINDS = {
    "delivered": FeedbackKind.DELIVERED,
    "rejected": FeedbackKind.BLOCKED,
    "complained": FeedbackKind.COMPLAINT,
    "unsubscribed": FeedbackKind.UNSUBSCRIBED,
}


class MailgunTransport:
    """Sends one message a call, once the domain is known to add no links of its own."""

    batch_size = 1

    def __init__(self, settings: TransportSettings, *, sandbox: bool = False, patience: Patience | None = None) -> None:
        """Raise WorkspaceError when the key is missing or the settings ask for what Mailgun cannot do."""
        self._account = open_account(settings, URL)
        login = base64.b64encode(f"api:{self._account.key}".encode()).decode()
        service = Service(self._account.url, self._account.ca_file)
        secrets = [login, self._account.key]
        self._caller = HttpCaller(service, {"Authorization": f"Basic {login}"}, secrets, patience)
        self._domain = settings.stream
        self._known: set[str] = set()
        self._asking = asyncio.Lock()
        self._is_sandbox = sandbox
        self._is_proven = False
        self.name = settings.name
        self.connections = max(1, settings.connections)

    def refuse(self, sample: Message) -> str | None:
        letter = read_letter(sample)
        return _message_trouble(sample) or _person_trouble(letter) or None

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [outcome for message in messages for outcome in await self._deliver(message)]

    def abort(self) -> None:
        self._caller.abort()

    async def close(self) -> None:
        await self._caller.close()

    async def _deliver(self, message: Message) -> list[Outcome]:
        letter = read_letter(message)
        if trouble := _message_trouble(message):
            raise verdicts.stopped(self._account, trouble)
        if trouble := _person_trouble(letter):
            return [verdicts.refused(message.delivery, trouble).outcome]
        domain = self._domain or letter.sender.rpartition("@")[2]
        try:
            await self._get_to_know(domain)
            answer = await self._post(message, domain)
        except (NothingLeftError, AnswerLostError) as error:
            verdict = verdicts.unanswered(message.delivery, error, is_cut=self._caller.is_cut)
        else:
            verdict = self._judge(message.delivery, answer)
        outcomes = verdicts.conclude([verdict], self._account, is_proven=self._is_proven)
        self._is_proven = self._is_proven or verdict.outcome.state is DeliveryState.ACCEPTED
        return outcomes

    async def _get_to_know(self, domain: str) -> None:
        """Ask once whether letters of a domain get an unsubscribe link of Mailgun's; a sending key is not told.

        Raises:
            NothingLeftError: it cannot be asked.
            StoppedError: they do, or Mailgun does not know the domain.
        """
        async with self._asking:
            if domain in self._known:
                return
            try:
                answer = await self._caller.get(f"/v3/domains/{quote(domain, safe='')}/tracking")
            except AnswerLostError as error:
                raise NothingLeftError(str(error)) from error
            if answer.status not in _UNTOLD:
                self._require_own_links(domain, answer)
            self._known.add(domain)

    def _require_own_links(self, domain: str, answer: Answer) -> None:
        if answer.status == 404:
            raise verdicts.stopped(
                self._account,
                _(
                    "Mailgun does not know the domain {domain} at {url}; name the one that it knows as stream, "
                    'or its region in the US with api_url = "https://api.mailgun.net"'
                ).format(domain=domain, url=self._account.url),
            )
        content = answer.content()
        if not answer.is_success or not isinstance(content, dict):
            raise verdicts.stopped(self._account, f"{answer.status} {self._words(answer)}".strip())
        handling = webhooks.part_of(webhooks.part_of(content, "tracking"), "unsubscribe")
        if handling.get("active") not in (False, None, "no"):
            raise verdicts.stopped(
                self._account,
                _(
                    "Mailgun would add an unsubscribe link of its own to letters of {domain}; "
                    "switch its unsubscribe tracking off"
                ).format(domain=domain),
            )

    async def _post(self, message: Message, domain: str) -> Answer:
        fields = {
            "to": message.recipient,
            "o:tracking": "no",
            "o:tracking-clicks": "no",
            "o:tracking-opens": "no",
            "v:message-id": message.message_id.strip("<>"),
            **({"o:testmode": "yes"} if self._is_sandbox else {}),
        }
        boundary = f"rtesmail-{uuid.uuid4().hex}"
        return await self._caller.post(
            f"/v3/{quote(domain, safe='')}/messages.mime",
            _form(fields, message.content, boundary),
            media_type=f"multipart/form-data; boundary={boundary}",
        )

    def _judge(self, delivery: int, answer: Answer) -> Verdict:
        if answer.is_success:
            number = verdicts.words_of(answer.content(), ("id",), self._caller.hide)
            return verdicts.taken(delivery, answer, number)
        words = self._words(answer)
        if answer.status == _LIMIT_REACHED:
            return verdicts.stopping(delivery, words, code=answer.status)
        if answer.status == 400 and _ABOUT_RECIPIENT.search(words):
            return verdicts.refused(delivery, words, code=answer.status)
        return verdicts.of_status(delivery, answer.status, words)

    def _words(self, answer: Answer) -> str:
        return verdicts.words_of(answer.content(), ("message",), self._caller.hide)


def read_webhook(body: bytes, headers: Mapping[str, str]) -> tuple[FeedbackEvent, ...]:
    """Read a call of Mailgun's webhooks: one event.

    Raises:
        ValueError: it is no such call.
    """
    return tuple(_event(webhooks.part_of(call, "event-data")) for call in webhooks.read_objects(body))


def is_genuine(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call is signed with the account's webhook signing key; an account above it may have signed too.

    The signature covers a moment and a token, not the event: the address given to Mailgun must be an https one.
    """
    try:
        (call,) = webhooks.read_objects(body)
    except ValueError:
        return False
    signature = webhooks.part_of(call, "signature")
    signed = webhooks.text_of(signature, "timestamp") + webhooks.text_of(signature, "token")
    expected = hmac.new(secret.encode(), signed.encode("utf-8", "replace"), hashlib.sha256).hexdigest().encode()
    given = (webhooks.text_of(signature, name).encode("utf-8", "replace") for name in ("signature", "parent-signature"))
    # An empty secret would make genuine whatever anybody signs with none.
    return bool(secret and signed) and any(hmac.compare_digest(one, expected) for one in given)


def _event(event: Mapping[str, object]) -> FeedbackEvent:
    status = webhooks.part_of(event, "delivery-status")
    sent = webhooks.part_of(webhooks.part_of(event, "message"), "headers")
    provider_id = webhooks.message_id_of(webhooks.text_of(sent, "message-id"))
    ours = webhooks.message_id_of(webhooks.text_of(webhooks.part_of(event, "user-variables"), "message-id"))
    return FeedbackEvent(
        kind=_kind_of(event, status),
        address=webhooks.text_of(event, "recipient"),
        message_id=ours or provider_id,
        provider_id=provider_id,
        happened_at=webhooks.moment_of(event.get("timestamp")),
        words=webhooks.text_of(status, "message", "description")
        or webhooks.text_of(webhooks.part_of(event, "reject"), "reason")
        or webhooks.text_of(event, "reason", "event"),
    )


def _kind_of(event: Mapping[str, object], status: Mapping[str, object]) -> FeedbackKind:
    name, reason = webhooks.text_of(event, "event"), webhooks.text_of(event, "reason")
    if name != "failed":
        return _KINDS.get(name, FeedbackKind.OTHER)
    if webhooks.text_of(event, "severity") != "permanent":
        return FeedbackKind.DEFERRED
    if reason.startswith("suppress-"):
        return FeedbackKind.BLOCKED
    kind = webhooks.text_of(status, "bounce-type") or ("hard" if reason == "bounce" else "soft")
    return FeedbackKind.HARD_BOUNCE if kind == "hard" else FeedbackKind.SOFT_BOUNCE


def _message_trouble(message: Message) -> str:
    """Say what of the letter itself Mailgun cannot carry."""
    if len(message.content) > _MOST_BYTES:
        return _("Mailgun takes a letter of at most {count} MB").format(count=_MOST_BYTES // 1_000_000)
    return ""


def _person_trouble(letter: Letter) -> str:
    names = (letter.sender_name, letter.recipient_name, letter.recipient)
    values = (value for _name, value in letter.fields)
    for part in (letter.subject, letter.html, letter.text, *names, *values):
        if found := _MARK.search(part):
            return _("Mailgun may read {mark} as its own variable").format(mark=found[0])
    return foreign_address(letter)


def _form(fields: Mapping[str, str], content: bytes, boundary: str) -> bytes:
    """Write a form with a message as its file (RFC 7578); none of its values holds a line end."""
    mark = f"--{boundary}"
    head = "".join(
        f'{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    head += (
        f'{mark}\r\nContent-Disposition: form-data; name="message"; filename="message.mime"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + content + f"\r\n{mark}--\r\n".encode()

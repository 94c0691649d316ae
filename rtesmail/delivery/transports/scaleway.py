"""The way out through Scaleway Transactional Email: one letter a call, for one person.

Facts: https://www.scaleway.com/en/developers/api/transactional-email/ (fields) and, under
https://www.scaleway.com/en/docs: /transactional-email/api-cli/send-emails-with-api (additional headers, an answer, ten
characters at least), /transactional-email/reference-content/tem-capabilities-and-limits (2 MB, Paris only),
/transactional-email/reference-content/webhook-events-payloads, /topics-and-events/reference-content/veriying-webhooks.
What its errors look like is told by https://github.com/scaleway/scaleway-sdk-js (client/src/scw/errors); that it has no
inline images and loses letters to addresses with other letters than ASCII before the @ by
https://anymail.dev/en/stable/esps/scaleway/. There are no idempotency keys, no batches, no tracking and no sandbox.
"""

import json
from collections.abc import Mapping, Sequence
from gettext import gettext as _

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
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings

URL = "https://api.scaleway.com"
_SEND = "/transactional-email/v1alpha1/regions/fr-par/emails"
_OUR_ID = "X-Rtesmail-Message-ID"
_FEWEST_CHARACTERS = 10
_MOST_BYTES = 2_000_000
_ABOUT_ACCOUNT = frozenset(
    (
        "denied_authentication",
        "permissions_denied",
        "quotas_exceeded",
        "precondition_failed",
        "expired",
        "not_found",
        "unknown_resource",
        "locked",
        "transient_state",
    )
)
"""Errors about the key, the project or the domain: the same for everybody, whatever their status."""

_KINDS = {
    "email_delivered": FeedbackKind.DELIVERED,
    "email_deferred": FeedbackKind.DEFERRED,
    "email_mailbox_not_found": FeedbackKind.HARD_BOUNCE,
    "email_spam": FeedbackKind.BLOCKED,
    "email_blocklisted": FeedbackKind.BLOCKED,
}


class ScalewayTransport:
    """Sends one letter a call."""

    batch_size = 1

    def __init__(self, settings: TransportSettings, *, patience: Patience | None = None) -> None:
        """Raise WorkspaceError when key or project are missing or the settings ask for what Scaleway cannot do."""
        self._account = open_account(settings, URL)
        if not settings.username:
            raise WorkspaceError(
                _("Transport {name} lacks the ID of its Scaleway project.").format(name=settings.name),
                hint=_('Add username = "…" with it in rtesmail.toml; the secret key is the password.'),
            )
        service = Service(self._account.url, self._account.ca_file)
        key = self._account.key
        self._caller = HttpCaller(service, {"X-Auth-Token": key}, [key], patience)
        self._project = settings.username
        self._is_proven = False
        self.name = settings.name
        self.connections = max(1, settings.connections)

    def refuse(self, sample: Message) -> str | None:
        letter = read_letter(sample)
        return _letter_trouble(letter, sample) or foreign_address(letter) or None

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [outcome for message in messages for outcome in await self._deliver(message)]

    def abort(self) -> None:
        self._caller.abort()

    async def close(self) -> None:
        await self._caller.close()

    async def _deliver(self, message: Message) -> list[Outcome]:
        letter = read_letter(message)
        if trouble := _letter_trouble(letter, message):
            raise verdicts.stopped(self._account, trouble)
        if trouble := foreign_address(letter):
            return [verdicts.refused(letter.delivery, trouble).outcome]
        try:
            answer = await self._caller.post(_SEND, _payload(letter, self._project))
        except (NothingLeftError, AnswerLostError) as error:
            verdict = verdicts.unanswered(letter.delivery, error, is_cut=self._caller.is_cut)
        else:
            verdict = self._judge(letter.delivery, answer)
        outcomes = verdicts.conclude([verdict], self._account, is_proven=self._is_proven)
        self._is_proven = self._is_proven or verdict.outcome.state is DeliveryState.ACCEPTED
        return outcomes

    def _judge(self, delivery: int, answer: Answer) -> Verdict:
        content = answer.content()
        told = content if isinstance(content, dict) else {}
        if answer.is_success:
            taken = webhooks.parts_of(told, "emails")
            number = verdicts.words_of(taken[0], ("id",), self._caller.hide) if len(taken) == 1 else ""
            return verdicts.taken(delivery, answer, number)
        details = webhooks.parts_of(told, "details")
        words = "; ".join(
            found
            for found in (
                verdicts.words_of(told, ("type", "message", "help_message"), self._caller.hide),
                *(verdicts.words_of(one, ("argument_name", "help_message"), self._caller.hide) for one in details),
            )
            if found
        )
        if told.get("type") in _ABOUT_ACCOUNT:
            return verdicts.stopping(delivery, words, code=answer.status)
        if answer.status == 400 and any(_is_about_recipient(one) for one in details):
            return verdicts.refused(delivery, words, code=answer.status)
        return verdicts.of_status(delivery, answer.status, words)


def read_webhook(body: bytes, headers: Mapping[str, str]) -> tuple[FeedbackEvent, ...]:
    """Read a call of a Topics and Events subscription: one event, in its envelope.

    The call that asks to confirm a subscription changes nothing; its words are the address that confirms it.

    Raises:
        ValueError: it is no such call.
    """
    return tuple(
        FeedbackEvent(
            kind=_kind_of(event),
            address=webhooks.text_of(event, "email_to"),
            message_id=_message_id_of(event),
            provider_id=webhooks.text_of(event, "email_id"),
            happened_at=webhooks.iso_moment_of(webhooks.text_of(event, "created_at")),
            words=webhooks.text_of(
                event, "email_response_message", "email_error", "blocklist_reason", "type", "SubscribeURL"
            ),
        )
        for call in webhooks.read_objects(body)
        for event in webhooks.unwrapped(call)
    )


def is_genuine(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call carries the `user:password` that stands in the address of the subscription.

    Scaleway signs its calls too, with a certificate that would have to be fetched in the midst of each of them.
    """
    return webhooks.has_login(headers, secret)


def _kind_of(event: Mapping[str, object]) -> FeedbackKind:
    name, code = webhooks.text_of(event, "type"), event.get("email_response_code")
    if name != "email_dropped":
        return _KINDS.get(name, FeedbackKind.OTHER)
    # A full mailbox (452) is given up after one try: https://github.com/scaleway/docs-content/pull/1218.
    is_passing = isinstance(code, int) and 400 <= code < 500
    return FeedbackKind.SOFT_BOUNCE if is_passing else FeedbackKind.HARD_BOUNCE


def _message_id_of(event: Mapping[str, object]) -> str:
    ours = (
        one
        for one in webhooks.parts_of(event, "email_headers")
        if webhooks.text_of(one, "key").lower() == _OUR_ID.lower()
    )
    return next((webhooks.message_id_of(webhooks.text_of(one, "value")) for one in ours), "")


def _is_about_recipient(detail: Mapping[str, object]) -> bool:
    """Tell whether an invalid argument is the address of the person; `to`, whatever its index is written like."""
    name = webhooks.text_of(detail, "argument_name").lower()
    return name.replace("[", ".").split(".")[0] == "to" or "to address" in webhooks.text_of(detail, "help_message")


def _letter_trouble(letter: Letter, message: Message) -> str:
    """Say what of the letter itself Scaleway cannot carry."""
    if letter.images:
        return _("Scaleway carries no images inside the message; show them from the web instead")
    parts = [(_("subject"), letter.subject), (_("text"), letter.text)]
    if letter.html:
        parts.append(("HTML", letter.html))
    for name, part in parts:
        if len(part) < _FEWEST_CHARACTERS:
            return _("Scaleway takes no {part} of fewer than {count} characters").format(
                part=name, count=_FEWEST_CHARACTERS
            )
    if len(message.content) > _MOST_BYTES:
        return _("Scaleway takes a letter of at most {count} MB").format(count=_MOST_BYTES // 1_000_000)
    foreign = [name for name, value in letter.fields if not value.isascii()]
    return _("Scaleway cannot carry the header field {name}").format(name=foreign[0]) if foreign else ""


def _payload(letter: Letter, project: str) -> bytes:
    fields = [*letter.fields, (_OUR_ID, letter.message_id)]
    if letter.reply_to:
        fields.append(("Reply-To", letter.reply_to))
    content = {
        "project_id": project,
        "from": _person(letter.sender_name, letter.sender),
        "to": [_person(letter.recipient_name, letter.recipient)],
        "subject": letter.subject,
        "text": letter.text,
        "additional_headers": [{"key": name, "value": value} for name, value in fields],
        **({"html": letter.html} if letter.html else {}),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _person(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}

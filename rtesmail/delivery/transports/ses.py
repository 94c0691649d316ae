"""The way out through Amazon SES (API v2): one call a person, with the very bytes that SMTP would send.

Facts, all under https://docs.aws.amazon.com/ses/latest: /APIReference-V2/API_SendEmail.html and
/APIReference-V2/CommonErrors.html (fields, errors), /dg/troubleshoot-error-messages.html and
/dg/manage-sending-quotas-errors.html (their words), /dg/header-fields.html (it writes Date and Message-ID anew),
/dg/send-email-authentication-dkim-manual.html (so no signature may cover these; ours do), /dg/quotas.html,
/dg/notification-contents.html and /dg/event-publishing-retrieving-sns-contents.html (webhooks). There are no
idempotency keys; its bulk calls take templates only; it tracks what its configuration set says.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from gettext import gettext as _

from rtesmail.delivery.transports import webhooks
from rtesmail.delivery.transports.aws_signing import find_caller
from rtesmail.delivery.transports.http import verdicts
from rtesmail.delivery.transports.http.calls import (
    UNAVAILABLE,
    Answer,
    AnswerLostError,
    HttpCaller,
    NothingLeftError,
    Patience,
    Service,
)
from rtesmail.delivery.transports.http.verdicts import Verdict
from rtesmail.delivery.transports.letters import foreign_address
from rtesmail.delivery.transports.provider_accounts import open_account
from rtesmail.delivery.transports.sns_signatures import fetch_certificate, is_signed
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings

_SEND = "/v2/email/outbound-emails"
_TOO_FAST = frozenset(("TooManyRequestsException", "ThrottlingException", "Throttling"))
_DAILY = re.compile(r"\bdaily\b", re.IGNORECASE)
_ABOUT_ACCOUNT = frozenset(
    (
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "LimitExceededException",
        "NotFoundException",
        "AccessDeniedException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "ExpiredTokenException",
    )
)
_UNVERIFIED = re.compile(r"not verified.*: *([^:]+)$", re.IGNORECASE | re.DOTALL)
_ABOUT_ADDRESS = re.compile(r"\baddress\b|\brecipient|@domain|\bdomain (?:name|contains|starts|ends)", re.IGNORECASE)

_NEVER_LEFT = frozenset(("Suppressed", "OnAccountSuppressionList"))
_KINDS = {
    "Delivery": FeedbackKind.DELIVERED,
    "DeliveryDelay": FeedbackKind.DEFERRED,
    "Reject": FeedbackKind.BLOCKED,
}
_RECIPIENTS = ("bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients")
_WORDS = ("smtpResponse", "complaintFeedbackType", "reason", "delayType", "bounceSubType", "complaintSubType")


class SesTransport:
    """Hands over one raw message a call, signed by who the settings or the machine say we are."""

    batch_size = 1

    def __init__(self, settings: TransportSettings, *, patience: Patience | None = None) -> None:
        """Raise WorkspaceError when boto3, keys or region are missing or the settings ask for what SES cannot do."""
        account = open_account(settings, "", elsewhere=_("this machine's AWS configuration"))
        if account.key and not settings.username:
            raise WorkspaceError(
                _("Transport {name} lacks the AWS access key.").format(name=settings.name),
                hint=_('Add username = "…" with it in rtesmail.toml; the secret access key is the password.'),
            )
        caller = find_caller(settings, account.key, "sesv2")
        self._account = replace(account, url=caller.url)
        service = Service(caller.url, account.ca_file, is_busy=_is_busy)
        self._caller = HttpCaller(service, {}, caller.secrets, patience, sign=caller.sign)
        self._configuration_set = settings.stream
        self._is_proven = False
        self.name = settings.name
        self.connections = max(1, settings.connections)

    def refuse(self, sample: Message) -> str | None:
        return foreign_address(sample) or None

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return [outcome for message in messages for outcome in await self._deliver(message)]

    def abort(self) -> None:
        self._caller.abort()

    async def close(self) -> None:
        await self._caller.close()

    async def _deliver(self, message: Message) -> list[Outcome]:
        if trouble := foreign_address(message):
            return [verdicts.refused(message.delivery, trouble).outcome]
        verdict = await self._post(message)
        self._is_proven = self._is_proven or verdict.outcome.state is DeliveryState.ACCEPTED
        return verdicts.conclude([verdict], self._account, is_proven=self._is_proven)

    async def _post(self, message: Message) -> Verdict:
        try:
            answer = await self._caller.post(_SEND, _payload(message, self._configuration_set))
        except (NothingLeftError, AnswerLostError) as error:
            return verdicts.unanswered(message.delivery, error, is_cut=self._caller.is_cut)
        if not answer.is_success:
            return self._read_error(message, answer)
        number = verdicts.words_of(answer.content(), ("MessageId",), self._caller.hide)
        return verdicts.taken(message.delivery, answer, number)

    def _read_error(self, message: Message, answer: Answer) -> Verdict:
        delivery, error, told = message.delivery, _error_of(answer), _told_by(answer)
        words = self._caller.hide(": ".join(part for part in (error, told) if part))
        if error in _TOO_FAST and not _DAILY.search(told):
            return verdicts.of_status(delivery, 429, words)
        if error in _ABOUT_ACCOUNT or error in _TOO_FAST:
            return verdicts.stopping(delivery, words, code=answer.status)
        unverified = _UNVERIFIED.search(told)
        if unverified and unverified[1].strip().lower() != message.recipient.lower():
            # The sender, hence everybody. An unverified recipient is a sign of an account that may write to few only:
            # as with any trouble of a letter, the run stops unless somebody got it.
            return verdicts.stopping(delivery, words, code=answer.status)
        is_personal = error == "BadRequestException" and _ABOUT_ADDRESS.search(told) is not None
        if is_personal and message.envelope_sender not in told:
            return verdicts.refused(delivery, words, code=answer.status)
        return verdicts.of_status(delivery, answer.status, words)


def read_webhook(body: bytes, headers: Mapping[str, str]) -> tuple[FeedbackEvent, ...]:
    """Read what Amazon SNS brings of SES: an event (or several people's), or a request to confirm a subscription.

    What is no event of a message gives one of kind `other`; that of a request ends with the address to open.

    Raises:
        ValueError: it is no such call.
    """
    return tuple(event for call in webhooks.read_objects(body) for event in _events_in(call))


def is_genuine(
    body: bytes, headers: Mapping[str, str], secret: str, *, certificate: Callable[[str], bytes] = fetch_certificate
) -> bool:
    """Tell whether Amazon SNS signed a call for our topic; `secret` is that topic's ARN.

    Anybody can have Amazon sign messages of a topic of their own, so the ARN must be ours; it stands in the signed text
    and need not be hidden. `certificate` gives the PEM at an address, which is asked only when it is surely Amazon's.

    Raises:
        OSError: the certificate could not be fetched; SNS comes again when it is answered with a 5xx.
    """
    try:
        calls = webhooks.read_objects(body)
    except ValueError:
        return False
    is_ours = bool(secret) and all(webhooks.text_of(call, "TopicArn") == secret for call in calls)
    return is_ours and len(calls) == 1 and is_signed(calls[0], certificate)


def _events_in(call: Mapping[str, object]) -> list[FeedbackEvent]:
    kind, found = webhooks.text_of(call, "Type"), []
    # Without a type it is what SNS brings when it is set to deliver raw messages.
    if kind in ("", "Notification"):
        # The line of text with which SES tries a new topic is no event.
        with suppress(ValueError):
            found = [event for one in webhooks.unwrapped(call) for event in _events_of(one)]
    moment = webhooks.iso_moment_of(webhooks.text_of(call, "Timestamp"))
    words = f"{kind}: {webhooks.text_of(call, 'SubscribeURL', 'Message')}"
    return found or [FeedbackEvent(FeedbackKind.OTHER, "", "", "", moment, words)]


def _events_of(event: Mapping[str, object]) -> Iterator[FeedbackEvent]:
    name = webhooks.text_of(event, "eventType", "notificationType")
    mail, detail = webhooks.part_of(event, "mail"), webhooks.part_of(event, f"{name[:1].lower()}{name[1:]}")
    people = next((_list(detail, field) for field in _RECIPIENTS if _list(detail, field)), _list(mail, "destination"))
    moments = (webhooks.iso_moment_of(webhooks.text_of(one, "timestamp")) for one in (detail, mail))
    happened_at = next((moment for moment in moments if moment is not None), None)
    for person in people or ("",):
        known = person if isinstance(person, dict) else {"emailAddress": person}
        yield FeedbackEvent(
            kind=_kind_of(name, detail),
            address=webhooks.text_of(known, "emailAddress"),
            message_id=_message_id_of(mail),
            provider_id=webhooks.text_of(mail, "messageId"),
            happened_at=happened_at,
            words=webhooks.text_of(known, "diagnosticCode") or webhooks.text_of(detail, *_WORDS) or name,
        )


def _kind_of(name: str, detail: Mapping[str, object]) -> FeedbackKind:
    if webhooks.text_of(detail, "bounceSubType", "complaintSubType") in _NEVER_LEFT:
        return FeedbackKind.BLOCKED
    match name:
        case "Bounce":
            return FeedbackKind.HARD_BOUNCE if detail.get("bounceType") == "Permanent" else FeedbackKind.SOFT_BOUNCE
        case "Complaint" if detail.get("complaintFeedbackType") != "not-spam":
            return FeedbackKind.COMPLAINT
        case "Subscription" if webhooks.part_of(detail, "newTopicPreferences").get("unsubscribeAll") is True:
            return FeedbackKind.UNSUBSCRIBED
        case _:
            return _KINDS.get(name, FeedbackKind.OTHER)


def _message_id_of(mail: Mapping[str, object]) -> str:
    """Give our Message-ID, when the notification has the original's header fields; SES's own is the provider's."""
    fields = webhooks.parts_of(mail, "headers")
    ours = (webhooks.text_of(one, "value") for one in fields if webhooks.text_of(one, "name").lower() == "message-id")
    found = next(ours, "") or webhooks.text_of(webhooks.part_of(mail, "commonHeaders"), "messageId")
    return "" if found == webhooks.text_of(mail, "messageId") else webhooks.message_id_of(found)


def _list(of: Mapping[str, object], name: str) -> Sequence[object]:
    found = of.get(name)
    return found if isinstance(found, list) else ()


def _is_busy(answer: Answer) -> bool:
    if answer.status == UNAVAILABLE:
        return True
    return (answer.status == 429 or _error_of(answer) in _TOO_FAST) and not _DAILY.search(_told_by(answer))


def _error_of(answer: Answer) -> str:
    """Give an error's name, which has an address behind a colon or a namespace before a # (rest-json of AWS)."""
    content = answer.content()
    named = answer.headers.get("x-amzn-ErrorType", "")
    if not named and isinstance(content, dict):
        named = webhooks.text_of(content, "__type", "code")
    return named.partition(":")[0].rpartition("#")[2]


def _told_by(answer: Answer) -> str:
    """Give an error's words; below those about a wrong signature stands the whole request, with a session's token."""
    content = answer.content()
    return webhooks.text_of(content, "message", "Message").partition("\n\n")[0] if isinstance(content, dict) else ""


def _payload(message: Message, configuration_set: str) -> bytes:
    content = {
        "FromEmailAddress": message.envelope_sender,
        "Destination": {"ToAddresses": [message.recipient]},
        "Content": {"Raw": {"Data": base64.b64encode(message.content).decode()}},
        **({"ConfigurationSetName": configuration_set} if configuration_set else {}),
    }
    return json.dumps(content, ensure_ascii=False).encode()

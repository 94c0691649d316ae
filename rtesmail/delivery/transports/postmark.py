"""The way out through Postmark: batches of letters, each with a verdict of its own, over a broadcast stream.

Facts: https://postmarkapp.com/developer/api/email-api (fields, 500 messages and 50 MB a call, custom headers),
…/developer/api/overview (error codes, POSTMARK_API_TEST), …/developer/api/server-api (TrackOpens, DeliveryType),
…/developer/api/message-streams-api (UnsubscribeHandlingType), …/developer/webhooks/webhooks-overview. There are no
idempotency keys. On a stream whose unsubscribing Postmark handles it adds a link of its own, and a server that tracks
openings does so whatever a message says: both are asked before the first letter leaves.
"""

import asyncio
import base64
import json
import re
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from urllib.parse import quote

from rtesmail.delivery.transports import webhooks
from rtesmail.delivery.transports.http import verdicts
from rtesmail.delivery.transports.http.batches import BatchCall, Entry
from rtesmail.delivery.transports.http.calls import (
    Answer,
    AnswerLostError,
    HttpCaller,
    NothingLeftError,
    Patience,
    Service,
)
from rtesmail.delivery.transports.http.verdicts import Reach, Verdict
from rtesmail.delivery.transports.letters import Letter, foreign_address, image_name, read_letter
from rtesmail.delivery.transports.provider_accounts import open_account
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.mailing import DeliveryState, Message, Outcome
from rtesmail.model.publication import TransportSettings
from rtesmail.model.quoting import quoted

URL = "https://api.postmarkapp.com"
_SEND = "/email/batch"
_TEST_KEY = "POSTMARK_API_TEST"
_STREAM = "broadcast"
_MOST_BYTES = 45_000_000
_MOST_METADATA = 80
_MACRO = re.compile(r"\{\{\{?\s*pm:[^}]*\}*", re.IGNORECASE)
_NAME_SIGNS = str.maketrans({'"': "”", "\\": "/", "<": "‹", ">": "›"})
"""No sign that could end a name in an address field, whoever reads it: behind it another address could stand."""

_BAD_REQUEST, _INACTIVE = 300, 406
_ABOUT_RECIPIENT = re.compile(r"'To'|recipient", re.IGNORECASE)
_ABOUT_ACCOUNT = frozenset((10, 400, 401, 405, 412, 413))
"""No or wrong token, unknown or unconfirmed sender, no credits, an account not approved yet or closed."""

_LATER = frozenset((100, 429))
"""Maintenance, too many calls."""

_BOUNCES = {
    "HardBounce": FeedbackKind.HARD_BOUNCE,
    "BadEmailAddress": FeedbackKind.HARD_BOUNCE,
    "SoftBounce": FeedbackKind.SOFT_BOUNCE,
    "VirusNotification": FeedbackKind.SOFT_BOUNCE,
    "Transient": FeedbackKind.DEFERRED,
    "DnsError": FeedbackKind.DEFERRED,
    "Blocked": FeedbackKind.BLOCKED,
    "DMARCPolicy": FeedbackKind.BLOCKED,
    "ManuallyDeactivated": FeedbackKind.BLOCKED,
    "Unconfirmed": FeedbackKind.BLOCKED,
    "SpamNotification": FeedbackKind.COMPLAINT,
    "SpamComplaint": FeedbackKind.COMPLAINT,
    "Unsubscribe": FeedbackKind.UNSUBSCRIBED,
}
_SUPPRESSIONS = {
    "HardBounce": FeedbackKind.HARD_BOUNCE,
    "SpamComplaint": FeedbackKind.COMPLAINT,
    "ManualSuppression": FeedbackKind.UNSUBSCRIBED,
}


class PostmarkTransport:
    """Hands letters over in batches, once the server and the stream are known to leave them as they are."""

    # 500 are possible; a lost answer leaves a whole call unknown.
    batch_size = 50

    def __init__(self, settings: TransportSettings, *, sandbox: bool = False, patience: Patience | None = None) -> None:
        """Raise WorkspaceError when the key is missing or the settings ask for what Postmark cannot do."""
        self._account = open_account(settings, URL)
        key = _TEST_KEY if sandbox else self._account.key
        service = Service(self._account.url, self._account.ca_file)
        self._caller = HttpCaller(service, {"X-Postmark-Server-Token": key}, [self._account.key], patience)
        self._batch = BatchCall(self._caller, _SEND, _MOST_BYTES, _wrap, self._judge, self._words)
        self._stream = settings.stream or _STREAM
        self._is_known = sandbox
        self._asking = asyncio.Lock()
        self._is_proven = False
        self.name = settings.name
        self.connections = max(1, settings.connections)

    def refuse(self, sample: Message) -> str | None:
        return _person_trouble(read_letter(sample)) or None

    async def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        letters = [read_letter(message) for message in messages]
        if waiting := await self._get_to_know(letters):
            return waiting
        troubles = {letter.delivery: _person_trouble(letter) for letter in letters}
        entries = [Entry(letter, _entry(letter, self._stream)) for letter in letters if not troubles[letter.delivery]]
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

    async def _get_to_know(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Ask once whether the server delivers, without tracking, and the stream adds nothing.

        Gives the outcomes when everything was cut meanwhile.

        Raises:
            StoppedError: it does not, or cannot be asked.
        """
        async with self._asking:
            if self._is_known:
                return []
            try:
                server = await self._ask("/server")
                stream = await self._ask(f"/message-streams/{quote(self._stream, safe='')}")
            except (NothingLeftError, AnswerLostError) as error:
                if self._caller.is_cut:
                    return [verdicts.waiting(letter.delivery, str(error)).outcome for letter in letters]
                raise verdicts.unreachable(self._account, str(error)) from error
            if trouble := _server_trouble(server) or _stream_trouble(stream, self._stream):
                raise verdicts.stopped(self._account, trouble)
            self._is_known = True
            return []

    async def _ask(self, path: str) -> Mapping[str, object]:
        answer = await self._caller.get(path)
        content = answer.content()
        if answer.status == 404 and path != "/server":
            raise verdicts.stopped(
                self._account, _("Postmark knows no message stream {name}").format(name=quoted(self._stream))
            )
        if not answer.is_success or not isinstance(content, dict):
            raise verdicts.stopped(self._account, f"{answer.status} {self._words(answer)}".strip())
        return content

    def _judge(self, answer: Answer, letters: Sequence[Letter]) -> list[Verdict] | None:
        told = answer.content()
        if not isinstance(told, list) or len(told) != len(letters):
            return None
        return [self._judge_one(one, letter, answer) for one, letter in zip(told, letters, strict=True)]

    def _judge_one(self, told: object, letter: Letter, answer: Answer) -> Verdict:
        code = told.get("ErrorCode") if isinstance(told, dict) else None
        if not isinstance(code, int):
            return verdicts.unreadable(letter.delivery, answer)
        if code == 0:
            number = verdicts.words_of(told, ("MessageID",), self._caller.hide)
            return verdicts.accepted(letter.delivery, answer.status, number)
        words = verdicts.words_of(told, ("Message",), self._caller.hide)
        if code in _ABOUT_ACCOUNT:
            return verdicts.stopping(letter.delivery, words, code=code)
        if code in _LATER:
            return verdicts.of_status(letter.delivery, 429, words)
        is_personal = code == _INACTIVE or (code == _BAD_REQUEST and _ABOUT_RECIPIENT.search(words) is not None)
        reach = Reach.PERSON if is_personal else Reach.LETTER
        return verdicts.refused(letter.delivery, words, code=code, reach=reach)

    def _words(self, answer: Answer) -> str:
        return verdicts.words_of(answer.content(), ("ErrorCode", "Message"), self._caller.hide)


def read_webhook(body: bytes, headers: Mapping[str, str]) -> tuple[FeedbackEvent, ...]:
    """Read a call of Postmark's webhooks: one event.

    Raises:
        ValueError: it is no such call.
    """
    return tuple(
        FeedbackEvent(
            kind=_kind_of(event),
            address=webhooks.text_of(event, "Recipient", "Email"),
            message_id=_message_id_of(event),
            provider_id=webhooks.text_of(event, "MessageID"),
            happened_at=webhooks.iso_moment_of(webhooks.text_of(event, "DeliveredAt", "BouncedAt", "ChangedAt")),
            words=webhooks.text_of(event, "Details", "Description", "SuppressionReason", "RecordType"),
        )
        for event in webhooks.read_objects(body)
    )


def is_genuine(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call carries the `user:password` given to Postmark for it."""
    return webhooks.has_login(headers, secret)


def _kind_of(event: Mapping[str, object]) -> FeedbackKind:
    match webhooks.text_of(event, "RecordType"):
        case "Delivery":
            return FeedbackKind.DELIVERED
        case "Bounce":
            return _BOUNCES.get(webhooks.text_of(event, "Type"), FeedbackKind.OTHER)
        case "SpamComplaint":
            return FeedbackKind.COMPLAINT
        case "SubscriptionChange" if event.get("SuppressSending") is True:
            return _SUPPRESSIONS.get(webhooks.text_of(event, "SuppressionReason"), FeedbackKind.UNSUBSCRIBED)
        case _:
            return FeedbackKind.OTHER


def _message_id_of(event: Mapping[str, object]) -> str:
    metadata = event.get("Metadata")
    return webhooks.message_id_of(webhooks.text_of(metadata, "message-id")) if isinstance(metadata, dict) else ""


def _server_trouble(server: Mapping[str, object]) -> str:
    if server.get("DeliveryType") == "Sandbox":
        return _("this Postmark server is a sandbox: it delivers nothing")
    if server.get("TrackOpens") is True:
        return _("this Postmark server tracks who opens a letter; switch that off in its settings")
    return ""


def _stream_trouble(stream: Mapping[str, object], name: str) -> str:
    if stream.get("ArchivedAt"):
        return _("the message stream {name} is archived at Postmark").format(name=quoted(name))
    handling = stream.get("SubscriptionManagementConfiguration")
    kind = handling.get("UnsubscribeHandlingType") if isinstance(handling, dict) else None
    if kind == "Postmark":
        return _(
            "Postmark would add an unsubscribe link of its own on the stream {name}; "
            "have its unsubscribe handling set to Custom"
        ).format(name=quoted(name))
    return ""


def _person_trouble(letter: Letter) -> str:
    for part in (letter.subject, letter.html, letter.text):
        if found := _MACRO.search(part):
            return _("Postmark would read {mark} as its own placeholder").format(mark=found[0])
    return foreign_address(letter)


def _wrap(contents: Sequence[bytes]) -> bytes:
    return b"[%s]" % b",".join(contents)


def _entry(letter: Letter, stream: str) -> bytes:
    fields = [*letter.fields, ("Message-ID", letter.message_id), ("X-PM-KeepID", "true")]
    content: dict[str, object] = {
        "From": _mailbox(letter.sender_name, letter.sender),
        "To": _mailbox(letter.recipient_name, letter.recipient),
        "Subject": letter.subject,
        "Headers": [{"Name": name, "Value": value} for name, value in fields],
        "Metadata": {"message-id": letter.message_id.strip("<>")[:_MOST_METADATA]},
        "MessageStream": stream,
        "TrackOpens": False,
        "TrackLinks": "None",
    }
    if letter.reply_to:
        content["ReplyTo"] = letter.reply_to
    if letter.text:
        content["TextBody"] = letter.text
    if letter.html:
        content["HtmlBody"] = letter.html
    if letter.images:
        content["Attachments"] = [
            {
                "Name": image_name(image),
                "Content": base64.b64encode(image.content).decode(),
                "ContentType": image.media_type,
                "ContentID": f"cid:{image.content_id}",
            }
            for image in letter.images
        ]
    return json.dumps(content, ensure_ascii=False).encode()


def _mailbox(name: str, address: str) -> str:
    return f'"{name.translate(_NAME_SIGNS)}" <{address}>' if name else address

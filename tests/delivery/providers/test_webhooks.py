"""What providers tell afterwards, read from calls shaped as their documents show them.

Brevo: https://developers.brevo.com/docs/transactional-webhooks; Mailjet: https://dev.mailjet.com/email/guides/webhooks/;
Postmark: https://postmarkapp.com/developer/webhooks/webhooks-overview and the page of each webhook; Mailgun:
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads and …/securing-webhooks; Scaleway:
https://www.scaleway.com/en/docs/transactional-email/reference-content/webhook-events-payloads, in the envelope of
https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html, whose protocol Topics and Events speaks.
"""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.delivery.transports import brevo, mailgun, mailjet, postmark, scaleway, ses
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind

OURS = "12.0a1b2c@rtes.example"
WHEN = datetime(2025, 4, 3, 7, 30, tzinfo=UTC)
EPOCH = int(WHEN.timestamp())


def of_brevo(event: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event,
        "email": "p@example.org",
        "id": 26224,
        "date": "2025-04-03 09:30:00",
        "ts": EPOCH + 7200,
        "message-id": "<202504.5787683@smtp-relay.example>",
        "ts_event": EPOCH,
        "subject": "Avril",
        "X-Mailin-custom": f"<{OURS}>",
        "ts_epoch": EPOCH * 1000,
        "tags": [],
        **more,
    }


def of_mailjet(event: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event,
        "time": EPOCH,
        "MessageID": 19421777835146490,
        "email": "p@example.org",
        "mj_campaign_id": 7257,
        "mj_contact_id": 4,
        "customcampaign": "",
        "CustomID": f"<{OURS}>",
        "Payload": "",
        **more,
    }


def of_postmark(record: str, **more: Any) -> dict[str, Any]:
    return {
        "RecordType": record,
        "ServerID": 23,
        "MessageStream": "broadcast",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Tag": "",
        "Metadata": {"message-id": OURS},
        **more,
    }


def bounce(kind: str) -> dict[str, Any]:
    details = {"Details": "smtp;550 5.1.1 unknown", "Description": "The server was unable to deliver"}
    return of_postmark("Bounce", ID=42, Type=kind, Email="p@example.org", BouncedAt="2025-04-03T07:30:00Z", **details)


def of_mailgun(name: str, *, message: str = "", variables: Any = None, **more: Any) -> dict[str, Any]:
    event = {
        "event": name,
        "id": "CPgfbmQMTCKtHW6uIWtuVe",
        "timestamp": EPOCH + 0.0,
        "recipient": "p@example.org",
        "message": {"headers": {"to": "P <p@example.org>", "message-id": OURS, "subject": "Avril"}, "size": 809},
        "user-variables": {"message-id": OURS} if variables is None else variables,
        "delivery-status": {"attempt-no": 1, "code": 550, "message": message},
        **more,
    }
    return {"signature": {"timestamp": str(EPOCH), "token": "t0ken", "signature": "0"}, "event-data": event}


def failed(severity: str, reason: str, message: str, **status: Any) -> dict[str, Any]:
    details = {"attempt-no": 1, "message": message, "description": "", **status}
    return of_mailgun("failed", severity=severity, reason=reason, **{"delivery-status": details})


def of_scaleway(kind: str, **more: Any) -> dict[str, Any]:
    event = {
        "id": "3f0b4c8e-2a55-4d0e-9d9b-0d1c0d9a1f00",
        "type": kind,
        "project_id": "7c5f1a3e-0b3d-4a2c-9d55-2f8e1f0a6b11",
        "domain_name": "rtes.example",
        "created_at": "2025-04-03T07:30:00.000000000Z",
        "email_id": "655c27f2-b2a3-4a9f-8e1f-3e6dc268b1c4",
        "email_from": "lettre@rtes.example",
        "email_to": "p@example.org",
        "email_headers": [
            {"key": "Precedence", "value": "list"},
            {"key": "x-rtesmail-message-id", "value": f"<{OURS}>"},
        ],
        **more,
    }
    return {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": "arn:scw:sns:fr-par:x:y",
        "Message": json.dumps(event),
    }


def answered(kind: str, code: int, words: str) -> dict[str, Any]:
    return of_scaleway(kind, email_response_code=code, email_response_message=words)


CASES = [
    (brevo, of_brevo("delivered"), FeedbackKind.DELIVERED, "delivered"),
    (brevo, of_brevo("deferred", reason="450 busy"), FeedbackKind.DEFERRED, "450 busy"),
    (brevo, of_brevo("hard_bounce", reason="550 unknown"), FeedbackKind.HARD_BOUNCE, "550 unknown"),
    (brevo, of_brevo("soft_bounce", reason="452 full"), FeedbackKind.SOFT_BOUNCE, "452 full"),
    (brevo, of_brevo("invalid_email"), FeedbackKind.HARD_BOUNCE, "invalid_email"),
    (brevo, of_brevo("blocked"), FeedbackKind.BLOCKED, "blocked"),
    (brevo, of_brevo("spam"), FeedbackKind.COMPLAINT, "spam"),
    (brevo, of_brevo("unsubscribed"), FeedbackKind.UNSUBSCRIBED, "unsubscribed"),
    (brevo, of_brevo("request"), FeedbackKind.OTHER, "request"),
    (brevo, of_brevo("unique_opened"), FeedbackKind.OTHER, "unique_opened"),
    (mailjet, of_mailjet("sent", smtp_reply="sent (250 2.0.0 OK)"), FeedbackKind.DELIVERED, "sent (250 2.0.0 OK)"),
    (
        mailjet,
        of_mailjet("bounce", blocked=True, hard_bounce=True, error_related_to="recipient", error="user unknown"),
        FeedbackKind.HARD_BOUNCE,
        "user unknown",
    ),
    (
        mailjet,
        of_mailjet("bounce", blocked=False, hard_bounce=False, error="quota exceeded", comment="552 full"),
        FeedbackKind.SOFT_BOUNCE,
        "552 full",
    ),
    (mailjet, of_mailjet("blocked", error="preblocked"), FeedbackKind.BLOCKED, "preblocked"),
    (mailjet, of_mailjet("spam", source="JMRPP"), FeedbackKind.COMPLAINT, "JMRPP"),
    (mailjet, of_mailjet("unsub", mj_list_id=1, ip="192.0.2.1"), FeedbackKind.UNSUBSCRIBED, "unsub"),
    (mailjet, of_mailjet("open", ip="192.0.2.1"), FeedbackKind.OTHER, "open"),
    (
        postmark,
        of_postmark("Delivery", Recipient="p@example.org", DeliveredAt="2025-04-03T09:30:00+02:00", Details="250 ok"),
        FeedbackKind.DELIVERED,
        "250 ok",
    ),
    (postmark, bounce("HardBounce"), FeedbackKind.HARD_BOUNCE, "smtp;550 5.1.1 unknown"),
    (postmark, bounce("BadEmailAddress"), FeedbackKind.HARD_BOUNCE, "smtp;550 5.1.1 unknown"),
    (postmark, bounce("SoftBounce"), FeedbackKind.SOFT_BOUNCE, "smtp;550 5.1.1 unknown"),
    (postmark, bounce("Transient"), FeedbackKind.DEFERRED, "smtp;550 5.1.1 unknown"),
    (postmark, bounce("DMARCPolicy"), FeedbackKind.BLOCKED, "smtp;550 5.1.1 unknown"),
    (postmark, bounce("AutoResponder"), FeedbackKind.OTHER, "smtp;550 5.1.1 unknown"),
    (
        postmark,
        of_postmark("SpamComplaint", Type="SpamComplaint", Email="p@example.org", BouncedAt="2025-04-03T07:30:00Z"),
        FeedbackKind.COMPLAINT,
        "SpamComplaint",
    ),
    (
        postmark,
        of_postmark(
            "SubscriptionChange",
            Recipient="p@example.org",
            ChangedAt="2025-04-03T07:30:00Z",
            Origin="Recipient",
            SuppressSending=True,
            SuppressionReason="ManualSuppression",
        ),
        FeedbackKind.UNSUBSCRIBED,
        "ManualSuppression",
    ),
    (
        postmark,
        of_postmark(
            "SubscriptionChange", Recipient="p@example.org", ChangedAt="2025-04-03T07:30:00Z", SuppressSending=False
        ),
        FeedbackKind.OTHER,
        "SubscriptionChange",
    ),
    (mailgun, of_mailgun("delivered", message="OK"), FeedbackKind.DELIVERED, "OK"),
    (mailgun, failed("temporary", "generic", "451 busy"), FeedbackKind.DEFERRED, "451 busy"),
    (mailgun, failed("permanent", "bounce", "5.1.1 unknown"), FeedbackKind.HARD_BOUNCE, "5.1.1 unknown"),
    (
        mailgun,
        failed("permanent", "bounce", "5.2.2 full", **{"bounce-type": "soft"}),
        FeedbackKind.SOFT_BOUNCE,
        "5.2.2 full",
    ),
    (mailgun, failed("permanent", "old", "Too old", code=602), FeedbackKind.SOFT_BOUNCE, "Too old"),
    (
        mailgun,
        failed("permanent", "suppress-bounce", "Not delivering to previously bounced address", code=605),
        FeedbackKind.BLOCKED,
        "Not delivering to previously bounced address",
    ),
    (mailgun, of_mailgun("rejected", reject={"reason": "sandbox"}), FeedbackKind.BLOCKED, "sandbox"),
    (mailgun, of_mailgun("complained"), FeedbackKind.COMPLAINT, "complained"),
    (mailgun, of_mailgun("unsubscribed"), FeedbackKind.UNSUBSCRIBED, "unsubscribed"),
    (mailgun, of_mailgun("opened", variables={}), FeedbackKind.OTHER, "opened"),
    (scaleway, answered("email_delivered", 250, "Ok"), FeedbackKind.DELIVERED, "Ok"),
    (scaleway, answered("email_deferred", 451, "greylisted"), FeedbackKind.DEFERRED, "greylisted"),
    (scaleway, answered("email_mailbox_not_found", 550, "5.1.1 unknown"), FeedbackKind.HARD_BOUNCE, "5.1.1 unknown"),
    (scaleway, answered("email_dropped", 550, "5.7.1 no"), FeedbackKind.HARD_BOUNCE, "5.7.1 no"),
    (scaleway, answered("email_dropped", 452, "4.2.2 full"), FeedbackKind.SOFT_BOUNCE, "4.2.2 full"),
    (scaleway, answered("email_spam", 554, "5.7.1 spam"), FeedbackKind.BLOCKED, "5.7.1 spam"),
    (
        scaleway,
        of_scaleway("email_blocklisted", blocklist_type="mailbox_full", blocklist_reason="full for days"),
        FeedbackKind.BLOCKED,
        "full for days",
    ),
    (scaleway, of_scaleway("email_queued"), FeedbackKind.OTHER, "email_queued"),
]


def read(provider: ModuleType, content: Any) -> tuple[FeedbackEvent, ...]:
    events: tuple[FeedbackEvent, ...] = provider.read_webhook(json.dumps(content).encode(), {})
    return events


def number_of(content: dict[str, Any]) -> str:
    """The provider's own number of the message, where its document has it."""
    if "event-data" in content:
        return f"<{content['event-data']['message']['headers']['message-id']}>"
    if "Message" in content:
        return str(json.loads(content["Message"])["email_id"])
    return str(content.get("message-id") or content["MessageID"])


@pytest.mark.parametrize(("provider", "content", "kind", "words"), CASES)
def test_each_event_says_what_happened_to_whom_and_when(
    provider: ModuleType, content: Any, kind: FeedbackKind, words: str
) -> None:
    (event,) = read(provider, content)
    assert (event.kind, event.words) == (kind, words)
    assert event.address == "p@example.org"
    assert event.message_id == f"<{OURS}>"
    assert event.provider_id == number_of(content)
    assert event.happened_at == WHEN


def test_events_in_groups_are_all_read() -> None:
    assert len(read(mailjet, [of_mailjet("sent"), of_mailjet("spam")])) == 2
    assert len(read(brevo, [of_brevo("delivered"), of_brevo("spam")])) == 2


def test_an_event_without_what_it_should_have_loses_nobody() -> None:
    (event,) = read(brevo, {"event": "hard_bounce", "email": "p@example.org"})
    assert event == FeedbackEvent(FeedbackKind.HARD_BOUNCE, "p@example.org", "", "", None, "hard_bounce")


@pytest.mark.parametrize("provider", [brevo, mailjet, postmark, mailgun, scaleway, ses])
@pytest.mark.parametrize("body", [b"", b"hello", b"3", b"[1]", b'"x"', b"\xff"])
def test_what_is_no_webhook_is_said_so(provider: ModuleType, body: bytes) -> None:
    with pytest.raises(ValueError, match="webhook"):
        provider.read_webhook(body, {})


@given(
    st.dictionaries(
        st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())
    )
)
def test_no_event_however_odd_breaks_the_reading(event: dict[str, Any]) -> None:
    odd = {**event, "event": event.get("event", "x"), "time": event.get("x"), "ts_epoch": event.get("y")}
    for provider in (brevo, mailjet, postmark, mailgun, scaleway, ses):
        assert len(read(provider, odd)) == 1
    within = {"event-data": {**odd, "message": odd, "timestamp": event.get("x")}, "signature": odd}
    assert len(read(mailgun, within)) == 1
    assert len(read(scaleway, {"Type": "Notification", "Message": json.dumps({**odd, "email_headers": [odd, 3]})})) == 1
    assert not mailgun.is_genuine(json.dumps(within).encode(), {}, "s3cret")


LOGIN = {"Authorization": "Basic " + base64.b64encode(b"rtes:s3cret").decode()}


def test_the_call_that_asks_to_confirm_a_subscription_shows_where_and_changes_nothing() -> None:
    asked = {"Type": "SubscriptionConfirmation", "Message": "You have chosen…", "SubscribeURL": "https://sns.example/x"}
    (event,) = read(scaleway, asked)
    assert (event.kind, event.address, event.words) == (FeedbackKind.OTHER, "", "https://sns.example/x")


@pytest.mark.parametrize("message", ["hello", "", 3, None])
def test_a_notification_without_an_event_is_said_so(message: Any) -> None:
    with pytest.raises(ValueError, match="webhook"):
        read(scaleway, {"Type": "Notification", "Message": message})


@pytest.mark.parametrize("provider", [brevo, mailjet, postmark, scaleway])
def test_only_a_call_with_the_agreed_login_is_genuine(provider: ModuleType) -> None:
    assert provider.is_genuine(b"{}", LOGIN, "rtes:s3cret")
    assert provider.is_genuine(b"{}", {"authorization": LOGIN["Authorization"]}, "rtes:s3cret")
    assert not provider.is_genuine(b"{}", LOGIN, "rtes:other")
    assert not provider.is_genuine(b"{}", {}, "rtes:s3cret")
    assert not provider.is_genuine(b"{}", {"Authorization": "Basic "}, "")
    assert not provider.is_genuine(b"{}", {"Authorization": "Basic é"}, "rtes:s3cret")


def test_brevo_may_send_a_token_instead() -> None:
    assert brevo.is_genuine(b"{}", {"Authorization": "Bearer t0ken"}, "t0ken")
    assert not brevo.is_genuine(b"{}", {"Authorization": "Bearer other"}, "t0ken")


def signed(secret: str, name: str = "signature") -> bytes:
    content = of_mailgun("delivered")
    token = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
    made = hmac.new(secret.encode(), f"{EPOCH}{token}".encode(), hashlib.sha256).hexdigest()
    content["signature"] = {"timestamp": str(EPOCH), "token": token, "signature": "0" * 64, name: made}
    return json.dumps(content).encode()


def test_a_call_signed_with_mailguns_key_alone_is_genuine() -> None:
    assert mailgun.is_genuine(signed("s3cret"), {}, "s3cret")
    assert mailgun.is_genuine(signed("s3cret", "parent-signature"), {}, "s3cret")
    assert not mailgun.is_genuine(signed("other"), {}, "s3cret")
    assert not mailgun.is_genuine(signed(""), {}, "")
    assert not mailgun.is_genuine(signed("s3cret").replace(b"a8ce0edb", b"a8ce0edc"), {}, "s3cret")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"signature": 3}', b'{"signature": {"signature": "\\ud800"}}'])
def test_a_call_without_a_signature_is_not_genuine(body: bytes) -> None:
    assert not mailgun.is_genuine(body, LOGIN, "rtes:s3cret")

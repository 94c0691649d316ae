"""What Amazon SNS brings of SES, shaped as the documents show it, and whether it was Amazon that signed.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html, …/event-publishing-retrieving-sns-examples.html;
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html,
…/sns-verify-signature-of-message-verify-message-signature.html.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.delivery.transports import ses
from rtesmail.delivery.transports.sns_signatures import fetch_certificate
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind

OURS = "12.0a1b2c@rtes.example"
THEIRS = "0102018f7a5433e7-8edb42ae-af10-f0181f34d6ee-000000"
WHEN = datetime(2025, 4, 3, 7, 30, tzinfo=UTC)
STAMP = "2025-04-03T07:30:00.000Z"
TOPIC = "arn:aws:sns:eu-west-3:123456789012:lettres"
ADDRESS = "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
P = {"emailAddress": "p@example.org"}


def event(name: str, detail: dict[str, Any], *, key: str = "eventType", **mail: Any) -> dict[str, Any]:
    about = {
        "timestamp": "2025-04-03T07:00:00.000Z",
        "messageId": THEIRS,
        "source": "lettre@rtes.example",
        "destination": ["p@example.org"],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "x"}, {"name": "Message-ID", "value": f"<{OURS}>"}],
        "commonHeaders": {"messageId": f" <{OURS}>", "subject": "Avril"},
        "tags": {"ses:configuration-set": ["lettres"]},
        **mail,
    }
    return {key: name, "mail": about, f"{name[0].lower()}{name[1:]}": {"timestamp": STAMP, **detail}}


def bounce(kind: str, subtype: str, **more: Any) -> dict[str, Any]:
    person = {**P, "action": "failed", "status": "5.1.1", **more}
    return event("Bounce", {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": [person]})


def complaint(**more: Any) -> dict[str, Any]:
    return event("Complaint", {"complainedRecipients": [P], "feedbackId": "1", "complaintSubType": None, **more})


def preferences(**new: Any) -> dict[str, Any]:
    return event("Subscription", {"contactList": "x", "newTopicPreferences": new})


def sns(told: Any, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": told if isinstance(told, str) else json.dumps(told),
        "Timestamp": STAMP,
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": ADDRESS,
        "UnsubscribeURL": "https://sns.eu-west-3.amazonaws.com/?Action=Unsubscribe",
        **more,
    }


def read(content: Any) -> tuple[FeedbackEvent, ...]:
    return ses.read_webhook(json.dumps(content).encode(), {"x-amz-sns-message-type": "Notification"})


DELAY = {"delayedRecipients": [{**P, "diagnosticCode": "smtp; 452 busy"}], "delayType": "TransientCommunicationFailure"}
CASES = [
    (event("Delivery", {"recipients": ["p@example.org"], "smtpResponse": "250 ok"}), FeedbackKind.DELIVERED, "250 ok"),
    (event("DeliveryDelay", DELAY), FeedbackKind.DEFERRED, "smtp; 452 busy"),
    (bounce("Permanent", "General", diagnosticCode="smtp; 550"), FeedbackKind.HARD_BOUNCE, "smtp; 550"),
    (bounce("Permanent", "NoEmail"), FeedbackKind.HARD_BOUNCE, "NoEmail"),
    (bounce("Transient", "MailboxFull"), FeedbackKind.SOFT_BOUNCE, "MailboxFull"),
    (bounce("Undetermined", "Undetermined"), FeedbackKind.SOFT_BOUNCE, "Undetermined"),
    (bounce("Permanent", "Suppressed"), FeedbackKind.BLOCKED, "Suppressed"),
    (bounce("Permanent", "OnAccountSuppressionList"), FeedbackKind.BLOCKED, "OnAccountSuppressionList"),
    (complaint(complaintFeedbackType="abuse"), FeedbackKind.COMPLAINT, "abuse"),
    (complaint(), FeedbackKind.COMPLAINT, "Complaint"),
    (complaint(complaintFeedbackType="not-spam"), FeedbackKind.OTHER, "not-spam"),
    (complaint(complaintSubType="OnAccountSuppressionList"), FeedbackKind.BLOCKED, "OnAccountSuppressionList"),
    (event("Reject", {"reason": "Bad content"}), FeedbackKind.BLOCKED, "Bad content"),
    (
        event("Subscription", {"newTopicPreferences": {"unsubscribeAll": True}}),
        FeedbackKind.UNSUBSCRIBED,
        "Subscription",
    ),
    (event("Subscription", {"newTopicPreferences": {"unsubscribeAll": False}}), FeedbackKind.OTHER, "Subscription"),
    (event("Send", {}), FeedbackKind.OTHER, "Send"),
    (event("Open", {"ipAddress": "192.0.2.1"}), FeedbackKind.OTHER, "Open"),
    (event("Click", {"link": "https://rtes.example"}), FeedbackKind.OTHER, "Click"),
]


@pytest.mark.parametrize(("content", "kind", "words"), CASES)
def test_each_event_says_what_happened_to_whom_and_when(content: Any, kind: FeedbackKind, words: str) -> None:
    expected = FeedbackEvent(kind, "p@example.org", f"<{OURS}>", THEIRS, WHEN, words)
    assert read(sns(content)) == (expected,)
    assert read(content) == (expected,)


def test_notifications_of_an_identity_have_their_own_name_for_it_and_perhaps_no_header_fields() -> None:
    told = event("Bounce", {"bounceType": "Permanent", "bouncedRecipients": [P]}, key="notificationType")
    for name in ("headers", "commonHeaders", "headersTruncated"):
        del told["mail"][name]
    (one,) = read(sns(told))
    assert (one.kind, one.message_id, one.provider_id) == (FeedbackKind.HARD_BOUNCE, "", THEIRS)


def test_amazons_own_number_is_not_taken_for_our_message_id() -> None:
    (one,) = read(sns(event("Send", {}, headers=[], commonHeaders={"messageId": THEIRS})))
    assert one.message_id == ""
    (one,) = read(sns(event("Send", {}, headers=[])))
    assert one.message_id == f"<{OURS}>"


def test_each_person_of_an_event_is_read() -> None:
    told = {"bounceType": "Permanent", "bouncedRecipients": [P, {"emailAddress": "q@example.org"}]}
    assert [one.address for one in read(sns(event("Bounce", told)))] == ["p@example.org", "q@example.org"]


def test_an_event_without_what_it_should_have_loses_nobody() -> None:
    assert read(sns({"eventType": "Complaint", "mail": {"destination": ["p@example.org"]}})) == (
        FeedbackEvent(FeedbackKind.COMPLAINT, "p@example.org", "", "", None, "Complaint"),
    )


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_request_to_confirm_is_told_with_the_address_to_open(kind: str) -> None:
    address = "https://sns.eu-west-3.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    told = sns("You have chosen to subscribe to the topic.", Type=kind, Token="2336", SubscribeURL=address)
    assert read(told) == (FeedbackEvent(FeedbackKind.OTHER, "", "", "", WHEN, f"{kind}: {address}"),)


def test_the_line_with_which_amazon_tries_a_topic_is_no_error() -> None:
    words = "Successfully validated SNS topic for Amazon SES event publishing."
    assert read(sns(words)) == (FeedbackEvent(FeedbackKind.OTHER, "", "", "", WHEN, f"Notification: {words}"),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON, st.sampled_from(["Bounce", "Complaint", "Delivery", "Subscription", "Reject", "x", ""]))
def test_no_event_however_odd_breaks_the_reading(mail: Any, detail: Any, name: str) -> None:
    told = {"eventType": name, "mail": mail, f"{name[:1].lower()}{name[1:]}": detail}
    deep = {**told, "mail": {"headers": mail, "commonHeaders": detail, "destination": mail, "timestamp": mail}}
    for one in (told, deep, {**told, "bounce": {"bouncedRecipients": detail, "timestamp": detail}}):
        assert len(read(sns(one))) >= 1
    assert len(read(sns(json.dumps(mail)))) >= 1


@pytest.fixture(scope="module")
def signer() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate_of(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.example")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = built.serial_number(1).not_valid_before(WHEN).not_valid_after(WHEN + timedelta(days=365))
    return dated.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def signed(key: rsa.RSAPrivateKey, message: dict[str, Any], version: str = "1") -> dict[str, Any]:
    """Sign as Amazon does, written down here once more."""
    names = ["Message", "MessageId"]
    if message["Type"] == "Notification":
        names += ["Subject"] if "Subject" in message else []
        names += ["Timestamp", "TopicArn", "Type"]
    else:
        names += ["SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names).encode()
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    made = base64.b64encode(key.sign(text, padding.PKCS1v15(), algorithm)).decode()
    return {**message, "SignatureVersion": version, "Signature": made}


def is_genuine(message: Any, key: Any, secret: str = TOPIC, asked: list[str] | None = None) -> bool:
    def certificate(url: str) -> bytes:
        (asked if asked is not None else []).append(url)
        return certificate_of(key)

    return ses.is_genuine(json.dumps(message).encode(), {}, secret, certificate=certificate)


TOLD = sns(event("Bounce", {"bounceType": "Permanent", "bouncedRecipients": [P]}))
WITHOUT_SUBJECT = {name: value for name, value in TOLD.items() if name != "Subject"}
CONFIRMATION = sns("Confirm – s’il vous plaît\n", Type="SubscriptionConfirmation", Token="1", SubscribeURL="https://x")


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("message", [TOLD, WITHOUT_SUBJECT, CONFIRMATION])
def test_what_amazon_signed_for_our_topic_is_genuine(
    signer: rsa.RSAPrivateKey, message: dict[str, Any], version: str
) -> None:
    asked: list[str] = []
    assert is_genuine(signed(signer, message, version), signer, asked=asked)
    assert asked == [ADDRESS]


@pytest.mark.parametrize("name", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Signature"])
def test_nothing_of_it_can_be_changed(signer: rsa.RSAPrivateKey, name: str) -> None:
    message = signed(signer, TOLD)
    changed = f"{message[name]}x" if name != "Type" else "SubscriptionConfirmation"
    assert not is_genuine({**message, name: changed}, signer, secret=f"{TOPIC}x" if name == "TopicArn" else TOPIC)


def test_another_topic_another_key_or_no_secret_is_not_genuine(signer: rsa.RSAPrivateKey) -> None:
    message = signed(signer, TOLD)
    other = rsa.generate_private_key(65537, 2048)
    assert not is_genuine(message, signer, secret="arn:aws:sns:eu-west-3:123456789012:autre")
    assert not is_genuine(message, other)
    assert not is_genuine(message, ec.generate_private_key(ec.SECP256R1()))
    assert not is_genuine({**message, "TopicArn": ""}, signer, secret="")
    assert not is_genuine([message, message], signer)
    assert not is_genuine([], signer)
    assert not is_genuine({**message, "SignatureVersion": "3"}, signer)
    assert not is_genuine(event("Send", {}), signer)


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-3.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/sns.eu-west-3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-3.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://sns.bucket.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://evil.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-3.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.eu-west-3.amazonaws.com/?Action=GetEndpointAttributes&x=SimpleNotificationService-1.pem",
        "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-1.pem?x",
        "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-1.pem\n",
        "file:///etc/SimpleNotificationService-1.pem",
        "",
    ],
)
def test_a_certificate_is_asked_for_nowhere_but_at_amazons(signer: rsa.RSAPrivateKey, address: str) -> None:
    asked: list[str] = []
    assert not is_genuine(signed(signer, {**TOLD, "SigningCertURL": address}), signer, asked=asked)
    assert asked == []


def test_chinas_regions_have_their_own_address(signer: rsa.RSAPrivateKey) -> None:
    address = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"
    assert is_genuine(signed(signer, {**TOLD, "SigningCertURL": address}), signer)


@pytest.mark.parametrize("body", [b"", b"hello", b"3", b"\xff", b"[1]"])
def test_what_is_no_call_of_amazons_is_not_genuine(body: bytes) -> None:
    assert not ses.is_genuine(body, {}, TOPIC, certificate=_nothing())


def test_what_is_no_certificate_proves_nothing(signer: rsa.RSAPrivateKey) -> None:
    body = json.dumps(signed(signer, TOLD)).encode()
    assert not ses.is_genuine(body, {}, TOPIC, certificate=lambda url: b"<html>")


@pytest.fixture
def answers() -> Iterator[tuple[str, dict[str, int]]]:
    """A server on loopback that answers each path as told, and counts."""
    asked: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """The test looks at what was asked."""

        def do_GET(self) -> None:
            asked[self.path] = asked.get(self.path, 0) + 1
            self.send_response(int(self.path.strip("/")[:3]))
            self.send_header("Location", "/200")
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"PEM")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_a_certificate_is_fetched_once_and_a_failure_is_tried_again(answers: tuple[str, dict[str, int]]) -> None:
    url, asked = answers
    assert [fetch_certificate(f"{url}/200") for _time in range(3)] == [b"PEM"] * 3
    for path in ("/301", "/404", "/503"):
        for _time in range(2):
            with pytest.raises(OSError, match=path):
                fetch_certificate(f"{url}{path}")
    assert asked == {"/200": 1, "/301": 2, "/404": 2, "/503": 2}


def _nothing() -> Callable[[str], bytes]:
    def certificate(url: str) -> bytes:
        raise AssertionError(url)

    return certificate

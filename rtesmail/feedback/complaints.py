"""Complaints: feedback reports (ARF, RFC 5965), and what Outlook.com sends instead."""

from rtesmail.feedback import notices
from rtesmail.feedback.letters import Letter, addresses_in
from rtesmail.feedback.parts import Fields, read_fields
from rtesmail.model.feedback import FeedbackKind, ReturnedMessage

# RFC 5965 section 3.1 and 7.3, RFC 6591 (auth-failure), RFC 6430 (not-spam); opt-out is of drafts that Yahoo followed.
_KINDS = {
    "not-spam": FeedbackKind.UNRELATED,
    "auth-failure": FeedbackKind.UNRELATED,
    "dmarc": FeedbackKind.UNRELATED,
    "opt-out": FeedbackKind.UNSUBSCRIBE_REQUEST,
    "opt-out-list": FeedbackKind.UNSUBSCRIBE_REQUEST,
}


def read_complaint(letter: Letter) -> ReturnedMessage | None:
    """Give the complaint that a message carries, None when it carries none."""
    for part in letter.parts.parts:
        if part.fields.type == "message/feedback-report" and not part.is_enclosed:
            return _arf(letter, read_fields(part.text))
    for fields in letter.parts.enclosed:
        # Outlook.com's programme for senders (JMRP) encloses the message alone, with this field added.
        if address := fields.get("x-hmxmroriginalrecipient"):
            return ReturnedMessage(
                FeedbackKind.COMPLAINT, tuple(addresses_in(address)[:1]), message_id=_message_id(letter)
            )
    return None


def _arf(letter: Letter, fields: Fields) -> ReturnedMessage:
    feedback = fields.get("feedback-type").strip().lower()
    named = fields.all("original-rcpt-to", "removal-recipient")
    recipients = [address for field in named for address in addresses_in(field)]
    if not recipients:
        # Some report without the address, which still stands in the message complained about.
        recipients = addresses_in(notices.quoted_field(letter.parts, letter.text, "to"))[:1]
    words = " ".join(filter(None, (feedback, fields.get("user-agent"), fields.get("source-ip"))))
    return ReturnedMessage(
        _KINDS.get(feedback, FeedbackKind.COMPLAINT),
        tuple(dict.fromkeys(recipients)),
        diagnostic=notices.one_line(words)[:500],
        message_id=_message_id(letter),
    )


def _message_id(letter: Letter) -> str:
    return notices.quoted_message_id(letter.parts, letter.text)

"""The order in which a message that came back is read, from what is sure to what is a hint.

Complaints and delivery reports are made for machines and say it all (RFC 5965, RFC 3464). Then whom the return address
names, then what only a program's answer in somebody's place has, so that no away message is taken for a bounce. Then
mail systems' own words, then automatic answers by weaker signs. What is left is people's, unless nothing in it says so.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from rtesmail.feedback import automatic, bounces, complaints, delivery_reports, notices, unsubscribing
from rtesmail.feedback.letters import Letter, addresses_in, read_letter
from rtesmail.model.feedback import FeedbackKind, RecipientReport, ReturnedDelivery, ReturnedMessage

FindDelivery = Callable[[str], ReturnedDelivery | None]
"""Gives the delivery that a return address names, None when it names none of ours. Who sends makes these addresses."""

# Which kind stands for a report on several people: the one that asks for most.
_WEIGHTS = (
    FeedbackKind.HARD_BOUNCE,
    FeedbackKind.MAILBOX_FULL,
    FeedbackKind.BLOCKED,
    FeedbackKind.SOFT_BOUNCE,
    FeedbackKind.DEFERRED,
    FeedbackKind.DELIVERED,
)


def classify(raw: bytes, find_delivery: FindDelivery | None = None) -> ReturnedMessage:
    """Tell what one message is, whatever its bytes; exactly one kind, never an exception."""
    letter = read_letter(raw)
    delivery = _delivery(letter, find_delivery) if find_delivery else None
    found = _read(letter, delivery)
    if not found.message_id:
        found = replace(found, message_id=notices.quoted_message_id(letter.parts, letter.text))
    return replace(found, subject=letter.subject, delivery=delivery.delivery if delivery else None)


def _read(letter: Letter, delivery: ReturnedDelivery | None) -> ReturnedMessage:
    person = delivery.email if delivery else None
    if complaint := complaints.read_complaint(letter):
        return complaint
    if not letter.is_from_daemon and automatic.is_challenge(letter):
        # Boxbe dresses its question up as a delivery report.
        return _of_sender(FeedbackKind.CHALLENGE, letter, person)
    if reports := delivery_reports.read_delivery_report(letter):
        return _of_reports(_completed(reports, letter, person))
    if refusal := delivery_reports.read_disposition(letter):
        return _of_reports((refusal,))
    if letter.is_from_daemon and automatic.is_challenge(letter):
        return _of_sender(FeedbackKind.CHALLENGE, letter, person)
    if automatic.is_surely_auto_reply(letter) or delivery_reports.is_disposition(letter):
        return _of_sender(FeedbackKind.AUTO_REPLY, letter, person)
    if bounces.is_bounce_like(letter) and (reports := bounces.read_bounce(letter, person)):
        return _of_reports(reports)
    token = None if letter.is_from_daemon else unsubscribing.read_unsubscribing(letter)
    if token is not None and (token or not automatic.is_marked_automatic(letter)):
        return replace(_of_sender(FeedbackKind.UNSUBSCRIBE_REQUEST, letter, person), token=token)
    if automatic.is_auto_reply(letter):
        return _of_sender(FeedbackKind.AUTO_REPLY, letter, person)
    return _of_sender(_kind_of_the_rest(letter), letter, person)


def _kind_of_the_rest(letter: Letter) -> FeedbackKind:
    fields = letter.fields
    is_list = bool(fields.get("list-id") or fields.get("list-unsubscribe"))
    is_bulk = fields.get("precedence").strip().lower() in ("bulk", "list", "junk")
    is_generated = fields.get("auto-submitted").strip().lower().startswith("auto-")
    if letter.is_from_daemon or letter.is_returned_to_nobody:
        return FeedbackKind.UNIDENTIFIED
    if (is_list or is_bulk or is_generated) and not letter.is_answer and not _is_our_list(letter):
        return FeedbackKind.UNRELATED
    has_words = bool(letter.own.strip() or letter.subject or len(letter.parts.parts) > 1)
    return FeedbackKind.HUMAN_REPLY if "@" in letter.sender and has_words else FeedbackKind.UNIDENTIFIED


def _is_our_list(letter: Letter) -> bool:
    """Tell whether our own address hands on to several of us by a list: its letters are people's all the same."""
    list_id = letter.fields.get("list-id").lower()
    domains = {address.rpartition("@")[2] for address in letter.addressees}
    is_generated = letter.fields.get("auto-submitted").strip().lower().startswith("auto-")
    return not is_generated and any(domain in list_id for domain in domains)


def _completed(reports: tuple[RecipientReport, ...], letter: Letter, person: str | None) -> tuple[RecipientReport, ...]:
    """Name a recipient whom a report leaves out: by the return address, else by the words beside it."""
    if len(reports) != 1 or reports[0].recipient:
        return reports
    others = bounces.read_bounce(letter, person)
    named = person or next((report.recipient for report in others), "")
    return (replace(reports[0], recipient=named),)


def _of_reports(reports: Iterable[RecipientReport]) -> ReturnedMessage:
    told = tuple(reports)
    kind = min((report.kind for report in told), key=_WEIGHTS.index)
    these = [report for report in told if report.kind is kind]
    recipients = tuple(dict.fromkeys(report.recipient for report in these if report.recipient))
    first = these[0]
    return ReturnedMessage(kind, recipients, first.status, first.diagnostic, first.action, told)


def _of_sender(kind: FeedbackKind, letter: Letter, person: str | None) -> ReturnedMessage:
    """Say who it is about: the person whom the return address names, else who has written."""
    return ReturnedMessage(kind, (person,) if person else tuple(addresses_in(letter.sender)[:1]))


def _delivery(letter: Letter, find: FindDelivery) -> ReturnedDelivery | None:
    arrived = letter.fields.all("x-original-to", "delivered-to", "envelope-to", "x-delivered-to", "to")
    # As they are written: a tag's letters count.
    addresses = dict.fromkeys(address for field in arrived[:20] for address in addresses_in(field))
    return next((found for found in map(find, list(addresses)[:20]) if found), None)

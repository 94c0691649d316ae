"""Bounces in the words of thirty years of mail systems: flufl.bounce first, then our own table."""

import re

from msgspec import Struct

from rtesmail.feedback import notices, statuses, wordings
from rtesmail.feedback.letters import Letter, addresses_in
from rtesmail.model.feedback import FeedbackKind, RecipientReport

_MOST_FOR_FLUFL = 64_000
_WHO = r"(?<![\w.+-])[^\s<>()\[\]\\,;:\"'@=/]{1,64}@[\w-]+(?:\.[\w-]+)+"
# Where mail systems name the recipient, most telling first.
_NAMED = tuple(
    re.compile(pattern.replace("WHO", _WHO), re.IGNORECASE | re.MULTILINE)
    for pattern in (
        # A delivery report that came as plain text.
        r"^(?:original|final)-recipient ?:(?: ?rfc822 ?;)+ ?<?(?P<who>WHO)",
        # Postfix, qmail and many others: the address in brackets, then why.
        r"^ ?(?:\* ?)?<(?P<who>WHO)>(?: \(expanded\sfrom[^)]{0,400}\))? ?:",
        r"^ ?(?:[*>]|--?)? ?<(?P<who>WHO)> ?(?:\.\.\.|\(|$)",
        # Exchange and Outlook, also in French: who, then (or before) why.
        r"(?:your message|delivered|delivery|undeliverable) to\s?:?\s{0,2}[<«\"']?\s?(?P<who>WHO)",
        r"(?:votre message|adress[ée]|remise?|parvenu|distribu[ée]|d[ée]livr[ée]) [àa]\s?:?\s{0,2}[<«]?\s?(?P<who>WHO)",
        r"^[^\n<>@]{0,80}\((?P<who>WHO)\)(?:\s?<mailto:[^>\n]{0,300}>)? ?$",
        r"^[^\n<>@]{0,80}<mailto:(?P<who>WHO)> ?$",
        # Exim, sendmail, Domino, Gmail: the address on a line of its own.
        r"^ ?(?:[*>•]|--?)? ?(?P<who>WHO) ?:?$",
        r"(?:recipient|address|adresse|destinataire|user|utilisateur|mailbox|for|to|[àa])s?\s?[:=]?\s?[<\"'«(]?\s?(?P<who>WHO)",
    )
)  # fmt: skip


class _Found(Struct, frozen=True):
    passing: tuple[str, ...]
    lasting: tuple[str, ...]


def is_bounce_like(letter: Letter) -> bool:
    """Tell whether a mail system seems to have written: by its name, its fields or its subject, never by words alone.

    A person who quotes a bounce, or is asked about one, uses the same words.
    """
    has_subject = wordings.REPORT_SUBJECT.search(letter.subject) is not None
    is_answered = re.match(r"(?:re|tr|fw|fwd|aw)\s?:", letter.subject, re.IGNORECASE) is not None
    return (
        letter.is_from_daemon
        or bool(letter.fields.get("x-failed-recipients"))
        or letter.fields.type == "multipart/report"
        or (has_subject and not is_answered and not letter.is_answer and not notices.has_greeting(letter.own))
        or (has_subject and _ends_as_report(letter))
    )


def read_bounce(letter: Letter, person: str | None) -> tuple[RecipientReport, ...]:
    """Give what a mail system says of each recipient in its own words; nothing when it says of no failure.

    `person` is whom the address that the message came to names, where that is known.
    """
    found = _by_flufl(letter.raw)
    named = tuple(addresses_in(", ".join(letter.fields.all("x-failed-recipients"))))
    everything = notices.one_line(f"{letter.subject} {letter.report}")
    says_failure = wordings.FAILED.search(everything) or wordings.REPORT_SUBJECT.search(letter.subject)
    is_delay = _is_delay(letter)
    if not (found.passing or found.lasting or named or says_failure or is_delay):
        return ()
    recipients = (person,) if person else named or found.lasting or found.passing or _named(letter)
    kind_of_all = FeedbackKind.DEFERRED if is_delay or (found.passing and not found.lasting) else None
    reports = [_report(letter, recipient, kind_of_all, is_only=len(recipients) == 1) for recipient in recipients]
    if not reports and (said := _kind_and_status(f"{letter.subject}\n{letter.report}")):
        kind, status, diagnostic = said
        reports = [RecipientReport(kind_of_all or kind, "", status, diagnostic, _action(kind_of_all))]
    return tuple(reports)


def _report(letter: Letter, recipient: str, kind: FeedbackKind | None, *, is_only: bool) -> RecipientReport:
    """Look at the words around a recipient first, since each of several may have failed for another reason."""
    near = _near(letter.report, recipient)
    everything = f"{letter.subject}\n{letter.report}"
    said = _kind_and_status(near) if near else None
    if said is None or (is_only and said[0] is FeedbackKind.SOFT_BOUNCE and not said[1]):
        said = _kind_and_status(everything) or said
    told, status, diagnostic = said or (FeedbackKind.SOFT_BOUNCE, "", notices.one_line(letter.report)[:300])
    return RecipientReport(kind or told, recipient, status, diagnostic, _action(kind))


def _action(kind: FeedbackKind | None) -> str:
    return "delayed" if kind is FeedbackKind.DEFERRED else "failed"


def _kind_and_status(words: str) -> tuple[FeedbackKind, str, str] | None:
    """Give kind, enhanced code and the telling line of some words, None when they tell nothing."""
    status = statuses.status_in(words)
    if status.startswith("2"):
        status = ""
    kind = statuses.kind_of_failure(status, words)
    return (kind, status, _telling(words, status)) if kind else None


def _telling(words: str, status: str) -> str:
    """Give the line that says most: the one with the code, else the first that alone tells a failure, and its next."""
    lines = [line for line in words.splitlines() if line.strip()]
    for number, line in enumerate(lines[:200]):
        if status in line if status else statuses.kind_of_failure("", line):
            return notices.one_line(" ".join(lines[number : number + 2]))[:300]
    return notices.one_line(words)[:300]


def _near(text: str, recipient: str) -> str:
    """Give the paragraph that names a recipient, until the next address on a line of its own."""
    place = text.lower().find(recipient.lower())
    if place < 0:
        return ""
    start = text.rfind("\n\n", 0, place) + 1
    rest = text[place + len(recipient) : place + 1_500]
    following = re.search(rf"\n ?<?{_WHO}>? ?(?::|\.\.\.|$)", rest, re.MULTILINE)
    end = following.start() if following and recipient.lower() not in following[0].lower() else len(rest)
    return text[start:place] + recipient + rest[:end]


def _is_delay(letter: Letter) -> bool:
    words = notices.one_line(letter.report[:4_000])
    is_announced = re.search(r"\(delay|delayed|retard", letter.subject, re.IGNORECASE) is not None
    return (is_announced or wordings.STILL_TRYING.search(words) is not None) and not wordings.GIVEN_UP.search(words)


def _ends_as_report(letter: Letter) -> bool:
    return re.search(r":\s*non remis\b", letter.subject, re.IGNORECASE) is not None


def _named(letter: Letter) -> tuple[str, ...]:
    """Give the recipients named in a report, else the one to whom the returned message was addressed."""
    for pattern in _NAMED:
        found = dict.fromkeys(match["who"].rstrip(".") for match in pattern.finditer(letter.report[:10_000]))
        recipients = tuple(who for who in found if _may_be_recipient(letter, who))
        if recipients:
            return recipients[:100]
    recipients = tuple(who for who in addresses_in(letter.subject) if _may_be_recipient(letter, who))
    return recipients if len(recipients) == 1 else _addressed(letter)


def _addressed(letter: Letter) -> tuple[str, ...]:
    """Give the one to whom the returned message was addressed: ours have one person there, and no copies."""
    to, copies = (notices.quoted_field(letter.parts, letter.text, name) for name in ("to", "cc"))
    recipients = addresses_in(to)
    ours = {known.rpartition("@")[2] for known in letter.addressees}
    if len(recipients) != 1 or copies or recipients[0].rpartition("@")[2].lower() in ours:
        return ()
    return tuple(recipients)


def _may_be_recipient(letter: Letter, who: str) -> bool:
    """Leave out ourselves, to whom the report came, and whom it tells to turn to."""
    address = who.lower()
    local, _at, domain = address.rpartition("@")
    ours = {known.rpartition("@")[2] for known in letter.addressees}
    return (
        address not in letter.addressees
        and address != letter.sender.lower()
        and not re.match(r"(?:mailer-daemon|postmaster|abuse|support|helpdesk)$", local)
        and not (domain in ours and re.search(r"bounce|return|retour|admin|owner|list", local))
    )


def _by_flufl(raw: bytes) -> _Found:
    """Ask flufl.bounce, within bounds and whatever it stumbles over."""
    import email
    import logging

    from flufl.bounce import all_failures

    # It writes a traceback for each detector that stumbles, which it also raises.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
    try:
        passing, lasting = all_failures(email.message_from_bytes(raw[:_MOST_FOR_FLUFL]))
    except Exception:  # noqa: BLE001 - its detectors raise whatever a broken message makes them
        return _Found((), ())
    return _Found(_texts(passing), _texts(lasting))


def _texts(found: "frozenset[bytes]") -> tuple[str, ...]:
    texts = sorted(address.decode("utf-8", "replace") for address in found)
    return tuple(dict.fromkeys(a for text in texts for a in addresses_in(text)[:1]))

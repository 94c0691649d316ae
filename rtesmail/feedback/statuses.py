"""From a server's code and words to what kind of bounce it is.

The codes are those of RFC 3463 and of the registry (https://www.iana.org/assignments/smtp-enhanced-status-codes); many
servers give them loosely, so that a vague code gives way to plain words. When nothing says that the address is not
there, or that the failure is for ever, a bounce is a soft one: to write once more does less harm than to lose a reader.
"""

import re

from rtesmail.feedback import wordings
from rtesmail.feedback.wordings import one_of
from rtesmail.model.feedback import FeedbackKind

_HARD, _SOFT = FeedbackKind.HARD_BOUNCE, FeedbackKind.SOFT_BOUNCE
_FULL, _BLOCKED = FeedbackKind.MAILBOX_FULL, FeedbackKind.BLOCKED

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
# 3 digits that are no size, no duration and no part of a longer number.
_REPLY = re.compile(
    r"(?<![\d.#-])([45])[0-5]\d(?=[\s:;,-]|$)(?!\s*(?:[mk]?o|[mk]b|bytes|octets|days|jours|hours|heures|lines|lignes)\b)",
    re.IGNORECASE,
)
_MOST_CHARACTERS = 20_000

# What a permanent code (5.x.x) says about the address. Whoever gives one of these means it.
_PLAIN = {
    "1.1": _HARD,  # no such mailbox
    "1.2": _HARD,  # no such domain
    "1.3": _HARD,  # no possible address
    "1.4": _HARD,  # ambiguous
    "1.6": _HARD,  # has moved
    "1.7": _BLOCKED,  # the sender's address
    "1.8": _BLOCKED,  # the sender's domain
    "1.9": _SOFT,  # relayed to a host without enhanced codes
    "1.10": _HARD,  # the domain takes no mail (RFC 7505)
    "2.1": _HARD,  # switched off
    "2.2": _FULL,
    "2.3": _BLOCKED,  # larger than this mailbox takes
    "2.4": _SOFT,  # a list's expansion
    "3.1": _SOFT,  # the system's disk is full
    "3.2": _SOFT,
    "3.3": _SOFT,
    "3.4": _BLOCKED,  # larger than this system takes
    "3.5": _SOFT,
    "4.2": _SOFT,
    "4.3": _SOFT,
    "4.5": _SOFT,
    "4.6": _SOFT,  # a loop
    "4.7": _SOFT,  # too long in the queue
    "7.13": _HARD,  # account disabled (RFC 5248 registry)
    "7.17": _HARD,  # the mailbox has another owner (RFC 7293)
    "7.18": _HARD,  # the domain has another owner (RFC 7293)
}
# What a permanent code says when the words add nothing.
_BY_SUBJECT = {"0": _HARD, "1": _HARD, "2": _HARD, "3": _HARD, "4": _SOFT, "5": _SOFT, "6": _BLOCKED, "7": _BLOCKED}

# Orange and Wanadoo (OFR, OUK) and La Poste (LPN) number their reasons alike, in the last three digits: 5xx by policy.
# https://postmaster.orange.fr
_FRENCH_CODE = re.compile(r"\b(?:OFR|OUK|LPN(?:AAA)?)[\d]{0,3}[-_ ]?(\d{3})\b", re.IGNORECASE)
_FRENCH = {"416": _HARD, "417": _FULL, "420": _HARD, "426": _HARD, "104": _SOFT, "109": _SOFT, "505": _SOFT}

# Words that only one provider uses, with what they mean there.
_PROVIDERS = (
    # SFR (sfr.fr, neuf.fr, numericable.fr…): the sender's behaviour, for two hours.
    # https://www.postmastery.com/all-about-isp-sfr-and-smtp-error-codes-sfr_in_xxx/
    (re.compile(r"\bSFR_IN_\d{3}\b"), _BLOCKED),
    # Free, https://postmaster.free.fr
    (one_of("spam detected\ntoo many (?:spams?|errors) from your ip"), _BLOCKED),
    # Gmail names its reason in the link to its help, https://support.google.com/mail/answer/3726730
    (one_of(r"support\.google\.com/mail/\S*OverQuota"), _FULL),
    (one_of(r"support\.google\.com/mail/\S*(?:NoSuchUser|DisabledUser|InactiveUser)"), _HARD),
    (one_of(r"support\.google\.com/mail/\S*(?:Unsolicited|Unauthenticated|BlockedMessage|RateLimit)"), _BLOCKED),
    # Yahoo and AOL, https://senders.yahooinc.com/smtp-error-codes
    (re.compile(r"\[(?:TSS?\d\d|BL\d\d|IPTS\d\d|PH\d\d)\]"), _BLOCKED),
    # Exchange, https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online
    (one_of(r"RESOLVER\.RST\.(?:NotAuthorized|RestrictedToRecipients|SendSize|RecipSize|AuthRequired)"), _BLOCKED),
    (one_of(r"RESOLVER\.ADR\.(?:Ex|Invalid|Recip|Ambiguous)"), _HARD),
    (one_of(r"5\.4\.1 recipient address rejected: access denied"), _HARD),
    (one_of(r"STOREDRV\.\S*(?:QuotaExceeded|OverQuota)"), _FULL),
)


def status_in(text: str) -> str:
    """Give the first enhanced code (RFC 3463) in words, empty without."""
    found = _ENHANCED.search(text)
    return found[0] if found else ""


def better_status(given: str, words: str) -> str:
    """Give the code that says more: a relay's `5.0.0` is less than what the last server answered."""
    first, second = status_in(given), status_in(words)
    if not first or (second and first[1:] in (".0.0", ".3.0", ".5.0") and second[0] == first[0]):
        return second or first
    return first


def kind_of_failure(status: str, words: str) -> FeedbackKind | None:
    """Give the kind of a failed delivery, None when neither code nor words say anything."""
    words = " ".join(words[:_MOST_CHARACTERS].split())
    if by_provider := _by_provider(words):
        return by_provider
    detail = status[2:]
    if detail == "2.2" or wordings.FULL.search(words):
        return _FULL
    if status.startswith("4"):
        # What its server calls a passing failure is no reason to lose a reader.
        return _BLOCKED if _of_words(words) is _BLOCKED else _SOFT
    if not status.startswith("5"):
        return _of_words(words) or _by_reply(words)
    if known := _PLAIN.get(detail):
        # A letter that is too large is refused with any code.
        return _BLOCKED if known is _HARD and wordings.TOO_LARGE.search(words) else known
    if detail.startswith("7."):
        return _SOFT if wordings.RELAYING.search(words) else _HARD if wordings.UNKNOWN.search(words) else _BLOCKED
    return _of_words(words) or _BY_SUBJECT.get(detail[:1], _SOFT)


def _by_provider(words: str) -> FeedbackKind | None:
    if found := _FRENCH_CODE.search(words):
        return _FRENCH.get(found[1], _BLOCKED)
    return next((kind for pattern, kind in _PROVIDERS if pattern.search(words)), None)


def _of_words(words: str) -> FeedbackKind | None:
    if wordings.UNKNOWN.search(words):
        return _HARD
    is_relaying = wordings.RELAYING.search(words)
    if not is_relaying and wordings.BLOCKED.search(words):
        return _BLOCKED
    if is_relaying or wordings.RATHER_SOFT.search(words):
        return _SOFT
    if wordings.HARD.search(words):
        return _HARD
    return _SOFT if wordings.SOFT.search(words) else None


def _by_reply(words: str) -> FeedbackKind | None:
    """Go by the three digits of SMTP (RFC 5321 section 4.2.1), the last resort."""
    found = _REPLY.search(words)
    if found is None:
        return None
    return _HARD if found[1] == "5" else _SOFT

"""Who asks by mail to be written to no more: the link of List-Unsubscribe, or a line of their own.

Only what says nothing else counts. A sentence about leaving, a question, a "not" goes to a person as a reply.
"""

import re

from rtesmail.feedback import notices
from rtesmail.feedback.letters import Letter
from rtesmail.feedback.wordings import one_of

_RE = r"^(?:(?:re|tr|fwd?)\s?:\s*)*"
# The subject of our own mailto links: the word, then the token.
_WITH_TOKEN = re.compile(
    _RE + r"unsubscribe[\s:+-]+(?P<token>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){1,3})\s*$", re.IGNORECASE
)
_ALONE = re.compile(
    _RE
    + r"""(?:
      (?:please\s)?(?:unsubscribe|remove)(?:\sme)?(?:\splease)? | opt[-\s]?out | signoff | stop
    | (?:demande\sde\s|pour\s)?d[ée]s-?(?:abonne(?:ment|r)|inscri(?:ption|re))
    | (?:me\s|se\s)?(?:d[ée]sabonne[rz]|d[ée]sinscri(?:re|vez)|d[ée]sabonn[ée]e?|d[ée]sinscrit?)(?:[-\s]moi)?
    )[\s.!]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_LEAVE = r"(?:d[ée]sabonn|d[ée]sinscri|retirer|retir[ée]|supprim|radi(?:er|[ée])|enlever|[ôo]ter)"
_ASKS = one_of(rf"""
    (?:merci|pri[èe]re|veuillez|svp|s['’]il vous pla[îi]t|pou(?:rri|v)ez[- ]vous)\b[^.?!]{{0,60}}?{_LEAVE}
    (?:je (?:souhaite|voudrais|d[ée]sire|veux|demande|vous prie)|j['’]aimerais)\b[^.?!]{{0,90}}?{_LEAVE}
    je ne (?:souhaite|veux|d[ée]sire) plus (?:recevoir|[êe]tre destinataire)
    unsubscribe me\b
    remove (?:me|my (?:address|e-?mail)) from
    take me off
    i (?:wish|want|would like) to (?:unsubscribe|be (?:removed|unsubscribed))
""")
# Whoever says one of these says more than that they want to leave.
_OTHERWISE = one_of(r"""
    \bne (?:pas|souhaite pas|veux pas)\b
    \b(?:not|don['’]t)\b
    \bpas (?:[êe]tre |me )?d[ée]s
    r[ée]abonn|re-?subscribe
    \b(?:mais|but|sauf|except|coll[èe]gue|par erreur|by mistake)\b
""")
# What mail programs write under a request that they make by themselves, or under any message.
_ADDED = re.compile(
    r"automatically generated|sent from my|envoy[ée] (?:de(?:puis)?|[àa] partir)|g[ée]n[ée]r[ée] automatiquement", re.I
)
_MOST_WORDS = 40
_MOST_IN_NAME = 5


def read_unsubscribing(letter: Letter) -> str | None:
    """Give the token of an unsubscribe request, empty when it has none; None when it is no such request."""
    if found := _WITH_TOKEN.match(letter.subject):
        return found["token"]
    if _ALONE.match(letter.subject) and _says_nothing_else(letter.own):
        return ""
    if _says_only(letter.own) or (_is_plain(letter.own) and _asks(letter.own)):
        return ""
    return None


def _says_nothing_else(own: str) -> bool:
    """Under a subject that asks, a body may be empty, repeat it, greet, or be what a mail program adds."""
    rest = notices.without_greeting(own).strip()
    return _is_plain(own) and (len(rest.split()) <= _MOST_IN_NAME or _ADDED.search(rest) is not None or _asks(own))


def _says_only(own: str) -> bool:
    """The word alone, with a greeting and a name at most."""
    lines = [line.strip() for line in notices.without_greeting(own[:2_000]).splitlines() if line.strip()]
    is_signed = len(lines) == 1 or (len(lines) == 2 and len(lines[1].split()) <= _MOST_IN_NAME)
    return is_signed and _ALONE.match(lines[0]) is not None


def _is_plain(own: str) -> bool:
    return len(own.split()) <= _MOST_WORDS and "?" not in own and not _OTHERWISE.search(" ".join(own.split()))


def _asks(own: str) -> bool:
    return _ASKS.search(" ".join(own.split())) is not None

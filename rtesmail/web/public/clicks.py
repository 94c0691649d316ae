"""Which openings of links count as a reader's, told in memory alone: who called is forgotten within minutes.

An estimate: a scanner that calls as a browser does, from another address for each link, counts as readers.
"""

import hmac
import re
import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping

from msgspec import Struct, field

TOGETHER_SECONDS = 5.0
MOST_TOGETHER = 2
"""Whoever opens more links of an issue than these in so short a time opens all of them, as scanners do."""

AGAIN_SECONDS = 600.0
"""The same caller on the same link counts once within these; a scanner is known as one for as long."""

_MOST_CALLERS = 20_000

_PROGRAMS = re.compile(
    # What calls itself a robot: Googlebot, bingbot (with BingPreview, https://www.bing.com/webmasters/help/
    # which-crawlers-does-bing-use-8c184ec0), Slackbot (https://api.slack.com/robots), LinkedInBot, TelegramBot,
    # Twitterbot, Discordbot. CUBOT makes telephones.
    r"(?<!cu)bot\b|slackbot|crawl|spider|preview|scanner"
    # https://developers.facebook.com/docs/sharing/webmasters/web-crawlers
    r"|facebookexternalhit|^whatsapp"
    # Programs as they name themselves when nobody tells them otherwise; mail gateways are written with them.
    r"|^curl/|^wget/|^python-|^go-http-client|^java/|^okhttp|^apache-httpclient|^libwww-perl",
    re.IGNORECASE,
)
_PREFETCH = ("sec-purpose", "purpose", "x-purpose", "x-moz")
"""Headers of who fetches ahead: Sec-Purpose (https://fetch.spec.whatwg.org/#sec-purpose-header) and what browsers sent
before it was agreed on (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose)."""


def is_machine(headers: Mapping[str, str]) -> bool:
    """Does the request say itself that no reader opens the link now?"""
    agent = headers.get("user-agent", "")
    ahead = " ".join(headers.get(name, "") for name in _PREFETCH).lower()
    return not agent or _PROGRAMS.search(agent) is not None or "prefetch" in ahead or "preview" in ahead


class _Visit(Struct):
    """What one caller opened of one issue: when each link, which of these do not count yet."""

    issue: str
    opened: dict[str, float] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    latest: float = 0.0
    is_scanner: bool = False


class Clicks:
    """Clicks that wait: first until it is clear that they are no scanner's, then until they are written."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._key = clock, secrets.token_bytes(32)
        self._visits: OrderedDict[bytes, _Visit] = OrderedDict()
        self._counted: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def note(self, caller: str, issue: str, mark: str) -> None:
        """Note that a caller opened a link that exists."""
        now = self._clock()
        # Keyed with what dies with the process: nobody can tell later whether an address was here.
        who = hmac.digest(self._key, f"{issue}\0{caller}".encode(), "sha256")
        with self._lock:
            visit = self._visits.setdefault(who, _Visit(issue))
            if now - visit.latest > AGAIN_SECONDS:
                visit.is_scanner = False
            visit.latest = now
            self._visits.move_to_end(who)
            is_again = now - visit.opened.get(mark, -AGAIN_SECONDS - 1 + now) <= AGAIN_SECONDS
            visit.opened[mark] = now
            together = [other for other, moment in visit.opened.items() if now - moment <= TOGETHER_SECONDS]
            if visit.is_scanner or len(together) > MOST_TOGETHER:
                visit.is_scanner = True
                for other in together:
                    visit.held.pop(other, None)
            elif not is_again:
                visit.held[mark] = now
            while len(self._visits) > _MOST_CALLERS:
                self._settle(self._visits.popitem(last=False)[1], now, everything=True)

    def take(self, *, everything: bool = False) -> Counter[tuple[str, str]]:
        """Give by issue and mark what counts by now, or `everything` at the end, and hold it no more."""
        now = self._clock()
        with self._lock:
            for who, visit in list(self._visits.items()):
                self._settle(visit, now, everything=everything)
                if now - visit.latest > AGAIN_SECONDS:
                    del self._visits[who]
            taken, self._counted = self._counted, Counter()
        return taken

    def give_back(self, clicks: Counter[tuple[str, str]]) -> None:
        """Take back what could not be written: one number per link, however long it lasts."""
        with self._lock:
            self._counted.update(clicks)

    def _settle(self, visit: _Visit, now: float, *, everything: bool) -> None:
        for mark, moment in list(visit.held.items()):
            if everything or now - moment > TOGETHER_SECONDS:
                del visit.held[mark]
                self._counted[visit.issue, mark] += 1
